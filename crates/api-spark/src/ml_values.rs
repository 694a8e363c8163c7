//! Values of operators and models on the wire: parameters that a client set, attributes that it asked for.

use crate::handles::invalid_plan;
use crate::lower::raise_literal;
use crate::proto::data_type::Kind;
use crate::proto::expression::Literal;
use crate::proto::expression::literal::specialized_array::ValueType;
use crate::proto::expression::literal::{Array, LiteralType, SpecializedArray, Struct};
use crate::proto::{self, MlParams, data_type};
use brickyard_error::Result;
use brickyard_ml::{Matrix, Value, Vector};
use std::collections::BTreeMap;

const VECTOR_CLASS: &str = "org.apache.spark.ml.linalg.VectorUDT";
const MATRIX_CLASS: &str = "org.apache.spark.ml.linalg.MatrixUDT";

/// The parameters that a client set, by name.
pub fn lower_parameters(params: MlParams) -> Result<BTreeMap<String, Value>> {
    params.params.into_iter().map(|(name, literal)| Ok((name, lower_value(literal)?))).collect()
}

/// The value of a literal: numbers widen to the two kinds that parameters have.
#[allow(deprecated, reason = "vectors declare their type inside the struct")]
pub fn lower_value(literal: Literal) -> Result<Value> {
    let Some(value) = literal.literal_type else { return Ok(Value::Null) };
    Ok(match value {
        LiteralType::Null(_) => Value::Null,
        LiteralType::Boolean(value) => Value::Bool(value),
        LiteralType::Byte(value) | LiteralType::Short(value) | LiteralType::Integer(value) => Value::Int(value.into()),
        LiteralType::Long(value) => Value::Int(value),
        LiteralType::Float(value) => Value::Double(value.into()),
        LiteralType::Double(value) => Value::Double(value),
        LiteralType::String(text) => Value::Text(text),
        LiteralType::Array(array) => lower_list(array.elements)?,
        LiteralType::SpecializedArray(array) => lower_specialized(array),
        LiteralType::Struct(value) => {
            let class = value.struct_type.and_then(|stored| stored.kind).and_then(|kind| match kind {
                Kind::Udt(udt) => udt.jvm_class,
                _ => None,
            });
            match class.as_deref() {
                Some(VECTOR_CLASS) => Value::Vector(lower_vector(value.elements)?),
                Some(MATRIX_CLASS) => Value::Matrix(lower_matrix(value.elements)?),
                _ => return Err(invalid_plan("a parameter that is a struct, but neither a vector nor a matrix")),
            }
        }
        other => return Err(invalid_plan(format!("a parameter of a kind that operators do not have: {other:?}"))),
    })
}

fn lower_specialized(array: SpecializedArray) -> Value {
    match array.value_type {
        Some(ValueType::Ints(array)) => Value::Ints(array.values.into_iter().map(i64::from).collect()),
        Some(ValueType::Longs(array)) => Value::Ints(array.values),
        Some(ValueType::Floats(array)) => Value::Doubles(array.values.into_iter().map(f64::from).collect()),
        Some(ValueType::Doubles(array)) => Value::Doubles(array.values),
        Some(ValueType::Strings(array)) => Value::Texts(array.values),
        Some(ValueType::Bools(array)) => Value::Ints(array.values.into_iter().map(i64::from).collect()),
        None => Value::Texts(Vec::new()),
    }
}

