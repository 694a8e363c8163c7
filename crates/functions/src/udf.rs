//! A scalar function as a row of a table: name, result type, evaluation.

use crate::failures::external;
use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BinaryArray, Datum, ListArray, PrimitiveArray, Scalar,
};
use arrow::datatypes::{DataType, Field, FieldRef};
use brickyard_error::{Failure, Result};
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A function: what it is called, what it returns, how it is computed.
pub struct Definition {
    pub name: &'static str,
    pub returns: fn(&Types) -> Result<DataType>,
    pub evaluate: fn(&Input) -> Result<ArrayRef>,
    /// Whether each call may differ (random numbers, raised errors).
    pub is_volatile: bool,
}

impl Definition {
    pub const fn new(
        name: &'static str,
        returns: fn(&Types) -> Result<DataType>,
        evaluate: fn(&Input) -> Result<ArrayRef>,
    ) -> Self {
        Self { name, returns, evaluate, is_volatile: false }
    }

    pub const fn volatile(mut self) -> Self {
        self.is_volatile = true;
        self
    }
}

/// The types of a call's arguments, and the constants among them.
pub struct Types<'a> {
    pub types: Vec<DataType>,
    pub constants: &'a [Option<&'a ScalarValue>],
}

impl Types<'_> {
    pub fn get(&self, index: usize) -> Result<&DataType> {
        self.types.get(index).ok_or_else(|| Failure::internal("a function got too few arguments"))
    }

    /// A constant string argument.
    pub fn text(&self, index: usize) -> Result<&str> {
        self.constants
            .get(index)
            .copied()
            .flatten()
            .and_then(|value| value.try_as_str().flatten())
            .ok_or_else(|| Failure::internal("a function wants a constant string"))
    }
}

/// The arguments of a call: each a column of `rows` values or a constant. When all are constants `rows` is 1.
pub struct Input {
    pub values: Vec<ColumnarValue>,
    pub rows: usize,
    pub returns: DataType,
}

impl Input {
    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn value(&self, index: usize) -> Result<&ColumnarValue> {
        self.values.get(index).ok_or_else(|| Failure::internal("a function got too few arguments"))
    }

    /// The argument as a column, a constant repeated.
    pub fn array(&self, index: usize) -> Result<ArrayRef> {
        self.value(index)?.to_array(self.rows).map_err(kernel)
    }

    /// The argument for Arrow's kernels, which take constants as they are.
    pub fn datum(&self, index: usize) -> Result<Box<dyn Datum>> {
        Ok(match self.value(index)? {
            ColumnarValue::Array(array) => Box::new(Arc::clone(array)),
            ColumnarValue::Scalar(value) => Box::new(Scalar::new(value.to_array().map_err(kernel)?)),
        })
    }

    pub fn constant(&self, index: usize) -> Option<&ScalarValue> {
        match self.values.get(index) {
            Some(ColumnarValue::Scalar(value)) => Some(value),
            _ => None,
        }
    }

    /// A constant string argument.
    pub fn text(&self, index: usize) -> Result<&str> {
        self.constant(index)
            .and_then(|value| value.try_as_str().flatten())
            .ok_or_else(|| Failure::internal("a function wants a constant string"))
    }

    /// A column of one primitive type.
    pub fn primitive<T: ArrowPrimitiveType>(&self, index: usize) -> Result<PrimitiveArray<T>> {
        let array = self.array(index)?;
        let wrong = || Failure::internal(format!("a function wants {}, not {}", T::DATA_TYPE, array.data_type()));
        array.as_primitive_opt::<T>().cloned().ok_or_else(wrong)
    }

    /// Bytes of a string or binary column.
    pub fn bytes(&self, index: usize) -> Result<BinaryArray> {
        let array = self.array(index)?;
        let bytes = arrow::compute::cast(&array, &DataType::Binary).map_err(kernel)?;
        bytes.as_binary_opt::<i32>().cloned().ok_or_else(|| Failure::internal("a function wants bytes"))
    }

    /// A list column.
    pub fn lists(&self, index: usize) -> Result<ListArray> {
        let array = self.array(index)?;
        array.as_list_opt::<i32>().cloned().ok_or_else(|| Failure::internal("a function wants arrays"))
    }

    /// One value a row, null where one of the first `count` arguments is.
    pub fn rows_of<V, A: FromIterator<Option<V>>>(
        &self,
        count: usize,
        mut value: impl FnMut(usize) -> Result<Option<V>>,
    ) -> Result<A> {
        let arguments = (0..count).map(|index| self.array(index)).collect::<Result<Vec<_>>>()?;
        let is_present = |row: usize| !arguments.iter().any(|argument| argument.is_null(row));
        (0..self.rows).map(|row| if is_present(row) { value(row) } else { Ok(None) }).collect()
    }

    /// A string column.
    pub fn strings(&self, index: usize) -> Result<arrow::array::StringArray> {
        let array = self.array(index)?;
        array.as_string_opt::<i32>().cloned().ok_or_else(|| Failure::internal("a function wants strings"))
    }
}

/// Arrow's and DataFusion's errors inside a function.
pub fn kernel(error: impl Into<DataFusionError>) -> Failure {
    let error = error.into();
    match Failure::find(&error) {
        Some(failure) => failure.repeat(),
        None => Failure::internal(error.strip_backtrace()),
    }
}

/// A call of a function of this crate.
pub fn call(definition: &'static Definition, arguments: Vec<Expr>) -> Expr {
    let function = Arc::new(ScalarUDF::from(SparkFunction::new(definition)));
    Expr::ScalarFunction(ScalarFunction::new_udf(function, arguments))
}

/// A definition as DataFusion sees it.
pub struct SparkFunction {
    definition: &'static Definition,
    signature: Signature,
}

impl SparkFunction {
    pub fn new(definition: &'static Definition) -> Self {
        let volatility = if definition.is_volatile { Volatility::Volatile } else { Volatility::Immutable };
        Self { definition, signature: Signature::variadic_any(volatility) }
    }
}

impl std::fmt::Debug for SparkFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.definition.name)
    }
}

impl PartialEq for SparkFunction {
    fn eq(&self, other: &Self) -> bool {
        self.definition.name == other.definition.name
    }
}

impl Eq for SparkFunction {}

impl Hash for SparkFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.definition.name.hash(state);
    }
}

impl ScalarUDFImpl for SparkFunction {
    fn name(&self) -> &str {
        self.definition.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> datafusion::common::Result<DataType> {
        let constants = vec![None; types.len()];
        (self.definition.returns)(&Types { types: types.to_vec(), constants: &constants }).map_err(external)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> datafusion::common::Result<FieldRef> {
        let types = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let returns =
            (self.definition.returns)(&Types { types, constants: args.scalar_arguments }).map_err(external)?;
        Ok(Arc::new(Field::new(self.definition.name, returns, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> datafusion::common::Result<ColumnarValue> {
        let returns = args.return_field.data_type().clone();
        let all_constant = args.args.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let single = all_constant && !self.definition.is_volatile;
        let input = Input { values: args.args, rows: if single { 1 } else { args.number_rows }, returns };
        let result = (self.definition.evaluate)(&input).map_err(external)?;
        if single && result.len() == 1 {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?));
        }
        Ok(ColumnarValue::Array(result))
    }
}
