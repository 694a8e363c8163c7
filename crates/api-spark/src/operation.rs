//! One execution and its result: a buffer of responses that a client reads, loses, comes back to and releases.
//!
//! The producer is held back while much of the result is unread; what was read stays for a while, because the client
//! may have lost it on the way. A stream that ends without `ResultComplete` means "come back", so the producer always
//! ends with it or with an error.

use crate::handles::{Cursor, cancelled};
use crate::proto::ExecutePlanResponse;
use crate::proto::execute_plan_response::{ResponseType, ResultComplete};
use brickyard_error::{Failure, Result};
use futures::Stream;
use parking_lot::Mutex;
use prost::Message;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// The producer waits while more than this is unread.
const UNREAD_BYTES: usize = 64 << 20;
/// What was read but not released stays up to this size.
const READ_BYTES_KEPT: usize = 16 << 20;

/// What every response of an execution repeats.
#[derive(Debug, Clone)]
pub struct OperationIds {
    pub session: String,
    pub server_side_session: String,
    pub operation: String,
}

pub struct Operation {
    pub ids: OperationIds,
    pub tags: Vec<String>,
    reattachable: bool,
    cancellation: CancellationToken,
    buffer: Mutex<Buffer>,
    changed: Notify,
}

struct Buffer {
    responses: VecDeque<ExecutePlanResponse>,
    /// The number of the first response held; they are numbered from 0.
    first: u64,
    /// The number of the next response that no stream has read.
    unread: u64,
    unread_bytes: usize,
    read_bytes: usize,
    end: Option<Result<(), Status>>,
    /// Grows with each attachment; a stream of an older one has been replaced.
    attachment: u64,
    detached_since: Option<Instant>,
}

impl Operation {
    pub fn new(ids: OperationIds, tags: Vec<String>, reattachable: bool) -> Arc<Self> {
        let buffer = Buffer {
            responses: VecDeque::new(),
            first: 0,
            unread: 0,
            unread_bytes: 0,
            read_bytes: 0,
            end: None,
            attachment: 0,
            detached_since: Some(Instant::now()),
        };
        Arc::new(Self {
            ids,
            tags,
            reattachable,
            cancellation: CancellationToken::new(),
            buffer: Mutex::new(buffer),
            changed: Notify::new(),
        })
    }

    // ---- the producer's side ----------------------------------------------------------------------------------------

