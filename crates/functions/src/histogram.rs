//! `histogram_numeric`: an approximate histogram of bins that merge with their nearest (Ben-Haim, Tom-Tov, *A Streaming
//! Parallel Decision Tree Algorithm*, 2010), as Spark's `NumericHistogram`.

use crate::one_state::OneState;
use crate::types::list_of;
use arrow::array::*;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields, Float64Type, Int32Type};
use brickyard_ml::random::java::JavaRandom;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;
use std::sync::Arc;

/// `(values, number of bins)` to an array of `struct<x, y>`.
pub const AGGREGATE: OneState = OneState {
    name: "spark_histogram_numeric",
    returns: |types| histogram_type(types.first().unwrap_or(&DataType::Float64)),
    state: |_| list_of(DataType::Float64, true),
    start: |types| {
        Box::new(Histogram {
            data_type: types.first().cloned().unwrap_or(DataType::Float64),
            wanted: 0,
            bins: Vec::new(),
            // The seed of Spark's, so that ties fall alike.
            random: JavaRandom::new(31183),
        })
    },
};

/// The type of a histogram of values of this type.
pub fn histogram_type(value: &DataType) -> DataType {
    list_of(DataType::Struct(bin_fields(value)), true)
}

fn bin_fields(value: &DataType) -> Fields {
    Fields::from(vec![Field::new("x", value.clone(), true), Field::new("y", DataType::Float64, true)])
}

#[derive(Debug)]
struct Histogram {
    data_type: DataType,
    /// At most so many bins.
    wanted: usize,
    /// Centre and height, by ascending centres.
    bins: Vec<(f64, f64)>,
    random: JavaRandom,
}

impl Histogram {
    fn add(&mut self, value: f64) {
        match self.bins.binary_search_by(|bin| bin.0.total_cmp(&value)) {
            Ok(place) => self.bins[place].1 += 1.0,
            Err(place) => {
                self.bins.insert(place, (value, 1.0));
                self.trim();
            }
        }
    }

    /// Joins the two nearest bins until there are not too many; of several pairs one by chance.
    fn trim(&mut self) {
        while self.bins.len() > self.wanted.max(1) {
            let (mut least, mut place, mut ties) = (f64::INFINITY, 0, 1);
            for (index, pair) in self.bins.windows(2).enumerate() {
                let distance = pair[1].0 - pair[0].0;
                if distance < least {
                    (least, place, ties) = (distance, index, 1);
                } else if distance == least {
                    ties += 1;
                    if self.random.unit() <= 1.0 / f64::from(ties) {
                        place = index;
                    }
                }
            }
            let ((left, left_height), (right, right_height)) = (self.bins[place], self.bins[place + 1]);
            let height = left_height + right_height;
            self.bins[place] = (left * (left_height / height) + right / height * right_height, height);
            self.bins.remove(place + 1);
        }
    }
}

impl Accumulator for Histogram {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let wanted = values[1].as_primitive::<Int32Type>();
        if !wanted.is_empty() {
            self.wanted = usize::try_from(wanted.value(0)).unwrap_or(0);
        }
        let values = cast(&values[0], &DataType::Float64)?;
        values.as_primitive::<Float64Type>().iter().flatten().for_each(|value| self.add(value));
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.bins.is_empty() {
            return ScalarValue::try_from(&histogram_type(&self.data_type));
        }
        let centres: Float64Array = self.bins.iter().map(|bin| Some(bin.0)).collect();
        let heights: Float64Array = self.bins.iter().map(|bin| Some(bin.1)).collect();
        let columns = vec![cast(&centres, &self.data_type)?, Arc::new(heights) as ArrayRef];
        let fields = bin_fields(&self.data_type);
        let bins = StructArray::try_new(fields.clone(), columns, None)?;
        let field = Arc::new(Field::new("element", DataType::Struct(fields), true));
        let offsets = arrow::buffer::OffsetBuffer::from_lengths([bins.len()]);
        Ok(ScalarValue::List(Arc::new(ListArray::try_new(field, offsets, Arc::new(bins), None)?)))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.bins.capacity() * size_of::<(f64, f64)>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let mut numbers = vec![self.wanted as f64];
        self.bins.iter().for_each(|bin| numbers.extend([bin.0, bin.1]));
        let values = Arc::new(Float64Array::from(numbers));
        let field = Arc::new(Field::new("element", DataType::Float64, true));
        let offsets = arrow::buffer::OffsetBuffer::from_lengths([values.len()]);
        Ok(vec![ScalarValue::List(Arc::new(ListArray::try_new(field, offsets, values, None)?))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let lists = states[0].as_list::<i32>();
        for row in (0..lists.len()).filter(|row| lists.is_valid(*row)) {
            let numbers = lists.value(row);
            let numbers = numbers.as_primitive::<Float64Type>().values();
            let Some((wanted, bins)) = numbers.split_first() else { continue };
            self.wanted = self.wanted.max(*wanted as usize);
            self.bins.extend(bins.chunks_exact(2).map(|bin| (bin[0], bin[1])));
            self.bins.sort_by(|a, b| a.0.total_cmp(&b.0));
            self.trim();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_bins_are_joined() {
        let mut histogram =
            Histogram { data_type: DataType::Float64, wanted: 3, bins: Vec::new(), random: JavaRandom::new(31183) };
        [0.5, 1.0, 2.0, 10.0, 11.0, 12.5].into_iter().for_each(|value| histogram.add(value));
        assert_eq!(histogram.bins, [(1.166_666_666_666_666_5, 3.0), (10.5, 2.0), (12.5, 1.0)]);
    }
}
