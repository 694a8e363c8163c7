//! Aggregates that DataFusion lacks or computes by other rules: higher moments, exact percentiles, the mode.

use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

pub use datafusion_spark::function::aggregate::{collect_list, collect_set, try_sum};

macro_rules! aggregates {
    ($($name:ident = $kind:expr;)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`")]
            pub fn $name() -> Arc<AggregateUDF> {
                static FUNCTION: LazyLock<Arc<AggregateUDF>> =
                    LazyLock::new(|| Arc::new(AggregateUDF::new_from_impl(SparkAggregate::new($kind))));
                Arc::clone(&FUNCTION)
            }
        )*
        /// Every aggregate of this crate.
        pub fn all() -> Vec<Arc<AggregateUDF>> {
            vec![$($name()),*]
        }
    };
}

aggregates! {
    skewness = Kind::Skewness;
    kurtosis = Kind::Kurtosis;
    percentile = Kind::Percentile;
    percentile_of_values = Kind::PercentileOfValues;
    mode = Kind::Mode;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Skewness,
    Kurtosis,
    /// Between the neighbours in proportion.
    Percentile,
    /// A value that is there: the smallest with at least the share of the values at or below it.
    PercentileOfValues,
    Mode,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SparkAggregate {
    kind: Kind,
    signature: Signature,
}

impl SparkAggregate {
    fn new(kind: Kind) -> Self {
        Self { kind, signature: Signature::variadic_any(Volatility::Immutable) }
    }

    fn is_moment(&self) -> bool {
        matches!(self.kind, Kind::Skewness | Kind::Kurtosis)
    }
}

impl AggregateUDFImpl for SparkAggregate {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Skewness => "spark_skewness",
            Kind::Kurtosis => "spark_kurtosis",
            Kind::Percentile => "spark_percentile",
            Kind::PercentileOfValues => "spark_percentile_of_values",
            Kind::Mode => "spark_mode",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(match self.kind {
            Kind::Skewness | Kind::Kurtosis | Kind::Percentile => DataType::Float64,
            Kind::PercentileOfValues | Kind::Mode => types[0].clone(),
        })
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        if self.is_moment() {
            let names = ["count", "mean", "m2", "m3", "m4"];
            let field = |name: &str| Field::new(format_state_name(args.name, name), DataType::Float64, true);
            return Ok(names.into_iter().map(|name| Arc::new(field(name))).collect());
        }
        let item = Field::new_list_field(args.input_fields[0].data_type().clone(), true);
        let values = Field::new_list(format_state_name(args.name, "values"), item, true);
        let share = Field::new(format_state_name(args.name, "share"), DataType::Float64, true);
        Ok(vec![Arc::new(values), Arc::new(share)])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if self.is_moment() {
            return Ok(Box::new(Moments { kind: self.kind, ..Moments::new() }));
        }
        let data_type = args.expr_fields[0].data_type().clone();
        Ok(Box::new(Values { kind: self.kind, data_type, share: 0.5, parts: Vec::new() }))
    }
}

/// Count, mean and central moments' sums, merged by the formulas of Chan, Pébay (Spark's `CentralMomentAgg`).
#[derive(Debug)]
struct Moments {
    kind: Kind,
    count: f64,
    mean: f64,
    m2: f64,
    m3: f64,
    m4: f64,
}

impl Moments {
    fn new() -> Self {
        Self { kind: Kind::Skewness, count: 0.0, mean: 0.0, m2: 0.0, m3: 0.0, m4: 0.0 }
    }

    fn add(&mut self, value: f64) {
        let one = Self { count: 1.0, mean: value, ..Self::new() };
        self.merge(&one);
    }

    fn merge(&mut self, other: &Self) {
        let (a, b) = (self.count, other.count);
        let count = a + b;
        if b == 0.0 {
            return;
        }
        let delta = other.mean - self.mean;
        let step = if count == 0.0 { 0.0 } else { delta / count };
        let m4 = self.m4
            + other.m4
            + step * step * step * delta * a * b * (a * a - a * b + b * b)
            + 6.0 * step * step * (a * a * other.m2 + b * b * self.m2)
            + 4.0 * step * (a * other.m3 - b * self.m3);
        let m3 = self.m3 + other.m3 + step * step * delta * a * b * (a - b) + 3.0 * step * (a * other.m2 - b * self.m2);
        self.m2 += other.m2 + delta * step * a * b;
        (self.m3, self.m4) = (m3, m4);
        self.mean += step * b;
        self.count = count;
    }
}

impl Accumulator for Moments {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values[0].as_primitive::<Float64Type>().iter().flatten().for_each(|value| self.add(value));
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let value = match self.kind {
            _ if self.count == 0.0 => None,
            _ if self.m2 == 0.0 => Some(f64::NAN),
            Kind::Skewness => Some(self.count.sqrt() * self.m3 / (self.m2 * self.m2 * self.m2).sqrt()),
            _ => Some(self.count * self.m4 / (self.m2 * self.m2) - 3.0),
        };
        // A spread of nothing has no shape.
        Ok(ScalarValue::Float64(value.filter(|value| !value.is_nan())))
    }

    fn size(&self) -> usize {
        size_of::<Self>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let all = [self.count, self.mean, self.m2, self.m3, self.m4];
        Ok(all.into_iter().map(|value| ScalarValue::Float64(Some(value))).collect())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let column = |index: usize| states[index].as_primitive::<Float64Type>();
        for row in 0..states[0].len() {
            let value = |index: usize| column(index).value(row);
            let other =
                Self { kind: self.kind, count: value(0), mean: value(1), m2: value(2), m3: value(3), m4: value(4) };
            self.merge(&other);
        }
        Ok(())
    }
}

/// All values that are not null, kept until the end.
#[derive(Debug)]
struct Values {
    kind: Kind,
    data_type: DataType,
    share: f64,
    parts: Vec<ArrayRef>,
}

impl Values {
    fn keep(&mut self, values: &ArrayRef) -> Result<()> {
        let present = match values.null_count() {
            0 => Arc::clone(values),
            _ => arrow::compute::filter(values, &arrow::compute::is_not_null(values)?)?,
        };
        if !present.is_empty() {
            self.parts.push(present);
        }
        Ok(())
    }

    fn all(&self) -> Result<ArrayRef> {
        if self.parts.is_empty() {
            return Ok(arrow::array::new_empty_array(&self.data_type));
        }
        let parts: Vec<&dyn Array> = self.parts.iter().map(AsRef::as_ref).collect();
        Ok(arrow::compute::concat(&parts)?)
    }
}

impl Accumulator for Values {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if let Some(shares) = values.get(1)
            && !shares.is_empty()
        {
            self.share = shares.as_primitive::<Float64Type>().value(0);
        }
        self.keep(&values[0])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let all = self.all()?;
        if all.is_empty() {
            let data_type = if self.kind == Kind::Percentile { &DataType::Float64 } else { &self.data_type };
            return ScalarValue::try_from(data_type);
        }
        if self.kind == Kind::Mode {
            return most_frequent(&all);
        }
        let sorted = arrow::compute::sort(&all, None)?;
        let last = sorted.len() - 1;
        if self.kind == Kind::PercentileOfValues {
            let rank = (self.share * sorted.len() as f64).ceil() as usize;
            return ScalarValue::try_from_array(&sorted, rank.saturating_sub(1).min(last));
        }
        let place = self.share * last as f64;
        let (below, above) = (place.floor() as usize, place.ceil() as usize);
        let values = sorted.as_primitive::<Float64Type>();
        let (low, high) = (values.value(below), values.value(above));
        let value = if below == above { low } else { (above as f64 - place) * low + (place - below as f64) * high };
        Ok(ScalarValue::Float64(Some(value)))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.parts.iter().map(|part| part.get_array_memory_size()).sum::<usize>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let all = self.all()?;
        let field = Arc::new(Field::new_list_field(self.data_type.clone(), true));
        let list = ListArray::try_new(field, OffsetBuffer::from_lengths([all.len()]), all, None)?;
        Ok(vec![ScalarValue::List(Arc::new(list)), ScalarValue::Float64(Some(self.share))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let shares = states[1].as_primitive::<Float64Type>();
        let lists = states[0].as_list::<i32>();
        for row in 0..lists.len() {
            let values = lists.value(row);
            // An empty part has not seen its share.
            if !values.is_empty() {
                self.share = shares.value(row);
                self.keep(&values)?;
            }
        }
        Ok(())
    }
}

/// The value that is there most often; the smallest of several.
fn most_frequent(values: &ArrayRef) -> Result<ScalarValue> {
    let mut counts: HashMap<ScalarValue, usize> = HashMap::new();
    for row in 0..values.len() {
        *counts.entry(ScalarValue::try_from_array(values, row)?).or_default() += 1;
    }
    let mut best: Option<(ScalarValue, usize)> = None;
    for (value, count) in counts {
        let is_better = best.as_ref().is_none_or(|(other, most)| {
            count > *most || (count == *most && value.partial_cmp(other) == Some(std::cmp::Ordering::Less))
        });
        if is_better {
            best = Some((value, count));
        }
    }
    best.map_or_else(|| ScalarValue::try_from(values.data_type()), |(value, _)| Ok(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Float64Array;

    fn evaluated(kind: Kind, share: f64, values: &[f64]) -> ScalarValue {
        let array: ArrayRef = Arc::new(Float64Array::from(values.to_vec()));
        let mut accumulator = Values { kind, data_type: DataType::Float64, share, parts: Vec::new() };
        accumulator.update_batch(&[array]).unwrap();
        accumulator.evaluate().unwrap()
    }

    #[test]
    fn percentiles_as_spark_computes_them() {
        let ages = [36.0, 54.0, 79.0, 28.0];
        assert_eq!(evaluated(Kind::Percentile, 0.5, &ages), ScalarValue::from(45.0));
        assert_eq!(evaluated(Kind::Percentile, 0.75, &ages), ScalarValue::from(60.25));
        assert_eq!(evaluated(Kind::PercentileOfValues, 0.5, &ages), ScalarValue::from(36.0));
        assert_eq!(evaluated(Kind::Mode, 0.5, &[2.0, 1.0, 2.0, 1.0]), ScalarValue::from(1.0));
    }

    #[test]
    fn moments_merge() {
        let (mut whole, mut left, mut right) = (Moments::new(), Moments::new(), Moments::new());
        for (index, value) in [36.0, 54.0, 79.0, 28.0, 11.0].into_iter().enumerate() {
            whole.add(value);
            if index < 2 { left.add(value) } else { right.add(value) }
        }
        left.merge(&right);
        assert!((whole.m3 - left.m3).abs() < 1e-9 && (whole.m4 - left.m4).abs() < 1e-6);
    }
}
