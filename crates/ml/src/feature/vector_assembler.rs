//! `VectorAssembler`: numbers, booleans and vectors side by side in one vector, dense or sparse by Spark's rule.

use crate::linalg::{
    VectorBuilder, VectorColumn, VectorRef, dense_column, is_sparse_smaller, is_vector_type, vector_type,
};
use crate::param::{ParamSpec, shared};
use crate::persist::Saved;
use crate::schema::{self, Attr, Slots, spark_name};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Input, Operator, Output, Params, RawInput, RawKind, Registry, Transformer, Value};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, BooleanArray, Float64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};

const CLASS: &str = "org.apache.spark.ml.feature.VectorAssembler";
pub(super) const SPECS: &[ParamSpec] = &[shared::HANDLE_INVALID, shared::INPUT_COLS, shared::OUTPUT_COL];

pub fn register(registry: &mut Registry) {
    registry.operator(
        CLASS,
        |uid| Operator::transformer(VectorAssembler { params: Params::new(uid, SPECS) }),
        |_, saved| Ok(Operator::transformer(VectorAssembler { params: saved.params(SPECS)? })),
    );
}

/// Concatenates columns into a vector.
#[derive(Debug, Clone)]
pub struct VectorAssembler {
    params: Params,
}

impl VectorAssembler {
    pub(super) fn new(params: Params) -> Self {
        Self { params }
    }
}

impl Transformer for VectorAssembler {
    fn class(&self) -> &'static str {
        CLASS
    }
    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }
    fn boxed(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let columns = self.params.texts("inputCols")?;
        let fields = columns.iter().map(|column| schema::field(schema, column)).collect::<Result<Vec<_>>>()?;
        let kind = |field: &&Field| match field.data_type() {
            kind if is_vector_type(kind) => Some(Input::vector(field.name())),
            kind if kind.is_numeric() || matches!(kind, DataType::Boolean) => Some(Input::number(field.name())),
            _ => None,
        };
        let refused: Vec<String> = fields
            .iter()
            .filter(|field| kind(field).is_none())
            .map(|field| {
                format!("Data type {} of column {} is not supported.", spark_name(field.data_type()), field.name())
            })
            .collect();
        if !refused.is_empty() {
            return Err(Failure::new(&codes::ml::COLUMN_TYPE, refused.join("\n")));
        }
        Ok(fields.iter().filter_map(kind).collect())
    }

    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        let columns = self.params.texts("inputCols")?;
        Ok(columns.into_iter().map(|column| RawInput::new(column, RawKind::Number)).collect())
    }

    fn unsized_vectors(&self, schema: &Schema) -> Result<Vec<String>> {
        let unknown = |input: &Input| Ok(slots_of(input.find(schema)?).len().is_none());
        let inputs = self.inputs(schema)?;
        let mut columns = Vec::new();
        for input in inputs {
            if unknown(&input)? {
                columns.push(input.column);
            }
        }
        Ok(columns)
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        let output = self.params.text("outputCol")?;
        let inputs = self.inputs(schema)?;
        schema::no_such_columns(schema, [output.as_str()])?;
        let mut slots = Vec::new();
        let mut known = true;
        for input in &inputs {
            match named_slots(input.find(schema)?) {
                Some(more) => slots.extend(more),
                None => known = false,
            }
        }
        let slots = if known { Slots::Known(slots) } else { Slots::Unknown };
        Ok(vec![schema::with_metadata(Field::new(output, vector_type(), true), &schema::slots_metadata(&slots))])
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let invalid = self.params.text("handleInvalid")?;
        let inputs = self.inputs(batch.schema_ref())?;
        let arrays = inputs.iter().map(|input| input.read(batch)).collect::<Result<Vec<_>>>()?;
        let mut parts = Vec::with_capacity(arrays.len());
        for (input, array) in inputs.iter().zip(&arrays) {
            parts.push(Part::new(input, array, batch.schema_ref(), invalid == "keep")?);
        }
        match invalid.as_str() {
            "skip" => {
                let keep: Vec<bool> =
                    (0..batch.num_rows()).map(|row| parts.iter().all(|part| !part.is_invalid(row))).collect();
                Ok(Output { columns: vec![assemble(&parts, batch.num_rows())], keep: Some(BooleanArray::from(keep)) })
            }
            "keep" => Ok(Output::all(vec![assemble(&parts, batch.num_rows())])),
            _ => {
                parts.iter().try_for_each(Part::check)?;
                Ok(Output::all(vec![assemble(&parts, batch.num_rows())]))
            }
        }
    }

    fn attribute(&self, name: &str, _: &[Value]) -> Result<Attribute> {
        Err(no_attribute(CLASS, name))
    }

    fn save(&self) -> Result<Saved> {
        Ok(Saved::of(CLASS, &self.params))
    }
}

