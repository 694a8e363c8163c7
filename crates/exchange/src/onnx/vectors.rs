//! Vectors of other vectors: `Normalizer`, `PCA`, `PolynomialExpansion` and `DCT`.

use super::columns::{Form, Vectors};
use super::{Convert, Writer};
use crate::stage::Stage;
use brickyard_error::Result;
use std::f64::consts::PI;

pub const CONVERTERS: &[(&str, Convert)] = &[
    ("Normalizer", normalizer),
    ("PCAModel", principal_components),
    ("PolynomialExpansion", polynomial),
    ("DCT", cosine_transform),
];

fn input(writer: &mut Writer<'_>, stage: &Stage<'_>, size: Option<usize>) -> Result<Vectors> {
    writer.columns.vectors(&mut writer.graph, &stage.params().text("inputCol")?, size)
}

fn normalizer(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let p = stage.params().double("p")?;
    let vectors = input(writer, stage, None)?;
    let graph = &mut writer.graph;
    let magnitudes = graph.op("Abs", &[&vectors.tensor]);
    let norm = if p.is_infinite() {
        graph.reduce("ReduceMax", &magnitudes, 1, true)
    } else {
        let (power, root) = (graph.number(p), graph.number(1.0 / p));
        let powers = graph.op("Pow", &[&magnitudes, &power]);
        let sum = graph.reduce("ReduceSum", &powers, 1, true);
        graph.op("Pow", &[&sum, &root])
    };
    // A vector of zeros stays one.
    let (none, one) = (graph.number(0.0), graph.number(1.0));
    let is_nothing = graph.op("Equal", &[&norm, &none]);
    let norm = graph.select(&is_nothing, &one, &norm);
    let scaled = graph.div(&vectors.tensor, &norm);
    writer.columns.put(&stage.params().text("outputCol")?, scaled, Form::Vector(vectors.size));
    Ok(())
}

fn principal_components(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let directions = stage.data()?.matrix("pc")?;
    let vectors = input(writer, stage, Some(directions.rows))?;
    let matrix = writer.graph.doubles(&[directions.rows, directions.columns], &directions.to_row_major());
    let projected = writer.graph.matmul(&vectors.tensor, &matrix);
    writer.columns.put(&stage.params().text("outputCol")?, projected, Form::Vector(Some(directions.columns)));
    Ok(())
}

fn polynomial(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let degree = stage.params().int("degree")?.unsigned_abs() as usize;
    let vectors = input(writer, stage, None)?;
    let size =
        vectors.size.ok_or_else(|| stage.unsupported("a vector of unknown size; put a VectorSizeHint before it"))?;
    let mut terms = Vec::new();
    terms_of(size, degree, &mut Vec::new(), &mut terms);
    let graph = &mut writer.graph;
    // Each term is a product of `degree` slots; slot `size` is 1.
    let none = graph.mul_number(&vectors.tensor, 0.0);
    let none = graph.slots(&none, &[0]);
    let one = graph.add_number(&none, 1.0);
    let values = graph.concat(&[&vectors.tensor, &one]);
    let mut product = None;
    for factor in 0..degree {
        // The first term is the constant 1, which the expansion leaves out.
        let slot = |term: &Vec<usize>| term.get(factor).copied().unwrap_or(size) as i64;
        let slots: Vec<i64> = terms.iter().skip(1).map(slot).collect();
        let factors = graph.slots(&values, &slots);
        product = Some(match product {
            None => factors,
            Some(before) => graph.mul(&before, &factors),
        });
    }
    if let Some(product) = product {
        let output = stage.params().text("outputCol")?;
        writer.columns.put(&output, product, Form::Vector(Some(terms.len() - 1)));
    }
    Ok(())
}

/// Spark's order: for each power of the last slot, the terms of the slots before it with the degree that is left.
fn terms_of(size: usize, degree: usize, factors: &mut Vec<usize>, terms: &mut Vec<Vec<usize>>) {
    if size == 0 || degree == 0 {
        terms.push(factors.clone());
        return;
    }
    for used in 0..=degree {
        factors.extend(std::iter::repeat_n(size - 1, used));
        terms_of(size - 1, degree - used, factors, terms);
        factors.truncate(factors.len() - used);
    }
}

/// The scaled DCT-II, or with `inverse` the DCT-III, as a matrix.
fn cosine_transform(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let inverse = stage.params().bool("inverse")?;
    let vectors = input(writer, stage, None)?;
    let size =
        vectors.size.ok_or_else(|| stage.unsupported("a vector of unknown size; put a VectorSizeHint before it"))?;
    let entry = |place: usize, frequency: usize| {
        let scale = (if frequency == 0 { 1.0 } else { 2.0 } / size as f64).sqrt();
        scale * (PI * frequency as f64 * (place as f64 + 0.5) / size as f64).cos()
    };
    let entries = (0..size * size).map(|at| (at / size, at % size));
    let matrix: Vec<f64> =
        entries.map(|(row, column)| if inverse { entry(column, row) } else { entry(row, column) }).collect();
    let matrix = writer.graph.doubles(&[size, size], &matrix);
    let transformed = writer.graph.matmul(&vectors.tensor, &matrix);
    writer.columns.put(&stage.params().text("outputCol")?, transformed, Form::Vector(Some(size)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_come_in_sparks_order() {
        let mut terms = Vec::new();
        terms_of(2, 2, &mut Vec::new(), &mut terms);
        let expected: [&[usize]; 6] = [&[], &[0], &[0, 0], &[1], &[1, 0], &[1, 1]];
        assert_eq!(terms, expected);
    }
}