/// A list takes the kind of its elements; integers among doubles are doubles.
fn lower_list(elements: Vec<Literal>) -> Result<Value> {
    let values = elements.into_iter().map(lower_value).collect::<Result<Vec<_>>>()?;
    let mixed = || invalid_plan("a parameter that is a list of values of several kinds");
    let texts = || values.iter().map(|value| if let Value::Text(text) = value { Some(text.clone()) } else { None });
    let ints = || values.iter().map(|value| if let Value::Int(int) = value { Some(*int) } else { None });
    let nested_texts =
        || values.iter().map(|value| if let Value::Texts(texts) = value { Some(texts.clone()) } else { None });
    let numbers = || values.iter().map(number);
    let nested = || values.iter().map(numbers_of);
    if let Some(texts) = texts().collect::<Option<Vec<_>>>() {
        return Ok(Value::Texts(texts));
    }
    if let Some(ints) = ints().collect::<Option<Vec<_>>>() {
        return Ok(Value::Ints(ints));
    }
    if let Some(doubles) = numbers().collect::<Option<Vec<_>>>() {
        return Ok(Value::Doubles(doubles));
    }
    if let Some(lists) = nested_texts().collect::<Option<Vec<_>>>() {
        return Ok(Value::NestedTexts(lists));
    }
    nested().collect::<Option<Vec<_>>>().map(Value::NestedDoubles).ok_or_else(mixed)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(int) => Some(*int as f64),
        Value::Double(double) => Some(*double),
        _ => None,
    }
}

fn numbers_of(value: &Value) -> Option<Vec<f64>> {
    match value {
        Value::Doubles(doubles) => Some(doubles.clone()),
        Value::Ints(ints) => Some(ints.iter().map(|int| *int as f64).collect()),
        _ => None,
    }
}

fn lower_vector(elements: Vec<Literal>) -> Result<Vector> {
    let wrong = || invalid_plan("a vector that is not (type, size, indices, values)");
    let [kind, size, indices, values]: [Literal; 4] = elements.try_into().map_err(|_| wrong())?;
    let values = doubles(values)?.ok_or_else(wrong)?;
    if int(kind)? == Some(1) {
        return Ok(Vector::Dense(values));
    }
    let size = int(size)?.and_then(|size| usize::try_from(size).ok()).ok_or_else(wrong)?;
    let indices = natural_numbers(indices)?.ok_or_else(wrong)?;
    let indices: Vec<u32> = indices.into_iter().map(u32::try_from).collect::<Result<_, _>>().map_err(|_| wrong())?;
    let increasing = indices.windows(2).all(|pair| pair[0] < pair[1]);
    let inside = indices.last().is_none_or(|last| (*last as usize) < size);
    if !(increasing && inside && indices.len() == values.len()) {
        return Err(wrong());
    }
    Ok(Vector::Sparse { size, indices, values })
}

/// Sparse matrices become dense: operators keep dense ones.
fn lower_matrix(elements: Vec<Literal>) -> Result<Matrix> {
    let wrong = || invalid_plan("a matrix that is not (type, rows, columns, pointers, indices, values, transposed)");
    let [kind, rows, columns, pointers, indices, values, transposed]: [Literal; 7] =
        elements.try_into().map_err(|_| wrong())?;
    let natural = |literal| int(literal)?.and_then(|size| usize::try_from(size).ok()).ok_or_else(wrong);
    let (rows, columns) = (natural(rows)?, natural(columns)?);
    let values = doubles(values)?.ok_or_else(wrong)?;
    let transposed = matches!(transposed.literal_type, Some(LiteralType::Boolean(true)));
    let cells = rows.checked_mul(columns).ok_or_else(wrong)?;
    if int(kind)? == Some(1) {
        return if values.len() == cells { Ok(Matrix { rows, columns, values, transposed }) } else { Err(wrong()) };
    }
    let pointers = natural_numbers(pointers)?.ok_or_else(wrong)?;
    let indices = natural_numbers(indices)?.ok_or_else(wrong)?;
    let minor = if transposed { columns } else { rows };
    let mut dense = vec![0.0; cells];
    for (major, bounds) in pointers.windows(2).enumerate() {
        for position in bounds[0]..bounds[1] {
            let index = *indices.get(position).ok_or_else(wrong)?;
            let cell = dense.get_mut(major * minor + index).ok_or_else(wrong)?;
            *cell = *values.get(position).ok_or_else(wrong)?;
        }
    }
    Ok(Matrix { rows, columns, values: dense, transposed })
}