// ---- slot names ------------------------------------------------------------------------------------------------------

/// One slot for a scalar; a vector's own.
fn slots_of(field: &Field) -> Slots {
    if is_vector_type(field.data_type()) { schema::slots(field) } else { Slots::Size(1) }
}

/// The slots a column contributes, named `column` or `column_slot`; `None` where a vector's size is not known.
fn named_slots(field: &Field) -> Option<Vec<Attr>> {
    let column = field.name();
    if !is_vector_type(field.data_type()) {
        let attr = if field.data_type() == &DataType::Float64 { schema::attr(field) } else { Attr::Unknown };
        return Some(vec![attr.with_name(column)]);
    }
    let attrs = match schema::slots(field) {
        Slots::Known(attrs) => attrs,
        Slots::Size(size) => vec![Attr::Unknown; size],
        Slots::Unknown => return None,
    };
    let named = |(index, attr): (usize, Attr)| {
        let slot = attr.name().map_or_else(|| index.to_string(), ToOwned::to_owned);
        attr.with_name(format!("{column}_{slot}"))
    };
    Some(attrs.into_iter().enumerate().map(named).collect())
}

// ---- rows ------------------------------------------------------------------------------------------------------------

/// One input column.
enum Part<'a> {
    Number(&'a Float64Array),
    /// `null_size` is the size of the vector of NaN that stands for a null row.
    Vector {
        column: VectorColumn<'a>,
        null_size: usize,
    },
}

impl<'a> Part<'a> {
    fn new(input: &Input, array: &'a ArrayRef, schema: &Schema, keep: bool) -> Result<Self> {
        let field = input.find(schema)?;
        if !is_vector_type(field.data_type()) {
            return Ok(Part::Number(array.as_primitive::<Float64Type>()));
        }
        let column = VectorColumn::new(array.as_ref())?;
        let needed = keep && array.null_count() > 0;
        let null_size = match needed.then(|| slots_of(field).len()) {
            None => 0,
            Some(Some(size)) => size,
            Some(None) => {
                let text = format!(
                    "Can not infer column lengths with handleInvalid = \"keep\". Consider using VectorSizeHint\nto add \
                     metadata for columns: [{}].",
                    input.column
                );
                return Err(Failure::new(&codes::ml::INVALID_ROW, text));
            }
        };
        Ok(Part::Vector { column, null_size })
    }

    /// Null, or NaN in a column of numbers; a NaN inside a vector is let pass, as in Spark.
    fn is_invalid(&self, row: usize) -> bool {
        match self {
            Part::Number(numbers) => numbers.is_null(row) || numbers.value(row).is_nan(),
            Part::Vector { column, .. } => column.is_null(row),
        }
    }

    fn check(&self) -> Result<()> {
        let rows = match self {
            Part::Number(numbers) => numbers.len(),
            Part::Vector { column, .. } => column.rows(),
        };
        let Some(row) = (0..rows).find(|row| self.is_invalid(*row)) else { return Ok(()) };
        let nan = matches!(self, Part::Number(numbers) if numbers.is_valid(row));
        let (one, many) = if nan { ("NaN", "NaNs") } else { ("null", "nulls") };
        Err(invalid_row(format!(
            "Encountered {one} while assembling a row with handleInvalid = \"error\". Consider\nremoving {many} from \
             dataset or using handleInvalid = \"keep\" or \"skip\"."
        )))
    }

    fn size(&self, row: usize) -> usize {
        match self {
            Part::Number(_) => 1,
            Part::Vector { column, null_size } if column.is_null(row) => *null_size,
            Part::Vector { column, .. } => column.get(row).size(),
        }
    }

