//! One session builder for scheduler, executors and driver: the same options, functions and codecs in every role.

use crate::codec::{LogicalCodec, PhysicalCodec};
use ballista_core::extension::SessionConfigExt;
use brickyard_ml::Registry;
use datafusion::common::Result;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;
use std::sync::Arc;

/// Options of a distributed query with this many partitions.
pub fn config(registry: &Arc<Registry>, partitions: usize) -> SessionConfig {
    SessionConfig::new_with_ballista()
        .with_ballista_adaptive_query_planner(false)
        .with_target_partitions(partitions)
        .with_ballista_logical_extension_codec(Arc::new(LogicalCodec::default()))
        .with_ballista_physical_extension_codec(Arc::new(PhysicalCodec::new(registry.clone())))
}

/// A session state that knows every function of the platform.
pub fn state(config: SessionConfig) -> Result<SessionState> {
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_default_features()
        .with_optimizer_rules(ballista_core::optimizer::ballista_default_optimizer_rules())
        .build();
    brickyard_functions::register(&mut state)?;
    Ok(state)
}
