//! Row-major arrays of one kind of entries, and how two of them are broadcast.

use super::broken;
use crate::onnx::proto::TensorProto;
use crate::onnx::values::Element;
use brickyard_error::Result;

#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub data: Data,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    Doubles(Vec<f64>),
    Ints(Vec<i64>),
    Bools(Vec<bool>),
    Bytes(Vec<u8>),
    Texts(Vec<String>),
}

impl Array {
    pub fn doubles(shape: Vec<usize>, values: Vec<f64>) -> Self {
        Self { shape, data: Data::Doubles(values) }
    }
    pub fn ints(shape: Vec<usize>, values: Vec<i64>) -> Self {
        Self { shape, data: Data::Ints(values) }
    }
    pub fn bools(shape: Vec<usize>, values: Vec<bool>) -> Self {
        Self { shape, data: Data::Bools(values) }
    }

    /// A constant of the file.
    pub(super) fn of(tensor: &TensorProto) -> Result<Self> {
        let shape: Vec<usize> = tensor.dims.iter().map(|size| size.unsigned_abs() as usize).collect();
        let raw = tensor.raw_data();
        let words = || raw.chunks_exact(8).map(|word| word.try_into().unwrap_or([0; 8]));
        let data = match tensor.data_type() {
            kind if kind == Element::Double as i32 => Data::Doubles(words().map(f64::from_le_bytes).collect()),
            kind if kind == Element::Int as i32 => Data::Ints(words().map(i64::from_le_bytes).collect()),
            kind if kind == Element::Bool as i32 => Data::Bools(raw.iter().map(|byte| *byte != 0).collect()),
            kind if kind == Element::Byte as i32 => Data::Bytes(raw.to_vec()),
            kind if kind == Element::Text as i32 => {
                let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
                Data::Texts(tensor.string_data.iter().map(text).collect())
            }
            kind => return Err(broken(format!("constants of type {kind} are not known"))),
        };
        let found = Self { shape, data };
        if found.len() == found.shape.iter().product::<usize>() {
            return Ok(found);
        }
        Err(broken(format!("{} has other than the entries of its shape", tensor.name())))
    }

    pub(super) fn len(&self) -> usize {
        match &self.data {
            Data::Doubles(values) => values.len(),
            Data::Ints(values) => values.len(),
            Data::Bools(values) => values.len(),
            Data::Bytes(values) => values.len(),
            Data::Texts(values) => values.len(),
        }
    }

    pub(super) fn as_doubles(&self) -> Result<&[f64]> {
        if let Data::Doubles(values) = &self.data { Ok(values) } else { Err(broken("doubles are expected")) }
    }
    pub(super) fn as_ints(&self) -> Result<&[i64]> {
        if let Data::Ints(values) = &self.data { Ok(values) } else { Err(broken("integers are expected")) }
    }
    pub(super) fn as_bools(&self) -> Result<&[bool]> {
        if let Data::Bools(values) = &self.data { Ok(values) } else { Err(broken("booleans are expected")) }
    }

    /// The entries at these places, in a new shape.
    pub(super) fn take(&self, shape: Vec<usize>, places: &[usize]) -> Self {
        fn all<T: Clone>(values: &[T], places: &[usize]) -> Vec<T> {
            places.iter().map(|place| values[*place].clone()).collect()
        }
        let data = match &self.data {
            Data::Doubles(values) => Data::Doubles(all(values, places)),
            Data::Ints(values) => Data::Ints(all(values, places)),
            Data::Bools(values) => Data::Bools(all(values, places)),
            Data::Bytes(values) => Data::Bytes(all(values, places)),
            Data::Texts(values) => Data::Texts(all(values, places)),
        };
        Self { shape, data }
    }

    /// How many blocks there are before a dimension, its size, and the entries of one step along it.
    pub(super) fn around(&self, axis: usize) -> Result<(usize, usize, usize)> {
        let size = *self.shape.get(axis).ok_or_else(|| broken("a dimension is missing"))?;
        Ok((self.shape[..axis].iter().product(), size, self.shape[axis + 1..].iter().product()))
    }
}

/// The common shape of two arrays.
pub fn common_shape(a: &[usize], b: &[usize]) -> Result<Vec<usize>> {
    let dimensions = a.len().max(b.len());
    let of = |shape: &[usize], at: usize| (at + shape.len()).checked_sub(dimensions).map_or(1, |place| shape[place]);
    let size = |at: usize| match (of(a, at), of(b, at)) {
        (1, size) | (size, 1) => Ok(size),
        (left, right) if left == right => Ok(left),
        _ => Err(broken(format!("the shapes {a:?} and {b:?} do not go together"))),
    };
    (0..dimensions).map(size).collect()
}

/// For every entry of the common shape the place of an array's entry.
pub fn places(shape: &[usize], common: &[usize]) -> Vec<usize> {
    let mut strides = vec![0; common.len()];
    let mut stride = 1;
    for (at, size) in shape.iter().enumerate().rev() {
        strides[at + common.len() - shape.len()] = if *size == 1 { 0 } else { stride };
        stride *= size;
    }
    let place = |mut entry: usize| {
        let mut place = 0;
        for (size, stride) in common.iter().zip(&strides).rev() {
            place += entry % size * stride;
            entry /= size;
        }
        place
    };
    (0..common.iter().product()).map(place).collect()
}
