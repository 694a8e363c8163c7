//! Aggregates: sums, means, spreads, orders, collections.

use super::{Call, Family};
use crate::failures;
use crate::resolve::Typed;
use arrow::datatypes::DataType;
use brickyard_error::Result;
use brickyard_functions::aggregate as own;
use brickyard_functions::types::{is_decimal, is_floating, is_integral, is_numeric, list_of};
use datafusion::common::ScalarValue;
use datafusion::functions_aggregate as native;
use datafusion::logical_expr::expr::{AggregateFunction, NullTreatment, Sort};
use datafusion::logical_expr::{AggregateUDF, Expr, cast, lit};
use std::sync::Arc;

pub(super) const FAMILY: Family = &[
    ("count", count),
    ("count_if", count_if),
    ("sum", |call| sum(call, false)),
    ("try_sum", |call| sum(call, true)),
    ("avg", mean),
    ("mean", mean),
    ("try_avg", mean),
    ("min", |call| extreme(call, native::min_max::min_udaf())),
    ("max", |call| extreme(call, native::min_max::max_udaf())),
    ("min_by", |call| extreme_by(call, true)),
    ("max_by", |call| extreme_by(call, false)),
    ("first", |call| edge(call, native::first_last::first_value_udaf())),
    ("first_value", |call| edge(call, native::first_last::first_value_udaf())),
    ("any_value", |call| edge(call, native::first_last::first_value_udaf())),
    ("last", |call| edge(call, native::first_last::last_value_udaf())),
    ("last_value", |call| edge(call, native::first_last::last_value_udaf())),
    ("stddev", |call| spread(call, native::stddev::stddev_udaf())),
    ("std", |call| spread(call, native::stddev::stddev_udaf())),
    ("stddev_samp", |call| spread(call, native::stddev::stddev_udaf())),
    ("stddev_pop", |call| spread(call, native::stddev::stddev_pop_udaf())),
    ("variance", |call| spread(call, native::variance::var_samp_udaf())),
    ("var_samp", |call| spread(call, native::variance::var_samp_udaf())),
    ("var_pop", |call| spread(call, native::variance::var_pop_udaf())),
    ("skewness", |call| spread(call, own::skewness())),
    ("kurtosis", |call| spread(call, own::kurtosis())),
    ("corr", |call| pair(call, native::correlation::corr_udaf())),
    ("covar_samp", |call| pair(call, native::covariance::covar_samp_udaf())),
    ("covar_pop", |call| pair(call, native::covariance::covar_pop_udaf())),
    ("bool_and", |call| all_or_any(call, native::bool_and_or::bool_and_udaf())),
    ("every", |call| all_or_any(call, native::bool_and_or::bool_and_udaf())),
    ("bool_or", |call| all_or_any(call, native::bool_and_or::bool_or_udaf())),
    ("some", |call| all_or_any(call, native::bool_and_or::bool_or_udaf())),
    ("any", |call| all_or_any(call, native::bool_and_or::bool_or_udaf())),
    ("bit_and", |call| bits(call, native::bit_and_or_xor::bit_and_udaf())),
    ("bit_or", |call| bits(call, native::bit_and_or_xor::bit_or_udaf())),
    ("bit_xor", |call| bits(call, native::bit_and_or_xor::bit_xor_udaf())),
    ("collect_list", |call| collect(call, false)),
    ("array_agg", |call| collect(call, false)),
    ("collect_set", |call| collect(call, true)),
    ("approx_count_distinct", approx_count_distinct),
    ("percentile", percentile),
    ("percentile_approx", percentile_approx),
    ("approx_percentile", percentile_approx),
    ("median", median),
    ("mode", mode),
    ("grouping", grouping),
    ("listagg", string_agg),
    ("string_agg", string_agg),
];

pub(super) fn aggregate(function: Arc<AggregateUDF>, arguments: Vec<Expr>, distinct: bool) -> Expr {
    Expr::AggregateFunction(AggregateFunction::new_udf(function, arguments, distinct, None, Vec::new(), None))
}

fn of(call: &Call, function: Arc<AggregateUDF>) -> Expr {
    aggregate(function, call.exprs(), call.distinct)
}

