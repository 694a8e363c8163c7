//! Choices: `CASE`, `if`, `coalesce` and their kin; constants of the session.

use super::{Call, Family};
use crate::resolve::Typed;
use arrow::datatypes::DataType;
use brickyard_error::Result;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Expr, Operator, binary_expr, lit};

pub(super) const FAMILY: Family = &[
    ("when", when),
    ("if", if_else),
    ("iff", if_else),
    ("coalesce", coalesce),
    ("nvl", |call| {
        call.takes(2..=2)?;
        coalesce(call)
    }),
    ("ifnull", |call| {
        call.takes(2..=2)?;
        coalesce(call)
    }),
    ("nvl2", nvl2),
    ("nullif", nullif),
    ("nullifzero", null_if_zero),
    ("zeroifnull", zero_if_null),
    ("decode", decode),
    ("assert_true", assert_true),
    ("typeof", type_of),
    ("version", |call| constant(call, "4.2.0")),
    ("current_catalog", |call| {
        let name = crate::failures::spark_catalog(&call.resolver.session.current_catalog()).to_owned();
        constant(call, &name)
    }),
    ("current_database", |call| {
        let name = call.resolver.session.current_schema();
        Ok(constant(call, &name)?.with_sql("current_schema()"))
    }),
    ("current_schema", |call| {
        let name = call.resolver.session.current_schema();
        constant(call, &name)
    }),
    ("current_user", |call| {
        let name = call.resolver.session.user().to_owned();
        constant(call, &name)
    }),
    ("user", |call| {
        let name = call.resolver.session.user().to_owned();
        constant(call, &name)
    }),
    ("session_user", |call| {
        let name = call.resolver.session.user().to_owned();
        constant(call, &name)
    }),
    ("current_path", |call| {
        let session = call.resolver.session;
        let catalog = session.current_catalog();
        let catalog = crate::failures::spark_catalog(&catalog);
        constant(call, &format!("system.builtin,system.session,{catalog}.{}", session.current_schema()))
    }),
    ("current_timezone", |call| {
        let name = call.zone();
        constant(call, &name)
    }),
];

fn constant(call: &mut Call, text: &str) -> Result<Typed> {
    call.takes(0..=0)?;
    Ok(Typed::new(lit(text), DataType::Utf8, false, call.sql()))
}

/// Conditions and values in turn, a value for the rest at the end perhaps.
fn when(call: &mut Call) -> Result<Typed> {
    call.takes(2..=usize::MAX)?;
    let mut sql = "CASE".to_owned();
    let pairs = call.arguments.len() / 2;
    for pair in call.arguments.chunks(2) {
        sql += &match pair {
            [condition, value] => format!(" WHEN {} THEN {}", condition.sql, value.sql),
            [rest] => format!(" ELSE {}", rest.sql),
            _ => String::new(),
        };
    }
    sql += " END";
    for index in (0..pairs * 2).step_by(2) {
        if !matches!(call.type_of(index), DataType::Boolean | DataType::Null) {
            return Err(call.mismatch_in(&sql, index, "BOOLEAN"));
        }
        call.convert_in(&sql, index, &DataType::Boolean)?;
    }
    let values: Vec<usize> = (0..call.arguments.len()).filter(|index| index % 2 == 1 || *index == pairs * 2).collect();
    let items: Vec<Typed> = values.iter().map(|index| call.argument(*index)).collect();
    let common = call.resolver.common_type("casewhen", &items)?;
    for index in &values {
        call.arguments[*index] = call.resolver.implicit(call.argument(*index), &common)?;
    }
    let has_rest = call.arguments.len() % 2 == 1;
    let nullable = !has_rest || values.iter().any(|index| call.arguments[*index].nullable);
    let branches =
        (0..pairs).map(|pair| (Box::new(call.argument(pair * 2).expr), Box::new(call.argument(pair * 2 + 1).expr)));
    let branches = branches.collect();
    let rest = has_rest.then(|| Box::new(call.argument(pairs * 2).expr));
    Ok(Typed::new(Expr::Case(Case::new(None, branches, rest)), common, nullable, sql))
}

