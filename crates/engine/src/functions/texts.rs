//! Strings changed, made by formats, made of bytes, taken apart as URLs, made by chance.

use super::{Call, Family};
use crate::failures;
use crate::resolve::Typed;
use arrow::datatypes::DataType;
use brickyard_error::{Failure, Result};
use brickyard_functions::NumberFormat;
use brickyard_functions::failures::invalid_parameter;
use brickyard_functions::types::{is_decimal, is_floating, is_integral, is_numeric, list_of};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{cast, lit};

pub(super) const FAMILY: Family = &[
    ("overlay", overlay),
    ("elt", elt),
    ("mask", mask),
    ("to_char", to_char),
    ("to_varchar", to_char),
    ("to_number", |call| to_number(call, false)),
    ("try_to_number", |call| to_number(call, true)),
    ("to_binary", |call| to_binary(call, false)),
    ("try_to_binary", |call| to_binary(call, true)),
    ("regexp_instr", regexp_instr),
    ("regexp_substr", regexp_substr),
    ("sentences", sentences),
    ("is_valid_utf8", |call| utf8(call, "spark_is_valid_utf8", &[], DataType::Boolean)),
    ("make_valid_utf8", |call| utf8(call, "spark_make_valid_utf8", &[], DataType::Utf8)),
    ("validate_utf8", |call| utf8(call, "spark_validate_utf8", &["ansi"], DataType::Utf8)),
    ("try_validate_utf8", |call| utf8(call, "spark_validate_utf8", &["try"], DataType::Utf8)),
    ("collate", collate),
    ("collation", collation),
    ("parse_url", |call| parse_url(call, false)),
    ("try_parse_url", |call| parse_url(call, true)),
    ("url_encode", |call| url(call, "spark_url_encode", &[])),
    ("url_decode", |call| url(call, "spark_url_decode", &["ansi"])),
    ("try_url_decode", |call| url(call, "spark_url_decode", &["try"])),
    ("randstr", randstr),
    ("uniform", uniform),
];

/// A constant that stands for an argument left out.
fn default(call: &mut Call, value: impl Into<ScalarValue>, shown: &str) {
    call.arguments.push(Typed::literal(value.into(), shown));
}

fn overlay(call: &mut Call) -> Result<Typed> {
    call.takes(3..=4)?;
    if call.arguments.len() == 3 {
        default(call, -1i32, "-1");
    }
    let both_binary = (0..2).all(|index| *call.type_of(index) == DataType::Binary);
    let text = if both_binary { DataType::Binary } else { DataType::Utf8 };
    for (index, wanted) in [text.clone(), text.clone(), DataType::Int32, DataType::Int32].iter().enumerate() {
        call.convert(index, wanted)?;
    }
    let expr = call.native("spark_overlay", &[])?;
    Ok(call.result(expr, text))
}

fn elt(call: &mut Call) -> Result<Typed> {
    call.takes(2..=usize::MAX)?;
    let sql = call.sql();
    let is_binary = call.arguments[1..].iter().all(|argument| argument.data_type == DataType::Binary);
    let text = if is_binary { DataType::Binary } else { DataType::Utf8 };
    call.convert_in(&sql, 0, &DataType::Int32)?;
    for index in 1..call.arguments.len() {
        call.convert_in(&sql, index, &text)?;
    }
    let mode = call.mode();
    let expr = call.native("spark_elt", &[mode])?;
    Ok(Typed::new(expr, text, true, sql))
}

fn mask(call: &mut Call) -> Result<Typed> {
    call.takes(1..=5)?;
    let signs = [("upperChar", Some("X")), ("lowerChar", Some("x")), ("digitChar", Some("n")), ("otherChar", None)];
    for (_, sign) in &signs[call.arguments.len() - 1..] {
        default(call, ScalarValue::Utf8(sign.map(str::to_owned)), sign.unwrap_or("NULL"));
    }
    let sql = call.sql();
    call.convert_all(&DataType::Utf8)?;
    for (argument, (name, _)) in call.arguments[1..].iter().zip(signs) {
        if argument.text().is_some_and(|text| text.chars().count() != 1) {
            let message = format!("the length of {name} should be 1");
            return Err(failures::mismatch("INPUT_SIZE_NOT_ONE", &sql, &message, &[("exprName", name.to_owned())]));
        }
    }
    let expr = call.native("spark_mask", &[])?;
    Ok(Typed::new(expr, DataType::Utf8, true, sql))
}

/// A constant string; fails as Spark does where it is none.
fn constant_text(call: &Call, index: usize) -> Result<String> {
    let argument = &call.arguments[index];
    argument.text().map(str::to_owned).ok_or_else(|| {
        let kind = if argument.column.is_some() { "attributereference" } else { "expression" };
        failures::not_constant(&call.sql(), &format!("`{kind}`"), "\"STRING\"", &argument.sql)
    })
}

