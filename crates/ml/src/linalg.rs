//! Spark's vectors and matrices, and their Arrow form (`VectorUDT`, `MatrixUDT`), read without copying where dense.

mod matrix_column;
mod symmetric_eigen;
mod vector_builder;

pub use matrix_column::{matrices_of, matrix_column};
pub use symmetric_eigen::SymmetricEigen;
pub use vector_builder::VectorBuilder;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{Array, ArrayRef, Float64Array, Int8Array, Int32Array, ListArray, StructArray};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Fields};
use brickyard_error::{Failure, Result, codes};
use std::fmt;
use std::sync::{Arc, LazyLock};

/// A vector of doubles. Sparse indices are strictly increasing.
#[derive(Debug, Clone, PartialEq)]
pub enum Vector {
    Dense(Vec<f64>),
    Sparse { size: usize, indices: Vec<u32>, values: Vec<f64> },
}

/// Whether Spark's `Vector.compressed` takes the sparse form: 12 bytes an entry and the headers of two arrays against 8
/// bytes a slot and the header of one.
pub fn is_sparse_smaller(entries: usize, size: usize) -> bool {
    3 * entries + 4 < 2 * size
}

impl Vector {
    pub fn size(&self) -> usize {
        match self {
            Vector::Dense(values) => values.len(),
            Vector::Sparse { size, .. } => *size,
        }
    }

    pub fn to_dense(&self) -> Vec<f64> {
        match self {
            Vector::Dense(values) => values.clone(),
            Vector::Sparse { size, indices, values } => {
                let mut dense = vec![0.0; *size];
                for (index, value) in indices.iter().zip(values) {
                    dense[*index as usize] = *value;
                }
                dense
            }
        }
    }

    /// The smaller of the dense and the sparse form, by Spark's rule (`Vector.compressed`).
    pub fn compressed(dense: Vec<f64>) -> Self {
        let nonzero = dense.iter().filter(|value| **value != 0.0).count();
        if is_sparse_smaller(nonzero, dense.len()) { Self::sparse_of(&dense) } else { Vector::Dense(dense) }
    }

    fn sparse_of(dense: &[f64]) -> Self {
        let entries = || dense.iter().enumerate().filter(|(_, value)| **value != 0.0);
        Vector::Sparse {
            size: dense.len(),
            indices: entries().map(|(index, _)| index as u32).collect(),
            values: entries().map(|(_, value)| *value).collect(),
        }
    }
}

impl fmt::Display for Vector {
    /// As Spark prints it: `[1.0,2.0]`, `(3,[0,2],[1.0,5.0])`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let doubles = |values: &[f64]| values.iter().map(|value| java_double(*value)).collect::<Vec<_>>().join(",");
        match self {
            Vector::Dense(values) => write!(f, "[{}]", doubles(values)),
            Vector::Sparse { size, indices, values } => {
                let indices: Vec<String> = indices.iter().map(ToString::to_string).collect();
                write!(f, "({size},[{}],[{}])", indices.join(","), doubles(values))
            }
        }
    }
}

/// A double as Java's `Double.toString` prints it: `1.0`, `1.0E10`, `NaN`, `Infinity`.
pub fn java_double(value: f64) -> String {
    let magnitude = value.abs();
    match value {
        _ if value.is_nan() => "NaN".to_owned(),
        _ if value.is_infinite() => (if value > 0.0 { "Infinity" } else { "-Infinity" }).to_owned(),
        _ if magnitude != 0.0 && !(1e-3..1e7).contains(&magnitude) => {
            let text = format!("{value:E}");
            let (mantissa, exponent) = text.split_once('E').unwrap_or((&text, "0"));
            let point = if mantissa.contains('.') { "" } else { ".0" };
            format!("{mantissa}{point}E{exponent}")
        }
        _ => format!("{value:?}"),
    }
}

/// A dense matrix of doubles.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    pub rows: usize,
    pub columns: usize,
    /// Column-major, unless `transposed`.
    pub values: Vec<f64>,
    /// Row-major when true.
    pub transposed: bool,
}

