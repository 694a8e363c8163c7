//! What may be tried.

use crate::Value;
use crate::random::Draws;

/// The values of a parameter that may be tried.
#[derive(Debug, Clone, PartialEq)]
pub enum Range {
    /// Any number from the first to the second.
    Uniform(f64, f64),
    /// Any number from the first to the second, both above 0, uniformly in its logarithm.
    Logarithmic(f64, f64),
    /// Any whole number from the first to the second, both of them too.
    Integers(i64, i64),
    Candidates(Vec<Value>),
}

/// A parameter to search.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    pub name: String,
    pub range: Range,
}

/// The parameters to search.
#[derive(Debug, Clone, PartialEq)]
pub struct Space(pub Vec<Dimension>);

impl Space {
    /// Values drawn uniformly, in the order of the dimensions.
    pub fn draw(&self, draws: &mut Draws) -> Vec<Value> {
        self.0.iter().map(|dimension| dimension.range.at(draws.unit())).collect()
    }
}

impl Range {
    /// The value at a place in [0, 1).
    pub fn at(&self, place: f64) -> Value {
        match self {
            Range::Uniform(low, high) => Value::Double(low + place * (high - low)),
            Range::Logarithmic(low, high) => Value::Double((low.ln() + place * (high.ln() - low.ln())).exp()),
            Range::Integers(low, high) => {
                let count = (high - low + 1) as f64;
                Value::Int((low + (place * count) as i64).min(*high))
            }
            Range::Candidates(all) => all[((place * all.len() as f64) as usize).min(all.len() - 1)].clone(),
        }
    }

    /// The place of a value in [0, 1], for ranges of numbers: [`Range::at`] turned round.
    pub(super) fn place(&self, value: &Value) -> Option<f64> {
        let place = match (self, value) {
            (Range::Uniform(low, high), Value::Double(value)) => (value - low) / (high - low),
            (Range::Logarithmic(low, high), Value::Double(value)) => (value / low).ln() / (high / low).ln(),
            (Range::Integers(low, high), Value::Int(value)) => ((value - low) as f64 + 0.5) / (high - low + 1) as f64,
            _ => return None,
        };
        Some(if place.is_nan() { 0.5 } else { place.clamp(0.0, 1.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_values_answer_to_each_other() {
        let ranges = [
            (Range::Uniform(-2.0, 6.0), 0.25, Value::Double(0.0)),
            (Range::Logarithmic(0.01, 100.0), 0.5, Value::Double(1.0)),
            (Range::Integers(3, 6), 0.99, Value::Int(6)),
            (Range::Integers(3, 6), 0.0, Value::Int(3)),
        ];
        for (range, place, value) in ranges {
            let found = range.at(place);
            match (&found, &value) {
                (Value::Double(found), Value::Double(value)) => assert!((found - value).abs() < 1e-12, "{range:?}"),
                _ => assert_eq!(found, value, "{range:?}"),
            }
            assert!((range.place(&value).unwrap() - place).abs() < 0.2, "{range:?}");
        }
        let all = [Value::Int(1), Value::Int(5)];
        assert_eq!(Range::Candidates(all.to_vec()).at(0.6), Value::Int(5));
    }
}