/// Times by a pattern, bytes by the name of a form, numbers by a format.
fn to_char(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    let (child, format) = (call.arguments[0].sql.clone(), call.arguments[1].sql.clone());
    let as_function = |call: &mut Call, name: &'static str| -> Result<Typed> {
        let arguments = std::mem::take(&mut call.arguments);
        let build = super::find(name).ok_or_else(|| Failure::internal("a function vanished"))?;
        build(&mut Call { name, arguments, distinct: false, resolver: call.resolver })
    };
    match call.type_of(0).clone() {
        DataType::Date32 | DataType::Timestamp(..) => as_function(call, "date_format"),
        DataType::Binary => {
            let form = constant_text(call, 1)?.to_lowercase();
            let is_alias = call.name == "to_varchar";
            let function = match form.as_str() {
                "base64" => "base64",
                "hex" => "hex",
                "utf-8" => "decode",
                _ => {
                    let details = [("invalidFormat", format!("'{format}'"))];
                    return Err(invalid_parameter("BINARY_FORMAT", call.name, "format", &details));
                }
            };
            if function != "decode" {
                call.arguments.truncate(1);
            }
            let typed = as_function(call, function)?;
            Ok(match (is_alias, function) {
                (false, _) => typed,
                (true, "decode") => typed.with_sql(format!("to_varchar({child}, {format})")),
                (true, _) => typed.with_sql(format!("to_varchar({child})")),
            })
        }
        data_type => {
            let sql = call.sql_as("to_char");
            let decimal = match &data_type {
                decimal if is_decimal(decimal) => decimal.clone(),
                whole if is_integral(whole) => brickyard_functions::arithmetic::decimal_for(whole),
                DataType::Float32 => DataType::Decimal128(14, 7),
                float if is_floating(float) => DataType::Decimal128(30, 15),
                _ => DataType::Decimal128(38, 18),
            };
            if !is_numeric(&data_type) && !matches!(data_type, DataType::Utf8 | DataType::Null) {
                return Err(call.mismatch_in(&sql, 0, "DECIMAL"));
            }
            NumberFormat::parse(&constant_text(call, 1)?)?;
            let number = call.argument(0);
            call.arguments[0] = call.resolver.implicit(number, &decimal)?;
            let expr = call.native("spark_number_to_char", &[])?;
            Ok(call.result(expr, DataType::Utf8).with_sql(sql))
        }
    }
}

fn to_number(call: &mut Call, is_try: bool) -> Result<Typed> {
    call.takes(2..=2)?;
    call.convert_all(&DataType::Utf8)?;
    let data_type = NumberFormat::parse(&constant_text(call, 1)?)?.decimal_type();
    let expr = call.native("spark_to_number", &[if is_try { "try" } else { "ansi" }])?;
    let nullable = call.arguments[0].nullable || is_try;
    Ok(call.result(expr, data_type).nullable(nullable))
}

fn to_binary(call: &mut Call, is_try: bool) -> Result<Typed> {
    call.takes(1..=2)?;
    let sql = call.sql();
    if call.arguments.len() == 1 {
        default(call, "hex", "hex");
    }
    call.convert_all(&DataType::Utf8)?;
    let form = constant_text(call, 1)?.to_lowercase();
    if !matches!(form.as_str(), "hex" | "base64" | "utf-8" | "utf8") {
        let valid = "'hex', 'utf-8', 'utf8', or 'base64'";
        let message = format!("the fmt value must be one of {valid}, and is '{form}'");
        let details = [
            ("inputName", "fmt".to_owned()),
            ("requireType", "case-insensitive \"STRING\"".to_owned()),
            ("validValues", valid.to_owned()),
            ("inputValue", format!("'{form}'")),
        ];
        return Err(failures::mismatch("INVALID_ARG_VALUE", &sql, &message, &details));
    }
    let expr = call.native("spark_to_binary", &[if is_try { "try" } else { "ansi" }])?;
    let nullable = call.any_nullable() || is_try || form != "base64";
    Ok(Typed::new(expr, DataType::Binary, nullable, sql))
}

fn regexp_instr(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    if call.arguments.len() == 2 {
        default(call, 0i32, "0");
    }
    call.convert(0, &DataType::Utf8)?;
    call.convert(1, &DataType::Utf8)?;
    call.convert(2, &DataType::Int32)?;
    let expr = call.native("spark_regexp_instr", &[])?;
    Ok(call.result(expr, DataType::Int32))
}

/// The first match; null without one.
fn regexp_substr(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql = call.sql();
    call.convert_all(&DataType::Utf8)?;
    let mut arguments = call.exprs();
    arguments.push(lit(0i32));
    let found = call.resolver.native("spark_regexp_extract", arguments)?;
    let expr = datafusion::functions::core::expr_fn::nullif(found, lit(""));
    Ok(Typed::new(expr, DataType::Utf8, true, sql))
}

