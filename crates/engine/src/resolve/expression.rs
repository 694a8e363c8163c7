//! Expressions: columns, constants, casts, fields, subqueries; calls go to [`super::function_call`].

use super::scope::{Found, Scope, split_name};
use super::{Column, Resolver, Typed};
use crate::expand::grow;
use crate::failures::{self, engine_failure};
use crate::rows::scalar_of;
use arrow::datatypes::{DataType, Field};
use brickyard_error::{Failure, Result};
use brickyard_functions::types::{is_integral, map_fields, parse_ddl, simple_string, sql_name};
use brickyard_functions::{can_cast, cast_is_total};
use brickyard_spec::{CastTarget, Expr, Relation, SubqueryKind};
use datafusion::common::{Column as PlanColumn, ScalarValue, Spans};
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::{Expr as PlanExpr, LogicalPlan, LogicalPlanBuilder, Subquery, cast, lit};
use std::sync::Arc;

impl Resolver<'_> {
    pub fn expr(&mut self, expr: &Expr, scope: &Scope) -> Result<Typed> {
        grow(|| self.expr_inner(expr, scope))
    }

    pub fn exprs(&mut self, exprs: &[Expr], scope: &Scope) -> Result<Vec<Typed>> {
        exprs.iter().map(|expr| self.expr(expr, scope)).collect()
    }

    fn expr_inner(&mut self, expr: &Expr, scope: &Scope) -> Result<Typed> {
        match expr {
            Expr::Literal(literal) => {
                let (value, sql) = scalar_of(literal)?;
                let mut typed = Typed::literal(value, sql);
                // Nested constants know more of their nulls than Arrow's type says.
                typed.data_type = crate::rows::literal_type(literal);
                Ok(typed)
            }
            Expr::Column { name, plan_id } => self.column(&split_name(name), *plan_id, scope),
            Expr::ColumnParts(parts) => self.column(parts, None, scope),
            Expr::Function { name, arguments, distinct } => self.function(name, arguments, *distinct, scope),
            Expr::Filtered { aggregate, condition } => self.filtered(aggregate, condition, scope),
            Expr::Alias { expr, names, metadata } => {
                let mut typed = self.expr(expr, scope)?;
                match (&mut typed.generator, names.as_slice()) {
                    (Some(generator), names) => generator.names = names.to_vec(),
                    (None, [name]) => typed = typed.named(name),
                    _ => return Err(failures::form("several names are for functions that give several columns")),
                }
                if metadata.is_some() {
                    typed.metadata = metadata.clone();
                }
                Ok(typed)
            }
            Expr::Cast { expr, target, is_try } => {
                let target = match target {
                    CastTarget::Type(data_type) => data_type.clone(),
                    CastTarget::Ddl(text) => parse_ddl(text)?,
                };
                let child = self.expr(expr, scope)?;
                self.explicit_cast(child, &target, *is_try)
            }
            Expr::Window(window) => self.window_function(window, scope),
            Expr::Extract { child, extraction } => {
                let child = self.expr(child, scope)?;
                if let (DataType::Struct(_), Expr::Literal(brickyard_spec::Literal::String(field))) =
                    (&child.data_type, extraction.as_ref())
                {
                    return self.field(child, field);
                }
                let extraction = self.expr(extraction, scope)?;
                self.extract(child, extraction)
            }
            Expr::UpdateField { child, field, value } => {
                let child = self.expr(child, scope)?;
                let value = value.as_ref().map(|value| self.expr(value, scope)).transpose()?;
                self.update_field(child, field, value)
            }
            Expr::LambdaVariable(name) => self.lambda_variable(name),
            Expr::Sort(key) => self.expr(&key.expr, scope),
            Expr::Named { value, .. } => self.expr(value, scope),
            Expr::Python { function, arguments } => self.python_call(function, arguments, scope),
            Expr::Subquery { kind, relation } => self.subquery(kind, relation, scope),
            Expr::Star { .. } | Expr::Regex { .. } => {
                Err(failures::form("* stands for columns only in a list of columns; name the columns"))
            }
            Expr::Lambda { .. } => {
                Err(failures::form("a lambda stands only as an argument of a function that takes one"))
            }
            Expr::Sql(_) => Err(Failure::internal("an expression was not closed")),
        }
    }

    pub fn column(&mut self, parts: &[String], plan_id: Option<i64>, scope: &Scope) -> Result<Typed> {
        if let Some(plan_id) = plan_id {
            let Found { column, fields } = scope.find_of_plan(parts, plan_id)?;
            return self.fields(Typed::of_column(column), &fields);
        }
        if let [name] = parts
            && let Some(variable) = self.find_lambda_parameter(name)
        {
            return Ok(variable);
        }
        if let Some(Found { column, fields }) = scope.find(parts)? {
            return self.fields(Typed::of_column(column), &fields);
        }
        for columns in self.outer.clone().iter().rev() {
            let outer = Scope::of(columns);
            if let Some(Found { column, fields }) = outer.find(parts)? {
                let mut typed = Typed::of_column(column);
                let field = Field::new(&column.id, column.data_type.clone(), column.nullable);
                typed.expr = PlanExpr::OuterReferenceColumn(Arc::new(field), PlanColumn::new_unqualified(&column.id));
                typed.column = None;
                return self.fields(typed, &fields);
            }
        }
        Err(failures::unresolved_column(parts, &scope.names()))
    }

    fn fields(&mut self, mut typed: Typed, fields: &[String]) -> Result<Typed> {
        for field in fields {
            typed = match &typed.data_type {
                DataType::Struct(_) => self.field(typed, field)?,
                DataType::Map(..) => {
                    let key = Typed::literal(ScalarValue::from(field.as_str()), field.clone());
                    self.extract(typed, key)?.named(field)
                }
                DataType::List(item) if matches!(item.data_type(), DataType::Struct(_)) => {
                    self.field_of_each(typed, field)?.named(field)
                }
                _ => {
                    let text =
                        format!("column {} has type {} and no fields", typed.sql, simple_string(&typed.data_type));
                    return Err(Failure::new(&brickyard_error::codes::sql::TYPE_MISMATCH, text));
                }
            };
        }
        Ok(typed)
    }

    /// A field of a struct, by its name in any letter case.
    pub fn field(&mut self, child: Typed, name: &str) -> Result<Typed> {
        let DataType::Struct(fields) = &child.data_type else {
            return Err(Failure::internal("a field of something that is no struct"));
        };
        let Some(field) = fields.iter().find(|field| field.name().eq_ignore_ascii_case(name)) else {
            let names: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
            return Err(failures::field_not_found(name, &names));
        };
        let expr = datafusion::functions::core::expr_fn::get_field(child.expr.clone(), field.name().as_str());
        let sql = format!("{}.{}", child.sql, field.name());
        let nullable = child.nullable || field.is_nullable();
        let mut typed = Typed::new(expr, field.data_type().clone(), nullable, sql);
        typed.is_named = true;
        typed.sql = field.name().clone();
        Ok(typed)
    }

    /// The array of a field of each element of an array of structs.
    fn field_of_each(&mut self, child: Typed, name: &str) -> Result<Typed> {
        let DataType::List(item) = child.data_type.clone() else {
            return Err(Failure::internal("a field of the elements of something that is no array"));
        };
        let DataType::Struct(fields) = item.data_type() else {
            return Err(Failure::internal("a field of elements that are no structs"));
        };
        let Some(field) = fields.iter().find(|field| field.name().eq_ignore_ascii_case(name)) else {
            let names: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
            return Err(failures::field_not_found(name, &names));
        };
        let nullable = item.is_nullable() || field.is_nullable();
        let expr = self.native("spark_array_field", vec![child.expr, lit(field.name().as_str())])?;
        let data_type = brickyard_functions::types::list_of(field.data_type().clone(), nullable);
        let mut typed = Typed::new(expr, data_type, child.nullable, field.name().clone());
        typed.is_named = true;
        Ok(typed)
    }

    /// An element of an array, or the value of a map's key.
    pub fn extract(&mut self, child: Typed, extraction: Typed) -> Result<Typed> {
        let sql = format!("{}[{}]", child.sql, extraction.sql);
        match &child.data_type {
            DataType::List(item) if matches!(item.data_type(), DataType::Struct(_)) && extraction.text().is_some() => {
                let name = extraction.text().unwrap_or_default().to_owned();
                self.field_of_each(child, &name)
            }
            DataType::List(item) => {
                if !is_integral(&extraction.data_type) {
                    return Err(failures::unexpected_input(
                        &sql,
                        1,
                        "INTEGRAL",
                        &extraction.sql,
                        &extraction.data_type,
                    ));
                }
                // Spark looks whether a constant index is inside only where the array is written out beside it.
                let is_made_here =
                    matches!(&child.expr, PlanExpr::ScalarFunction(call) if call.func.name() == "make_array");
                let is_constant = matches!(extraction.expr, PlanExpr::Literal(..));
                let index = self.implicit(extraction, &DataType::Int64)?;
                let mode = if self.ansi { "ansi" } else { "legacy" };
                let nullable = child.nullable || item.is_nullable() || !self.ansi || is_constant && !is_made_here;
                let expr = self.native("spark_array_get", vec![child.expr, index.expr, lit(mode)])?;
                Ok(Typed::new(expr, item.data_type().clone(), nullable, sql))
            }
            map @ DataType::Map(..) => {
                let (key, value) = map_fields(map).ok_or_else(|| Failure::internal("a map without key and value"))?;
                let value_type = value.data_type().clone();
                let key = self.implicit(extraction, &key.data_type().clone())?;
                let expr = self.native("spark_map_get", vec![child.expr, key.expr])?;
                Ok(Typed::new(expr, value_type, true, sql))
            }
            DataType::Struct(_) => match extraction.text().map(ToOwned::to_owned) {
                Some(name) => self.field(child, &name),
                None => Err(failures::form("a field of a struct is named by a constant")),
            },
            other => {
                let text = format!(
                    "can't extract a value from \"{}\": a complex type is needed, but it is {}",
                    child.sql,
                    simple_string(other)
                );
                Err(Failure::new(&brickyard_error::codes::sql::TYPE_MISMATCH, text))
            }
        }
    }

    pub fn update_field(&mut self, child: Typed, name: &str, value: Option<Typed>) -> Result<Typed> {
        let DataType::Struct(fields) = child.data_type.clone() else {
            return Err(failures::unexpected_input("update_fields", 0, "STRUCT", &child.sql, &child.data_type));
        };
        let mut items = Vec::new();
        let mut found = false;
        for field in &fields {
            let is_it = field.name().eq_ignore_ascii_case(name);
            found |= is_it;
            match (is_it, &value) {
                (true, None) => {}
                (true, Some(value)) => items.push((field.name().clone(), value.clone())),
                (false, _) => items.push((field.name().clone(), self.field(child.clone(), field.name())?)),
            }
        }
        if let (false, Some(value)) = (found, value) {
            items.push((name.to_owned(), value));
        }
        let sql = format!("update_fields({}, WithField({name}))", child.sql);
        Ok(self.struct_of(items).with_sql(sql))
    }

    /// `named_struct`: fields with their names.
    pub fn struct_of(&mut self, items: Vec<(String, Typed)>) -> Typed {
        let fields = items.iter().map(|(name, item)| Field::new(name, item.data_type.clone(), item.nullable)).collect();
        let arguments = items.into_iter().flat_map(|(name, item)| [lit(name), item.expr]).collect();
        let expr = datafusion::functions::core::expr_fn::named_struct(arguments);
        Typed::new(expr, DataType::Struct(fields), false, "struct")
    }

    // ---- casts -----------------------------------------------------------------------------------------------------

    pub fn explicit_cast(&mut self, child: Typed, target: &DataType, is_try: bool) -> Result<Typed> {
        let function = if is_try { "TRY_CAST" } else { "CAST" };
        let sql = format!("{function}({} AS {})", child.sql, sql_name(target));
        if !can_cast(&child.data_type, target) {
            return Err(failures::cannot_cast(&sql, &child.data_type, target));
        }
        let mode = if is_try { "try" } else { self.mode() };
        let metadata = child.metadata.clone();
        let column_name = child.column.as_ref().map(|column| column.name.clone());
        let mut typed = self.cast_in_mode(child, target, mode)?.with_sql(sql);
        (typed.column, typed.metadata, typed.is_named) = (None, metadata, false);
        // A column that is only cast keeps its name.
        if let Some(name) = column_name {
            typed.column_name_after_cast(name);
        }
        Ok(typed)
    }

    pub fn mode(&self) -> &'static str {
        if self.ansi { "ansi" } else { "legacy" }
    }

    /// A conversion that Spark puts in by itself: it does not show in names.
    pub fn implicit(&mut self, child: Typed, target: &DataType) -> Result<Typed> {
        let (sql, column, named, metadata) =
            (child.sql.clone(), child.column.clone(), child.is_named, child.metadata.clone());
        let same = same_type(&child.data_type, target);
        let mode = self.mode();
        let mut typed = self.cast_in_mode(child, target, mode)?.with_sql(sql);
        (typed.is_named, typed.metadata) = (named, metadata);
        typed.column = column.filter(|_| same);
        Ok(typed)
    }

    /// A value as a table keeps it: what does not fit raises an error, whatever the session says.
    pub fn stored(&mut self, child: Typed, target: &DataType) -> Result<Typed> {
        if !can_cast(&child.data_type, target) {
            return Err(failures::cannot_cast(&child.sql, &child.data_type, target));
        }
        let column = child.column.clone().filter(|_| same_type(&child.data_type, target));
        let typed = self.cast_in_mode(child, target, "ansi")?;
        Ok(Typed { column, ..typed })
    }

    fn cast_in_mode(&mut self, child: Typed, target: &DataType, mode: &str) -> Result<Typed> {
        let (from, sql) = (child.data_type.clone(), child.sql.clone());
        if same_type(&from, target) {
            return Ok(Typed { data_type: target.clone(), ..child });
        }
        if from == DataType::Null && matches!(child.expr, PlanExpr::Literal(..)) {
            let null = ScalarValue::try_from(target).map_err(engine_failure)?;
            return Ok(Typed::new(PlanExpr::Literal(null, None), target.clone(), true, sql));
        }
        let nullable = child.nullable || !cast_is_total(&from, target);
        // What is of no type is null, or raises an error: a call of that kind has to stay.
        let expr = if from == DataType::Null || is_widening(&from, target) {
            cast(child.expr, target.clone())
        } else {
            let ddl = sql_name(target);
            self.native("spark_cast", vec![child.expr, lit(ddl), lit(mode), lit(self.zone_name.clone())])?
        };
        Ok(Typed::new(expr, target.clone(), nullable, sql))
    }

    // ---- subqueries ------------------------------------------------------------------------------------------------

    fn subquery(&mut self, kind: &SubqueryKind, relation: &Relation, scope: &Scope) -> Result<Typed> {
        self.outer.push(scope.columns.to_vec());
        let inner = self.relation(relation);
        self.outer.pop();
        let inner = inner?;
        let subquery = |plan: LogicalPlan| Subquery {
            outer_ref_columns: plan.all_out_ref_exprs(),
            subquery: Arc::new(plan),
            spans: Spans::new(),
        };
        match kind {
            SubqueryKind::Exists => {
                let expr = PlanExpr::Exists(Exists::new(subquery(inner.plan), false));
                Ok(Typed::new(expr, DataType::Boolean, false, "exists()"))
            }
            SubqueryKind::Scalar => {
                let column = single_column(&inner.columns)?.clone();
                let plan = projected(&inner.plan, &[column.expr()])?;
                let name = format!("scalarsubquery({})", column.name);
                let expr = PlanExpr::ScalarSubquery(subquery(plan));
                Ok(Typed::new(expr, column.data_type, true, name))
            }
            SubqueryKind::In(needles) => {
                let needles = self.exprs(needles, scope)?;
                let [needle] = needles.as_slice() else {
                    return Err(Failure::unsupported("IN (subquery) with several columns; use EXISTS"));
                };
                let column = single_column(&inner.columns)?.clone();
                let inner_value = Typed::of_column(&column);
                let (needle_sql, nullable) = (needle.sql.clone(), needle.nullable || column.nullable);
                let sql = format!("({needle_sql} IN (listquery()))");
                let (needle, inner_value) = self.common_for_comparison(&sql, needle.clone(), inner_value)?;
                let value = inner_value.expr.alias(self.fresh_id(&column.name));
                let plan = projected(&inner.plan, &[value])?;
                let expr = PlanExpr::InSubquery(InSubquery::new(Box::new(needle.expr), subquery(plan), false));
                Ok(Typed::new(expr, DataType::Boolean, nullable, sql))
            }
        }
    }
}