fn if_else(call: &mut Call) -> Result<Typed> {
    call.takes(3..=3)?;
    let items: Vec<&str> = call.arguments.iter().map(|argument| argument.sql.as_str()).collect();
    let sql = format!("(IF({}))", items.join(", "));
    Ok(when(call)?.with_sql(sql))
}

fn coalesce(call: &mut Call) -> Result<Typed> {
    call.takes(1..=usize::MAX)?;
    let common = call.unify(0)?;
    let nullable = call.arguments.iter().all(|argument| argument.nullable);
    if call.arguments.len() == 1 {
        let sql = call.sql();
        return Ok(Typed::new(call.argument(0).expr, common, nullable, sql));
    }
    let expr = call.native("coalesce", &[])?;
    Ok(call.result(expr, common).nullable(nullable))
}

fn nvl2(call: &mut Call) -> Result<Typed> {
    call.takes(3..=3)?;
    let sql = call.sql();
    let condition = Typed::new(call.argument(0).expr.is_not_null(), DataType::Boolean, false, "");
    call.arguments[0] = condition;
    Ok(when(call)?.with_sql(sql))
}

fn nullif(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql = call.sql();
    let (value, other) = (call.argument(0), call.argument(1));
    let (a, b) = call.resolver.common_for_comparison(&sql, value.clone(), other)?;
    let equal = binary_expr(a.expr, Operator::Eq, b.expr);
    let null = call.resolver.null_of_type(&value.data_type)?;
    let case = Case::new(None, vec![(Box::new(equal), Box::new(null.expr))], Some(Box::new(value.expr)));
    Ok(Typed::new(Expr::Case(case), value.data_type, true, sql))
}

fn null_if_zero(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = call.sql();
    call.arguments.push(Typed::literal(ScalarValue::Int32(Some(0)), "0"));
    Ok(nullif(call)?.with_sql(sql))
}

fn zero_if_null(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = call.sql();
    call.arguments.push(Typed::literal(ScalarValue::Int32(Some(0)), "0"));
    Ok(coalesce(call)?.with_sql(sql))
}

/// `decode(value, search, result, …, default)`; null finds null.
fn decode(call: &mut Call) -> Result<Typed> {
    call.takes(2..=usize::MAX)?;
    if call.arguments.len() == 2 {
        call.convert(0, &DataType::Binary)?;
        call.convert(1, &DataType::Utf8)?;
        let sql = call.sql();
        let value = call.argument(0);
        return Ok(call.resolver.implicit(value, &DataType::Utf8)?.with_sql(sql));
    }
    let sql = call.sql();
    let value = call.argument(0);
    let rest: Vec<Typed> = call.arguments.drain(1..).collect();
    let mut arguments = Vec::new();
    for pair in rest.chunks(2) {
        match pair {
            [search, result] => {
                let (a, b) = call.resolver.common_for_comparison(&sql, value.clone(), search.clone())?;
                let same = binary_expr(a.expr, Operator::IsNotDistinctFrom, b.expr);
                arguments.push(Typed::new(same, DataType::Boolean, false, ""));
                arguments.push(result.clone());
            }
            [default] => arguments.push(default.clone()),
            _ => {}
        }
    }
    call.arguments = arguments;
    Ok(when(call)?.with_sql(sql))
}

fn assert_true(call: &mut Call) -> Result<Typed> {
    call.takes(1..=2)?;
    if call.arguments.len() == 1 {
        let message = format!("'{}' is not true!", call.arguments[0].sql);
        call.arguments.push(Typed::literal(ScalarValue::from(message.as_str()), message.clone()));
    }
    let sql = call.sql();
    call.convert(0, &DataType::Boolean)?;
    let message = call.argument(1).expr;
    let raise = call.resolver.native("spark_raise_error", vec![message])?;
    let holds = call.argument(0).expr.is_true();
    let case = Case::new(None, vec![(Box::new(holds), Box::new(lit(ScalarValue::Null)))], Some(Box::new(raise)));
    Ok(Typed::new(Expr::Case(case), DataType::Null, true, sql))
}

fn type_of(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let name = brickyard_functions::types::simple_string(call.type_of(0));
    Ok(Typed::new(lit(name), DataType::Utf8, false, call.sql()))
}