impl Matrix {
    pub fn row_major(rows: usize, columns: usize, values: Vec<f64>) -> Self {
        Self { rows, columns, values, transposed: true }
    }
    pub fn column_major(rows: usize, columns: usize, values: Vec<f64>) -> Self {
        Self { rows, columns, values, transposed: false }
    }
    pub fn get(&self, row: usize, column: usize) -> f64 {
        if self.transposed { self.values[row * self.columns + column] } else { self.values[column * self.rows + row] }
    }
    pub fn row(&self, row: usize) -> Vec<f64> {
        (0..self.columns).map(|column| self.get(row, column)).collect()
    }
    /// The values row by row, whatever the storage.
    pub fn to_row_major(&self) -> Vec<f64> {
        (0..self.rows).flat_map(|row| self.row(row)).collect()
    }
}

// ---- Arrow ---------------------------------------------------------------------------------------------------------

static VECTOR_FIELDS: LazyLock<Fields> = LazyLock::new(|| {
    let ints = Field::new_list_field(DataType::Int32, false);
    let doubles = Field::new_list_field(DataType::Float64, false);
    Fields::from(vec![
        Field::new("type", DataType::Int8, false),
        Field::new("size", DataType::Int32, true),
        Field::new("indices", DataType::List(Arc::new(ints)), true),
        Field::new("values", DataType::List(Arc::new(doubles)), true),
    ])
});

static MATRIX_FIELDS: LazyLock<Fields> = LazyLock::new(|| {
    let ints = DataType::List(Arc::new(Field::new_list_field(DataType::Int32, false)));
    let doubles = DataType::List(Arc::new(Field::new_list_field(DataType::Float64, false)));
    Fields::from(vec![
        Field::new("type", DataType::Int8, false),
        Field::new("numRows", DataType::Int32, false),
        Field::new("numCols", DataType::Int32, false),
        Field::new("colPtrs", ints.clone(), true),
        Field::new("rowIndices", ints, true),
        Field::new("values", doubles, true),
        Field::new("isTransposed", DataType::Boolean, false),
    ])
});

/// The Arrow type of a vector column: `struct<type: int8, size: int32, indices: list<int32>, values: list<double>>`.
pub fn vector_type() -> DataType {
    DataType::Struct(VECTOR_FIELDS.clone())
}

/// The Arrow type of a matrix column.
pub fn matrix_type() -> DataType {
    DataType::Struct(MATRIX_FIELDS.clone())
}

/// True for a column that holds vectors: they are told by their shape, because metadata may be lost on the way.
pub fn is_vector_type(data_type: &DataType) -> bool {
    has_fields(data_type, &VECTOR_FIELDS)
}

pub fn is_matrix_type(data_type: &DataType) -> bool {
    has_fields(data_type, &MATRIX_FIELDS)
}

fn has_fields(data_type: &DataType, wanted: &Fields) -> bool {
    let DataType::Struct(fields) = data_type else { return false };
    fields.len() == wanted.len()
        && fields.iter().zip(wanted.iter()).all(|(field, wanted)| field.name() == wanted.name())
}

/// `rows` dense vectors of `size` as a column; `values` is row-major and is not copied.
pub fn dense_column(size: usize, values: Vec<f64>) -> ArrayRef {
    dense_column_nullable(size, values, None)
}

/// The same with null rows; their slots in `values` are ignored.
pub fn dense_column_nullable(size: usize, values: Vec<f64>, nulls: Option<NullBuffer>) -> ArrayRef {
    let rows = match (size, &nulls) {
        (0, Some(nulls)) => nulls.len(),
        (0, None) => 0,
        _ => values.len() / size,
    };
    let lengths = std::iter::repeat_n(size, rows);
    let ints = ListArray::new_null(Arc::new(Field::new_list_field(DataType::Int32, false)), rows);
    let values = ListArray::new(
        Arc::new(Field::new_list_field(DataType::Float64, false)),
        OffsetBuffer::from_lengths(lengths),
        Arc::new(Float64Array::from(values)),
        None,
    );
    let children: Vec<ArrayRef> = vec![
        Arc::new(Int8Array::from_value(1, rows)),
        Arc::new(Int32Array::new_null(rows)),
        Arc::new(ints),
        Arc::new(values),
    ];
    Arc::new(StructArray::new(VECTOR_FIELDS.clone(), children, nulls))
}

