//! Machine-learning commands: fitting, evaluating, saving, loading, and the objects that a session keeps.

use crate::analysis::{analysed, lowered, new_lowering, prepare};
use crate::attributes::{Answer, ask};
use crate::execute::Execution;
use crate::handles::invalid_plan;
use crate::lower::raise_literal;
use crate::ml_values::{lower_parameters, raise_texts, raise_value};
use crate::objects::{ModelObject, Object};
use crate::proto::execute_plan_response::ResponseType;
use crate::proto::expression::Literal;
use crate::proto::expression::literal::LiteralType;
use crate::proto::ml_command::{self, Command, write};
use crate::proto::ml_command_result::{MlOperatorInfo, ResultType, ml_operator_info::Type};
use crate::proto::{MlCommand, MlCommandResult, MlOperator, MlParams, ObjectRef};
use crate::sessions::ClientSession;
use crate::summary::Training;
use brickyard_engine::Frame;
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::persist::Saved;
use brickyard_ml::runner::Cancel;
use brickyard_ml::{Operator, Params};
use brickyard_models::Writer;
use brickyard_train::{EXPERIMENT_SETTING, FitRecord, Fitted, record, tables_of};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Who saves models in this session.
pub fn writer(session: &ClientSession) -> Writer {
    Writer { session: session.id().to_owned(), user: session.principal.name.clone() }
}

impl Execution {
    pub async fn machine_learning(&self, command: MlCommand) -> Result<()> {
        let command = command.command.ok_or_else(|| invalid_plan("a machine-learning command without a kind"))?;
        let result = match command {
            Command::Fit(fit) => self.fit(fit).await?,
            Command::Fetch(fetch) => self.fetch(fetch).await?,
            Command::Evaluate(evaluate) => self.evaluate(evaluate).await?,
            Command::Write(write) => return self.write_operator(write).await,
            Command::Read(read) => self.read_operator(read).await?,
            Command::Delete(delete) => self.delete(delete),
            Command::CleanCache(_) => {
                let count = self.session.objects.clear();
                param(raise_literal(LiteralType::Integer(i32::try_from(count).unwrap_or(i32::MAX))))
            }
            Command::GetCacheInfo(_) => param(raise_texts(self.session.objects.list())),
            Command::CreateSummary(create) => self.create_summary(create).await?,
            Command::GetModelSize(asked) => {
                let id = asked.model_ref.unwrap_or_default().id;
                let bytes = brickyard_models::size_bytes(&self.session.objects.model(&id)?.save()?)?;
                param(raise_literal(LiteralType::Long(i64::try_from(bytes).unwrap_or(i64::MAX))))
            }
        };
        let result = MlCommandResult { result_type: Some(result) };
        self.operation.send_type(ResponseType::MlCommandResult(result)).await
    }

    async fn fit(&self, fit: ml_command::Fit) -> Result<ResultType> {
        let operator = fit.estimator.ok_or_else(|| invalid_plan("a fit without an estimator"))?;
        let dataset = fit.dataset.ok_or_else(|| invalid_plan("a fit without a dataset"))?;
        let mut estimator = match self.state.registry.make(&operator.name, &operator.uid)? {
            Operator::Estimator(estimator) => estimator,
            _ => return Err(Failure::new(&codes::ml::OPERATOR_UNKNOWN, format!("{} is no estimator", operator.name))),
        };
        set_parameters(estimator.params_mut(), fit.params)?;
        let relation = lowered(&self.state, &self.session, dataset).await?;
        let frame = self.session.engine.frame(&relation).await?;
        let (params, started_ms) = (estimator.params().clone(), now_ms());
        let cancel = Cancel::default();
        let _stop = CancelOnDrop(cancel.clone());
        let training = self.state.trainer.fit(&frame, estimator, &operator.name, cancel);
        self.busy.training(&operator.uid);
        let fitted = training.await?;
        let record = Recording { class: &operator.name, params: &params, fitted: &fitted, started_ms };
        self.record(&frame, record).await?;
        let training = Some(Training::new(relation, fitted.report));
        let object = ModelObject { model: fitted.model, training };
        let id = self.session.objects.keep(Object::Model(object))?;
        Ok(model_info(id, None))
    }

