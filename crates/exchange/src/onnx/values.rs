//! Constants, attributes and types: the values that a graph is written with.

use super::proto::attribute_proto::AttributeType;
use super::proto::tensor_shape_proto::{Dimension, dimension};
use super::proto::type_proto;
use super::proto::{AttributeProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto};

/// What the entries of a tensor are; the numbers are ONNX's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    Byte = 2,
    Int = 7,
    Text = 8,
    Bool = 9,
    Double = 11,
}

fn constant(element: Element, shape: &[usize], bytes: Vec<u8>) -> TensorProto {
    TensorProto {
        dims: shape.iter().map(|size| *size as i64).collect(),
        data_type: Some(element as i32),
        raw_data: Some(bytes),
        ..TensorProto::default()
    }
}

/// Row-major.
pub fn doubles(shape: &[usize], values: &[f64]) -> TensorProto {
    constant(Element::Double, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect())
}

pub fn ints(shape: &[usize], values: &[i64]) -> TensorProto {
    constant(Element::Int, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect())
}

pub fn bytes(values: Vec<u8>) -> TensorProto {
    constant(Element::Byte, &[values.len()], values)
}

pub fn bools(shape: &[usize], values: &[bool]) -> TensorProto {
    constant(Element::Bool, shape, values.iter().map(|value| u8::from(*value)).collect())
}

pub fn texts(values: &[String]) -> TensorProto {
    TensorProto {
        dims: vec![values.len() as i64],
        data_type: Some(Element::Text as i32),
        string_data: values.iter().map(|text| text.clone().into_bytes()).collect(),
        ..TensorProto::default()
    }
}

/// An attribute of a node.
pub fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { i: Some(value), ..attribute(name, AttributeType::Int) }
}

pub fn int_list(name: &str, values: Vec<i64>) -> AttributeProto {
    AttributeProto { ints: values, ..attribute(name, AttributeType::Ints) }
}

pub fn text_list(name: &str, values: &[String]) -> AttributeProto {
    let strings = values.iter().map(|text| text.clone().into_bytes()).collect();
    AttributeProto { strings, ..attribute(name, AttributeType::Strings) }
}

pub fn tensor(name: &str, value: TensorProto) -> AttributeProto {
    AttributeProto { t: Some(value), ..attribute(name, AttributeType::Tensor) }
}

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto { name: Some(name.to_owned()), r#type: Some(kind as i32), ..AttributeProto::default() }
}

/// What a file says about a column that holds vectors; one of another kind says nothing.
pub const VECTOR: &str = "a vector";

/// An input or output `[rows, width]`; a width of `None` is not known.
pub fn column(name: &str, element: Element, width: Option<usize>, is_vector: bool) -> ValueInfoProto {
    let rows = dimension::Value::DimParam("rows".to_owned());
    let width = width.map(|width| dimension::Value::DimValue(width as i64));
    let dim = vec![Dimension { value: Some(rows) }, Dimension { value: width }];
    let kind = type_proto::Tensor { elem_type: Some(element as i32), shape: Some(TensorShapeProto { dim }) };
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto { value: Some(type_proto::Value::TensorType(kind)) }),
        doc_string: is_vector.then(|| VECTOR.to_owned()),
    }
}
