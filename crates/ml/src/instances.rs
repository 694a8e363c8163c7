//! Training rows as Spark checks them: features, label and weight, with Spark's words for what is wrong with a row.

use crate::Block;
use crate::linalg::{VectorColumn, VectorRef};
use arrow_array::{Array, Float64Array};
use brickyard_error::{Code, Condition, Failure, Result, SparkException, codes};

/// What a label must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum LabelKind {
    /// A class index below this number.
    Class { classes: u32 },
    /// Any finite number.
    Real,
}

/// Classes that may be inferred from label values; more must be declared by the label column's metadata.
pub const MAX_INFERRED_CLASSES: u32 = 100;

impl LabelKind {
    /// # Errors
    /// The label is not of this kind; the message is Spark's.
    pub fn check(self, label: Option<f64>) -> Result<f64> {
        let Some(label) = label.filter(|label| !label.is_nan()) else {
            return Err(raised(&codes::ml::LABEL_INVALID, "Labels MUST NOT be Null or NaN".to_owned()));
        };
        let wrong = |what: String| {
            Err(raised(&codes::ml::LABEL_INVALID, format!("{what}, but got {}", crate::linalg::java_double(label))))
        };
        match self {
            LabelKind::Class { classes: 2 } if label != 0.0 && label != 1.0 => {
                wrong("Labels MUST be in {0, 1}".to_owned())
            }
            LabelKind::Class { classes } if !(0.0..f64::from(classes)).contains(&label) => {
                wrong(format!("Labels MUST be in [0, {classes})"))
            }
            LabelKind::Class { .. } if label.fract() != 0.0 => wrong("Labels MUST be Integers".to_owned()),
            LabelKind::Real if label.is_infinite() => wrong("Labels MUST NOT be Infinity".to_owned()),
            _ => Ok(label),
        }
    }
}

/// # Errors
/// A weight is null, NaN, negative or infinite.
pub fn check_weight(weight: Option<f64>) -> Result<f64> {
    match weight {
        Some(weight) if weight >= 0.0 && weight.is_finite() => Ok(weight),
        Some(weight) if !weight.is_nan() => {
            let shown = crate::linalg::java_double(weight);
            let text = format!("Weights MUST NOT be Negative or Infinity, but got {shown}");
            Err(raised(&codes::ml::INVALID_ROW, text))
        }
        _ => Err(raised(&codes::ml::INVALID_ROW, "Weights MUST NOT be Null or NaN".to_owned())),
    }
}

/// # Errors
/// A value is NaN or infinite.
pub fn check_finite(vector: VectorRef<'_>) -> Result<()> {
    let (VectorRef::Dense(values) | VectorRef::Sparse { values, .. }) = vector;
    if values.iter().all(|value| value.is_finite()) {
        return Ok(());
    }
    let text = format!("Vector values MUST NOT be NaN or Infinity, but got {}", vector.to_vector());
    Err(raised(&codes::ml::INVALID_ROW, text))
}

/// # Errors
/// A sparse vector's indices are outside its size, or not as many as its values.
pub fn check_indices(vector: VectorRef<'_>) -> Result<()> {
    let VectorRef::Sparse { size, indices, values } = vector else { return Ok(()) };
    let fits = |index: &i32| usize::try_from(*index).is_ok_and(|index| index < size);
    if indices.len() == values.len() && indices.iter().all(fits) {
        return Ok(());
    }
    Err(Failure::new(&codes::ml::INVALID_ROW, "a sparse vector has indices outside its size"))
}

/// The number of an input's row; `None` where it is null.
pub fn number(column: &Float64Array, row: usize) -> Option<f64> {
    column.is_valid(row).then(|| column.value(row))
}

/// # Errors
/// A value is infinite; NaN is a missing value.
fn check_not_infinite(vector: VectorRef<'_>) -> Result<()> {
    let (VectorRef::Dense(values) | VectorRef::Sparse { values, .. }) = vector;
    if values.iter().all(|value| !value.is_infinite()) {
        return Ok(());
    }
    let text = format!("Vector values MUST NOT be Infinity, but got {}", vector.to_vector());
    Err(raised(&codes::ml::INVALID_ROW, text))
}

/// The vectors of a block's input, of one size, and all finite unless values may be missing.
pub struct Features<'a> {
    column: VectorColumn<'a>,
    /// 0 for a block without rows.
    size: usize,
    dense: Option<&'a [f64]>,
}

impl<'a> Features<'a> {
    /// # Errors
    /// A vector is null, not finite, or of another size than the first of its block.
    pub fn of(block: &'a Block, input: usize) -> Result<Self> {
        Self::checked(block, input, |value| value.is_finite(), check_finite)
    }

    /// Vectors in which NaN is a missing value.
    ///
    /// # Errors
    /// A vector is null, has an infinite value, or is of another size than the first of its block.
    pub fn with_missing(block: &'a Block, input: usize) -> Result<Self> {
        Self::checked(block, input, |value| !value.is_infinite(), check_not_infinite)
    }

    fn checked(
        block: &'a Block,
        input: usize,
        is_fine: impl Fn(f64) -> bool,
        check: impl Fn(VectorRef<'_>) -> Result<()>,
    ) -> Result<Self> {
        let column = block.vectors(input)?;
        let null = || raised(&codes::ml::INVALID_ROW, "Vectors MUST NOT be Null".to_owned());
        let first = (column.rows() > 0 && !column.is_null(0)).then(|| column.get(0).size());
        let size = if column.rows() == 0 { 0 } else { first.ok_or_else(null)? };
        let dense = column.as_dense(size).filter(|values| values.iter().all(|value| is_fine(*value)));
        for row in 0..if dense.is_some() { 0 } else { column.rows() } {
            if column.is_null(row) {
                return Err(null());
            }
            let vector = column.get(row);
            check_indices(vector)?;
            check(vector)?;
            check_size(vector.size(), size)?;
        }
        Ok(Self { column, size, dense })
    }

    pub fn size(&self) -> usize {
        self.size
    }

    pub fn row(&self, row: usize) -> VectorRef<'a> {
        match self.dense {
            Some(values) => VectorRef::Dense(&values[row * self.size..(row + 1) * self.size]),
            None => self.column.get(row),
        }
    }
}

/// # Errors
/// A vector has `found` slots where `expected` are needed.
pub fn check_size(found: usize, expected: usize) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    let text = format!("a feature vector has size {found}, expected {expected}");
    Err(Failure::new(&codes::ml::INVALID_ROW, text))
}

/// The failure that Spark raises from inside a query (`raise_error`).
pub fn raised(code: &'static Code, text: String) -> Failure {
    let condition = Condition::new("USER_RAISED_EXCEPTION", "P0001", SparkException::SparkRuntime);
    let condition = condition.with("errorMessage", &text);
    Failure::new(code, text).with_condition(condition)
}

/// The failure that Spark's `require` raises.
pub fn illegal(code: &'static Code, text: String) -> Failure {
    let condition = Condition::new("_LEGACY_ERROR_TEMP_3101", "XXKST", SparkException::IllegalArgument);
    let condition = condition.with("message", &text);
    Failure::new(code, text).with_condition(condition)
}

/// `ML algorithm was given empty dataset.`
pub fn empty_dataset() -> Failure {
    let text = "ML algorithm was given empty dataset.";
    let condition = Condition::new("_LEGACY_ERROR_TEMP_3102", "XXKST", SparkException::Spark).with("message", text);
    Failure::new(&codes::ml::EMPTY_DATASET, text).with_condition(condition)
}
