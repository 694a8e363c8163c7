//! The operators of ONNX itself.

use super::array::{Array, Data, common_shape, places};
use super::{Node, broken, input};
use crate::onnx::values::Element;
use brickyard_error::Result;

pub fn evaluate(kind: &str, node: &Node<'_>, given: &[&Array]) -> Result<Array> {
    let first = input(given, 0)?;
    match kind {
        "Identity" => Ok(first.clone()),
        "Neg" => each(first, |value| -value),
        "Abs" => each(first, f64::abs),
        "Exp" => each(first, f64::exp),
        "Sqrt" => each(first, f64::sqrt),
        "Floor" => each(first, f64::floor),
        "Reciprocal" => each(first, |value| 1.0 / value),
        "Sigmoid" => each(first, |value| 1.0 / (1.0 + (-value).exp())),
        "Add" => pairs(first, input(given, 1)?, |a, b| a + b),
        "Sub" => pairs(first, input(given, 1)?, |a, b| a - b),
        "Mul" => pairs(first, input(given, 1)?, |a, b| a * b),
        "Div" => pairs(first, input(given, 1)?, |a, b| a / b),
        "Pow" => pairs(first, input(given, 1)?, f64::powf),
        "Max" => pairs(first, input(given, 1)?, |a, b| if a.is_nan() || a > b { a } else { b }),
        "Min" => pairs(first, input(given, 1)?, |a, b| if a.is_nan() || a < b { a } else { b }),
        "Equal" => compare(first, input(given, 1)?, |a, b| a == b),
        "Less" => compare(first, input(given, 1)?, |a, b| a < b),
        "LessOrEqual" => compare(first, input(given, 1)?, |a, b| a <= b),
        "Greater" => compare(first, input(given, 1)?, |a, b| a > b),
        "GreaterOrEqual" => compare(first, input(given, 1)?, |a, b| a >= b),
        "And" => both(first, input(given, 1)?, |a, b| a && b),
        "Or" => both(first, input(given, 1)?, |a, b| a || b),
        "Not" => Ok(Array::bools(first.shape.clone(), first.as_bools()?.iter().map(|value| !value).collect())),
        "IsNaN" => {
            Ok(Array::bools(first.shape.clone(), first.as_doubles()?.iter().map(|value| value.is_nan()).collect()))
        }
        "Where" => select(first, input(given, 1)?, input(given, 2)?),
        "Cast" => cast(first, node.int("to", 0)),
        "Concat" => concat(given, axis(node, 1)),
        "Gather" => gather(first, input(given, 1)?, axis(node, 0)),
        "Reshape" => reshape(first, input(given, 1)?),
        "Unsqueeze" => unsqueeze(first, input(given, 1)?),
        "MatMul" => matmul(first, input(given, 1)?),
        "Softmax" => softmax(first),
        "ArgMax" => place_of(first, |value, best| value > best),
        "ArgMin" => place_of(first, |value, best| value < best),
        "ReduceSum" => reduce(node, first, input(given, 1)?, |values| values.iter().sum()),
        "ReduceMax" => reduce(node, first, input(given, 1)?, |values| fold(values, |value, most| value > most)),
        "ReduceMin" => reduce(node, first, input(given, 1)?, |values| fold(values, |value, least| value < least)),
        "ReduceLogSumExp" => reduce(node, first, input(given, 1)?, |values| {
            let most = fold(values, |value, most| value > most);
            values.iter().map(|value| (value - most).exp()).sum::<f64>().ln() + most
        }),
        _ => Err(broken(format!("the operator {kind} is not known"))),
    }
}

fn axis(node: &Node<'_>, default: i64) -> usize {
    node.int("axis", default).unsigned_abs() as usize
}

fn each(a: &Array, of: impl Fn(f64) -> f64) -> Result<Array> {
    Ok(Array::doubles(a.shape.clone(), a.as_doubles()?.iter().map(|value| of(*value)).collect()))
}

/// Numbers of either kind.
fn numbers(a: &Array) -> Result<Vec<f64>> {
    match &a.data {
        Data::Doubles(values) => Ok(values.clone()),
        Data::Ints(values) => Ok(values.iter().map(|value| *value as f64).collect()),
        _ => Err(broken("numbers are expected")),
    }
}