/// Languages and countries are named, and make no difference to where words end.
fn sentences(call: &mut Call) -> Result<Typed> {
    call.takes(1..=3)?;
    while call.arguments.len() < 3 {
        default(call, "", "");
    }
    call.convert_all(&DataType::Utf8)?;
    let expr = call.native("spark_sentences", &[])?;
    Ok(call.result(expr, list_of(list_of(DataType::Utf8, false), false)).nullable(true))
}

/// Strings hold valid bytes only; binary values may not.
fn utf8(call: &mut Call, native: &str, constants: &[&str], returns: DataType) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = call.sql();
    if *call.type_of(0) != DataType::Binary {
        call.convert(0, &DataType::Utf8)?;
    }
    let expr = call.native(native, constants)?;
    Ok(Typed::new(expr, returns, true, sql))
}

fn collate(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql = call.sql();
    call.convert_in(&sql, 0, &DataType::Utf8)?;
    let name = constant_text(call, 1)?;
    let last = name.rsplit('.').next().unwrap_or_default();
    if !last.eq_ignore_ascii_case("UTF8_BINARY") {
        return Err(Failure::unsupported(format!("the collation {name}; strings compare by UTF8_BINARY")));
    }
    Ok(Typed { column: None, is_named: false, ..call.argument(0) }.with_sql(sql))
}

fn collation(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = call.sql();
    call.convert(0, &DataType::Utf8)?;
    Ok(Typed::new(lit("SYSTEM.BUILTIN.UTF8_BINARY"), DataType::Utf8, false, sql))
}

fn parse_url(call: &mut Call, is_try: bool) -> Result<Typed> {
    call.takes(2..=3)?;
    call.convert_all(&DataType::Utf8)?;
    let mode = if is_try { "try" } else { call.mode() };
    let expr = call.native("spark_parse_url", &[mode])?;
    Ok(call.result(expr, DataType::Utf8).nullable(true))
}

fn url(call: &mut Call, native: &str, constants: &[&str]) -> Result<Typed> {
    call.takes(1..=1)?;
    call.convert_all(&DataType::Utf8)?;
    let expr = call.native(native, constants)?;
    Ok(call.result(expr, DataType::Utf8).nullable(true))
}

/// A constant seed, or one by chance.
fn seed(call: &Call, index: usize) -> Result<i64> {
    match call.arguments.get(index) {
        Some(seed) => seed.integer().ok_or_else(|| call.mismatch(index, "INT\" or \"BIGINT")),
        None => Ok(super::maths::any_seed()),
    }
}

fn randstr(call: &mut Call) -> Result<Typed> {
    call.takes(1..=2)?;
    let sql = call.sql();
    let seed = seed(call, 1)?;
    let length = call.arguments[0].integer();
    let length =
        length.ok_or_else(|| failures::not_constant(&sql, "`length`", "INT or SMALLINT", &call.arguments[0].sql))?;
    let length = match i32::try_from(length) {
        Ok(length @ 0..) => length,
        _ => return Err(invalid_parameter("LENGTH", "randstr", "length", &[("length", length.to_string())])),
    };
    let place = call.resolver.place();
    let expr = call.resolver.native("spark_randstr_of", vec![place, lit(seed), lit(length)])?;
    Ok(Typed::new(expr, DataType::Utf8, false, sql))
}

/// `min + (max - min) * rand(seed)`, as the bounds' type.
fn uniform(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    let sql = call.sql();
    let seed = seed(call, 2)?;
    for (index, name) in ["`min`", "`max`"].into_iter().enumerate() {
        if call.arguments[index].scalar().is_none() {
            let shown = &call.arguments[index].sql;
            return Err(failures::not_constant(&sql, name, "integer or floating-point", shown));
        }
        if !is_numeric(call.type_of(index)) && *call.type_of(index) != DataType::Null {
            return Err(call.mismatch_in(&sql, index, "integer or floating-point"));
        }
    }
    let (min, max) = (call.type_of(0).clone(), call.type_of(1).clone());
    let common = match (is_decimal(&min), is_decimal(&max)) {
        _ if min == DataType::Null || max == DataType::Null => {
            return Ok(Typed::new(lit(ScalarValue::Null), DataType::Null, true, sql));
        }
        // Beside a decimal whole numbers count for nothing.
        (true, false) if is_integral(&max) => min,
        (false, true) if is_integral(&min) => max,
        _ => call.resolver.wider_type(&min, &max).ok_or_else(|| Failure::internal("numbers without a common type"))?,
    };
    let bounds = [call.argument(0), call.argument(1)];
    let bounds = bounds.map(|bound| call.resolver.implicit(bound, &DataType::Float64));
    let [low, high] = bounds;
    let (low, high) = (low?.expr, high?.expr);
    let place = call.resolver.place();
    let number = call.resolver.native("spark_rand_of", vec![place, lit(seed)])?;
    let value = Typed::new(low.clone() + (high - low) * number, DataType::Float64, false, "");
    let typed = call.resolver.explicit_cast(value, &common, false)?;
    Ok(Typed::new(cast(typed.expr, common.clone()), common, false, sql))
}
