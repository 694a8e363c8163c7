//! Generators: `explode`, `posexplode`, `inline`, in a list or by `LATERAL VIEW`.

use super::typed::{Generator, GeneratorKind};
use super::{Resolved, Resolver, Typed, plan_column};
use crate::failures::{self, engine_failure};
use arrow::datatypes::DataType;
use brickyard_error::{Failure, Result};
use brickyard_functions::types::map_fields;
use brickyard_spec::Expr;
use datafusion::common::Column as PlanColumn;
use datafusion::common::{NullHandling, UnnestOptions};
use datafusion::logical_expr::Expr as PlanExpr;

impl Resolver<'_> {
    pub fn lateral_view(
        &mut self,
        input: Resolved,
        generator: &Expr,
        is_outer: bool,
        alias: Option<&str>,
        names: &[String],
    ) -> Result<Resolved> {
        let mut typed = self.expr(generator, &input.scope())?;
        let Some(generator) = &mut typed.generator else {
            return Err(failures::form(format!(
                "LATERAL VIEW takes a generator such as explode, and {} is none",
                typed.sql
            )));
        };
        generator.is_outer |= is_outer;
        generator.names = names.to_vec();
        let before = input.columns.len();
        let mut outputs: Vec<Typed> = input.columns.iter().map(Typed::of_column).collect();
        outputs.push(typed);
        let mut resolved = self.generate(input, outputs)?;
        for column in resolved.columns.iter_mut().skip(before) {
            column.qualifier = alias.map(ToOwned::to_owned).into_iter().collect();
        }
        Ok(resolved)
    }

    /// A list with one generator in it.
    pub fn generate(&mut self, input: Resolved, typed: Vec<Typed>) -> Result<Resolved> {
        let mut generators = typed.iter().filter_map(|typed| typed.generator.clone());
        let (Some(generator), None) = (generators.next(), generators.next()) else {
            return Err(failures::form("a list has one generator; use LATERAL VIEW for more"));
        };
        let argument = generator.argument.as_ref().clone();
        let rows = self.rows_of(argument)?;
        // With one null element instead of none for outer generators.
        let rows_or_null = |resolver: &mut Self, expr: PlanExpr| match generator.is_outer {
            true => resolver.native("spark_array_or_null_element", vec![expr]),
            false => Ok(expr),
        };
        let id = self.fresh_id("rows");
        let position = self.fresh_id("pos");
        // Everything that is there, and the rows as arrays: elements, and their positions where asked.
        let mut exprs: Vec<PlanExpr> = input.plan.schema().columns().into_iter().map(PlanExpr::Column).collect();
        exprs.push(rows_or_null(self, rows.expr.clone())?.alias(&id));
        let mut unnested = vec![PlanColumn::new_unqualified(&id)];
        if generator.kind == GeneratorKind::PosExplode {
            let positions = self.native("spark_array_positions", vec![rows.expr.clone()])?;
            exprs.push(rows_or_null(self, positions)?.alias(&position));
            unnested.push(PlanColumn::new_unqualified(&position));
        }
        let options = UnnestOptions { null_handling: NullHandling::Drop, ..UnnestOptions::default() };
        let builder = input.builder().project(exprs).map_err(engine_failure)?;
        let builder = builder.unnest_columns_with_options(unnested, options).map_err(engine_failure)?;
        let plan = builder.build().map_err(engine_failure)?;
        let DataType::List(item) = &rows.data_type else { return Err(Failure::internal("rows that are no array")) };
        let element =
            Typed::new(plan_column(&id), item.data_type().clone(), item.is_nullable() || generator.is_outer, "col");
        let made = self.made_columns(&generator, element, &position)?;
        let unnested = input.with_plan(plan);
        let mut outputs = Vec::new();
        for typed in typed {
            match typed.generator {
                Some(_) => outputs.extend(made.iter().cloned()),
                None => outputs.push(typed),
            }
        }
        self.project_typed(unnested, outputs)
    }

    /// The argument as an array.
    fn rows_of(&mut self, argument: Typed) -> Result<Typed> {
        match &argument.data_type {
            DataType::List(_) => Ok(argument),
            DataType::Map(..) => {
                let (key, value) =
                    map_fields(&argument.data_type).ok_or_else(|| Failure::internal("a map of nothing"))?;
                let fields = vec![key.as_ref().clone(), value.as_ref().clone()];
                let entries = DataType::Struct(fields.into());
                let entries = brickyard_functions::types::list_of(entries, false);
                let expr = self.native("spark_map_entries", vec![argument.expr])?;
                Ok(Typed::new(expr, entries, argument.nullable, argument.sql))
            }
            other => {
                let sql = format!("explode({})", argument.sql);
                Err(failures::unexpected_input(&sql, 0, "ARRAY\" or \"MAP", &argument.sql, other))
            }
        }
    }

    fn made_columns(&mut self, generator: &Generator, element: Typed, position: &str) -> Result<Vec<Typed>> {
        let mut made = Vec::new();
        if generator.kind == GeneratorKind::PosExplode {
            let position = plan_column(position);
            made.push(Typed::new(position, DataType::Int32, generator.is_outer, "pos"));
        }
        let is_map = matches!(generator.argument.data_type, DataType::Map(..));
        match (&element.data_type, is_map || generator.kind == GeneratorKind::Inline) {
            (DataType::Struct(fields), true) => {
                for field in fields.clone().iter() {
                    let nullable = field.is_nullable() || generator.is_outer;
                    made.push(self.field(element.clone(), field.name())?.nullable(nullable));
                }
            }
            _ => made.push(element),
        }
        if generator.names.is_empty() {
            return Ok(made
                .into_iter()
                .map(|typed| {
                    let name = typed.sql.clone();
                    typed.named(&name)
                })
                .collect());
        }
        if generator.names.len() != made.len() {
            return Err(failures::form(format!(
                "the generator gives {} columns, and {} names are given",
                made.len(),
                generator.names.len()
            )));
        }
        Ok(made.into_iter().zip(&generator.names).map(|(typed, name)| typed.named(name)).collect())
    }
}