fn pairs(a: &Array, b: &Array, of: impl Fn(f64, f64) -> f64) -> Result<Array> {
    let shape = common_shape(&a.shape, &b.shape)?;
    let (left, right) = (a.as_doubles()?, b.as_doubles()?);
    let at = places(&a.shape, &shape).into_iter().zip(places(&b.shape, &shape));
    let values = at.map(|(i, j)| of(left[i], right[j])).collect();
    Ok(Array::doubles(shape, values))
}

fn compare(a: &Array, b: &Array, of: impl Fn(f64, f64) -> bool) -> Result<Array> {
    let shape = common_shape(&a.shape, &b.shape)?;
    let (left, right) = (numbers(a)?, numbers(b)?);
    let at = places(&a.shape, &shape).into_iter().zip(places(&b.shape, &shape));
    let values = at.map(|(i, j)| of(left[i], right[j])).collect();
    Ok(Array::bools(shape, values))
}

fn both(a: &Array, b: &Array, of: impl Fn(bool, bool) -> bool) -> Result<Array> {
    let shape = common_shape(&a.shape, &b.shape)?;
    let (left, right) = (a.as_bools()?, b.as_bools()?);
    let at = places(&a.shape, &shape).into_iter().zip(places(&b.shape, &shape));
    let values = at.map(|(i, j)| of(left[i], right[j])).collect();
    Ok(Array::bools(shape, values))
}

fn select(condition: &Array, then: &Array, otherwise: &Array) -> Result<Array> {
    let shape = common_shape(&common_shape(&condition.shape, &then.shape)?, &otherwise.shape)?;
    let (flags, left, right) = (condition.as_bools()?, then.as_doubles()?, otherwise.as_doubles()?);
    let at = places(&then.shape, &shape).into_iter().zip(places(&otherwise.shape, &shape));
    let at = places(&condition.shape, &shape).into_iter().zip(at);
    let values = at.map(|(flag, (i, j))| if flags[flag] { left[i] } else { right[j] }).collect();
    Ok(Array::doubles(shape, values))
}

fn cast(a: &Array, to: i64) -> Result<Array> {
    let shape = a.shape.clone();
    let flags = |flags: &[bool]| flags.iter().map(|flag| f64::from(u8::from(*flag))).collect();
    let values = if let Data::Bools(values) = &a.data { flags(values) } else { numbers(a)? };
    match to {
        to if to == Element::Double as i64 => Ok(Array::doubles(shape, values)),
        to if to == Element::Int as i64 => Ok(Array::ints(shape, values.iter().map(|value| *value as i64).collect())),
        to if to == Element::Bool as i64 => Ok(Array::bools(shape, values.iter().map(|value| *value != 0.0).collect())),
        to => Err(broken(format!("a cast to {to} is not known"))),
    }
}

fn concat(parts: &[&Array], axis: usize) -> Result<Array> {
    let first = input(parts, 0)?;
    let mut shape = first.shape.clone();
    let (blocks, ..) = first.around(axis)?;
    shape[axis] = parts.iter().map(|part| part.shape.get(axis).copied().unwrap_or(0)).sum();
    let mut values = Vec::with_capacity(shape.iter().product());
    for block in 0..blocks {
        for part in parts {
            let (_, size, step) = part.around(axis)?;
            values.extend_from_slice(&part.as_doubles()?[block * size * step..][..size * step]);
        }
    }
    Ok(Array::doubles(shape, values))
}

/// As the standard has it: an index beyond the dimension is an error, a negative one counts from the end.
fn gather(a: &Array, indices: &Array, axis: usize) -> Result<Array> {
    let (blocks, size, step) = a.around(axis)?;
    let mut shape = a.shape[..axis].to_vec();
    shape.extend(&indices.shape);
    shape.extend(&a.shape[axis + 1..]);
    let mut places = Vec::with_capacity(shape.iter().product());
    for block in 0..blocks {
        for index in indices.as_ints()? {
            let place = if *index < 0 { index + size as i64 } else { *index };
            let place = usize::try_from(place).ok().filter(|place| *place < size);
            let place = place.ok_or_else(|| broken(format!("the index {index} is out of bounds")))?;
            let first = (block * size + place) * step;
            places.extend(first..first + step);
        }
    }
    Ok(a.take(shape, &places))
}