/// `count(*)`
pub(crate) fn count_rows() -> Result<Typed> {
    let expr = aggregate(native::count::count_udaf(), vec![lit(1i64)], false);
    Ok(Typed::new(expr, DataType::Int64, false, "count(1)"))
}

fn count(call: &mut Call) -> Result<Typed> {
    call.takes(1..=usize::MAX)?;
    let sql = call.sql();
    // Rows in which none is null.
    let value = match call.arguments.as_slice() {
        [single] => call.resolver.grouping_value(single.expr.clone(), &single.data_type),
        several => {
            let present = several.iter().map(|argument| argument.expr.clone().is_not_null()).reduce(Expr::and);
            let items = several.iter().enumerate().map(|(index, item)| (format!("c{index}"), item.clone())).collect();
            let tuple = call.resolver.struct_of(items);
            let tuple_or_null = datafusion::logical_expr::when(present.unwrap_or_else(|| lit(true)), tuple.expr).end();
            tuple_or_null.map_err(failures::engine_failure)?
        }
    };
    let expr = aggregate(native::count::count_udaf(), vec![value], call.distinct);
    Ok(Typed::new(expr, DataType::Int64, false, sql))
}

fn count_if(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    call.convert(0, &DataType::Boolean)?;
    let sql = call.sql();
    let counted =
        datafusion::logical_expr::when(call.argument(0).expr, lit(1i64)).end().map_err(failures::engine_failure)?;
    let expr = aggregate(native::count::count_udaf(), vec![counted], false);
    Ok(Typed::new(expr, DataType::Int64, false, sql))
}

/// Strings and nulls as doubles; other types must be numbers.
fn number(call: &mut Call, index: usize) -> Result<DataType> {
    if matches!(call.type_of(index), DataType::Utf8 | DataType::Null) {
        call.convert(index, &DataType::Float64)?;
    }
    match call.type_of(index) {
        data_type if is_numeric(data_type) => Ok(data_type.clone()),
        DataType::Duration(_) | DataType::Interval(_) => Ok(call.type_of(index).clone()),
        _ => Err(call.mismatch(index, "NUMERIC\" or \"ANSI INTERVAL")),
    }
}

fn sum(call: &mut Call, is_try: bool) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = call.sql();
    let data_type = number(call, 0)?;
    let (argument, result) = match &data_type {
        DataType::Decimal128(precision, scale) => {
            (data_type.clone(), DataType::Decimal128((precision + 10).min(38), *scale))
        }
        other if is_integral(other) => (DataType::Int64, DataType::Int64),
        other if is_floating(other) => (DataType::Float64, DataType::Float64),
        other => (other.clone(), other.clone()),
    };
    call.arguments[0] = call.resolver.implicit(call.argument(0), &argument)?;
    if result == DataType::Int64 {
        // Summed in decimals, which do not overflow, and looked at at the end.
        let mode = if is_try { "try" } else { call.mode() };
        call.arguments[0].expr = cast(call.argument(0).expr, DataType::Decimal128(38, 0));
        let total = of(call, native::sum::sum_udaf());
        let expr = call.resolver.native("spark_sum_to_bigint", vec![total, lit(mode)])?;
        return Ok(Typed::new(expr, result, true, sql));
    }
    let mut expr = of(call, native::sum::sum_udaf());
    if is_decimal(&result) {
        expr = cast(expr, result.clone());
    }
    Ok(Typed::new(expr, result, true, sql))
}

fn mean(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = call.sql();
    let data_type = number(call, 0)?;
    if let DataType::Decimal128(precision, scale) = data_type {
        let result = DataType::Decimal128((precision + 4).min(38), (scale + 4).min(38));
        let expr = cast(of(call, native::average::avg_udaf()), result.clone());
        return Ok(Typed::new(expr, result, true, sql));
    }
    call.convert(0, &DataType::Float64)?;
    Ok(Typed::new(of(call, native::average::avg_udaf()), DataType::Float64, true, sql))
}

