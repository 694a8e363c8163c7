//! Arrays and structs.

use super::{Call, Family};
use crate::failures;
use crate::resolve::Typed;
use arrow::datatypes::{DataType, Field};
use brickyard_error::Result;
use brickyard_functions::types::{day_time_interval, is_integral, list_of};
use datafusion::logical_expr::{cast, lit};
use std::sync::Arc;

pub(super) const FAMILY: Family = &[
    ("array", |call| {
        let items = std::mem::take(&mut call.arguments);
        call.resolver.array_of(items)
    }),
    ("named_struct", named_struct),
    ("size", size),
    ("cardinality", size),
    ("array_size", size),
    ("array_contains", array_contains),
    ("array_position", array_position),
    ("array_binary_search", array_binary_search),
    ("element_at", |call| element_at(call, false)),
    ("try_element_at", |call| element_at(call, true)),
    ("get", get),
    ("get_field", get_field),
    ("getitem", get_item),
    ("sort_array", sort_array),
    ("array_sort", array_sort),
    ("array_distinct", |call| same_array(call, "array_distinct")),
    ("array_compact", array_compact),
    ("array_max", |call| element_of(call, "array_max")),
    ("array_min", |call| element_of(call, "array_min")),
    ("array_union", |call| set_operation(call, "array_union")),
    ("array_intersect", |call| set_operation(call, "array_intersect")),
    ("array_except", |call| set_operation(call, "array_except")),
    ("arrays_overlap", arrays_overlap),
    ("array_remove", |call| with_element(call, "array_remove_all")),
    ("array_append", |call| with_element(call, "array_append")),
    ("array_prepend", array_prepend),
    ("array_join", array_join),
    ("array_repeat", array_repeat),
    ("slice", slice),
    ("flatten", flatten),
    ("sequence", sequence),
];

pub(super) fn item(call: &Call, index: usize) -> Result<Arc<Field>> {
    match call.type_of(index) {
        DataType::List(item) => Ok(Arc::clone(item)),
        _ => Err(call.mismatch(index, "ARRAY")),
    }
}

fn named_struct(call: &mut Call) -> Result<Typed> {
    let sql = call.sql();
    let mut items = Vec::new();
    for pair in call.arguments.chunks(2) {
        let [name, value] = pair else {
            return Err(failures::wrong_argument_count("named_struct", "2n (n > 0)", call.arguments.len()));
        };
        let name = name.text().ok_or_else(|| failures::form("the names of a struct are constant strings"))?;
        items.push((name.to_owned(), value.clone()));
    }
    Ok(call.resolver.struct_of(items).with_sql(sql))
}

fn size(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    if !matches!(call.type_of(0), DataType::List(_) | DataType::Map(..)) {
        return Err(call.mismatch(0, "ARRAY\" or \"MAP"));
    }
    let expr = call.native("spark_size", &[])?;
    Ok(call.result(expr, DataType::Int32))
}

/// An array and a value of its elements' type.
fn with_common_element(call: &mut Call) -> Result<DataType> {
    call.takes(2..=2)?;
    let element = item(call, 0)?;
    let sql = call.sql();
    // Strings and others do not meet here.
    let other = call.type_of(1);
    let is_text = |data_type: &DataType| *data_type == DataType::Utf8;
    let meets = is_text(element.data_type()) == is_text(other)
        || *other == DataType::Null
        || *element.data_type() == DataType::Null;
    let common = call.resolver.wider_type(element.data_type(), other).filter(|_| meets);
    let common = common.ok_or_else(|| failures::array_and_other(&sql, call.name, call.type_of(0), call.type_of(1)))?;
    call.arguments[0] = call.resolver.implicit(call.argument(0), &list_of(common.clone(), element.is_nullable()))?;
    call.arguments[1] = call.resolver.implicit(call.argument(1), &common)?;
    Ok(common)
}

fn array_contains(call: &mut Call) -> Result<Typed> {
    with_common_element(call)?;
    let nullable = call.any_nullable() || item(call, 0)?.is_nullable();
    let expr = call.native("spark_array_contains", &[])?;
    Ok(call.result(expr, DataType::Boolean).nullable(nullable))
}

fn array_position(call: &mut Call) -> Result<Typed> {
    with_common_element(call)?;
    let found = cast(call.native("array_position", &[])?, DataType::Int64);
    let expr = datafusion::functions::core::expr_fn::coalesce(vec![found, lit(0i64)]);
    let expr = call.unless_null(&[0, 1], expr)?;
    Ok(call.result(expr, DataType::Int64))
}

