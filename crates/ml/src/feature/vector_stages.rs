//! `Normalizer`, `ElementwiseProduct`, `VectorSlicer` and `PolynomialExpansion`: stages that learn nothing.

use super::mapped::{Mapped, RowMap, VectorMap, push_values, same_size};
use super::moments::other_size;
use crate::linalg::VectorRef;
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::persist::Saved;
use crate::schema::{self, Slots};
use crate::{Operator, Params, Registry, Value};
use arrow_schema::{Field, Schema};
use brickyard_error::{Failure, Result, codes};

pub fn register(registry: &mut Registry) {
    stage::<Normalize>(registry, |uid| make::<Normalize>(uid, Normalize), |_, saved| load::<Normalize>(saved));
    stage::<Product>(registry, |uid| make::<Product>(uid, Product), |_, saved| load::<Product>(saved));
    stage::<Slice>(registry, |uid| make::<Slice>(uid, Slice), |_, saved| load::<Slice>(saved));
    stage::<Expand>(registry, |uid| make::<Expand>(uid, Expand), |_, saved| load::<Expand>(saved));
}

fn stage<M: VectorMap>(
    registry: &mut Registry,
    make: fn(&str) -> Operator,
    load: fn(&Registry, &Saved) -> Result<Operator>,
) {
    registry.operator(M::CLASS, make, load);
}

fn make<M: VectorMap>(uid: &str, map: M) -> Operator {
    Operator::transformer(Mapped::new(Params::new(uid, M::SPECS), map))
}

fn load<M: VectorMap>(saved: &Saved) -> Result<Operator> {
    Ok(Operator::transformer(Mapped::<M>::load(saved)?))
}

/// Every vector divided by its p-norm.
#[derive(Debug)]
struct Normalize;

impl VectorMap for Normalize {
    const CLASS: &'static str = "org.apache.spark.ml.feature.Normalizer";
    const SPECS: &'static [ParamSpec] = &[
        shared::INPUT_COL,
        shared::OUTPUT_COL,
        ParamSpec::new("p", Kind::Double, Default::Double(2.0), "the p of the norm (>= 1)")
            .checked(|value| matches!(value, Value::Double(p) if *p >= 1.0)),
    ];

    fn slots(&self, _: &Params, input: &Field) -> Result<Slots> {
        Ok(same_size(input))
    }

    fn prepare<'a>(&'a self, params: &Params, _: &Schema) -> Result<RowMap<'a>> {
        let p = params.double("p")?;
        Ok(Box::new(move |vector, mapped| {
            let (VectorRef::Dense(values) | VectorRef::Sparse { values, .. }) = vector;
            let norm = norm(values, p);
            push_values(vector, mapped, |_, value| if norm == 0.0 { value } else { value / norm });
            Ok(())
        }))
    }

    fn load(_: &Saved) -> Result<Self> {
        Ok(Normalize)
    }
}

fn norm(values: &[f64], p: f64) -> f64 {
    let magnitudes = values.iter().map(|value| value.abs());
    match p {
        1.0 => magnitudes.sum(),
        2.0 => magnitudes.map(|value| value * value).sum::<f64>().sqrt(),
        f64::INFINITY => magnitudes.fold(0.0, f64::max),
        _ => magnitudes.map(|value| value.powf(p)).sum::<f64>().powf(1.0 / p),
    }
}

/// Every vector times a given vector, slot by slot.
#[derive(Debug)]
struct Product;

impl VectorMap for Product {
    const CLASS: &'static str = "org.apache.spark.ml.feature.ElementwiseProduct";
    const SPECS: &'static [ParamSpec] = &[
        shared::INPUT_COL,
        shared::OUTPUT_COL,
        ParamSpec::new("scalingVec", Kind::Vector, Default::None, "the vector to multiply with"),
    ];

    fn slots(&self, params: &Params, _: &Field) -> Result<Slots> {
        Ok(Slots::Size(scaling(params)?.len()))
    }

    fn prepare<'a>(&'a self, params: &Params, _: &Schema) -> Result<RowMap<'a>> {
        let scaling = scaling(params)?;
        Ok(Box::new(move |vector, mapped| {
            if vector.size() != scaling.len() {
                return Err(other_size(scaling.len(), vector.size()));
            }
            push_values(vector, mapped, |slot, value| value * scaling[slot]);
            Ok(())
        }))
    }

    fn load(_: &Saved) -> Result<Self> {
        Ok(Product)
    }
}

fn scaling(params: &Params) -> Result<Vec<f64>> {
    match params.get("scalingVec") {
        Some(Value::Vector(vector)) => Ok(vector.to_dense()),
        _ => Err(Failure::new(&codes::ml::PARAMETER_MISSING, "Failed to find a default value for scalingVec")),
    }
}

/// Some slots of a vector, by number and then by name.
#[derive(Debug)]
struct Slice;

impl Slice {
    fn chosen(params: &Params, input: &Field) -> Result<Vec<usize>> {
        let mut chosen: Vec<usize> = match params.get("indices") {
            Some(Value::Ints(indices)) => indices.iter().map(|index| *index as usize).collect(),
            _ => Vec::new(),
        };
        let names = if params.is_set("names") { params.texts("names")? } else { Vec::new() };
        let Slots::Known(attrs) = schema::slots(input) else {
            return match names.first() {
                None => Ok(chosen),
                Some(name) => Err(unknown_name(input, name)),
            };
        };
        for name in names {
            let index = attrs.iter().position(|attr| attr.name() == Some(name.as_str()));
            chosen.push(index.ok_or_else(|| unknown_name(input, &name))?);
        }
        Ok(chosen)
    }
}

