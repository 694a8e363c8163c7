//! AnalyzePlan: fourteen questions about a plan that read no rows.

use crate::analysis::{analysed, lowered, parse_type};
use crate::handles::invalid_plan;
use crate::lower::{raise_schema, raise_type};
use crate::plan;
use crate::proto::analyze_plan_request::{Analyze, explain::ExplainMode as SparkMode};
use crate::proto::analyze_plan_response::{self as response, Result as Answer};
use crate::proto::{Plan, Relation, StorageLevel};
use crate::sessions::ClientSession;
use crate::state::SparkState;
use arrow::datatypes::{DataType, Field};
use brickyard_engine::{ExplainMode, types};
use brickyard_error::{Failure, Result};
use brickyard_spec::Relation as Lowered;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// The version whose behaviour is followed.
const SPARK_VERSION: &str = "4.2.0";

pub async fn answer(state: &SparkState, session: &ClientSession, question: Option<Analyze>) -> Result<Answer> {
    let frame = async |plan| analysed(state, session, plan::relation(plan)?).await;
    let tree = async |plan: Option<Plan>| lowered(state, session, plan::relation(plan)?).await;
    let kept = async |relation: Option<Relation>| {
        let relation = relation.ok_or_else(|| invalid_plan("a relation to keep is missing"))?;
        lowered(state, session, relation).await
    };
    Ok(match question.ok_or_else(|| invalid_plan("an analysis without a question"))? {
        Analyze::Schema(asked) => {
            let schema = raise_schema(&frame(asked.plan).await?.schema())?;
            Answer::Schema(response::Schema { schema: Some(schema) })
        }
        Analyze::Explain(asked) => {
            let mode = explain_mode(asked.explain_mode());
            let explain_string = frame(asked.plan).await?.explain(mode).await?;
            Answer::Explain(response::Explain { explain_string })
        }
        Analyze::TreeString(asked) => {
            let level = asked.level.and_then(|level| usize::try_from(level).ok()).filter(|level| *level > 0);
            let tree_string = types::tree_string(&frame(asked.plan).await?.schema(), level);
            Answer::TreeString(response::TreeString { tree_string })
        }
        Analyze::IsLocal(_) => Answer::IsLocal(response::IsLocal { is_local: false }),
        Analyze::IsStreaming(_) => Answer::IsStreaming(response::IsStreaming { is_streaming: false }),
        Analyze::InputFiles(_) => return Err(Failure::unsupported("df.inputFiles")),
        Analyze::SparkVersion(_) => Answer::SparkVersion(response::SparkVersion { version: SPARK_VERSION.to_owned() }),
        Analyze::DdlParse(asked) => {
            let parsed = raise_type(&parse_type(&asked.ddl_string)?)?;
            Answer::DdlParse(response::DdlParse { parsed: Some(parsed) })
        }
        Analyze::JsonToDdl(asked) => {
            let ddl_string = to_ddl(&parse_type(&asked.json_string)?);
            Answer::JsonToDdl(response::JsonToDdl { ddl_string })
        }
        Analyze::SameSemantics(asked) => {
            let (one, other) = (tree(asked.target_plan).await?, tree(asked.other_plan).await?);
            Answer::SameSemantics(response::SameSemantics { result: same_semantics(&one, &other) })
        }
        Analyze::SemanticHash(asked) => {
            Answer::SemanticHash(response::SemanticHash { result: semantic_hash(&tree(asked.plan).await?) })
        }
        Analyze::Persist(asked) => {
            session.engine.persist(&kept(asked.relation).await?).await?;
            Answer::Persist(response::Persist {})
        }
        Analyze::Unpersist(asked) => {
            session.engine.unpersist(&kept(asked.relation).await?)?;
            Answer::Unpersist(response::Unpersist {})
        }
        Analyze::GetStorageLevel(asked) => {
            let level =
                if session.engine.is_persisted(&kept(asked.relation).await?)? { MEMORY_AND_DISK } else { NOWHERE };
            Answer::GetStorageLevel(response::GetStorageLevel { storage_level: Some(level) })
        }
    })
}

/// What `cache()` asks for.
const MEMORY_AND_DISK: StorageLevel =
    StorageLevel { use_disk: true, use_memory: true, use_off_heap: false, deserialized: true, replication: 1 };
const NOWHERE: StorageLevel =
    StorageLevel { use_disk: false, use_memory: false, use_off_heap: false, deserialized: false, replication: 1 };

/// `a INT NOT NULL,b STRING`, as Spark's `StructType.toDDL`.
fn to_ddl(data_type: &DataType) -> String {
    let DataType::Struct(fields) = data_type else { return types::sql_name(data_type) };
    let column = |field: &Arc<Field>| {
        let plain = field.name().chars().all(|character| character.is_alphanumeric() || character == '_');
        let name = if plain { field.name().clone() } else { format!("`{}`", field.name().replace('`', "``")) };
        let not_null = if field.is_nullable() { "" } else { " NOT NULL" };
        format!("{name} {}{not_null}", types::sql_name(field.data_type()))
    };
    fields.iter().map(column).collect::<Vec<_>>().join(",")
}

fn explain_mode(mode: SparkMode) -> ExplainMode {
    match mode {
        SparkMode::Simple | SparkMode::Unspecified => ExplainMode::Simple,
        SparkMode::Extended => ExplainMode::Extended,
        SparkMode::Codegen => ExplainMode::Codegen,
        SparkMode::Cost => ExplainMode::Cost,
        SparkMode::Formatted => ExplainMode::Formatted,
    }
}

/// Trees that are written alike, whatever numbers the client gave their nodes.
fn same_semantics(one: &Lowered, other: &Lowered) -> bool {
    without_plan_ids(one) == without_plan_ids(other)
}

fn semantic_hash(relation: &Lowered) -> i32 {
    let mut hasher = DefaultHasher::new();
    without_plan_ids(relation).hash(&mut hasher);
    hasher.finish() as i32
}

fn without_plan_ids(relation: &Lowered) -> String {
    let text = format!("{relation:?}");
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find("plan_id: Some(") {
        kept.push_str(&rest[..start]);
        let after = &rest[start..];
        rest = after.find(')').map_or("", |end| &after[end + 1..]);
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use brickyard_spec::{Expr, Node};

    #[test]
    fn semantics_do_not_depend_on_the_numbers_of_nodes() {
        let range =
            |plan_id, end| Lowered::new(Node::Range { start: 0, end, step: 1, partitions: None }).with_plan_id(plan_id);
        let column = |plan_id| Expr::Column { name: "id".to_owned(), plan_id };
        let filtered = |id, end| {
            Lowered::new(Node::Filter { input: range(Some(id), end), condition: column(Some(id)) })
                .with_plan_id(Some(id + 1))
        };
        assert!(same_semantics(&filtered(1, 10), &filtered(7, 10)));
        assert!(!same_semantics(&filtered(1, 10), &filtered(1, 11)));
        assert_eq!(semantic_hash(&filtered(1, 10)), semantic_hash(&filtered(7, 10)));
    }
}