fn int(literal: Literal) -> Result<Option<i64>> {
    Ok(match lower_value(literal)? {
        Value::Int(value) => Some(value),
        _ => None,
    })
}

fn doubles(literal: Literal) -> Result<Option<Vec<f64>>> {
    Ok(numbers_of(&lower_value(literal)?))
}

fn natural_numbers(literal: Literal) -> Result<Option<Vec<usize>>> {
    let Value::Ints(values) = lower_value(literal)? else { return Ok(None) };
    Ok(values.into_iter().map(|value| usize::try_from(value).ok()).collect())
}

// ---- answers -----------------------------------------------------------------------------------------------------

/// The literal that a client's `deserialize` reads as this value. Lists are plain arrays with a declared element type;
/// the packed ones are for the inside of vectors and matrices alone.
pub fn raise_value(value: &Value) -> Literal {
    let list =
        |literals: Vec<LiteralType>, element| raise_list(literals.into_iter().map(raise_literal).collect(), element);
    raise_literal(match value {
        Value::Null => LiteralType::Null(of_kind(Kind::Null(data_type::Null::default()))),
        Value::Bool(value) => LiteralType::Boolean(*value),
        Value::Int(value) => match i32::try_from(*value) {
            Ok(small) => LiteralType::Integer(small),
            Err(_) => LiteralType::Long(*value),
        },
        Value::Double(value) => LiteralType::Double(*value),
        Value::Text(text) => LiteralType::String(text.clone()),
        Value::Ints(values) => match narrowed(values) {
            Some(small) => list(small.into_iter().map(LiteralType::Integer).collect(), integer()),
            None => list(values.iter().copied().map(LiteralType::Long).collect(), long()),
        },
        Value::Doubles(values) => list(values.iter().copied().map(LiteralType::Double).collect(), double()),
        Value::Texts(texts) => list(texts.iter().cloned().map(LiteralType::String).collect(), string()),
        Value::NestedTexts(lists) => {
            raise_list(lists.iter().map(|list| raise_value(&Value::Texts(list.clone()))).collect(), array_of(string()))
        }
        Value::NestedDoubles(lists) => raise_list(
            lists.iter().map(|list| raise_value(&Value::Doubles(list.clone()))).collect(),
            array_of(double()),
        ),
        Value::Vector(vector) => raise_vector(vector),
        Value::Matrix(matrix) => raise_matrix(matrix),
    })
}

/// A list of texts, for answers that are no parameter.
pub fn raise_texts(texts: Vec<String>) -> Literal {
    raise_value(&Value::Texts(texts))
}

#[allow(deprecated, reason = "the element type is where all 4.x clients find it")]
fn raise_list(elements: Vec<Literal>, element_type: Kind) -> LiteralType {
    LiteralType::Array(Array { element_type: Some(of_kind(element_type)), elements })
}

fn narrowed(values: &[i64]) -> Option<Vec<i32>> {
    values.iter().map(|value| i32::try_from(*value).ok()).collect()
}

fn integer() -> Kind {
    Kind::Integer(data_type::Integer::default())
}

fn long() -> Kind {
    Kind::Long(data_type::Long::default())
}

fn double() -> Kind {
    Kind::Double(data_type::Double::default())
}

fn string() -> Kind {
    Kind::String(data_type::String { collation: "UTF8_BINARY".to_owned(), ..Default::default() })
}

fn array_of(element: Kind) -> Kind {
    let element_type = Some(Box::new(of_kind(element)));
    Kind::Array(Box::new(data_type::Array { element_type, contains_null: true, ..Default::default() }))
}

fn packed_ints(values: Vec<i32>) -> Literal {
    let value_type = Some(ValueType::Ints(proto::Ints { values }));
    raise_literal(LiteralType::SpecializedArray(SpecializedArray { value_type }))
}

