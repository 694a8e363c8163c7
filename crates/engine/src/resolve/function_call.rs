//! Calls of functions: those with forms of their own here, the others by the tables in [`crate::functions`].

use super::project::EXACT;
use super::{Resolver, Scope, Typed};
use crate::failures::{self, engine_failure};
use crate::functions::{self, Call};
use arrow::datatypes::{DataType, Field};
use brickyard_error::{Failure, Result};
use brickyard_functions::types::{
    is_decimal, is_floating, is_integral, is_numeric, list_of, map_fields, map_of, nullable_inside,
};
use brickyard_spec::Expr;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr as PlanExpr, ScalarUDF, cast, lit};
use std::sync::Arc;

impl Resolver<'_> {
    pub fn function(&mut self, name: &str, arguments: &[Expr], distinct: bool, scope: &Scope) -> Result<Typed> {
        if name == EXACT {
            let id = match arguments {
                [Expr::Literal(brickyard_spec::Literal::String(id))] => id.clone(),
                _ => String::new(),
            };
            let found = self.exact_column(&id, scope);
            return found.ok_or_else(|| Failure::internal(format!("the column {id} vanished")));
        }
        let lower = name.to_lowercase();
        let lower = lower.strip_prefix("builtin.").or(lower.strip_prefix("system.builtin.")).unwrap_or(&lower);
        match lower {
            "predict" => return self.predict(arguments, scope),
            "explain_prediction" => return self.explain_prediction(arguments, scope),
            "nearest_neighbours" => return self.nearest_neighbours(arguments, scope),
            "count" if !distinct && is_count_of_rows(arguments) => return functions::count_rows(),
            "struct" => return self.struct_call(arguments, scope),
            _ if arguments.iter().any(|argument| matches!(argument, Expr::Lambda { .. })) => {
                return self.higher_order(lower, arguments, scope);
            }
            _ => {}
        }
        if let Some(function) = self.session.function(lower) {
            return self.python_call(&function, arguments, scope);
        }
        let Some(build) = functions::find(lower) else {
            let near = functions::nearest(lower);
            return Err(failures::unresolved_routine(name, &near, &self.session.place.read()));
        };
        let arguments = self.expand_stars(arguments, scope)?;
        let arguments = self.exprs(&arguments, scope)?;
        let typed = build(&mut Call { name: lower, arguments, distinct, resolver: self })?;
        // An aggregate that would count repeated values is no answer.
        let is_distinct = |expr: &PlanExpr| matches!(expr, PlanExpr::AggregateFunction(call) if call.params.distinct);
        let takes_all = matches!(lower, "array_agg" | "collect_list" | "kurtosis" | "skewness");
        if distinct && typed.has_aggregate() && (takes_all || !super::typed::has(&typed.expr, is_distinct)) {
            return Err(Failure::unsupported(format!("DISTINCT in {lower}; take the distinct rows first")));
        }
        Ok(typed)
    }

    /// `struct(a, b + 1 AS c)`: columns keep their names, others are `col2`, ….
    fn struct_call(&mut self, arguments: &[Expr], scope: &Scope) -> Result<Typed> {
        let arguments = self.expand_stars(arguments, scope)?;
        let typed = self.exprs(&arguments, scope)?;
        let mut text = Vec::new();
        for (argument, typed) in arguments.iter().zip(&typed) {
            text.push(match argument {
                Expr::Alias { expr, .. } => format!("{} AS {}", self.expr(expr, scope)?.sql, typed.sql),
                _ => typed.sql.clone(),
            });
        }
        let named = typed.into_iter().enumerate().map(|(index, typed)| {
            let is_column = typed.column.is_some() || (typed.is_named && typed.scalar().is_none());
            let is_alias = matches!(arguments[index], Expr::Alias { .. });
            let name = match &typed.expr {
                _ if is_column || is_alias => typed.sql.clone(),
                PlanExpr::LambdaVariable(variable) => variable.name.clone(),
                _ => format!("col{}", index + 1),
            };
            (name, typed)
        });
        let items = named.collect();
        Ok(self.struct_of(items).with_sql(format!("struct({})", text.join(", "))))
    }

    pub fn array_of(&mut self, items: Vec<Typed>) -> Result<Typed> {
        let text: Vec<String> = items.iter().map(|item| item.sql.clone()).collect();
        let sql = format!("array({})", text.join(", "));
        let common = self.common_type(&sql, &items)?;
        let nullable = items.iter().any(|item| item.nullable);
        let data_type = list_of(common.clone(), nullable);
        if items.is_empty() {
            return Ok(Typed::new(self.native("spark_empty_array", vec![lit(0)])?, data_type, false, sql));
        }
        let items = items.into_iter().map(|item| self.implicit(item, &common)).collect::<Result<Vec<_>>>()?;
        // Nested elements differ in what may be null inside them; an array has them of one type.
        let is_nested = matches!(common, DataType::List(_) | DataType::Struct(_));
        let laid_out = |expr: PlanExpr| if is_nested { cast(expr, nullable_inside(&common)) } else { expr };
        let items = items.into_iter().map(|item| laid_out(item.expr)).collect();
        let expr = self.native("make_array", items)?;
        Ok(Typed::new(expr, data_type, false, sql))
    }

    /// A call of a function that is registered by this name.
    pub fn native(&self, name: &str, arguments: Vec<PlanExpr>) -> Result<PlanExpr> {
        let function: Arc<ScalarUDF> = self.session.context().udf(name).map_err(engine_failure)?;
        Ok(PlanExpr::ScalarFunction(ScalarFunction::new_udf(function, arguments)))
    }

    // ---- types that meet -------------------------------------------------------------------------------------------

    /// The type that values of both can become without being asked.
    pub fn wider_type(&self, a: &DataType, b: &DataType) -> Option<DataType> {
        if super::expression::same_type(a, b) {
            return Some(either(a, b));
        }
        match (a, b) {
            (DataType::Null, other) | (other, DataType::Null) => Some(other.clone()),
            (DataType::Utf8, other) | (other, DataType::Utf8) => self.wider_than_string(other),
            (DataType::Date32, DataType::Timestamp(..)) => Some(b.clone()),
            (DataType::Timestamp(..), DataType::Date32) => Some(a.clone()),
            (DataType::Timestamp(_, Some(_)), DataType::Timestamp(..)) => Some(a.clone()),
            (DataType::Timestamp(..), DataType::Timestamp(_, Some(_))) => Some(b.clone()),
            (DataType::List(x), DataType::List(y)) => {
                let element = self.wider_type(x.data_type(), y.data_type())?;
                Some(list_of(element, x.is_nullable() || y.is_nullable()))
            }
            (DataType::Map(..), DataType::Map(..)) => {
                let ((k1, v1), (k2, v2)) = (map_fields(a)?, map_fields(b)?);
                let key = self.wider_type(k1.data_type(), k2.data_type())?;
                let value = self.wider_type(v1.data_type(), v2.data_type())?;
                Some(map_of(key, value, v1.is_nullable() || v2.is_nullable()))
            }
            (DataType::Struct(x), DataType::Struct(y)) if x.len() == y.len() => {
                let fields = x.iter().zip(y).map(|(x, y)| {
                    let data_type = self.wider_type(x.data_type(), y.data_type())?;
                    Some(Field::new(x.name(), data_type, x.is_nullable() || y.is_nullable()))
                });
                Some(DataType::Struct(fields.collect::<Option<Vec<_>>>()?.into()))
            }
            (a, b) if is_numeric(a) && is_numeric(b) => wider_number(a, b),
            _ => None,
        }
    }

    fn wider_than_string(&self, other: &DataType) -> Option<DataType> {
        match other {
            other if !self.ansi && !matches!(other, DataType::List(_) | DataType::Map(..) | DataType::Struct(_)) => {
                Some(DataType::Utf8)
            }
            other if is_integral(other) => Some(DataType::Int64),
            other if is_floating(other) || is_decimal(other) => Some(DataType::Float64),
            DataType::Boolean | DataType::Date32 | DataType::Timestamp(..) | DataType::Binary => Some(other.clone()),
            _ => None,
        }
    }

    /// The one type of all; for values in one list.
    pub fn common_type(&mut self, sql: &str, items: &[Typed]) -> Result<DataType> {
        let mut common = DataType::Null;
        for item in items {
            common = self.wider_type(&common, &item.data_type).ok_or_else(|| {
                let types: Vec<DataType> = items.iter().map(|item| item.data_type.clone()).collect();
                let function = sql.split('(').next().unwrap_or_default();
                failures::different_data(sql, function, &types)
            })?;
        }
        Ok(common)
    }

    /// Two values that are compared, as one type.
    pub fn common_for_comparison(&mut self, sql: &str, a: Typed, b: Typed) -> Result<(Typed, Typed)> {
        let common = match (&a.data_type, &b.data_type) {
            // A string against a number is read as a number, outside ANSI as well.
            (DataType::Utf8, other) | (other, DataType::Utf8) if !self.ansi && is_numeric(other) => {
                Some(DataType::Float64)
            }
            (x, y) => self.wider_type(x, y),
        };
        let Some(common) = common else {
            return Err(failures::different_operands(sql, &a.data_type, &b.data_type));
        };
        Ok((self.implicit(a, &common)?, self.implicit(b, &common)?))
    }
}

