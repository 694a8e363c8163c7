//! Drives training over the engine: a query's rows become numbered blocks, a fit's passes run over them.

mod declared;
mod record;
mod search_log;
mod trainer;
mod training_set;
mod watch;

pub use declared::{Declaration, DeclaredModel, evaluate};
pub use record::{EXPERIMENT_SETTING, FitRecord, TableVersion, record, tables_of};
pub use search_log::SearchLog;
pub use trainer::{Fitted, Trainer};
pub use training_set::TrainingSet;
pub use watch::{Running, Watch};
