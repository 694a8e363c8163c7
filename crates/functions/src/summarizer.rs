//! `aggregate_metrics`, behind `pyspark.ml.stat.Summarizer`: statistics of every slot of a vector column in one pass.

use crate::failures::external;
use arrow::array::{ArrayRef, AsArray, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Float64Type};
use brickyard_ml::linalg::{VectorColumn, vector_column, vector_type};
use brickyard_ml::statistics::summary::{METRICS, Summary};
use brickyard_ml::{Merge, Value, Wire};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};
use std::sync::{Arc, LazyLock};

/// `(vectors, weights)` to a struct of every metric, in the order of [`METRICS`].
pub fn aggregate_metrics() -> Arc<AggregateUDF> {
    static FUNCTION: LazyLock<Arc<AggregateUDF>> = LazyLock::new(|| {
        let signature = Signature::any(2, Volatility::Immutable);
        Arc::new(AggregateUDF::new_from_impl(AggregateMetrics { signature }))
    });
    Arc::clone(&FUNCTION)
}

/// The type of a metric.
pub fn metric_type(name: &str) -> DataType {
    if name == "count" { DataType::Int64 } else { vector_type() }
}

fn fields() -> Fields {
    METRICS.iter().map(|name| Field::new(*name, metric_type(name), false)).collect()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct AggregateMetrics {
    signature: Signature,
}

impl AggregateUDFImpl for AggregateMetrics {
    fn name(&self) -> &str {
        "spark_aggregate_metrics"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(fields()))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format_state_name(args.name, "summary"), DataType::Binary, false))])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Metrics(Summary::default())))
    }
}

#[derive(Debug)]
struct Metrics(Summary);

impl Accumulator for Metrics {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let weights = cast(&values[1], &DataType::Float64)?;
        let vectors = VectorColumn::new(&values[0]).map_err(external)?;
        self.0.add(&vectors, Some(weights.as_primitive::<Float64Type>())).map_err(external)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let column = |name: &&str| -> Result<ArrayRef> {
            Ok(match self.0.metric(name).map_err(external)? {
                Value::Vector(vector) => vector_column([Some(&vector)]),
                _ => Arc::new(arrow::array::Int64Array::from(vec![self.0.count as i64])),
            })
        };
        let columns = METRICS.iter().map(column).collect::<Result<Vec<_>>>()?;
        Ok(ScalarValue::Struct(Arc::new(StructArray::try_new(fields(), columns, None)?)))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.0.bytes()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(self.0.encode().map_err(external)?))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for state in states[0].as_binary::<i32>().iter().flatten() {
            self.0.merge(Summary::decode(state).map_err(external)?);
        }
        Ok(())
    }
}