fn unknown_name(input: &Field, name: &str) -> Failure {
    let text = format!("requirement failed: the vector {} has no slot named {name}", input.name());
    Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text)
}

impl VectorMap for Slice {
    const CLASS: &'static str = "org.apache.spark.ml.feature.VectorSlicer";
    const SPECS: &'static [ParamSpec] = &[
        ParamSpec::new("indices", Kind::Ints, Default::EmptyInts, "numbers of the slots to take")
            .checked(|value| matches!(value, Value::Ints(indices) if indices.iter().all(|index| *index >= 0))),
        shared::INPUT_COL,
        ParamSpec::new("names", Kind::Texts, Default::EmptyTexts, "names of the slots to take"),
        shared::OUTPUT_COL,
    ];

    fn slots(&self, params: &Params, input: &Field) -> Result<Slots> {
        let chosen = Slice::chosen(params, input)?;
        let found = schema::slots(input);
        let size = found.len().unwrap_or(usize::MAX);
        if let Some(index) = chosen.iter().find(|index| **index >= size) {
            let text =
                format!("requirement failed: Selected feature index {index} invalid for only {size} input features.");
            return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
        }
        Ok(match found {
            Slots::Known(attrs) => Slots::Known(chosen.iter().map(|index| attrs[*index].clone()).collect()),
            _ => Slots::Size(chosen.len()),
        })
    }

    fn prepare<'a>(&'a self, params: &Params, schema: &Schema) -> Result<RowMap<'a>> {
        let chosen = Slice::chosen(params, schema::field(schema, &params.text("inputCol")?)?)?;
        let largest = chosen.iter().max().copied();
        let mut dense = Vec::new();
        Ok(Box::new(move |vector, mapped| {
            if largest.is_some_and(|largest| largest >= vector.size()) {
                return Err(other_size(largest.unwrap_or_default() + 1, vector.size()));
            }
            dense.resize(vector.size(), 0.0);
            vector.write_dense(&mut dense);
            let slots = chosen.iter().map(|index| dense[*index]);
            match vector {
                VectorRef::Dense(_) => mapped.push_dense(slots),
                VectorRef::Sparse { .. } => {
                    let entries = slots.enumerate().filter(|(_, value)| *value != 0.0);
                    mapped.push_sparse(chosen.len(), entries.map(|(slot, value)| (slot as i32, value)));
                }
            }
            Ok(())
        }))
    }

    fn load(_: &Saved) -> Result<Self> {
        Ok(Slice)
    }
}

/// All products of slots up to a degree.
#[derive(Debug)]
struct Expand;

impl VectorMap for Expand {
    const CLASS: &'static str = "org.apache.spark.ml.feature.PolynomialExpansion";
    const SPECS: &'static [ParamSpec] = &[
        ParamSpec::new("degree", Kind::Int, Default::Int(2), "the degree of the polynomial (>= 1)")
            .checked(crate::param::check::positive),
        shared::INPUT_COL,
        shared::OUTPUT_COL,
    ];

    fn slots(&self, _: &Params, _: &Field) -> Result<Slots> {
        Ok(Slots::Unknown)
    }

    fn prepare<'a>(&'a self, params: &Params, _: &Schema) -> Result<RowMap<'a>> {
        let degree = params.int("degree")? as usize;
        let (mut values, mut terms) = (Vec::new(), Vec::new());
        Ok(Box::new(move |vector, mapped| {
            values.resize(vector.size(), 0.0);
            vector.write_dense(&mut values);
            terms.clear();
            expand(&values, degree, 1.0, &mut terms);
            // The first term is the constant 1, which the expansion leaves out.
            let terms = terms.iter().skip(1).copied();
            match vector {
                VectorRef::Dense(_) => mapped.push_dense(terms),
                VectorRef::Sparse { .. } => {
                    let size = terms.len();
                    let entries = terms.enumerate().filter(|(_, value)| *value != 0.0);
                    mapped.push_sparse(size, entries.map(|(slot, value)| (slot as i32, value)));
                }
            }
            Ok(())
        }))
    }

    fn load(_: &Saved) -> Result<Self> {
        Ok(Expand)
    }
}

/// Spark's order: for each power of the last slot, the expansion of the slots before it with the degree that is left.
fn expand(values: &[f64], degree: usize, multiplier: f64, terms: &mut Vec<f64>) {
    match values.split_last() {
        Some((last, before)) if degree > 0 => {
            let mut power = multiplier;
            for used in 0..=degree {
                expand(before, degree - used, power, terms);
                power *= last;
            }
        }
        _ => terms.push(multiplier),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_of_every_kind() {
        let values = [3.0, -4.0];
        for (p, expected) in [(1.0, 7.0), (2.0, 5.0), (f64::INFINITY, 4.0)] {
            assert_eq!(norm(&values, p), expected);
        }
        assert!((norm(&values, 3.0) - 91.0_f64.cbrt()).abs() < 1e-12);
    }

    #[test]
    fn terms_come_in_sparks_order() {
        let mut terms = Vec::new();
        expand(&[2.0, 3.0], 2, 1.0, &mut terms);
        assert_eq!(terms, [1.0, 2.0, 4.0, 3.0, 6.0, 9.0]);
    }
}