fn extreme(call: &mut Call, function: Arc<AggregateUDF>) -> Result<Typed> {
    call.takes(1..=1)?;
    if let DataType::Map(..) = call.type_of(0) {
        return Err(call.mismatch(0, "ORDERABLE"));
    }
    let argument = match call.type_of(0) {
        DataType::Null => call.resolver.implicit(call.argument(0), &DataType::Boolean)?.expr,
        _ => call.argument(0).expr,
    };
    let expr = if is_floating(call.type_of(0)) {
        let key = call.resolver.native("spark_float_order", vec![argument])?;
        call.resolver.native("spark_float_of_order", vec![aggregate(function, vec![key], call.distinct)])?
    } else {
        aggregate(function, vec![argument], call.distinct)
    };
    Ok(Typed::new(expr, call.type_of(0).clone(), true, call.sql()))
}

fn bits(call: &mut Call, function: Arc<AggregateUDF>) -> Result<Typed> {
    call.takes(1..=1)?;
    if !is_integral(call.type_of(0)) && *call.type_of(0) != DataType::Null {
        return Err(call.mismatch(0, "INTEGRAL"));
    }
    extreme(call, function)
}

/// The value beside the smallest or largest key; rows without key do not count.
fn extreme_by(call: &mut Call, ascending: bool) -> Result<Typed> {
    call.takes(2..=2)?;
    let key = call.argument(1).expr;
    let order = vec![Sort::new(key.clone(), ascending, false)];
    let filter = Some(Box::new(key.is_not_null()));
    let function = native::first_last::first_value_udaf();
    let first = AggregateFunction::new_udf(function, vec![call.argument(0).expr], false, filter, order, None);
    Ok(Typed::new(Expr::AggregateFunction(first), call.type_of(0).clone(), true, call.sql()))
}

/// `first(x)`, `first(x, true)` without nulls.
fn edge(call: &mut Call, function: Arc<AggregateUDF>) -> Result<Typed> {
    call.takes(1..=2)?;
    let ignore = call.arguments.get(1).is_some_and(|flag| flag.scalar() == Some(&ScalarValue::Boolean(Some(true))));
    let sql = format!("{}({})", call.name, call.arguments[0].sql);
    let nulls = ignore.then_some(NullTreatment::IgnoreNulls);
    let edge = AggregateFunction::new_udf(function, vec![call.argument(0).expr], false, None, Vec::new(), nulls);
    Ok(Typed::new(Expr::AggregateFunction(edge), call.type_of(0).clone(), true, sql))
}

fn spread(call: &mut Call, function: Arc<AggregateUDF>) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = call.sql();
    call.convert(0, &DataType::Float64)?;
    Ok(Typed::new(of(call, function), DataType::Float64, true, sql))
}

pub(super) fn pair(call: &mut Call, function: Arc<AggregateUDF>) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql = call.sql();
    call.convert_all(&DataType::Float64)?;
    Ok(Typed::new(of(call, function), DataType::Float64, true, sql))
}

fn all_or_any(call: &mut Call, function: Arc<AggregateUDF>) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = call.sql();
    call.convert(0, &DataType::Boolean)?;
    Ok(Typed::new(of(call, function), DataType::Boolean, true, sql))
}

/// Nulls are left out; nothing gives an empty array.
fn collect(call: &mut Call, is_set: bool) -> Result<Typed> {
    call.takes(1..=1)?;
    let shown = if call.name == "array_agg" { "collect_list" } else { call.name };
    let sql = call.sql_as(shown);
    let element = call.type_of(0).clone();
    let value = call.argument(0).expr;
    let value = call.resolver.grouping_value(value, &element);
    let function = if is_set { own::collect_set() } else { own::collect_list() };
    let expr = aggregate(function, vec![value], call.distinct);
    Ok(Typed::new(expr, list_of(element, false), false, sql))
}

fn approx_count_distinct(call: &mut Call) -> Result<Typed> {
    call.takes(1..=2)?;
    let sql = format!("{}({})", call.name, call.arguments[0].sql);
    let function = native::approx_distinct::approx_distinct_udaf();
    let expr = cast(aggregate(function, vec![call.argument(0).expr], false), DataType::Int64);
    Ok(Typed::new(expr, DataType::Int64, false, sql))
}

