//! Models as functions: `model.transform(df)`, and SQL's `predict`, `explain_prediction` and `nearest_neighbours`.

use super::{Column, Resolved, Resolver, Scope, Typed, plan_column};
use crate::failures::{self, engine_failure};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use brickyard_error::{Failure, Result};
use brickyard_functions::{ExplanationFunction, KEEP, ModelFunction};
use brickyard_ml::Transformer;
use brickyard_ml::schema::METADATA_KEY;
use brickyard_spec::{Expr, Literal};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr as PlanExpr, ScalarUDF, cast};
use std::collections::HashMap;
use std::sync::Arc;

impl Resolver<'_> {
    /// The input with the transformer's outputs; rows it cannot use are dropped where it says `skip`. `sized` has the
    /// sizes of vectors that the columns' own metadata does not tell.
    pub fn transform(&mut self, input: Resolved, id: &str, sized: Option<SchemaRef>) -> Result<Resolved> {
        let transformer = self.session.transformer(id);
        let transformer =
            transformer.ok_or_else(|| Failure::internal(format!("there is no model {id} in the session")))?;
        let mut columns: Vec<Typed> = input.columns.iter().map(Typed::of_column).collect();
        for (typed, field) in columns.iter_mut().zip(sized.iter().flat_map(|schema| schema.fields())) {
            typed.metadata = field.metadata().get(METADATA_KEY).cloned();
        }
        let function = self.model_function(transformer, &columns)?;
        let made = self.fresh_id("model");
        let mut exprs: Vec<PlanExpr> = input.columns.iter().map(Column::expr).collect();
        exprs.push(function.call.alias(&made));
        let mut builder = input.builder().project(exprs).map_err(engine_failure)?;
        let field = |name: &str| datafusion::functions::core::expr_fn::get_field(plan_column(&made), name);
        if function.may_skip {
            builder = builder.filter(field(KEEP)).map_err(engine_failure)?;
        }
        let with_model = input.clone().with_plan(builder.build().map_err(engine_failure)?);
        let mut outputs: Vec<(PlanExpr, Column)> =
            input.columns.iter().map(|column| (column.expr(), column.clone())).collect();
        for output in &function.outputs {
            let column = self.new_column(output.name(), output.data_type().clone(), output.is_nullable());
            let column = Column { metadata: output.metadata().get(METADATA_KEY).cloned(), ..column };
            let made = (field(output.name()), column);
            match outputs.iter_mut().find(|(_, other)| other.name.eq_ignore_ascii_case(&made.1.name)) {
                Some(replaced) => *replaced = made,
                None => outputs.push(made),
            }
        }
        self.projection(with_model, outputs)
    }

    /// `predict('delays@champion', *)`: the model's prediction for these columns.
    pub fn predict(&mut self, arguments: &[Expr], scope: &Scope) -> Result<Typed> {
        let (name, model, columns) = self.named_model("predict", arguments, scope)?;
        let sql = format!("predict({name})");
        let function = self.model_function(model, &columns)?;
        // Spark calls it so; a pipeline without a predictor answers with its last column.
        let output = function.outputs.iter().find(|output| output.name() == "prediction");
        let Some(output) = output.or(function.outputs.last()) else {
            return Err(failures::form(format!("the model {name} has no outputs")));
        };
        let expr = datafusion::functions::core::expr_fn::get_field(function.call, output.name().as_str());
        let mut typed = Typed::new(expr, output.data_type().clone(), true, sql);
        typed.metadata = output.metadata().get(METADATA_KEY).cloned();
        Ok(typed)
    }

    /// `explain_prediction('delays@champion', *)`: what each feature adds to the model's prediction for these columns.
    pub fn explain_prediction(&mut self, arguments: &[Expr], scope: &Scope) -> Result<Typed> {
        let (name, model, columns) = self.named_model("explain_prediction", arguments, scope)?;
        let (schema, arguments) = read_columns(model.as_ref(), &columns)?;
        let function = Arc::new(ScalarUDF::new_from_impl(ExplanationFunction::new(model, schema)?));
        let call = PlanExpr::ScalarFunction(ScalarFunction::new_udf(function, arguments));
        Ok(Typed::new(call, ExplanationFunction::data_type(), true, format!("explain_prediction({name})")))
    }

    /// `nearest_neighbours('near', *, num_results => 10)`: the rows nearest to these columns, of those that the model
    /// remembers.
    pub fn nearest_neighbours(&mut self, arguments: &[Expr], scope: &Scope) -> Result<Typed> {
        let is_named = |argument: &&Expr| matches!(argument, Expr::Named { .. });
        let (named, others): (Vec<&Expr>, Vec<&Expr>) = arguments.iter().partition(is_named);
        let wanted = named.into_iter().map(number_of_results).next_back().transpose()?;
        let others: Vec<Expr> = others.into_iter().cloned().collect();
        let (name, model, columns) = self.named_model("nearest_neighbours", &others, scope)?;
        let model = brickyard_ml::neighbours::finding(model.as_ref(), wanted)?;
        let function = self.model_function(Arc::from(model), &columns)?;
        let found = function.outputs.last().ok_or_else(|| Failure::internal("a model of neighbours has no output"))?;
        let expr = datafusion::functions::core::expr_fn::get_field(function.call, found.name().as_str());
        Ok(Typed::new(expr, found.data_type().clone(), true, format!("nearest_neighbours({name})")))
    }

    /// The model that a function's first argument names, and its other arguments.
    fn named_model(
        &mut self,
        function: &str,
        arguments: &[Expr],
        scope: &Scope,
    ) -> Result<(String, Arc<dyn Transformer>, Vec<Typed>)> {
        let Some((Expr::Literal(Literal::String(name)), columns)) = arguments.split_first() else {
            let text = format!("{function} takes the name of a model, a constant string, and its columns");
            return Err(failures::form(text));
        };
        let model = self.sources.models.get(name).cloned();
        let model = model.ok_or_else(|| Failure::internal(format!("the model {name} was not loaded")))?;
        let columns = self.expand_stars(columns, scope)?;
        Ok((name.clone(), model, self.exprs(&columns, scope)?))
    }

    /// A call of the model over the columns it reads.
    fn model_function(&mut self, model: Arc<dyn Transformer>, columns: &[Typed]) -> Result<Call> {
        let (schema, arguments) = read_columns(model.as_ref(), columns)?;
        let function = ModelFunction::new(model, schema)?;
        let (outputs, may_skip) = (function.outputs().to_vec(), function.may_skip());
        let function = Arc::new(ScalarUDF::new_from_impl(function));
        let call = PlanExpr::ScalarFunction(ScalarFunction::new_udf(function, arguments));
        Ok(Call { call, outputs, may_skip })
    }
}