/// For `pyspark.ml`'s vectors: whole numbers in ascending arrays of them.
fn array_binary_search(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    call.convert(0, &list_of(DataType::Int32, true))?;
    call.convert(1, &DataType::Int32)?;
    let expr = call.native("spark_array_binary_search", &[])?;
    Ok(call.result(expr, DataType::Int32))
}

fn with_element(call: &mut Call, native: &str) -> Result<Typed> {
    with_common_element(call)?;
    let element = item(call, 0)?;
    let adds = native == "array_append" && call.arguments[1].nullable;
    let expr = call.native(native, &[])?;
    let removes = native != "array_append";
    let expr = call.unless_null(if removes { &[0, 1] } else { &[0] }, expr)?;
    let data_type = list_of(element.data_type().clone(), element.is_nullable() || adds);
    let nullable = call.arguments[0].nullable || removes && call.arguments[1].nullable;
    Ok(call.result(expr, data_type).nullable(nullable))
}

fn array_prepend(call: &mut Call) -> Result<Typed> {
    with_common_element(call)?;
    let element = item(call, 0)?;
    let expr = call.resolver.native("array_prepend", vec![call.argument(1).expr, call.argument(0).expr])?;
    let expr = call.unless_null(&[0], expr)?;
    let data_type = list_of(element.data_type().clone(), element.is_nullable() || call.arguments[1].nullable);
    Ok(call.result(expr, data_type).nullable(call.arguments[0].nullable))
}

fn element_at(call: &mut Call, is_try: bool) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql = call.sql();
    match call.type_of(0).clone() {
        DataType::List(item) => {
            if !is_integral(call.type_of(1)) {
                return Err(call.mismatch(1, "INT"));
            }
            call.convert(1, &DataType::Int64)?;
            let mode = if is_try { "try" } else { call.mode() };
            let expr = call.native("spark_element_at", &[mode])?;
            let nullable = call.any_nullable() || item.is_nullable() || mode != "ansi";
            Ok(Typed::new(expr, item.data_type().clone(), nullable, sql))
        }
        DataType::Map(..) => {
            let (map, key) = (call.argument(0), call.argument(1));
            Ok(call.resolver.extract(map, key)?.with_sql(sql))
        }
        _ => Err(call.mismatch(0, "ARRAY\" or \"MAP")),
    }
}

fn get(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    let element = item(call, 0)?;
    call.convert(1, &DataType::Int64)?;
    let expr = call.native("spark_array_get", &["try"])?;
    Ok(call.result(expr, element.data_type().clone()).nullable(true))
}

fn get_item(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    let (child, key) = (call.argument(0), call.argument(1));
    call.resolver.extract(child, key)
}

fn get_field(call: &mut Call) -> Result<Typed> {
    get_item(call)
}

fn sort_array(call: &mut Call) -> Result<Typed> {
    call.takes(1..=2)?;
    let ascending = match call.arguments.get(1) {
        None => true,
        Some(flag) => flag.scalar() == Some(&datafusion::common::ScalarValue::Boolean(Some(true))),
    };
    item(call, 0)?;
    let sql = format!("sort_array({}, {ascending})", call.arguments[0].sql);
    let (direction, nulls) = if ascending { ("ASC", "NULLS FIRST") } else { ("DESC", "NULLS LAST") };
    let array = call.argument(0);
    let expr = call.resolver.native("array_sort", vec![array.expr, lit(direction), lit(nulls)])?;
    Ok(Typed::new(expr, array.data_type, array.nullable, sql))
}

fn array_sort(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    item(call, 0)?;
    let array = call.argument(0);
    let expr = call.resolver.native("array_sort", vec![array.expr, lit("ASC"), lit("NULLS LAST")])?;
    // Spark writes out its comparison.
    let v = "namedlambdavariable()";
    let body = format!(
        "(IF((({v} IS NULL) AND ({v} IS NULL)), 0, (IF(({v} IS NULL), 1, (IF(({v} IS NULL), -1, (IF(({v} < {v}), -1, \
         (IF(({v} > {v}), 1, 0))))))))))"
    );
    let sql = format!("array_sort({}, lambdafunction({body}, {v}, {v}))", array.sql);
    Ok(Typed::new(expr, array.data_type, array.nullable, sql))
}

fn same_array(call: &mut Call, native: &str) -> Result<Typed> {
    call.takes(1..=1)?;
    item(call, 0)?;
    let expr = call.native(native, &[])?;
    Ok(call.result(expr, call.type_of(0).clone()))
}

