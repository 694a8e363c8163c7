//! The wire form of our plan nodes: a pass carries its own bytes, everything else is Ballista's.

use crate::pass_exec::PassExec;
use ballista_core::serde::{BallistaLogicalExtensionCodec, BallistaPhysicalExtensionCodec};
use brickyard_ml::Registry;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use std::fmt;
use std::sync::Arc;

/// Nothing of ours is in logical plans: they stay on the driver.
pub type LogicalCodec = BallistaLogicalExtensionCodec;

/// Begins the bytes of a training pass.
const PASS: &[u8] = b"brickyard.pass\0";

/// Reads and writes training passes, and hands over all else.
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
            Some(bytes) => Ok(Arc::new(PassExec::decode(bytes, &self.registry)?)),
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
}

/// A failure of ours on its way through DataFusion.
pub fn external(failure: brickyard_error::Failure) -> DataFusionError {
    DataFusionError::External(Box::new(failure))
}
