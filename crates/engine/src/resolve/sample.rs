//! Samples: a row belongs to one when `rand(seed)` at its place falls into the sample's interval, so that samples of one
//! seed over disjoint intervals are disjoint. Of a table that Spark has in one partition they are Spark's own.

use super::{Resolved, Resolver, Typed};
use crate::failures::engine_failure;
use crate::rows::scalar_of;
use arrow::datatypes::DataType;
use brickyard_error::{Failure, Result};
use brickyard_spec::{Expr, Literal};
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::{Sort, WindowFunction};
use datafusion::logical_expr::{Expr as PlanExpr, LogicalPlanBuilder, WindowFunctionDefinition, lit, when};

impl Resolver<'_> {
    pub fn sample(
        &mut self,
        input: Resolved,
        (lower, upper): (f64, f64),
        with_replacement: bool,
        seed: i64,
        deterministic_order: bool,
    ) -> Result<Resolved> {
        if with_replacement {
            return Err(Failure::unsupported("samples with replacement"));
        }
        let (numbered, place) = self.numbered(input, deterministic_order)?;
        let number = self.native("spark_rand_of", vec![place, lit(seed)])?;
        let condition = number.clone().gt_eq(lit(lower)).and(number.lt(lit(upper)));
        self.kept(numbered, condition)
    }

    pub fn sample_by(
        &mut self,
        input: Resolved,
        column: &Expr,
        fractions: &[(Literal, f64)],
        seed: i64,
    ) -> Result<Resolved> {
        let stratum = self.expr(column, &input.scope())?;
        let mut fraction = lit(0.0);
        for (value, wanted) in fractions {
            let (scalar, sql) = scalar_of(value)?;
            let value = self.implicit(Typed::literal(scalar, sql), &stratum.data_type)?;
            fraction =
                when(stratum.expr.clone().eq(value.expr), lit(*wanted)).otherwise(fraction).map_err(engine_failure)?;
        }
        let (numbered, place) = self.numbered(input, false)?;
        let number = self.native("spark_rand_of", vec![place, lit(seed)])?;
        self.kept(numbered, number.lt(fraction))
    }

    /// The rows with a number each, in the order of all columns where asked.
    fn numbered(&mut self, input: Resolved, by_values: bool) -> Result<(Resolved, PlanExpr)> {
        let mut window = WindowFunction::new(WindowFunctionDefinition::WindowUDF(row_number_udwf()), Vec::new());
        if by_values {
            let sortable = input.columns.iter().filter(|column| !matches!(column.data_type, DataType::Map(..)));
            window.params.order_by = sortable.map(|column| Sort::new(column.expr(), true, true)).collect();
        }
        window.params.window_frame = datafusion::logical_expr::WindowFrame::new(by_values.then_some(false));
        let id = self.fresh_id("place");
        let expr = PlanExpr::WindowFunction(Box::new(window)).alias(&id);
        let plan = input.builder().window([expr]).and_then(LogicalPlanBuilder::build).map_err(engine_failure)?;
        Ok((input.with_plan(plan), super::plan_column(&id)))
    }

    /// The number of the row, from 1.
    pub fn place(&self) -> PlanExpr {
        let window = WindowFunction::new(WindowFunctionDefinition::WindowUDF(row_number_udwf()), Vec::new());
        PlanExpr::WindowFunction(Box::new(window))
    }

    fn kept(&mut self, input: Resolved, condition: PlanExpr) -> Result<Resolved> {
        let columns = input.columns.clone();
        let filtered = self.filter_typed(input, Typed::new(condition, DataType::Boolean, false, "sample"))?;
        let outputs = columns.into_iter().map(|column| (column.expr(), column)).collect();
        self.projection(filtered, outputs)
    }
}