fn is_count_of_rows(arguments: &[Expr]) -> bool {
    match arguments {
        [] => true,
        [Expr::Star { target: None, .. }] => true,
        [Expr::Literal(literal)] => !matches!(literal, brickyard_spec::Literal::Null(_)),
        _ => false,
    }
}

/// One type laid out as both, with nulls inside where one has them.
fn either(a: &DataType, b: &DataType) -> DataType {
    match (a, b) {
        (DataType::List(x), DataType::List(y)) => {
            list_of(either(x.data_type(), y.data_type()), x.is_nullable() || y.is_nullable())
        }
        (DataType::Struct(x), DataType::Struct(y)) if x.len() == y.len() => {
            let both = x.iter().zip(y).map(|(x, y)| {
                let data_type = either(x.data_type(), y.data_type());
                x.as_ref().clone().with_data_type(data_type).with_nullable(x.is_nullable() || y.is_nullable())
            });
            DataType::Struct(both.collect())
        }
        (DataType::Map(..), DataType::Map(..)) => match (map_fields(a), map_fields(b)) {
            (Some((k1, v1)), Some((k2, v2))) => {
                let value = either(v1.data_type(), v2.data_type());
                map_of(either(k1.data_type(), k2.data_type()), value, v1.is_nullable() || v2.is_nullable())
            }
            _ => a.clone(),
        },
        _ => a.clone(),
    }
}

/// The wider of two numeric types; a decimal takes whole numbers in, and gives way to fractions.
pub(crate) fn wider_number(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType::*;
    let rank = |data_type: &DataType| match data_type {
        Int8 => 1,
        Int16 => 2,
        Int32 => 3,
        Int64 => 4,
        Float32 => 6,
        Float64 => 7,
        _ => 5,
    };
    Some(match (a, b) {
        (Decimal128(p1, s1), Decimal128(p2, s2)) => {
            let scale = *s1.max(s2);
            let whole = (i16::from(*p1) - i16::from(*s1)).max(i16::from(*p2) - i16::from(*s2));
            Decimal128((whole + i16::from(scale)).min(38) as u8, scale)
        }
        (decimal @ Decimal128(..), other) | (other, decimal @ Decimal128(..)) => {
            if is_floating(other) {
                return Some(Float64);
            }
            return wider_number(decimal, &brickyard_functions::arithmetic::decimal_for(other));
        }
        // Whole numbers beside floats: doubles hold them.
        (Float32, other) | (other, Float32) if is_integral(other) => Float64,
        (a, b) => {
            if rank(a) >= rank(b) {
                a.clone()
            } else {
                b.clone()
            }
        }
    })
}