fn unsqueeze(a: &Array, axes: &Array) -> Result<Array> {
    let mut shape = a.shape.clone();
    for axis in axes.as_ints()? {
        shape.insert(axis.unsigned_abs() as usize, 1);
    }
    Ok(Array { shape, data: a.data.clone() })
}

/// One of the sizes may be −1: what is left for it.
fn reshape(a: &Array, sizes: &Array) -> Result<Array> {
    let sizes = sizes.as_ints()?;
    let known: usize = sizes.iter().filter(|size| **size > 0).map(|size| *size as usize).product();
    let shape: Vec<usize> = sizes.iter().map(|size| usize::try_from(*size).unwrap_or(a.len() / known.max(1))).collect();
    if shape.iter().product::<usize>() != a.len() {
        return Err(broken(format!("{:?} has no shape {sizes:?}", a.shape)));
    }
    Ok(Array { shape, data: a.data.clone() })
}

/// Of two matrices.
fn matmul(a: &Array, b: &Array) -> Result<Array> {
    let ([rows, inner], [also_inner, columns]) = (&a.shape[..], &b.shape[..]) else {
        return Err(broken("only matrices are multiplied"));
    };
    if inner != also_inner {
        return Err(broken(format!("the shapes {:?} and {:?} have no product", a.shape, b.shape)));
    }
    let (left, right) = (a.as_doubles()?, b.as_doubles()?);
    let entry = |row: usize, column: usize| -> f64 {
        (0..*inner).map(|at| left[row * inner + at] * right[at * columns + column]).sum()
    };
    let values = (0..rows * columns).map(|at| entry(at / columns, at % columns)).collect();
    Ok(Array::doubles(vec![*rows, *columns], values))
}

/// The largest or smallest value, NaN where there is one.
fn fold(values: &[f64], is_better: impl Fn(f64, f64) -> bool) -> f64 {
    let better = |best: f64, value: f64| if value.is_nan() || is_better(value, best) { value } else { best };
    values.iter().copied().reduce(better).unwrap_or(f64::NAN)
}

/// Along one dimension.
fn reduce(node: &Node<'_>, a: &Array, axes: &Array, of: impl Fn(&[f64]) -> f64) -> Result<Array> {
    let [axis] = axes.as_ints()? else { return Err(broken("sums go along one dimension")) };
    let axis = axis.unsigned_abs() as usize;
    let (blocks, size, step) = a.around(axis)?;
    let values = numbers(a)?;
    let at = |block: usize, inside: usize| -> Vec<f64> {
        (0..size).map(|place| values[(block * size + place) * step + inside]).collect()
    };
    let reduced: Vec<f64> = (0..blocks * step).map(|entry| of(&at(entry / step, entry % step))).collect();
    let mut shape = a.shape.clone();
    shape[axis] = 1;
    if node.int("keepdims", 1) != 1 {
        shape.remove(axis);
    }
    Ok(match a.data {
        Data::Ints(_) => Array::ints(shape, reduced.iter().map(|value| *value as i64).collect()),
        _ => Array::doubles(shape, reduced),
    })
}

/// Rows of a matrix.
fn rows_of(a: &Array) -> Result<std::slice::ChunksExact<'_, f64>> {
    let [_, columns] = a.shape[..] else { return Err(broken("a matrix is expected")) };
    Ok(a.as_doubles()?.chunks_exact(columns.max(1)))
}

fn softmax(a: &Array) -> Result<Array> {
    let mut values = Vec::with_capacity(a.len());
    for row in rows_of(a)? {
        let most = fold(row, |value, most| value > most);
        let sum: f64 = row.iter().map(|value| (value - most).exp()).sum();
        values.extend(row.iter().map(|value| (value - most).exp() / sum));
    }
    Ok(Array::doubles(a.shape.clone(), values))
}

/// The first place of the best value of every row.
fn place_of(a: &Array, is_better: impl Fn(f64, f64) -> bool) -> Result<Array> {
    let place = |row: &[f64]| {
        let better = |best: usize, place: usize| if is_better(row[place], row[best]) { place } else { best };
        (0..row.len()).reduce(better).unwrap_or(0) as i64
    };
    let places: Vec<i64> = rows_of(a)?.map(place).collect();
    Ok(Array::ints(vec![places.len(), 1], places))
}