fn packed_doubles(values: Vec<f64>) -> Literal {
    let value_type = Some(ValueType::Doubles(proto::Doubles { values }));
    raise_literal(LiteralType::SpecializedArray(SpecializedArray { value_type }))
}

fn raise_vector(vector: &Vector) -> LiteralType {
    let elements = match vector {
        Vector::Dense(values) => {
            vec![raise_literal(LiteralType::Byte(1)), null(), null(), packed_doubles(values.clone())]
        }
        Vector::Sparse { size, indices, values } => vec![
            raise_literal(LiteralType::Byte(0)),
            raise_literal(LiteralType::Integer(*size as i32)),
            packed_ints(indices.iter().map(|index| *index as i32).collect()),
            packed_doubles(values.clone()),
        ],
    };
    user_defined(VECTOR_CLASS, "pyspark.ml.linalg.VectorUDT", elements)
}

fn raise_matrix(matrix: &Matrix) -> LiteralType {
    let elements = vec![
        raise_literal(LiteralType::Byte(1)),
        raise_literal(LiteralType::Integer(matrix.rows as i32)),
        raise_literal(LiteralType::Integer(matrix.columns as i32)),
        null(),
        null(),
        packed_doubles(matrix.values.clone()),
        raise_literal(LiteralType::Boolean(matrix.transposed)),
    ];
    user_defined(MATRIX_CLASS, "pyspark.ml.linalg.MatrixUDT", elements)
}

#[allow(deprecated, reason = "vectors declare their type inside the struct")]
fn user_defined(class: &str, python_class: &str, elements: Vec<Literal>) -> LiteralType {
    let udt = data_type::Udt {
        r#type: "udt".to_owned(),
        jvm_class: Some(class.to_owned()),
        python_class: Some(python_class.to_owned()),
        ..Default::default()
    };
    LiteralType::Struct(Struct { struct_type: Some(of_kind(Kind::Udt(Box::new(udt)))), elements })
}

fn null() -> Literal {
    raise_value(&Value::Null)
}

fn of_kind(kind: Kind) -> proto::DataType {
    proto::DataType { kind: Some(kind) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_went() {
        let values = [
            Value::Null,
            Value::Bool(true),
            Value::Int(7),
            Value::Int(1 << 40),
            Value::Double(0.5),
            Value::Text("gini".to_owned()),
            Value::Ints(vec![1, 2]),
            Value::Doubles(vec![1.0, 2.5]),
            Value::Texts(vec!["a".to_owned(), "b".to_owned()]),
            Value::NestedTexts(vec![vec!["a".to_owned()], vec!["b".to_owned(), "c".to_owned()]]),
            Value::NestedDoubles(vec![vec![0.0, 1.0], vec![2.0]]),
            Value::Vector(Vector::Dense(vec![1.0, -2.0])),
            Value::Vector(Vector::Sparse { size: 5, indices: vec![1, 4], values: vec![0.5, 2.0] }),
            Value::Matrix(Matrix::row_major(2, 3, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
        ];
        for value in values {
            assert_eq!(lower_value(raise_value(&value)).unwrap(), value);
        }
    }

    #[test]
    fn a_sparse_matrix_becomes_dense_and_a_wrong_one_is_refused() {
        let sparse = |indices: &[i32]| {
            lower_matrix(vec![
                raise_literal(LiteralType::Byte(0)),
                raise_literal(LiteralType::Integer(2)),
                raise_literal(LiteralType::Integer(2)),
                packed_ints(vec![0, 1, 2]),
                packed_ints(indices.to_vec()),
                packed_doubles(vec![3.0, 4.0]),
                raise_literal(LiteralType::Boolean(false)),
            ])
        };
        assert_eq!(sparse(&[1, 0]).unwrap().to_row_major(), [0.0, 4.0, 3.0, 0.0]);
        assert!(sparse(&[1, 7]).is_err());
    }
}