fn array_compact(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let element = item(call, 0)?;
    let expr = call.native("array_compact", &[])?;
    Ok(call.result(expr, list_of(element.data_type().clone(), false)))
}

fn element_of(call: &mut Call, native: &str) -> Result<Typed> {
    call.takes(1..=1)?;
    let element = item(call, 0)?;
    let expr = call.native(native, &[])?;
    Ok(call.result(expr, element.data_type().clone()).nullable(true))
}

/// Two arrays as one type; strings and others do not meet here.
fn unify_arrays(call: &mut Call) -> Result<DataType> {
    call.takes(2..=2)?;
    let is_text = |index: usize| match call.type_of(index) {
        DataType::List(item) => Some(*item.data_type() == DataType::Utf8),
        _ => None,
    };
    let is_void =
        |index: usize| matches!(call.type_of(index), DataType::List(item) if *item.data_type() == DataType::Null);
    let meets = is_text(0).is_some() && (is_text(0) == is_text(1) || is_void(0) || is_void(1)) && is_text(1).is_some();
    let common = call.resolver.wider_type(call.type_of(0), call.type_of(1)).filter(|_| meets);
    if common.is_none() {
        return Err(failures::two_arrays(&call.sql(), call.name, call.type_of(0), call.type_of(1)));
    }
    call.unify(0)
}

fn set_operation(call: &mut Call, native: &str) -> Result<Typed> {
    let common = unify_arrays(call)?;
    let expr = call.native(native, &[])?;
    Ok(call.result(expr, common))
}

fn arrays_overlap(call: &mut Call) -> Result<Typed> {
    unify_arrays(call)?;
    let expr = call.native("array_has_any", &[])?;
    Ok(call.result(expr, DataType::Boolean).nullable(true))
}

fn array_join(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    call.convert(0, &list_of(DataType::Utf8, true))?;
    for index in 1..call.arguments.len() {
        call.convert(index, &DataType::Utf8)?;
    }
    let expr = call.native("array_to_string", &[])?;
    Ok(call.result(expr, DataType::Utf8))
}

fn array_repeat(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    call.convert(1, &DataType::Int64)?;
    let data_type = list_of(call.type_of(0).clone(), call.arguments[0].nullable);
    let nullable = call.arguments[1].nullable;
    call.arguments[1].expr = call.resolver.native("spark_array_sizes", vec![call.argument(1).expr])?;
    let expr = call.native("array_repeat", &[])?;
    Ok(call.result(expr, data_type).nullable(nullable))
}

fn slice(call: &mut Call) -> Result<Typed> {
    call.takes(3..=3)?;
    item(call, 0)?;
    call.convert(1, &DataType::Int64)?;
    call.convert(2, &DataType::Int64)?;
    let expr = call.native("slice", &[])?;
    Ok(call.result(expr, call.type_of(0).clone()))
}

fn flatten(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let inner = item(call, 0)?;
    if !matches!(inner.data_type(), DataType::List(_)) {
        return Err(call.mismatch(0, "ARRAY<ARRAY>"));
    }
    let expr = call.native("flatten", &[])?;
    Ok(call.result(expr, inner.data_type().clone()).nullable(call.any_nullable() || inner.is_nullable()))
}

fn sequence(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    let sql = call.sql();
    let (start, end) = (call.type_of(0).clone(), call.type_of(1).clone());
    let common = call.resolver.wider_type(&start, &end);
    let common = common.ok_or_else(|| failures::different_data(&sql, "sequence", &[start, end]))?;
    call.arguments[0] = call.resolver.implicit(call.argument(0), &common)?;
    call.arguments[1] = call.resolver.implicit(call.argument(1), &common)?;
    if call.arguments.len() == 3 {
        match (&common, call.type_of(2)) {
            (common, _) if is_integral(common) => call.convert(2, &common.clone())?,
            (_, DataType::Duration(_) | DataType::Interval(_)) => {}
            _ => return Err(call.mismatch(2, "INTERVAL")),
        }
    } else if !is_integral(&common) {
        let day = datafusion::common::ScalarValue::DurationMicrosecond(Some(86_400_000_000));
        call.arguments.push(Typed::new(lit(day), day_time_interval(), false, ""));
    }
    let expr = call.native("spark_sequence", &[])?;
    Ok(call.result(expr, list_of(common, false)).with_sql(sql))
}
