//! `Imputer`: missing numbers replaced by the mean, median or mode of their column.

use super::columns::pairs;
use super::one_pass::OnePass;
use crate::Block;
use crate::fit::{Merge, Pass};
use crate::linalg::java_double;
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::persist::{Column, Saved, table};
use crate::schema::{self, spark_name};
use crate::transform::no_attribute;
use crate::{Attribute, Estimator, Input, Operator, Output, Params, RawInput, RawKind, Registry, Transformer, Value};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{ArrayRef, Float64Array, RecordBatch};
use arrow_schema::{Field, Schema};
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.feature.Imputer";
const MODEL_CLASS: &str = "org.apache.spark.ml.feature.ImputerModel";
const SPECS: &[ParamSpec] = &[
    shared::INPUT_COL,
    shared::INPUT_COLS,
    ParamSpec::new("missingValue", Kind::Double, Default::Double(f64::NAN), "the value that stands for a missing one"),
    shared::OUTPUT_COL,
    shared::OUTPUT_COLS,
    ParamSpec::new("relativeError", Kind::Double, Default::Double(0.001), "allowed rank error; ours is exact")
        .checked(crate::param::check::fraction),
    ParamSpec::new("strategy", Kind::Text, Default::Text("mean"), "mean, median or mode")
        .checked(|value| matches!(value, Value::Text(value) if ["mean", "median", "mode"].contains(&value.as_str()))),
];

pub fn register(registry: &mut Registry) {
    registry
        .operator(
            CLASS,
            |uid| Operator::estimator(Imputer { params: Params::new(uid, SPECS) }),
            |_, saved| Ok(Operator::estimator(Imputer { params: saved.params(SPECS)? })),
        )
        .loadable(MODEL_CLASS, |_, saved| Ok(Operator::transformer(ImputerModel::load(saved)?)))
        .pass::<Observe>();
}

#[derive(Debug, Clone)]
struct Imputer {
    params: Params,
}

fn numeric_inputs(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
    let input = |(column, _): (String, String)| {
        let field = schema::field(schema, &column)?;
        if field.data_type().is_numeric() {
            return Ok(Input::number(&column));
        }
        let kind = spark_name(field.data_type());
        let text =
            format!("requirement failed: Column {column} must be of type numeric but was actually of type {kind}.");
        Err(Failure::new(&codes::ml::COLUMN_TYPE, text))
    };
    pairs(params)?.into_iter().map(input).collect()
}

impl Estimator for Imputer {
    type Fit = OnePass<Observe>;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        numeric_inputs(&self.params, schema)
    }

    fn begin(&self, schema: &Schema, _rows: u64) -> Result<Self::Fit> {
        let pairs = pairs(&self.params)?;
        schema::no_such_columns(schema, pairs.iter().map(|(_, output)| output.as_str()))?;
        let params = self.params.clone();
        let missing = params.double("missingValue")?;
        let strategy = params.text("strategy")?;
        let pass = Observe { columns: pairs.len(), missing, distribution: strategy != "mean" };
        Ok(OnePass::new(pass, move |observed| {
            let surrogate = |((column, _), observed): (&(String, String), Observed)| {
                let surrogate = match strategy.as_str() {
                    "median" => observed.median(),
                    "mode" => observed.mode(),
                    _ => observed.mean(),
                };
                surrogate.ok_or_else(|| {
                    let shown = java_double(missing);
                    let text = format!(
                        "surrogate cannot be computed. All the values in {column} are Null, Nan or missingValue({shown})"
                    );
                    Failure::new(&codes::ml::EMPTY_DATASET, text)
                })
            };
            let surrogates = pairs.iter().zip(observed.0).map(surrogate).collect::<Result<_>>()?;
            let columns = pairs.into_iter().map(|(input, _)| input).collect();
            Ok(Box::new(ImputerModel { params, columns, surrogates }))
        }))
    }
}

/// Looks at the values that are not missing.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Observe {
    columns: usize,
    missing: f64,
    /// Whether each value is counted, which the mean does not need.
    distribution: bool,
}

/// The values of one column.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Observed {
    count: u64,
    sum: f64,
    /// Rows by the bits of their value.
    rows_of: HashMap<u64, u64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct AllObserved(Vec<Observed>);

impl Observed {
    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    /// (value, rows), ascending.
    fn distribution(&self) -> Vec<(f64, u64)> {
        let mut all: Vec<(f64, u64)> = self.rows_of.iter().map(|(bits, rows)| (f64::from_bits(*bits), *rows)).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all
    }

    /// The value of the middle row, the lower of two.
    fn median(&self) -> Option<f64> {
        let middle = self.count.div_ceil(2);
        let mut passed = 0;
        let mut reaches = |rows: u64| {
            passed += rows;
            passed >= middle
        };
        self.distribution().into_iter().find(|(_, rows)| reaches(*rows)).map(|(value, _)| value)
    }

