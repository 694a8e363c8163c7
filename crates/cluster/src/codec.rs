//! The wire form of our plan nodes: a pass carries its own bytes, everything else is Ballista's. A function travels as
//! its name and its family, for DataFusion's `avg` and Spark's are two.

use crate::pass_exec::PassExec;
use ballista_core::serde::{BallistaLogicalExtensionCodec, BallistaPhysicalExtensionCodec};
use brickyard_ml::Registry;
use datafusion::common::plan_datafusion_err;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{FunctionRegistry, SessionStateDefaults, TaskContext};
use datafusion::logical_expr::registry::MemoryFunctionRegistry;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use std::fmt;
use std::sync::{Arc, LazyLock};

/// Nothing of ours is in logical plans: they stay on the driver.
pub type LogicalCodec = BallistaLogicalExtensionCodec;

/// Begins the bytes of a training pass.
const PASS: &[u8] = b"brickyard.pass\0";

/// A function of DataFusion's own, where ours or Spark's of the same name differs; a name alone stands for the latter.
const NATIVE: &[u8] = b"native";

static NATIVE_FUNCTIONS: LazyLock<Result<MemoryFunctionRegistry>> = LazyLock::new(|| {
    let mut functions = MemoryFunctionRegistry::new();
    for function in SessionStateDefaults::default_scalar_functions() {
        functions.register_udf(function)?;
    }
    for function in SessionStateDefaults::default_aggregate_functions() {
        functions.register_udaf(function)?;
    }
    Ok(functions)
});

/// What executors know by name alone.
static NAMED_FUNCTIONS: LazyLock<Result<MemoryFunctionRegistry>> = LazyLock::new(|| {
    let mut functions = MemoryFunctionRegistry::new();
    brickyard_functions::register(&mut functions)?;
    Ok(functions)
});

fn functions(family: &'static Result<MemoryFunctionRegistry>) -> Result<&'static MemoryFunctionRegistry> {
    family.as_ref().map_err(|error| plan_datafusion_err!("{error}"))
}

/// A function that carries more than its name (a model, a lambda) stays in process.
fn stays(name: &str) -> DataFusionError {
    plan_datafusion_err!("the function {name} has no wire form")
}

/// Reads and writes training passes and functions, and hands over all else.
pub struct PhysicalCodec {
    registry: Arc<Registry>,
    ballista: BallistaPhysicalExtensionCodec,
}

impl PhysicalCodec {
    pub fn new(registry: Arc<Registry>) -> Self {
        Self { registry, ballista: BallistaPhysicalExtensionCodec::default() }
    }
}

impl fmt::Debug for PhysicalCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhysicalCodec")
    }
}

impl PhysicalExtensionCodec for PhysicalCodec {
    fn try_decode(
        &self,
        bytes: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        context: &TaskContext,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match bytes.strip_prefix(PASS) {
            Some(bytes) => Ok(Arc::new(PassExec::decode(bytes, inputs, &self.registry)?)),
            None => self.ballista.try_decode(bytes, inputs, context, converter),
        }
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        bytes: &mut Vec<u8>,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        match node.downcast_ref::<PassExec>() {
            Some(pass) => {
                bytes.extend_from_slice(PASS);
                bytes.extend(pass.encode()?);
                Ok(())
            }
            None => self.ballista.try_encode(node, bytes, converter),
        }
    }

    fn try_encode_udf(&self, function: &ScalarUDF, bytes: &mut Vec<u8>) -> Result<()> {
        let name = function.name();
        if functions(&NATIVE_FUNCTIONS)?.udf(name).is_ok_and(|native| *native == *function) {
            bytes.extend_from_slice(NATIVE);
            return Ok(());
        }
        let is_named = functions(&NAMED_FUNCTIONS)?.udf(name).is_ok_and(|named| *named == *function);
        is_named.then_some(()).ok_or_else(|| stays(name))
    }

    fn try_decode_udf(&self, name: &str, _: &[u8]) -> Result<Arc<ScalarUDF>> {
        functions(&NATIVE_FUNCTIONS)?.udf(name)
    }

    fn try_encode_udaf(&self, function: &AggregateUDF, bytes: &mut Vec<u8>) -> Result<()> {
        let name = function.name();
        if functions(&NATIVE_FUNCTIONS)?.udaf(name).is_ok_and(|native| *native == *function) {
            bytes.extend_from_slice(NATIVE);
            return Ok(());
        }
        let is_named = functions(&NAMED_FUNCTIONS)?.udaf(name).is_ok_and(|named| *named == *function);
        is_named.then_some(()).ok_or_else(|| stays(name))
    }

    fn try_decode_udaf(&self, name: &str, _: &[u8]) -> Result<Arc<AggregateUDF>> {
        functions(&NATIVE_FUNCTIONS)?.udaf(name)
    }
}

/// A failure of ours on its way through DataFusion.
pub fn external(failure: brickyard_error::Failure) -> DataFusionError {
    DataFusionError::External(Box::new(failure))
}
