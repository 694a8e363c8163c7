//! What a plan is: a query or a command, perhaps compressed.

use crate::codec::on_deep_stack;
use crate::handles::invalid_plan;
use crate::proto::plan::compressed_operation::OpType as CompressedType;
use crate::proto::plan::{CompressedOperation, OpType};
use crate::proto::{Command, CompressionCodec, Plan, Relation};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use prost::Message;

/// A compressed plan may grow to this size.
const LARGEST_PLAN_BYTES: usize = 512 << 20;

pub enum Operation {
    Query(Box<Relation>),
    Command(Box<Command>),
}

/// What the plan asks for.
pub fn operation(plan: Plan) -> Result<Operation> {
    match plan.op_type.ok_or_else(|| invalid_plan("it is neither a query nor a command"))? {
        OpType::Root(relation) => Ok(Operation::Query(Box::new(relation))),
        OpType::Command(command) => Ok(Operation::Command(Box::new(command))),
        OpType::CompressedOperation(compressed) => decompress(&compressed),
    }
}

/// The relation of a plan that must be a query.
pub fn relation(plan: Option<Plan>) -> Result<Relation> {
    match operation(plan.unwrap_or_default())? {
        Operation::Query(relation) => Ok(*relation),
        Operation::Command(_) => Err(invalid_plan("a query is expected, and it is a command")),
    }
}

fn decompress(compressed: &CompressedOperation) -> Result<Operation> {
    if compressed.compression_codec() != CompressionCodec::Zstd {
        return Err(cannot_parse("its compression is unknown"));
    }
    let data = zstd::bulk::decompress(&compressed.data, LARGEST_PLAN_BYTES)
        .map_err(|error| cannot_parse("it cannot be decompressed").because(error))?;
    let decoded = on_deep_stack(data.len(), || match compressed.op_type() {
        CompressedType::Relation => Relation::decode(data.as_slice()).map(Box::new).map(Operation::Query),
        CompressedType::Command => Command::decode(data.as_slice()).map(Box::new).map(Operation::Command),
        CompressedType::Unspecified => Err(prost::DecodeError::new_unexpected_type_url("nothing", "a plan")),
    });
    decoded.map_err(|error| cannot_parse("what was compressed is no plan").because(error))
}

/// Clients that hear this send plans uncompressed from then on.
fn cannot_parse(what: &str) -> Failure {
    let condition = Condition::new("CONNECT_INVALID_PLAN.CANNOT_PARSE", "56K00", SparkException::Spark);
    Failure::new(
        &codes::spark::INVALID_PLAN,
        format!("The Spark Connect plan is invalid. Cannot decompress or parse the input plan ({what})"),
    )
    .with_condition(condition.with("errorMsg", what))
}