    /// Appends a response, after waiting for the client to read if it is far behind.
    ///
    /// # Errors
    /// When the operation is cancelled.
    pub async fn send(&self, mut response: ExecutePlanResponse) -> Result<()> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.cancellation.is_cancelled() {
                return Err(cancelled());
            }
            match self.append(response) {
                Ok(()) => {
                    self.changed.notify_waiters();
                    return Ok(());
                }
                Err(refused) => response = *refused,
            }
            tokio::select! { () = changed => {}, () = self.cancellation.cancelled() => {} }
        }
    }

    /// Gives the response back if too much is unread.
    fn append(&self, mut response: ExecutePlanResponse) -> Result<(), Box<ExecutePlanResponse>> {
        let mut buffer = self.buffer.lock();
        if buffer.unread_bytes >= UNREAD_BYTES {
            return Err(Box::new(response));
        }
        let number = buffer.first + buffer.responses.len() as u64;
        response.response_id = self.response_id(number);
        response.session_id.clone_from(&self.ids.session);
        response.server_side_session_id.clone_from(&self.ids.server_side_session);
        response.operation_id.clone_from(&self.ids.operation);
        buffer.unread_bytes += response.encoded_len();
        buffer.responses.push_back(response);
        Ok(())
    }

    pub async fn send_type(&self, response_type: ResponseType) -> Result<()> {
        self.send(ExecutePlanResponse { response_type: Some(response_type), ..Default::default() }).await
    }

    /// Ends the result: `ResultComplete`, or the status that tells why not.
    pub async fn finish(&self, outcome: Result<(), Status>) {
        let outcome = match outcome {
            Ok(()) => {
                let complete = ResponseType::ResultComplete(ResultComplete::default());
                self.send_type(complete).await.map_err(|failure| crate::error_details::status_of(&failure))
            }
            failed => failed,
        };
        self.buffer.lock().end = Some(outcome);
        self.changed.notify_waiters();
    }

    // ---- the client's side ------------------------------------------------------------------------------------------

    /// A stream of the responses after `last_response`, from the beginning if `None`; an earlier stream ends.
    pub fn attach(self: &Arc<Self>, last_response: Option<&str>) -> Result<Responses> {
        let mut buffer = self.buffer.lock();
        let next = match last_response {
            None => 0,
            Some(id) => self.number_of(id).ok_or_else(|| Cursor::PositionNotFound.invalid(id))? + 1,
        };
        if next < buffer.first {
            return Err(Cursor::PositionNotAvailable.invalid(last_response.unwrap_or("(first)")));
        }
        buffer.attachment += 1;
        buffer.detached_since = None;
        let attachment = buffer.attachment;
        drop(buffer);
        self.changed.notify_waiters();
        Ok(Responses { operation: Arc::clone(self), next, attachment })
    }

    pub fn reattach(self: &Arc<Self>, last_response: Option<&str>) -> Result<Responses> {
        if !self.reattachable {
            return Err(Cursor::NotReattachable.invalid(""));
        }
        self.attach(last_response)
    }

    /// Forgets the responses up to and including this one.
    pub fn release_until(&self, response: &str) {
        if let Some(number) = self.number_of(response) {
            let mut buffer = self.buffer.lock();
            while buffer.first <= number && buffer.first < buffer.unread {
                buffer.forget_first();
            }
        }
    }

    pub fn is_running(&self) -> bool {
        self.buffer.lock().end.is_none()
    }

    /// Stops the execution; the client gets `OPERATION_CANCELED`. False if it has ended already.
    pub fn interrupt(&self) -> bool {
        let running = self.is_running() && !self.cancellation.is_cancelled();
        self.cancellation.cancel();
        running
    }

    /// How long no client has been reading.
    pub fn detached_for(&self, now: Instant) -> Option<Duration> {
        self.buffer.lock().detached_since.map(|since| now.saturating_duration_since(since))
    }

    fn response_id(&self, number: u64) -> String {
        format!("{}-{number}", self.ids.operation)
    }

    fn number_of(&self, response: &str) -> Option<u64> {
        response.strip_prefix(&self.ids.operation)?.strip_prefix('-')?.parse().ok()
    }
}

impl Buffer {
    fn forget_first(&mut self) {
        if let Some(response) = self.responses.pop_front() {
            self.read_bytes = self.read_bytes.saturating_sub(response.encoded_len());
            self.first += 1;
        }
    }

    /// Response `number`, marked as read.
    fn read(&mut self, number: u64, keep: bool) -> Option<ExecutePlanResponse> {
        let response = self.responses.get(number.checked_sub(self.first)? as usize)?.clone();
        if number >= self.unread {
            let bytes = response.encoded_len();
            self.unread = number + 1;
            self.unread_bytes = self.unread_bytes.saturating_sub(bytes);
            self.read_bytes += bytes;
        }
        // The response just read stays even if it alone is larger than what is kept.
        let kept = if keep { READ_BYTES_KEPT } else { 0 };
        while self.read_bytes > kept && self.first < if keep { number } else { number + 1 } {
            self.forget_first();
        }
        Some(response)
    }
}

/// The responses of one attachment.
pub struct Responses {
    operation: Arc<Operation>,
    next: u64,
    attachment: u64,
}

impl Responses {
    /// The next response; `None` after the last, an error if the execution failed or another stream took over.
    async fn next(&mut self) -> Option<Result<ExecutePlanResponse, Status>> {
        loop {
            let changed = self.operation.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            {
                let mut buffer = self.operation.buffer.lock();
                if buffer.attachment != self.attachment {
                    let replaced = Cursor::Disconnected.invalid("");
                    return Some(Err(crate::error_details::status_of(&replaced)));
                }
                if let Some(response) = buffer.read(self.next, self.operation.reattachable) {
                    self.next += 1;
                    drop(buffer);
                    self.operation.changed.notify_waiters();
                    return Some(Ok(response));
                }
                if let Some(outcome) = &buffer.end {
                    return outcome.clone().err().map(Err);
                }
            }
            changed.await;
        }
    }