/// Any vectors as a column, null where `None`.
pub fn vector_column<'a>(vectors: impl IntoIterator<Item = Option<&'a Vector>>) -> ArrayRef {
    let (mut types, mut sizes, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    let (mut index_lengths, mut indices_valid, mut all_indices) = (Vec::new(), Vec::new(), Vec::new());
    let (mut value_lengths, mut all_values) = (Vec::new(), Vec::new());
    for vector in vectors {
        valid.push(vector.is_some());
        match vector {
            Some(Vector::Sparse { size, indices, values }) => {
                types.push(0i8);
                sizes.push(Some(*size as i32));
                index_lengths.push(indices.len());
                indices_valid.push(true);
                all_indices.extend(indices.iter().map(|index| *index as i32));
                value_lengths.push(values.len());
                all_values.extend_from_slice(values);
            }
            dense => {
                let values: &[f64] = if let Some(Vector::Dense(values)) = dense { values } else { &[] };
                types.push(1i8);
                sizes.push(None);
                index_lengths.push(0);
                indices_valid.push(false);
                value_lengths.push(values.len());
                all_values.extend_from_slice(values);
            }
        }
    }
    let indices = ListArray::new(
        Arc::new(Field::new_list_field(DataType::Int32, false)),
        OffsetBuffer::from_lengths(index_lengths),
        Arc::new(Int32Array::from(all_indices)),
        Some(NullBuffer::from(indices_valid)),
    );
    let values = ListArray::new(
        Arc::new(Field::new_list_field(DataType::Float64, false)),
        OffsetBuffer::from_lengths(value_lengths),
        Arc::new(Float64Array::from(all_values)),
        None,
    );
    let children: Vec<ArrayRef> =
        vec![Arc::new(Int8Array::from(types)), Arc::new(Int32Array::from(sizes)), Arc::new(indices), Arc::new(values)];
    Arc::new(StructArray::new(VECTOR_FIELDS.clone(), children, Some(NullBuffer::from(valid))))
}

/// A column of vectors, borrowed from Arrow.
#[derive(Debug, Clone, Copy)]
pub struct VectorColumn<'a> {
    array: &'a StructArray,
    types: &'a Int8Array,
    sizes: &'a Int32Array,
    indices: &'a ListArray,
    values: &'a ListArray,
}

/// One row of a vector column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum VectorRef<'a> {
    Dense(&'a [f64]),
    /// Indices are non-negative and strictly increasing.
    Sparse {
        size: usize,
        indices: &'a [i32],
        values: &'a [f64],
    },
}

impl VectorRef<'_> {
    pub fn size(&self) -> usize {
        match self {
            VectorRef::Dense(values) => values.len(),
            VectorRef::Sparse { size, .. } => *size,
        }
    }

    /// Writes the vector into `out`, whose length is the vector's size.
    pub fn write_dense(&self, out: &mut [f64]) {
        match self {
            VectorRef::Dense(values) => out.copy_from_slice(values),
            VectorRef::Sparse { indices, values, .. } => {
                out.fill(0.0);
                for (index, value) in indices.iter().zip(*values) {
                    out[*index as usize] = *value;
                }
            }
        }
    }

    pub fn to_vector(&self) -> Vector {
        match self {
            VectorRef::Dense(values) => Vector::Dense(values.to_vec()),
            VectorRef::Sparse { size, indices, values } => Vector::Sparse {
                size: *size,
                indices: indices.iter().map(|index| *index as u32).collect(),
                values: values.to_vec(),
            },
        }
    }
}