    /// The numbers of a column of numbers without nulls.
    fn plain_numbers(&self) -> Option<&'a [f64]> {
        match self {
            Part::Number(numbers) if numbers.null_count() == 0 => Some(numbers.values()),
            _ => None,
        }
    }

    fn add_sizes(&self, sizes: &mut [usize]) {
        match self {
            Part::Number(_) => sizes.iter_mut().for_each(|size| *size += 1),
            Part::Vector { .. } => sizes.iter_mut().enumerate().for_each(|(row, size)| *size += self.size(row)),
        }
    }

    /// The size of every row, if it is the same.
    fn even_size(&self, rows: usize) -> Option<usize> {
        if matches!(self, Part::Number(_)) {
            return Some(1);
        }
        let first = if rows > 0 { self.size(0) } else { 0 };
        (0..rows).all(|row| self.size(row) == first).then_some(first)
    }

    fn add_entries(&self, entries: &mut [usize]) {
        match self {
            Part::Number(numbers) if numbers.null_count() == 0 => {
                entries
                    .iter_mut()
                    .zip(numbers.values())
                    .for_each(|(entries, value)| *entries += usize::from(*value != 0.0));
            }
            part => {
                entries.iter_mut().enumerate().for_each(|(row, entries)| part.each_entry(row, |_, _| *entries += 1))
            }
        }
    }

    /// Calls `entry` with every slot that is not zero, in order; NaN counts.
    fn each_entry(&self, row: usize, mut entry: impl FnMut(usize, f64)) {
        match self {
            Part::Number(numbers) => match number(numbers, row) {
                0.0 => {}
                value => entry(0, value),
            },
            Part::Vector { column, null_size } if column.is_null(row) => {
                (0..*null_size).for_each(|slot| entry(slot, f64::NAN));
            }
            Part::Vector { column, .. } => match column.get(row) {
                VectorRef::Dense(values) => {
                    values
                        .iter()
                        .enumerate()
                        .filter(|(_, value)| **value != 0.0)
                        .for_each(|(slot, value)| entry(slot, *value));
                }
                VectorRef::Sparse { indices, values, .. } => {
                    let entries = indices.iter().zip(values).filter(|(_, value)| **value != 0.0);
                    entries.for_each(|(slot, value)| entry(*slot as usize, *value));
                }
            },
        }
    }
}

fn number(numbers: &Float64Array, row: usize) -> f64 {
    if numbers.is_null(row) { f64::NAN } else { numbers.value(row) }
}

fn assemble(parts: &[Part<'_>], rows: usize) -> ArrayRef {
    let mut sizes = vec![0usize; rows];
    let mut entries = vec![0usize; rows];
    for part in parts {
        part.add_sizes(&mut sizes);
        part.add_entries(&mut entries);
    }
    let any_sparse = sizes.iter().zip(&entries).any(|(size, entries)| is_sparse_smaller(*entries, *size));
    let widths: Option<Vec<usize>> = parts.iter().map(|part| part.even_size(rows)).collect();
    match widths {
        Some(widths) if !any_sparse && sizes.first().is_some_and(|size| *size > 0) => {
            assemble_dense(parts, &widths, rows)
        }
        _ => assemble_rows(parts, &sizes, &entries),
    }
}

/// Every row dense, and every column of one width: all values go into one buffer.
fn assemble_dense(parts: &[Part<'_>], widths: &[usize], rows: usize) -> ArrayRef {
    let width: usize = widths.iter().sum();
    let plain: Option<Vec<&[f64]>> = parts.iter().map(Part::plain_numbers).collect();
    if let Some(columns) = plain {
        // Adding 0 turns -0 into 0, as Spark's way over the sparse form does.
        let mut values = Vec::with_capacity(rows * width);
        (0..rows).for_each(|row| values.extend(columns.iter().map(|column| column[row] + 0.0)));
        return dense_column(width, values);
    }
    let mut values = vec![0.0; rows * width];
    let mut first_slot = 0;
    for (part, part_width) in parts.iter().zip(widths) {
        for (row, slots) in values.chunks_exact_mut(width).enumerate() {
            part.each_entry(row, |slot, value| slots[first_slot + slot] = value);
        }
        first_slot += part_width;
    }
    dense_column(width, values)
}

fn assemble_rows(parts: &[Part<'_>], sizes: &[usize], entries: &[usize]) -> ArrayRef {
    let mut builder = VectorBuilder::with_capacity(sizes.len(), entries.iter().sum());
    let (mut slots, mut values, mut dense) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..sizes.len() {
        slots.clear();
        values.clear();
        let mut first_slot = 0;
        for part in parts {
            part.each_entry(row, |slot, value| {
                slots.push((first_slot + slot) as i32);
                values.push(value);
            });
            first_slot += part.size(row);
        }
        if is_sparse_smaller(entries[row], sizes[row]) {
            builder.push(VectorRef::Sparse { size: sizes[row], indices: &slots, values: &values });
        } else {
            dense.clear();
            dense.resize(sizes[row], 0.0);
            slots.iter().zip(&values).for_each(|(slot, value)| dense[*slot as usize] = *value);
            builder.push(VectorRef::Dense(&dense));
        }
    }
    builder.finish()
}