    /// The value of most rows, the smallest of equals.
    fn mode(&self) -> Option<f64> {
        let better = |best: (f64, u64), next: (f64, u64)| if next.1 > best.1 { next } else { best };
        self.distribution().into_iter().reduce(better).map(|(value, _)| value)
    }
}

impl Merge for AllObserved {
    const EXACT: bool = false;
    fn merge(&mut self, other: Self) {
        for (observed, more) in self.0.iter_mut().zip(other.0) {
            observed.count += more.count;
            observed.sum += more.sum;
            more.rows_of.into_iter().for_each(|(bits, rows)| *observed.rows_of.entry(bits).or_default() += rows);
        }
    }
}

impl Pass for Observe {
    const NAME: &'static str = "feature/observed-values";
    type View = Block;
    type Memo = ();
    type Acc = AllObserved;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> AllObserved {
        AllObserved((0..self.columns).map(|_| Observed::default()).collect())
    }

    fn update(&self, acc: &mut AllObserved, rows: &Block, (): &mut ()) -> Result<()> {
        for (column, observed) in acc.0.iter_mut().enumerate() {
            for value in rows.numbers(column)?.iter().flatten() {
                if value.is_nan() || value == self.missing {
                    continue;
                }
                observed.count += 1;
                observed.sum += value;
                if self.distribution {
                    *observed.rows_of.entry((value + 0.0).to_bits()).or_default() += 1;
                }
            }
        }
        Ok(())
    }
}

/// Fills missing values with what was learned.
#[derive(Debug, Clone)]
struct ImputerModel {
    params: Params,
    /// The columns it was fitted on, and a surrogate for each.
    columns: Vec<String>,
    surrogates: Vec<f64>,
}

impl ImputerModel {
    fn load(saved: &Saved) -> Result<Self> {
        let params = saved.params(SPECS)?;
        let rows = saved.rows("data")?;
        let columns: Vec<String> = pairs(&params)?.into_iter().map(|(input, _)| input).collect();
        let surrogates = columns.iter().map(|column| rows.double(column)).collect::<Result<_>>()?;
        Ok(Self { params, columns, surrogates })
    }

    fn surrogate(&self, column: &str) -> Result<f64> {
        let found = self.columns.iter().position(|known| known == column);
        found.map(|index| self.surrogates[index]).ok_or_else(|| {
            let text = format!("the column {column} was not imputed when the model was fitted");
            Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text)
        })
    }

    fn table(&self) -> Result<RecordBatch> {
        let one = |surrogate: f64| -> ArrayRef { Arc::new(Float64Array::from(vec![surrogate])) };
        let columns = self.columns.iter().zip(&self.surrogates);
        table(columns.map(|(column, surrogate)| Column::required(column, one(*surrogate))))
    }
}

impl Transformer for ImputerModel {
    fn class(&self) -> &'static str {
        MODEL_CLASS
    }
    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }
    fn boxed(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let inputs = numeric_inputs(&self.params, schema)?;
        Ok(inputs.iter().map(|input| Input::any(&input.column)).collect())
    }

    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        Ok(pairs(&self.params)?.into_iter().map(|(input, _)| RawInput::new(input, RawKind::Number)).collect())
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        self.inputs(schema)?;
        let pairs = pairs(&self.params)?;
        schema::no_such_columns(schema, pairs.iter().map(|(_, output)| output.as_str()))?;
        let field = |(input, output): (String, String)| {
            Ok(Field::new(output, schema::field(schema, &input)?.data_type().clone(), true))
        };
        pairs.into_iter().map(field).collect()
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let missing = self.params.double("missingValue")?;
        let is_missing = |value: f64| value == missing || (value.is_nan() && missing.is_nan());
        let filled = |(input, _): (String, String)| {
            let surrogate = self.surrogate(&input)?;
            let given = Input::any(&input).read(batch)?;
            let numbers = Input::number(&input).read(batch)?;
            let numbers = numbers.as_primitive::<Float64Type>().iter();
            let numbers = numbers.map(|value| value.filter(|value| !is_missing(*value)).unwrap_or(surrogate));
            let numbers: ArrayRef = Arc::new(Float64Array::from_iter_values(numbers));
            arrow_cast::cast(&numbers, given.data_type())
                .map_err(|error| Failure::internal("imputed values do not fit their column").because(error))
        };
        Ok(Output::all(pairs(&self.params)?.into_iter().map(filled).collect::<Result<_>>()?))
    }

    fn attribute(&self, name: &str, _: &[Value]) -> Result<Attribute> {
        match name {
            "surrogateDF" => Ok(Attribute::Frame(self.table()?)),
            _ => Err(no_attribute(MODEL_CLASS, name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        Ok(Saved::of(MODEL_CLASS, &self.params).with_table("data", self.table()?))
    }
}
