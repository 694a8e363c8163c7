//! A protobuf codec for deep plans: a chain of hundreds of `withColumn` nests messages far deeper than a worker
//! thread's stack allows, so every message is decoded, and a plan is lowered, on a stack that fits it.

use prost::Message;
use std::marker::PhantomData;
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder};
use tonic_prost::{ProstCodec, ProstEncoder};

/// Stack that decoding takes for each byte of a message whose every byte opens another level.
const STACK_BYTES_FOR_EACH_BYTE: usize = 1024;
/// Messages whose stack would be larger are mostly data, not nesting.
const LARGEST_STACK_BYTES: usize = 512 << 20;
const SMALLEST_STACK_BYTES: usize = 1 << 20;
/// What a step of a recursion may need before the next one asks for more.
const RED_ZONE_BYTES: usize = 256 << 10;

/// [`ProstCodec`] with a stack that grows with the message.
#[derive(Debug, Clone)]
pub struct DeepCodec<Sent, Received>(PhantomData<(Sent, Received)>);

impl<Sent, Received> Default for DeepCodec<Sent, Received> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<Sent, Received> Codec for DeepCodec<Sent, Received>
where
    Sent: Message + Send + 'static,
    Received: Message + Default + Send + 'static,
{
    type Encode = Sent;
    type Decode = Received;
    type Encoder = ProstEncoder<Sent>;
    type Decoder = DeepDecoder<Received>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<Sent, Received>::default().encoder()
    }

    fn decoder(&mut self) -> Self::Decoder {
        DeepDecoder(PhantomData)
    }
}

#[derive(Debug, Clone)]
pub struct DeepDecoder<Received>(PhantomData<Received>);

impl<Received: Message + Default> Decoder for DeepDecoder<Received> {
    type Item = Received;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Received>, Status> {
        let decoded = on_deep_stack(bytes::Buf::remaining(buffer), || Received::decode(buffer));
        decoded.map(Some).map_err(|error| Status::invalid_argument(format!("the message cannot be decoded: {error}")))
    }
}

/// Runs a recursion over a message of this many encoded bytes.
pub fn on_deep_stack<T>(message_bytes: usize, recursion: impl FnOnce() -> T) -> T {
    let stack_bytes = message_bytes.saturating_mul(STACK_BYTES_FOR_EACH_BYTE);
    stacker::maybe_grow(
        stack_bytes.clamp(RED_ZONE_BYTES, SMALLEST_STACK_BYTES),
        stack_bytes.clamp(SMALLEST_STACK_BYTES, LARGEST_STACK_BYTES),
        recursion,
    )
}

/// Runs one step of a recursion over a plan, on more stack where little is left.
pub fn one_level_deeper<T>(step: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(RED_ZONE_BYTES, SMALLEST_STACK_BYTES, step)
}
