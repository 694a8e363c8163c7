//! JSON and CSV in strings: to structs and back, their types, their keys.

use super::{Call, Family};
use crate::failures;
use crate::resolve::Typed;
use arrow::datatypes::DataType;
use brickyard_error::{Failure, Result};
use brickyard_functions::types::{list_of, nullable_inside, parse_ddl, sql_name};
use datafusion::logical_expr::{Expr, lit};

pub(super) const FAMILY: Family = &[
    ("to_json", to_json),
    ("from_json", from_json),
    ("schema_of_json", schema_of_json),
    ("json_object_keys", json_object_keys),
    ("to_csv", to_csv),
    ("from_csv", from_csv),
    ("schema_of_csv", schema_of_csv),
];

fn to_json(call: &mut Call) -> Result<Typed> {
    call.takes(1..=2)?;
    if !matches!(call.type_of(0), DataType::Struct(_) | DataType::Map(..) | DataType::List(_)) {
        return Err(call.mismatch(0, "STRUCT\" or \"ARRAY\" or \"MAP"));
    }
    let sql = format!("to_json({})", call.arguments[0].sql);
    let zone = call.zone();
    let expr = call.resolver.native("spark_to_json", vec![call.argument(0).expr, lit(zone)])?;
    Ok(Typed::new(expr, DataType::Utf8, true, sql))
}

fn from_json(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    if !matches!(call.type_of(0), DataType::Utf8 | DataType::Null) {
        return Err(call.mismatch_in(&format!("from_json({})", call.arguments[0].sql), 0, "STRING"));
    }
    call.convert(0, &DataType::Utf8)?;
    let data_type = constant_type(call, "from_json")?;
    let sql = format!("from_json({})", call.arguments[0].sql);
    let zone = call.zone();
    let arguments = vec![call.argument(0).expr, lit(sql_name(&data_type)), lit(zone)];
    let expr = call.resolver.native("spark_from_json", arguments)?;
    Ok(Typed::new(expr, nullable_inside(&data_type), true, sql))
}

fn schema_of_json(call: &mut Call) -> Result<Typed> {
    call.takes(1..=2)?;
    let sql = format!("schema_of_json({})", call.arguments[0].sql);
    if !options(call, 1)?.is_empty() {
        return Err(Failure::unsupported("options of schema_of_json"));
    }
    let text = constant_argument(call, "json", &sql)?;
    let expr = call.resolver.native("spark_schema_of_json", vec![lit(text)])?;
    Ok(Typed::new(expr, DataType::Utf8, false, sql))
}

fn json_object_keys(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    call.convert(0, &DataType::Utf8)?;
    let expr = call.native("spark_json_object_keys", &[])?;
    Ok(call.result(expr, list_of(DataType::Utf8, true)).nullable(true))
}

fn to_csv(call: &mut Call) -> Result<Typed> {
    call.takes(1..=2)?;
    let sql = format!("to_csv({})", call.arguments[0].sql);
    if !matches!(call.type_of(0), DataType::Struct(_)) {
        return Err(call.mismatch_in(&sql, 0, "STRUCT"));
    }
    let (options, zone) = (options_json(call, 1)?, call.zone());
    let expr = call.resolver.native("spark_to_csv", vec![call.argument(0).expr, lit(options), lit(zone)])?;
    Ok(Typed::new(expr, DataType::Utf8, true, sql))
}

fn from_csv(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    let sql = format!("from_csv({})", call.arguments[0].sql);
    call.convert_in(&sql, 0, &DataType::Utf8)?;
    let data_type = constant_type(call, "from_csv")?;
    if !matches!(data_type, DataType::Struct(_)) {
        return Err(failures::form("from_csv takes the columns of its rows as schema: 'a INT, b STRING'"));
    }
    let (options, zone) = (options_json(call, 2)?, call.zone());
    let arguments = vec![call.argument(0).expr, lit(sql_name(&data_type)), lit(options), lit(zone)];
    let expr = call.resolver.native("spark_from_csv", arguments)?;
    let nullable = call.arguments[0].nullable;
    Ok(Typed::new(expr, nullable_inside(&data_type), nullable, sql))
}

fn schema_of_csv(call: &mut Call) -> Result<Typed> {
    call.takes(1..=2)?;
    let sql = format!("schema_of_csv({})", call.arguments[0].sql);
    let text = constant_argument(call, "csv", &sql)?;
    let (options, zone) = (options_json(call, 1)?, call.zone());
    let expr = call.resolver.native("spark_schema_of_csv", vec![lit(text), lit(options), lit(zone)])?;
    Ok(Typed::new(expr, DataType::Utf8, false, sql))
}

fn constant_argument(call: &Call, name: &str, sql: &str) -> Result<String> {
    let argument = &call.arguments[0];
    let text = argument.text().map(str::to_owned);
    text.ok_or_else(|| failures::not_constant(sql, &format!("`{name}`"), "\"STRING\"", &argument.sql))
}

/// The type that the second argument names, as DDL, as JSON, or by a function that gives DDL.
fn constant_type(call: &Call, function: &str) -> Result<DataType> {
    let ddl = call.arguments[1].text().map(ToOwned::to_owned);
    let ddl = ddl.ok_or_else(|| failures::form(format!("{function} takes its schema as a constant string")))?;
    parse_ddl(&ddl).or_else(|failure| {
        crate::types::from_json(&ddl).map(|schema| DataType::Struct(schema.fields().clone())).map_err(|_| failure)
    })
}

/// The constants of `map('name', 'value', …)`.
fn options(call: &Call, index: usize) -> Result<Vec<(String, String)>> {
    let Some(argument) = call.arguments.get(index) else { return Ok(Vec::new()) };
    let wrong = || failures::options_form(&argument.data_type);
    let Expr::ScalarFunction(map) = &argument.expr else { return Err(wrong()) };
    let texts = |list: &Expr| -> Option<Vec<String>> {
        let Expr::ScalarFunction(list) = list else { return None };
        let text = |item: &Expr| match item {
            Expr::Literal(value, _) => value.try_as_str().flatten().map(str::to_owned),
            _ => None,
        };
        list.args.iter().map(text).collect()
    };
    match map.args.as_slice() {
        [names, values] => {
            let (names, values) = (texts(names).ok_or_else(wrong)?, texts(values).ok_or_else(wrong)?);
            Ok(names.into_iter().zip(values).collect())
        }
        _ => Err(wrong()),
    }
}

fn options_json(call: &Call, index: usize) -> Result<String> {
    let options = options(call, index)?;
    let object: serde_json::Map<String, serde_json::Value> =
        options.into_iter().map(|(name, value)| (name, value.into())).collect();
    Ok(serde_json::Value::Object(object).to_string())
}
