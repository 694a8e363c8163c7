//! Training summaries: what a model's training, or its use on other rows, came to.
//!
//! Numbers are `ml`'s, from one aggregate over the model's predictions that runs when the first of them is asked for;
//! what is a DataFrame of the predictions themselves is a query over them.

use crate::analysis::put_model;
use crate::attributes::Answer;
use crate::sessions::ClientSession;
use crate::state::SparkState;
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::evaluate::{MetricsSummary, SummaryKind};
use brickyard_ml::fit::FitReport;
use brickyard_ml::{Attribute, Transformer, Value};
use brickyard_spec::{Expr, Node, Relation};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// How a model came about, or what it is judged by.
pub struct Training {
    /// The rows, as a query.
    pub relation: Relation,
    /// Empty for other rows than those of the training.
    pub report: FitReport,
    metrics: OnceCell<MetricsSummary>,
}

impl Training {
    pub fn new(relation: Relation, report: FitReport) -> Arc<Self> {
        Arc::new(Self { relation, report, metrics: OnceCell::new() })
    }
}

/// A model with rows that it is judged by.
pub struct Summary {
    pub model: Arc<dyn Transformer>,
    pub training: Arc<Training>,
}

/// Whether models of this kind have summaries.
pub fn has_summary(model: &dyn Transformer) -> Result<bool> {
    Ok(SummaryKind::of(model)?.is_some())
}

impl Summary {
    /// An attribute by Spark's name; `id` is the object that was asked.
    pub async fn attribute(
        &self,
        state: &SparkState,
        session: &ClientSession,
        id: &str,
        name: &str,
        arguments: &[Value],
    ) -> Result<Answer> {
        let kind = SummaryKind::of(self.model.as_ref())?.ok_or_else(|| {
            let text = format!("{} has no summary; use an evaluator", self.model.class());
            Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, text)
        })?;
        let predictions = self.predictions(session, id, &kind);
        let column =
            |parameter: &str| -> Result<Expr> { Ok(Expr::exact_column(kind.model().params().text(parameter)?)) };
        let project = |expr: Expr| Relation::new(Node::Project { input: predictions.clone(), exprs: vec![expr] });
        match name {
            "predictions" => return Ok(Answer::Relation(predictions)),
            "cluster" => return Ok(Answer::Relation(project(column("predictionCol")?))),
            "probability" => return Ok(Answer::Relation(project(column("probabilityCol")?))),
            "residuals" => {
                if let Some((stage, column)) = kind.residuals(arguments)? {
                    let transformer = put_model(session, id, column, &Arc::from(stage));
                    let with_residuals = Node::Transform { input: predictions, transformer }.into();
                    let exprs = vec![Expr::exact_column(column)];
                    return Ok(Answer::Relation(Relation::new(Node::Project { input: with_residuals, exprs })));
                }
                let residual = Expr::function("-", vec![column("labelCol")?, column("predictionCol")?]);
                return Ok(Answer::Relation(project(residual.alias("residuals"))));
            }
            _ => {}
        }
        let summed_up = || async {
            let frame = session.engine.frame(&predictions).await?;
            let inputs = kind.inputs(&frame.schema())?;
            let merged = state.trainer.aggregate(&frame, &inputs, kind.pass()).await?;
            kind.finish(merged, &self.training.report)
        };
        let metrics = self.training.metrics.get_or_try_init(summed_up).await?;
        match metrics.attribute(name, arguments)? {
            Attribute::Value(value) => Ok(Answer::Value(value)),
            Attribute::Frame(rows) => Ok(Answer::Rows(rows)),
            Attribute::Model(_) | Attribute::Models(_) => Err(Failure::internal("a summary answered with a model")),
        }
    }

    fn predictions(&self, session: &ClientSession, id: &str, kind: &SummaryKind) -> Relation {
        let transformer = put_model(session, id, "summarised", &Arc::from(kind.model().boxed()));
        Node::Transform { input: self.training.relation.clone(), transformer }.into()
    }
}