/// The number of `num_results => 10`.
fn number_of_results(argument: &Expr) -> Result<i64> {
    match argument {
        Expr::Named { name, value } if name.eq_ignore_ascii_case("num_results") => match value.as_ref() {
            Expr::Literal(Literal::Int(number)) => Ok(i64::from(*number)),
            Expr::Literal(Literal::Long(number)) => Ok(*number),
            _ => Err(failures::form("num_results is a constant whole number, as in num_results => 10")),
        },
        _ => Err(failures::form("nearest_neighbours has no named argument but num_results, as in num_results => 10")),
    }
}

/// The columns that a model reads, and the expressions that give them.
fn read_columns(model: &dyn Transformer, columns: &[Typed]) -> Result<(SchemaRef, Vec<PlanExpr>)> {
    let name = |typed: &Typed| typed.alone.clone().unwrap_or_else(|| typed.sql.clone());
    let all: Vec<Field> = columns.iter().map(|typed| field_of(&name(typed), typed)).collect();
    let inputs = model.inputs(&Schema::new(all.clone()))?;
    let mut fields = Vec::new();
    let mut arguments = Vec::new();
    for (field, typed) in all.into_iter().zip(columns) {
        if inputs.iter().any(|input| input.column.as_str() == field.name()) {
            // Labels of nested fields as the schema says, for those who look at the type.
            let argument = typed.expr.clone();
            arguments.push(if needs_label(field.data_type()) {
                cast(argument, field.data_type().clone())
            } else {
                argument
            });
            fields.push(field);
        }
    }
    Ok((Arc::new(Schema::new(fields)), arguments))
}

struct Call {
    call: PlanExpr,
    outputs: Vec<Field>,
    may_skip: bool,
}

fn field_of(name: &str, typed: &Typed) -> Field {
    let field = Field::new(name, typed.data_type.clone(), typed.nullable);
    match &typed.metadata {
        Some(json) => field.with_metadata(HashMap::from([(METADATA_KEY.to_owned(), json.clone())])),
        None => field,
    }
}

fn needs_label(data_type: &DataType) -> bool {
    matches!(data_type, DataType::List(_))
}
