//! Maps made of keys and values, of entries, of other maps, of text.

use super::{Call, Family};
use crate::failures;
use crate::resolve::Typed;
use arrow::datatypes::{DataType, Field};
use brickyard_error::Result;
use brickyard_functions::types::{list_of, map_fields, map_of};
use datafusion::common::ScalarValue;
use std::sync::Arc;

pub(super) const FAMILY: Family = &[
    ("map", map),
    ("map_from_arrays", map_from_arrays),
    ("map_from_entries", map_from_entries),
    ("map_concat", map_concat),
    ("str_to_map", str_to_map),
    ("map_keys", map_keys),
    ("map_values", map_values),
    ("map_entries", map_entries),
    ("map_contains_key", map_contains_key),
];

fn map(call: &mut Call) -> Result<Typed> {
    let sql = call.sql();
    if call.arguments.len() % 2 == 1 {
        return Err(failures::wrong_argument_count("map", "2n (n > 0)", call.arguments.len()));
    }
    let keys: Vec<Typed> = call.arguments.iter().step_by(2).cloned().collect();
    let values: Vec<Typed> = call.arguments.iter().skip(1).step_by(2).cloned().collect();
    let keys = call.resolver.array_of(keys)?;
    let values = call.resolver.array_of(values)?;
    build_map(call, keys, values, sql)
}

fn build_map(call: &mut Call, keys: Typed, values: Typed, sql: String) -> Result<Typed> {
    let (DataType::List(key), DataType::List(value)) = (&keys.data_type, &values.data_type) else {
        return Err(call.mismatch(0, "ARRAY"));
    };
    let data_type = map_of(key.data_type().clone(), value.data_type().clone(), value.is_nullable());
    let nullable = keys.nullable || values.nullable;
    let expr = call.resolver.native("spark_map", vec![keys.expr, values.expr])?;
    Ok(Typed::new(expr, data_type, nullable, sql))
}

fn map_from_arrays(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql = call.sql();
    let (keys, values) = (call.argument(0), call.argument(1));
    build_map(call, keys, values, sql)
}

fn entries(call: &Call) -> Result<(Arc<Field>, Arc<Field>)> {
    let fields = map_fields(call.type_of(0)).map(|(key, value)| (Arc::clone(key), Arc::clone(value)));
    fields.ok_or_else(|| call.mismatch(0, "MAP"))
}

fn map_keys(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let (key, _) = entries(call)?;
    let expr = call.native("map_keys", &[])?;
    Ok(call.result(expr, list_of(key.data_type().clone(), true)))
}

fn map_values(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let (_, value) = entries(call)?;
    let expr = call.native("map_values", &[])?;
    Ok(call.result(expr, list_of(value.data_type().clone(), true)))
}

fn map_entries(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let (key, value) = entries(call)?;
    let fields = vec![key.as_ref().clone(), value.as_ref().clone()];
    let expr = call.native("spark_map_entries", &[])?;
    Ok(call.result(expr, list_of(DataType::Struct(fields.into()), false)))
}

fn map_contains_key(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    let (key, _) = entries(call)?;
    call.convert(1, &key.data_type().clone())?;
    let keys = call.resolver.native("map_keys", vec![call.argument(0).expr])?;
    let expr = call.resolver.native("array_has", vec![keys, call.argument(1).expr])?;
    Ok(call.result(expr, DataType::Boolean))
}

fn map_from_entries(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = call.sql();
    let (entry, nullable) = match call.type_of(0) {
        DataType::List(item) => (item.data_type().clone(), item.is_nullable()),
        _ => return Err(call.mismatch(0, "ARRAY\" of pair \"STRUCT")),
    };
    let data_type = match &entry {
        DataType::Struct(fields) if fields.len() == 2 => {
            map_of(fields[0].data_type().clone(), fields[1].data_type().clone(), fields[1].is_nullable())
        }
        _ => return Err(call.mismatch(0, "ARRAY\" of pair \"STRUCT")),
    };
    let expr = call.native("spark_map_from_entries", &[])?;
    let nullable = nullable || call.any_nullable();
    Ok(Typed::new(expr, data_type, nullable, sql))
}

fn map_concat(call: &mut Call) -> Result<Typed> {
    let sql = call.sql();
    if call.arguments.iter().any(|argument| map_fields(&argument.data_type).is_none()) {
        let types: Vec<DataType> = call.arguments.iter().map(|argument| argument.data_type.clone()).collect();
        return Err(failures::not_all_maps(&sql, "map_concat", &types));
    }
    let (mut key, mut value) = (DataType::Null, DataType::Null);
    let mut value_nullable = false;
    for argument in &call.arguments {
        let Some((own_key, own_value)) = map_fields(&argument.data_type) else { continue };
        let wider = |a: &DataType, b: &DataType| {
            let meets = (*a == DataType::Utf8) == (*b == DataType::Utf8) || *a == DataType::Null;
            call.resolver.wider_type(a, b).filter(|_| meets)
        };
        let both = wider(&key, own_key.data_type()).zip(wider(&value, own_value.data_type()));
        let types = || call.arguments.iter().map(|argument| argument.data_type.clone()).collect::<Vec<_>>();
        (key, value) = both.ok_or_else(|| failures::one_of_types(&sql, "map_concat", &types()))?;
        value_nullable |= own_value.is_nullable();
    }
    let common = map_of(key, value, value_nullable);
    if call.arguments.is_empty() {
        return map(call).map(|typed| typed.with_sql(sql));
    }
    for index in 0..call.arguments.len() {
        call.arguments[index] = call.resolver.implicit(call.argument(index), &common)?;
    }
    let expr = call.native("spark_map_concat", &[])?;
    Ok(call.result(expr, common).with_sql(sql))
}

fn str_to_map(call: &mut Call) -> Result<Typed> {
    call.takes(1..=3)?;
    for separator in &[",", ":"][call.arguments.len().min(3) - 1..] {
        call.arguments.push(Typed::literal(ScalarValue::from(*separator), *separator));
    }
    call.convert_all(&DataType::Utf8)?;
    let expr = call.native("spark_str_to_map", &[])?;
    Ok(call.result(expr, map_of(DataType::Utf8, DataType::Utf8, true)))
}