    /// Logs a finished fit as a run, if the session asks for that.
    async fn record(&self, frame: &Frame, recording: Recording<'_>) -> Result<()> {
        let experiment = self.session.engine.conf().get_option(EXPERIMENT_SETTING).unwrap_or_default();
        if experiment.is_empty() {
            return Ok(());
        }
        let Recording { class, params, fitted, started_ms } = recording;
        let fit = FitRecord {
            experiment: &experiment,
            user: &self.session.principal.name,
            class,
            params,
            model: fitted.model.as_ref(),
            report: &fitted.report,
            rows: fitted.rows,
            started_ms,
            ended_ms: now_ms(),
            run_id: None,
        };
        let tables = tables_of(&frame.dataframe()?)?;
        let run_id = record(&self.state.tracking, &fit, &tables).await?;
        tracing::info!(%run_id, %experiment, "fit recorded");
        Ok(())
    }

    async fn fetch(&self, fetch: crate::proto::Fetch) -> Result<ResultType> {
        let mut lowering = new_lowering();
        let need = lowering.fetch(String::new(), fetch, None)?;
        prepare(&self.state, &self.session, lowering.into_needs()).await?;
        Ok(match ask(&self.state, &self.session, need).await? {
            Answer::Value(value) => param(raise_value(&value)),
            Answer::Summary(id) => ResultType::Summary(id),
            Answer::Objects(ids) => model_info(ids.join(","), None),
            Answer::Rows(_) | Answer::Relation(_) => {
                let text = "the attribute is a DataFrame, and a value was asked for";
                return Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, text));
            }
        })
    }

    async fn evaluate(&self, evaluate: ml_command::Evaluate) -> Result<ResultType> {
        let operator = evaluate.evaluator.ok_or_else(|| invalid_plan("an evaluation without an evaluator"))?;
        let dataset = evaluate.dataset.ok_or_else(|| invalid_plan("an evaluation without a dataset"))?;
        let mut evaluator = match self.state.registry.make(&operator.name, &operator.uid)? {
            Operator::Evaluator(evaluator) => evaluator,
            _ => return Err(Failure::new(&codes::ml::OPERATOR_UNKNOWN, format!("{} is no evaluator", operator.name))),
        };
        set_parameters(evaluator.params_mut(), evaluate.params)?;
        let frame = analysed(&self.state, &self.session, dataset).await?;
        let metric = self.state.trainer.evaluate(&frame, evaluator).await?;
        Ok(param(raise_literal(LiteralType::Double(metric))))
    }

    async fn write_operator(&self, write: ml_command::Write) -> Result<()> {
        let saved = match write.r#type.ok_or_else(|| invalid_plan("a write without an operator"))? {
            write::Type::ObjRef(object) => {
                let mut model = self.session.objects.model(&object.id)?.boxed();
                set_parameters(model.params_mut(), write.params)?;
                if let Some(format) = write.options.get("format").filter(|format| format.as_str() != "internal") {
                    let overwrite = write.should_overwrite.unwrap_or(false);
                    let written = self.state.models.export(model.into(), format, &write.path, overwrite);
                    return written.await.map(drop);
                }
                model.save()?
            }
            write::Type::Operator(operator) => self.saved_operator(&operator, write.params)?,
        };
        let overwrite = write.should_overwrite.unwrap_or(false);
        self.state.models.save(&writer(&self.session), &write.path, overwrite, &saved).await
    }

    fn saved_operator(&self, operator: &MlOperator, params: Option<MlParams>) -> Result<Saved> {
        match self.state.registry.make(&operator.name, &operator.uid)? {
            Operator::Estimator(mut estimator) => {
                set_parameters(estimator.params_mut(), params)?;
                Ok(Saved::of(&operator.name, estimator.params()))
            }
            Operator::Transformer(mut transformer) => {
                set_parameters(transformer.params_mut(), params)?;
                transformer.save()
            }
            Operator::Evaluator(mut evaluator) => {
                set_parameters(evaluator.params_mut(), params)?;
                evaluator.save()
            }
        }
    }

    async fn read_operator(&self, read: ml_command::Read) -> Result<ResultType> {
        let asked = read.operator.ok_or_else(|| invalid_plan("a load without the class to load"))?;
        let saved = self.state.models.load(&read.path).await?;
        // The client knows what is no estimator and no transformer by a wrapper's name.
        let wanted = simple_name(&asked.name).trim_end_matches("Wrapper");
        if simple_name(saved.class()).trim_end_matches("Wrapper") != wanted {
            let text = format!(
                "Error loading metadata: Expected class name {} but found class name {}",
                asked.name,
                saved.class()
            );
            return Err(Failure::new(&codes::ml::MODEL_FILES, text));
        }
        let is_model = asked.r#type() == crate::proto::ml_operator::OperatorType::Model;
        match self.state.registry.load(&saved)? {
            Operator::Transformer(transformer) if is_model => {
                let params = transformer.params().clone();
                let object = ModelObject { model: Arc::from(transformer), training: None };
                Ok(model_info(self.session.objects.keep(Object::Model(object))?, Some(&params)))
            }
            Operator::Transformer(operator) => Ok(operator_info(&asked.name, operator.params())),
            Operator::Estimator(operator) => Ok(operator_info(&asked.name, operator.params())),
            Operator::Evaluator(operator) => Ok(operator_info(&asked.name, operator.params())),
        }
    }

    fn delete(&self, delete: ml_command::Delete) -> ResultType {
        if delete.evict_only.unwrap_or(false) {
            // Models stay in memory: there is nothing to move to disk.
            return model_info(String::new(), None);
        }
        let removed = self.session.objects.remove(delete.obj_refs.into_iter().map(|object| object.id));
        for id in &removed {
            for copy in self.session.objects.take_copies(id) {
                self.session.engine.drop_transformer(&copy);
            }
        }
        model_info(removed.join(","), None)
    }

    async fn create_summary(&self, create: ml_command::CreateSummary) -> Result<ResultType> {
        let id = create.model_ref.unwrap_or_default().id;
        let dataset = create.dataset.ok_or_else(|| invalid_plan("a summary without a dataset"))?;
        let relation = lowered(&self.state, &self.session, dataset).await?;
        self.session.objects.set_training_rows(&id, relation)?;
        Ok(param(raise_literal(LiteralType::Boolean(true))))
    }
}

