//! Calls that read DataFrames: of models (metrics over other rows, neighbours, recommendations for some users), and of the
//! functions of Spark ML that belong to no model (statistics, frequent sequences, power iteration).

use crate::attributes::Answer;
use crate::lower::MethodArgument;
use crate::sessions::ClientSession;
use crate::state::SparkState;
use arrow::array::{AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Int64Type};
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::answer::ROWS;
use brickyard_ml::runner::Cancel;
use brickyard_ml::statistics;
use brickyard_ml::transform::Argument;
use brickyard_ml::tree::IterationErrors;
use brickyard_ml::{Attribute, Operator, Transformer, Value};
use brickyard_spec::{Expr, Node, Relation};

/// A method of a model, at least one of whose arguments is a DataFrame.
pub async fn of_model(
    state: &SparkState,
    session: &ClientSession,
    model: &dyn Transformer,
    name: &str,
    arguments: Vec<MethodArgument>,
) -> Result<Answer> {
    match (name, arguments.as_slice()) {
        ("evaluateEachIteration", [MethodArgument::Frame(rows), loss @ ..]) => {
            let loss = match loss {
                [MethodArgument::Value(Value::Text(loss))] => Some(loss.as_str()),
                _ => None,
            };
            let errors = IterationErrors::of(model, loss)?;
            let frame = session.engine.frame(rows).await?;
            let merged = state.trainer.aggregate(&frame, errors.inputs(&frame.schema())?, errors.pass()).await?;
            Ok(Answer::Value(Value::Doubles(errors.finish(merged)?)))
        }
        ("recommendForUserSubset", [MethodArgument::Frame(rows), MethodArgument::Value(count)]) => {
            recommend(session, model, name, "userCol", rows, count).await
        }
        ("recommendForItemSubset", [MethodArgument::Frame(rows), MethodArgument::Value(count)]) => {
            recommend(session, model, name, "itemCol", rows, count).await
        }
        (_, [MethodArgument::Frame(rows)]) => {
            let evaluator = model.evaluation(name)?;
            let frame = session.engine.frame(rows).await?;
            Ok(Answer::Value(Value::Double(state.trainer.evaluate(&frame, evaluator).await?)))
        }
        _ => {
            let mut given = Vec::new();
            for argument in arguments {
                given.push(match argument {
                    MethodArgument::Value(value) => Argument::Value(value),
                    MethodArgument::Frame(relation) => Argument::Frame(rows(session, &relation).await?),
                });
            }
            model.method(name, &given).map(Answer::Rows)
        }
    }
}

/// The distinct ids of a column, and a model's recommendations for them.
async fn recommend(
    session: &ClientSession,
    model: &dyn Transformer,
    name: &str,
    column: &str,
    relation: &Relation,
    count: &Value,
) -> Result<Answer> {
    let ids = Expr::exact_column(model.params().text(column)?);
    let ids = Relation::new(Node::Project { input: relation.clone(), exprs: vec![ids] });
    let ids = Relation::new(Node::Deduplicate { input: ids, columns: Vec::new() });
    let ids = rows(session, &ids).await?;
    let ids = cast(ids.column(0), &DataType::Int64).map_err(|error| {
        Failure::new(&codes::ml::COLUMN_TYPE, format!("the ids are no whole numbers: {error}")).because(error)
    })?;
    let ids: Vec<i64> = ids.as_primitive::<Int64Type>().iter().flatten().collect();
    match model.attribute(name, &[Value::Ints(ids), count.clone()])? {
        Attribute::Frame(rows) => Ok(Answer::Rows(rows)),
        _ => Err(Failure::internal(format!("{name} is no DataFrame"))),
    }
}

/// A function of Spark ML over a DataFrame.
pub async fn of_helper(
    state: &SparkState,
    session: &ClientSession,
    name: &str,
    relation: &Relation,
    arguments: &[Value],
) -> Result<Answer> {
    const SEQUENCES: [&str; 4] = ["minSupport", "maxPatternLength", "maxLocalProjDBSize", "sequenceCol"];
    const CLUSTERS: [&str; 6] = ["k", "maxIter", "initMode", "srcCol", "dstCol", "weightCol"];
    match name {
        "prefixSpanFindFrequentSequentialPatterns" => {
            let parameters = SEQUENCES.into_iter().zip(arguments);
            answered(state, session, "org.apache.spark.ml.fpm.PrefixSpan", relation, parameters).await
        }
        "powerIterationClusteringAssignClusters" => {
            let is_set = |(name, value): &(&str, &Value)| *name != "weightCol" || **value != Value::Text(String::new());
            let parameters = CLUSTERS.into_iter().zip(arguments).filter(is_set);
            answered(state, session, "org.apache.spark.ml.clustering.PowerIterationClustering", relation, parameters)
                .await
        }
        _ => {
            let statistic = statistics::by_name(name, arguments)?;
            let frame = session.engine.frame(relation).await?;
            let inputs = statistic.inputs(&frame.schema())?;
            let merged = state.trainer.aggregate(&frame, &inputs, statistic.pass()).await?;
            statistic.finish(merged).map(Answer::Rows)
        }
    }
}

/// A fit whose result is a DataFrame.
async fn answered<'a>(
    state: &SparkState,
    session: &ClientSession,
    class: &str,
    relation: &Relation,
    parameters: impl Iterator<Item = (&'a str, &'a Value)>,
) -> Result<Answer> {
    let uid = format!("{}_{}", class.rsplit('.').next().unwrap_or(class), uuid::Uuid::new_v4().simple());
    let Operator::Estimator(mut estimator) = state.registry.make(class, &uid)? else {
        return Err(Failure::internal(format!("{class} is no estimator")));
    };
    for (name, value) in parameters {
        estimator.params_mut().set(name, value.clone())?;
    }
    let frame = session.engine.frame(relation).await?;
    let fitted = state.trainer.fit(&frame, estimator, class, Cancel::default()).await?;
    match fitted.model.attribute(ROWS, &[])? {
        Attribute::Frame(rows) => Ok(Answer::Rows(rows)),
        _ => Err(Failure::internal(format!("{class} did not answer with rows"))),
    }
}

/// All rows of a query, in one batch.
async fn rows(session: &ClientSession, relation: &Relation) -> Result<RecordBatch> {
    let frame = session.engine.frame(relation).await?;
    let batches = frame.collect().await?;
    concat_batches(&frame.schema(), &batches)
        .map_err(|error| Failure::internal("laying the rows of an argument end to end").because(error))
}