impl<'a> VectorColumn<'a> {
    pub fn new(array: &'a dyn Array) -> Result<Self> {
        let wrong = || {
            let text = format!("a column of vectors was expected, found {}; use VectorAssembler", array.data_type());
            Failure::new(&codes::ml::COLUMN_TYPE, text)
        };
        if !is_vector_type(array.data_type()) {
            return Err(wrong());
        }
        let array = array.as_struct_opt().ok_or_else(wrong)?;
        Ok(Self {
            array,
            types: array.column(0).as_primitive_opt::<Int8Type>().ok_or_else(wrong)?,
            sizes: array.column(1).as_primitive_opt::<Int32Type>().ok_or_else(wrong)?,
            indices: array.column(2).as_list_opt().ok_or_else(wrong)?,
            values: array.column(3).as_list_opt().ok_or_else(wrong)?,
        })
    }

    pub fn rows(&self) -> usize {
        self.array.len()
    }

    pub fn is_null(&self, row: usize) -> bool {
        self.array.is_null(row)
    }

    /// The vector of a row that is not null.
    pub fn get(&self, row: usize) -> VectorRef<'a> {
        let values = list_slice::<f64, _>(self.values, row, |array| {
            array.as_primitive_opt::<arrow_array::types::Float64Type>().map(|array| array.values())
        });
        if self.types.value(row) == 1 {
            return VectorRef::Dense(values);
        }
        let indices = list_slice::<i32, _>(self.indices, row, |array| {
            array.as_primitive_opt::<Int32Type>().map(|array| array.values())
        });
        VectorRef::Sparse { size: self.sizes.value(row).max(0) as usize, indices, values }
    }

    /// All rows as one row-major slice, when every row is a dense vector of `size` and none is null: no copy.
    pub fn as_dense(&self, size: usize) -> Option<&'a [f64]> {
        let rows = self.rows();
        let every_dense = self.array.null_count() == 0 && self.types.values().iter().all(|kind| *kind == 1);
        let offsets = self.values.value_offsets();
        let even = offsets.windows(2).all(|pair| (pair[1] - pair[0]) as usize == size);
        if !(every_dense && even) {
            return None;
        }
        let values = self.values.values().as_primitive_opt::<arrow_array::types::Float64Type>()?.values();
        values.get(offsets[0] as usize..offsets[rows] as usize)
    }
}

fn list_slice<'a, T: arrow_buffer::ArrowNativeType, F>(list: &'a ListArray, row: usize, values: F) -> &'a [T]
where
    F: Fn(&'a ArrayRef) -> Option<&'a ScalarBuffer<T>>,
{
    let offsets = list.value_offsets();
    let range = offsets[row] as usize..offsets[row + 1] as usize;
    values(list.values()).and_then(|values| values.get(range)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_round_trip_through_arrow() {
        let dense = Vector::Dense(vec![1.0, 0.0, -2.5]);
        let sparse = Vector::Sparse { size: 5, indices: vec![0, 4], values: vec![1.5, 2.0] };
        let column = vector_column([Some(&dense), None, Some(&sparse)]);
        let column = VectorColumn::new(column.as_ref()).unwrap();
        assert_eq!(column.get(0).to_vector(), dense);
        assert!(column.is_null(1));
        assert_eq!(column.get(2).to_vector(), sparse);
        assert_eq!(column.as_dense(3), None);
    }

    #[test]
    fn a_dense_column_is_read_without_copying() {
        let column = dense_column(2, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let sliced = column.slice(1, 2);
        assert_eq!(VectorColumn::new(sliced.as_ref()).unwrap().as_dense(2), Some(&[3.0, 4.0, 5.0, 6.0][..]));
    }

    #[test]
    fn doubles_print_as_in_java() {
        let rows = [
            (0.0, "0.0"),
            (1.0, "1.0"),
            (1e10, "1.0E10"),
            (1.25e-5, "1.25E-5"),
            (0.001, "0.001"),
            (1234567.0, "1234567.0"),
            (12345678.0, "1.2345678E7"),
            (f64::NAN, "NaN"),
            (-f64::INFINITY, "-Infinity"),
        ];
        for (value, text) in rows {
            assert_eq!(java_double(value), text);
        }
    }
}