/// A finished fit with what it was asked for.
struct Recording<'a> {
    class: &'a str,
    params: &'a Params,
    fitted: &'a Fitted,
    started_ms: i64,
}

fn now_ms() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
}

/// Stops a training whose execution was interrupted.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

pub fn set_parameters(params: &mut Params, given: Option<MlParams>) -> Result<()> {
    for (name, value) in lower_parameters(given.unwrap_or_default())? {
        params.set(&name, value)?;
    }
    Ok(())
}

fn param(literal: Literal) -> ResultType {
    ResultType::Param(literal)
}

fn model_info(id: String, params: Option<&Params>) -> ResultType {
    info(Type::ObjRef(ObjectRef { id }), params)
}

fn operator_info(class: &str, params: &Params) -> ResultType {
    info(Type::Name(class.to_owned()), Some(params))
}

/// Clients set the parameters on their own copy, so only those that were set are told.
fn info(identity: Type, params: Option<&Params>) -> ResultType {
    let set = |params: &Params| MlParams {
        params: params.set_values().map(|(name, value)| (name.to_owned(), raise_value(value))).collect(),
    };
    ResultType::OperatorInfo(MlOperatorInfo {
        r#type: Some(identity),
        uid: params.map(|params| params.uid().to_owned()),
        params: params.map(set),
        warning_message: None,
    })
}

fn simple_name(class: &str) -> &str {
    class.rsplit('.').next().unwrap_or(class)
}
