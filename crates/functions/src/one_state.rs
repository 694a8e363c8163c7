//! Aggregates whose state is one value.

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

/// An aggregate as a row of a table; the types are those of its arguments.
#[derive(Clone, Copy)]
pub struct OneState {
    pub name: &'static str,
    pub returns: fn(&[DataType]) -> DataType,
    pub state: fn(&[DataType]) -> DataType,
    pub start: fn(&[DataType]) -> Box<dyn Accumulator>,
}

/// `product(x)`
const PRODUCT: OneState = OneState {
    name: "spark_product",
    returns: |_| DataType::Float64,
    state: |_| DataType::Float64,
    start: |_| Box::new(Product(None)),
};

static FUNCTIONS: LazyLock<Vec<Arc<AggregateUDF>>> = LazyLock::new(|| {
    let rows = [PRODUCT, crate::histogram::AGGREGATE].into_iter().chain(crate::bitmap::AGGREGATES);
    rows.map(|row| Arc::new(AggregateUDF::new_from_impl(Function::new(row)))).collect()
});

/// All of them.
pub fn all() -> Vec<Arc<AggregateUDF>> {
    FUNCTIONS.clone()
}

struct Function {
    row: OneState,
    signature: Signature,
}

impl Function {
    fn new(row: OneState) -> Self {
        Self { row, signature: Signature::variadic_any(Volatility::Immutable) }
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.row.name)
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.row.name == other.row.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.row.name.hash(state);
    }
}

impl AggregateUDFImpl for Function {
    fn name(&self) -> &str {
        self.row.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok((self.row.returns)(types))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let types: Vec<DataType> = args.input_fields.iter().map(|field| field.data_type().clone()).collect();
        let name = format_state_name(args.name, "state");
        Ok(vec![Arc::new(Field::new(name, (self.row.state)(&types), true))])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let types: Vec<DataType> = args.expr_fields.iter().map(|field| field.data_type().clone()).collect();
        Ok((self.row.start)(&types))
    }
}

/// Of the values that are not null; nothing has none.
#[derive(Debug)]
struct Product(Option<f64>);

impl Accumulator for Product {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for value in values[0].as_primitive::<Float64Type>().iter().flatten() {
            self.0 = Some(self.0.unwrap_or(1.0) * value);
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(self.0))
    }

    fn size(&self) -> usize {
        size_of::<Self>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }
}