    pub fn into_stream(self) -> impl Stream<Item = Result<ExecutePlanResponse, Status>> + Send {
        futures::stream::unfold(Some(self), |responses| async {
            let mut responses = responses?;
            let next = responses.next().await?;
            let rest = if next.is_ok() { Some(responses) } else { None };
            Some((next, rest))
        })
    }
}

impl Drop for Responses {
    fn drop(&mut self) {
        let mut buffer = self.operation.buffer.lock();
        if buffer.attachment != self.attachment {
            return;
        }
        buffer.detached_since = Some(Instant::now());
        let abandoned = !self.operation.reattachable && buffer.end.is_none();
        drop(buffer);
        if abandoned {
            self.operation.interrupt();
        }
    }
}

/// The failure that an operation's cancellation stands for, once it is cancelled.
pub async fn until_cancelled(operation: &Operation) -> Failure {
    operation.cancellation.cancelled().await;
    cancelled()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::execute_plan_response::ArrowBatch;
    use futures::StreamExt;

    fn operation(reattachable: bool) -> Arc<Operation> {
        let ids =
            OperationIds { session: "s".to_owned(), server_side_session: "v".to_owned(), operation: "o".to_owned() };
        Operation::new(ids, Vec::new(), reattachable)
    }

    fn batch(bytes: usize) -> ResponseType {
        ResponseType::ArrowBatch(ArrowBatch { data: vec![0; bytes].into(), ..ArrowBatch::default() })
    }

    async fn ids(responses: Responses, take: usize) -> Vec<String> {
        let stream = responses.into_stream().take(take);
        stream
            .map(|response| response.map(|found| found.response_id).unwrap_or_else(|_| "error".to_owned()))
            .collect()
            .await
    }

    #[tokio::test]
    async fn a_lost_stream_is_continued_where_the_client_says() {
        let operation = operation(true);
        for _ in 0..3 {
            operation.send_type(batch(1)).await.unwrap();
        }
        operation.finish(Ok(())).await;
        assert_eq!(ids(operation.attach(None).unwrap(), 2).await, ["o-0", "o-1"]);
        assert_eq!(ids(operation.reattach(Some("o-0")).unwrap(), 9).await, ["o-1", "o-2", "o-3"]);
        operation.release_until("o-1");
        assert!(operation.reattach(Some("o-0")).is_err());
        assert_eq!(ids(operation.reattach(Some("o-1")).unwrap(), 9).await, ["o-2", "o-3"]);
    }

    #[tokio::test]
    async fn a_second_stream_ends_the_first() {
        let operation = operation(true);
        let first = operation.attach(None).unwrap();
        let _second = operation.reattach(None).unwrap();
        assert_eq!(ids(first, 9).await, ["error"]);
    }

    #[tokio::test]
    async fn a_producer_waits_for_its_reader_and_hears_of_an_interrupt() {
        let operation = operation(true);
        operation.send_type(batch(UNREAD_BYTES)).await.unwrap();
        let blocked = tokio::time::timeout(Duration::from_millis(20), operation.send_type(batch(1))).await;
        assert!(blocked.is_err(), "the producer ran ahead");
        assert!(operation.interrupt());
        assert!(operation.send_type(batch(1)).await.is_err());
        operation.finish(Err(Status::internal("stopped"))).await;
        assert!(!operation.interrupt(), "an ended operation is not running");
    }

    #[tokio::test]
    async fn an_execution_that_cannot_be_continued_stops_with_its_stream() {
        let operation = operation(false);
        drop(operation.attach(None).unwrap());
        assert!(operation.cancellation.is_cancelled());
    }
}