fn single_column(columns: &[Column]) -> Result<&Column> {
    match columns {
        [column] => Ok(column),
        several => Err(failures::form(format!(
            "a subquery used as a value has one column, and this one has {}",
            several.len()
        ))),
    }
}

fn projected(plan: &LogicalPlan, exprs: &[PlanExpr]) -> Result<LogicalPlan> {
    let builder = LogicalPlanBuilder::from(plan.clone()).project(exprs.to_vec()).map_err(engine_failure)?;
    builder.build().map_err(engine_failure)
}

/// Whether values of the two types are laid out alike: labels of nested fields and nullability do not count.
pub(crate) fn same_type(a: &DataType, b: &DataType) -> bool {
    match (a, b) {
        (DataType::List(a), DataType::List(b)) => same_type(a.data_type(), b.data_type()),
        (DataType::Struct(a), DataType::Struct(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| a.name() == b.name() && same_type(a.data_type(), b.data_type()))
        }
        (DataType::Map(..), DataType::Map(..)) => match (map_fields(a), map_fields(b)) {
            (Some((k1, v1)), Some((k2, v2))) => {
                same_type(k1.data_type(), k2.data_type()) && same_type(v1.data_type(), v2.data_type())
            }
            _ => false,
        },
        (a, b) => a == b,
    }
}

/// Casts that Arrow does as Spark does, so that DataFusion may look through them.
fn is_widening(from: &DataType, to: &DataType) -> bool {
    use DataType::*;
    matches!(
        (from, to),
        (Int8, Int16 | Int32 | Int64 | Float32 | Float64)
            | (Int16, Int32 | Int64 | Float32 | Float64)
            | (Int32, Int64 | Float64)
            | (Int64, Float64)
            | (Float32, Float64)
            | (Boolean, Int8 | Int16 | Int32 | Int64 | Float32 | Float64)
    )
}
