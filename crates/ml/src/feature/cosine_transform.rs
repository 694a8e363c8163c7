//! `DCT`: the discrete cosine transform of every vector, scaled so that the transform is orthonormal (type II; its
//! inverse is type III).

use super::mapped::{Mapped, RowMap, VectorMap, same_size};
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::persist::Saved;
use crate::schema::Slots;
use crate::{Operator, Params, Registry};
use arrow_schema::{Field, Schema};
use brickyard_error::Result;
use std::f64::consts::PI;

pub fn register(registry: &mut Registry) {
    registry.operator(
        CosineTransform::CLASS,
        |uid| Operator::transformer(Mapped::new(Params::new(uid, CosineTransform::SPECS), CosineTransform)),
        |_, saved| Ok(Operator::transformer(Mapped::<CosineTransform>::load(saved)?)),
    );
}

#[derive(Debug)]
struct CosineTransform;

impl VectorMap for CosineTransform {
    const CLASS: &'static str = "org.apache.spark.ml.feature.DCT";
    const SPECS: &'static [ParamSpec] = &[
        shared::INPUT_COL,
        ParamSpec::new("inverse", Kind::Bool, Default::Bool(false), "whether to transform back"),
        shared::OUTPUT_COL,
    ];

    fn slots(&self, _: &Params, input: &Field) -> Result<Slots> {
        Ok(same_size(input))
    }

    fn prepare<'a>(&'a self, params: &Params, _: &Schema) -> Result<RowMap<'a>> {
        let inverse = params.bool("inverse")?;
        let (mut values, mut scratch) = (Vec::new(), Vec::new());
        let mut tables = Tables::default();
        Ok(Box::new(move |vector, mapped| {
            values.resize(vector.size(), 0.0);
            scratch.resize(vector.size(), 0.0);
            vector.write_dense(&mut values);
            if inverse {
                tables.inverse(&mut values, &mut scratch);
            } else {
                tables.forward(&mut values, &mut scratch);
            }
            mapped.push_dense(values.iter().copied());
            Ok(())
        }))
    }

    fn load(_: &Saved) -> Result<Self> {
        Ok(CosineTransform)
    }
}

/// Cosines of one size: vectors of a column mostly have the same.
#[derive(Debug, Default)]
struct Tables {
    size: usize,
    /// cos(π k / 2n) for k below 4n, whose multiples are all that the sums need.
    cosines: Vec<f64>,
}

impl Tables {
    fn of(&mut self, size: usize) {
        if self.size != size {
            self.size = size;
            self.cosines = (0..4 * size).map(|step| (PI * step as f64 / (2.0 * size as f64)).cos()).collect();
        }
    }

    fn forward(&mut self, values: &mut [f64], scratch: &mut [f64]) {
        if values.is_empty() {
            return;
        }
        self.of(values.len());
        if values.len().is_power_of_two() {
            split_forward(values, scratch, &self.cosines, 1);
        } else {
            for (frequency, sum) in scratch.iter_mut().enumerate() {
                let terms = values.iter().enumerate();
                *sum = terms.map(|(place, value)| value * self.cosine(frequency, place)).sum();
            }
            values.copy_from_slice(scratch);
        }
        let (first, scale) = scales(values.len());
        values[0] *= first;
        values[1..].iter_mut().for_each(|value| *value *= scale);
    }

    fn inverse(&mut self, values: &mut [f64], scratch: &mut [f64]) {
        if values.is_empty() {
            return;
        }
        self.of(values.len());
        let (first, scale) = scales(values.len());
        values[0] *= first;
        values[1..].iter_mut().for_each(|value| *value *= scale);
        if values.len().is_power_of_two() {
            split_inverse(values, scratch, &self.cosines, 1);
        } else {
            for (place, sum) in scratch.iter_mut().enumerate() {
                let terms = values.iter().enumerate();
                *sum = terms.map(|(frequency, value)| value * self.cosine(frequency, place)).sum();
            }
            values.copy_from_slice(scratch);
        }
    }

    fn cosine(&self, frequency: usize, place: usize) -> f64 {
        self.cosines[(frequency * (2 * place + 1)) % self.cosines.len()]
    }
}

/// 1/√n for the first coefficient, √(2/n) for the others.
fn scales(size: usize) -> (f64, f64) {
    ((1.0 / size as f64).sqrt(), (2.0 / size as f64).sqrt())
}

/// Lee's fast transform (IEEE Transactions on Acoustics, 1984), unscaled: halves of sums and of weighted differences.
/// `stride` tells which of the cosines belong to this half's size.
fn split_forward(values: &mut [f64], scratch: &mut [f64], cosines: &[f64], stride: usize) {
    let size = values.len();
    if size == 1 {
        return;
    }
    let half = size / 2;
    for place in 0..half {
        let (left, right) = (values[place], values[size - 1 - place]);
        scratch[place] = left + right;
        scratch[half + place] = (left - right) / (2.0 * cosines[(2 * place + 1) * stride]);
    }
    let (sums, differences) = scratch.split_at_mut(half);
    split_forward(sums, &mut values[..half], cosines, 2 * stride);
    split_forward(differences, &mut values[half..], cosines, 2 * stride);
    for place in 0..half - 1 {
        values[2 * place] = scratch[place];
        values[2 * place + 1] = scratch[half + place] + scratch[half + place + 1];
    }
    values[size - 2] = scratch[half - 1];
    values[size - 1] = scratch[size - 1];
}

fn split_inverse(values: &mut [f64], scratch: &mut [f64], cosines: &[f64], stride: usize) {
    let size = values.len();
    if size == 1 {
        return;
    }
    let half = size / 2;
    scratch[0] = values[0];
    scratch[half] = values[1];
    for place in 1..half {
        scratch[place] = values[2 * place];
        scratch[half + place] = values[2 * place - 1] + values[2 * place + 1];
    }
    let (even, odd) = scratch.split_at_mut(half);
    split_inverse(even, &mut values[..half], cosines, 2 * stride);
    split_inverse(odd, &mut values[half..], cosines, 2 * stride);
    for place in 0..half {
        let (left, right) = (scratch[place], scratch[half + place] / (2.0 * cosines[(2 * place + 1) * stride]));
        values[place] = left + right;
        values[size - 1 - place] = left - right;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_agree_with_the_definition() {
        for size in [1usize, 2, 3, 4, 7, 8, 64] {
            let given: Vec<f64> = (0..size).map(|place| ((place * 7 + 3) % 11) as f64 - 4.5).collect();
            let (mut values, mut scratch) = (given.clone(), vec![0.0; size]);
            let mut tables = Tables::default();
            tables.forward(&mut values, &mut scratch);
            let (first, scale) = scales(size);
            for (frequency, found) in values.iter().enumerate() {
                let angle = |place: usize| PI * frequency as f64 * (place as f64 + 0.5) / size as f64;
                let sum: f64 = given.iter().enumerate().map(|(place, value)| value * angle(place).cos()).sum();
                let expected = sum * if frequency == 0 { first } else { scale };
                assert!((found - expected).abs() < 1e-12, "{size} {frequency}: {found} {expected}");
            }
            tables.inverse(&mut values, &mut scratch);
            assert!(values.iter().zip(&given).all(|(a, b)| (a - b).abs() < 1e-12), "{size}");
        }
    }
}