/// Constant shares, one or an array of them.
fn shares(call: &Call, index: usize) -> Result<(Vec<f64>, bool)> {
    let wrong = || failures::form("a percentage is a constant number from 0 to 1, or an array of them");
    let number = |value: &ScalarValue| match value.cast_to(&DataType::Float64) {
        Ok(ScalarValue::Float64(Some(value))) if (0.0..=1.0).contains(&value) => Some(value),
        _ => None,
    };
    let argument = &call.arguments[index];
    if let Some(value) = argument.scalar()
        && let Some(share) = number(value)
    {
        return Ok((vec![share], false));
    }
    if let Some(ScalarValue::List(list)) = argument.scalar() {
        let values = list.value(0);
        let shares =
            (0..values.len()).map(|row| ScalarValue::try_from_array(&values, row).ok().and_then(|v| number(&v)));
        return Ok((shares.collect::<Option<Vec<_>>>().ok_or_else(wrong)?, true));
    }
    let Expr::ScalarFunction(array) = &argument.expr else { return Err(wrong()) };
    let shares = array.args.iter().map(|item| constant(item).and_then(|value| number(&value)));
    Ok((shares.collect::<Option<Vec<_>>>().ok_or_else(wrong)?, true))
}

/// The value of an expression of constants.
fn constant(expr: &Expr) -> Option<ScalarValue> {
    match expr {
        Expr::Literal(value, _) => Some(value.clone()),
        Expr::Cast(cast) => constant(&cast.expr),
        Expr::ScalarFunction(call) if call.func.name() == "spark_cast" => constant(call.args.first()?),
        _ => None,
    }
}

/// Exact, between the neighbours in proportion.
fn percentile(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql = format!("percentile({}, {}, 1)", call.arguments[0].sql, call.arguments[1].sql);
    let (shares, is_array) = shares(call, 1)?;
    call.convert(0, &DataType::Float64)?;
    quantiles(call, own::percentile(), &shares, is_array, DataType::Float64, sql)
}

fn percentile_approx(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    let accuracy = call.arguments.get(2).map_or("10000", |accuracy| accuracy.sql.as_str());
    let sql = format!("{}({}, {}, {accuracy})", call.name, call.arguments[0].sql, call.arguments[1].sql);
    let (shares, is_array) = shares(call, 1)?;
    let data_type = number(call, 0)?;
    quantiles(call, own::percentile_of_values(), &shares, is_array, data_type, sql)
}

fn quantiles(
    call: &mut Call,
    function: Arc<AggregateUDF>,
    shares: &[f64],
    is_array: bool,
    data_type: DataType,
    sql: String,
) -> Result<Typed> {
    let value = call.argument(0).expr;
    let each = shares.iter().map(|share| {
        let expr = aggregate(Arc::clone(&function), vec![value.clone(), lit(*share)], false);
        Typed::new(expr, data_type.clone(), true, "")
    });
    let mut each: Vec<Typed> = each.collect();
    if !is_array {
        return Ok(each.remove(0).with_sql(sql));
    }
    let array = call.resolver.array_of(each)?;
    Ok(Typed { data_type: list_of(data_type, false), ..array }.with_sql(sql).nullable(true))
}

fn median(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = call.sql();
    call.convert(0, &DataType::Float64)?;
    quantiles(call, own::percentile(), &[0.5], false, DataType::Float64, sql)
}

fn mode(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = call.sql();
    let expr = of(call, own::mode());
    Ok(Typed::new(expr, call.type_of(0).clone(), true, sql))
}

fn grouping(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = call.sql();
    let expr = cast(of(call, native::grouping::grouping_udaf()), DataType::Int8);
    Ok(Typed::new(expr, DataType::Int8, false, sql))
}

fn string_agg(call: &mut Call) -> Result<Typed> {
    call.takes(1..=2)?;
    if call.arguments.len() == 1 {
        call.arguments.push(Typed::literal(ScalarValue::Utf8(None), "NULL"));
    }
    let sql = call.sql();
    call.convert_all(&DataType::Utf8)?;
    let mut arguments = call.exprs();
    if call.arguments[1].scalar().is_some_and(ScalarValue::is_null) {
        arguments[1] = lit("");
    }
    let expr = cast(aggregate(native::string_agg::string_agg_udaf(), arguments, call.distinct), DataType::Utf8);
    Ok(Typed::new(expr, DataType::Utf8, true, sql))
}
