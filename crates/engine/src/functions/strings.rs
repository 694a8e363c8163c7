//! Strings: joining, cutting, patterns.

use super::{Call, Family};
use crate::failures;
use crate::resolve::Typed;
use arrow::datatypes::DataType;
use brickyard_error::{Failure, Result};
use brickyard_functions::types::list_of;
use datafusion::logical_expr::expr::Like;
use datafusion::logical_expr::{Expr, cast, lit};

pub(super) const FAMILY: Family = &[
    ("concat", concat),
    ("||", concat),
    ("concat_ws", concat_ws),
    ("length", length),
    ("len", length),
    ("reverse", reverse),
    ("substring", substring),
    ("substr", substring),
    ("trim", |call| trim(call, "btrim")),
    ("btrim", |call| trim(call, "btrim")),
    ("ltrim", |call| trim(call, "ltrim")),
    ("rtrim", |call| trim(call, "rtrim")),
    ("lpad", |call| pad(call, "spark_lpad")),
    ("rpad", |call| pad(call, "spark_rpad")),
    ("replace", replace),
    ("locate", locate),
    ("position", locate),
    ("like", |call| like(call, "LIKE", false)),
    ("ilike", |call| like(call, "ILIKE", true)),
    ("rlike", |call| rlike(call, true)),
    ("regexp", |call| rlike(call, false)),
    ("regexp_like", |call| rlike(call, false)),
    ("regexp_replace", regexp_replace),
    ("regexp_extract", regexp_extract),
    ("regexp_extract_all", regexp_extract_all),
    ("regexp_count", regexp_count),
    ("split", split),
    ("format_number", format_number),
    ("format_string", format_string),
    ("printf", format_string),
    ("encode", encode),
    ("string", |call| cast_to(call, DataType::Utf8)),
    ("boolean", |call| cast_to(call, DataType::Boolean)),
    ("tinyint", |call| cast_to(call, DataType::Int8)),
    ("smallint", |call| cast_to(call, DataType::Int16)),
    ("int", |call| cast_to(call, DataType::Int32)),
    ("bigint", |call| cast_to(call, DataType::Int64)),
    ("float", |call| cast_to(call, DataType::Float32)),
    ("double", |call| cast_to(call, DataType::Float64)),
    ("decimal", |call| cast_to(call, DataType::Decimal128(10, 0))),
    ("date", |call| cast_to(call, DataType::Date32)),
    ("timestamp", |call| cast_to(call, brickyard_functions::types::timestamp())),
    ("binary", |call| cast_to(call, DataType::Binary)),
];

/// `double(x)`: a cast by the name of the type.
fn cast_to(call: &mut Call, target: DataType) -> Result<Typed> {
    call.takes(1..=1)?;
    // Spark shows what is cast, and no cast.
    let child = call.argument(0);
    let sql = child.sql.clone();
    let typed = call.resolver.explicit_cast(child, &target, false)?;
    Ok(Typed { alone: None, ..typed }.with_sql(sql))
}

fn concat(call: &mut Call) -> Result<Typed> {
    let sql = call.sql_as("concat");
    if call.arguments.iter().any(|argument| matches!(argument.data_type, DataType::List(_))) {
        let common = call.unify(0)?;
        let expr = call.native("array_concat", &[])?;
        return Ok(call.result(expr, common).with_sql(sql));
    }
    call.convert_all(&DataType::Utf8)?;
    if call.arguments.is_empty() {
        return Ok(Typed::new(lit(""), DataType::Utf8, false, sql));
    }
    let expr = call.native("spark_concat", &[])?;
    Ok(call.result(expr, DataType::Utf8).with_sql(sql))
}

fn concat_ws(call: &mut Call) -> Result<Typed> {
    call.takes(1..=usize::MAX)?;
    let sql = call.sql();
    for index in 0..call.arguments.len() {
        if !matches!(call.type_of(index), DataType::List(_)) {
            call.convert_in(&sql, index, &DataType::Utf8)?;
        }
    }
    let nullable = call.arguments[0].nullable;
    let expr = call.native("spark_concat_ws", &[])?;
    Ok(call.result(expr, DataType::Utf8).with_sql(sql).nullable(nullable))
}

fn length(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    if *call.type_of(0) == DataType::Binary {
        let expr = call.native("spark_byte_length", &[])?;
        return Ok(call.result(expr, DataType::Int32));
    }
    call.convert(0, &DataType::Utf8)?;
    let expr = cast(call.native("character_length", &[])?, DataType::Int32);
    Ok(call.result(expr, DataType::Int32))
}

fn reverse(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    if let DataType::List(_) = call.type_of(0) {
        let expr = call.native("array_reverse", &[])?;
        return Ok(call.result(expr, call.type_of(0).clone()));
    }
    call.convert(0, &DataType::Utf8)?;
    let expr = call.native("reverse", &[])?;
    Ok(call.result(expr, DataType::Utf8))
}

fn substring(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    let sql = match call.arguments.len() {
        2 => format!("{}({}, {}, 2147483647)", call.name, call.arguments[0].sql, call.arguments[1].sql),
        _ => call.sql(),
    };
    call.convert(0, &DataType::Utf8)?;
    for index in 1..call.arguments.len() {
        call.convert(index, &DataType::Int32)?;
    }
    if call.arguments.len() == 2 {
        call.arguments.push(Typed::literal(datafusion::common::ScalarValue::Int32(Some(i32::MAX)), "2147483647"));
    }
    let expr = call.native("spark_substring", &[])?;
    Ok(call.result(expr, DataType::Utf8).with_sql(sql))
}

/// `trim(characters, text)`; `btrim` has the text first.
fn trim(call: &mut Call, native: &str) -> Result<Typed> {
    call.takes(1..=2)?;
    call.convert_all(&DataType::Utf8)?;
    let sql = call.sql();
    if call.arguments.len() == 1 {
        let expr = call.resolver.native(native, vec![call.argument(0).expr, lit(" ")])?;
        return Ok(call.result(expr, DataType::Utf8).with_sql(sql));
    }
    let side = match call.name {
        "btrim" => return Ok(call.result(call.native(native, &[])?, DataType::Utf8)),
        "ltrim" => "LEADING",
        "rtrim" => "TRAILING",
        _ => "BOTH",
    };
    let (characters, text) = (call.argument(0), call.argument(1));
    let sql = format!("TRIM({side} {} FROM {})", characters.sql, text.sql);
    let expr = call.resolver.native(native, vec![text.expr, characters.expr])?;
    Ok(call.result(expr, DataType::Utf8).with_sql(sql))
}

fn pad(call: &mut Call, native: &str) -> Result<Typed> {
    call.takes(2..=3)?;
    call.convert(0, &DataType::Utf8)?;
    call.convert(1, &DataType::Int32)?;
    if call.arguments.len() == 2 {
        call.arguments.push(Typed::literal(datafusion::common::ScalarValue::from(" "), " "));
    }
    call.convert(2, &DataType::Utf8)?;
    let expr = call.native(native, &[])?;
    Ok(call.result(expr, DataType::Utf8))
}

/// `replace(text, part, by)`; without the last nothing stands for the part.
fn replace(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    if call.arguments.len() == 2 {
        call.arguments.push(Typed::literal(datafusion::common::ScalarValue::from(""), ""));
    }
    call.convert_all(&DataType::Utf8)?;
    let expr = call.native("replace", &[])?;
    Ok(call.result(cast(expr, DataType::Utf8), DataType::Utf8))
}

/// `locate(needle, text, from)`
fn locate(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    call.convert(0, &DataType::Utf8)?;
    call.convert(1, &DataType::Utf8)?;
    let sql = match call.arguments.len() {
        2 => format!("{}({}, {}, 1)", call.name, call.arguments[0].sql, call.arguments[1].sql),
        _ => call.sql(),
    };
    let mut arguments = vec![call.argument(1).expr, call.argument(0).expr];
    if call.arguments.len() == 3 {
        call.convert(2, &DataType::Int32)?;
        arguments.push(call.argument(2).expr);
    }
    let expr = call.resolver.native("spark_instr", arguments)?;
    Ok(call.result(expr, DataType::Int32).with_sql(sql))
}

fn like(call: &mut Call, word: &str, case_insensitive: bool) -> Result<Typed> {
    call.takes(2..=3)?;
    let function = call.name.to_owned();
    let sql = match case_insensitive {
        true => format!("{function}({}, {})", call.arguments[0].sql, call.arguments[1].sql),
        false => format!("{} {word} {}", call.arguments[0].sql, call.arguments[1].sql),
    };
    let escape = match call.arguments.get(2).map(|escape| escape.text().unwrap_or_default().chars().collect::<Vec<_>>())
    {
        None => '\\',
        Some(escape) if escape.len() == 1 => escape[0],
        Some(escape) => return Err(failures::escape_character(&escape.into_iter().collect::<String>())),
    };
    call.convert_in(&sql, 0, &DataType::Utf8)?;
    call.convert_in(&sql, 1, &DataType::Utf8)?;
    let (text, mut pattern) = (Box::new(call.argument(0).expr), Box::new(call.argument(1).expr));
    match call.arguments[1].text() {
        Some(constant) => pattern = Box::new(lit(escaped_by_backslash(constant, escape)?)),
        None if escape != '\\' => return Err(Failure::unsupported("ESCAPE beside a pattern that is no constant")),
        None => {}
    }
    let nullable = call.arguments[0].nullable || call.arguments[1].nullable;
    let like = Like::new(false, text, pattern, None, case_insensitive);
    Ok(Typed::new(Expr::Like(like), DataType::Boolean, nullable, sql))
}

/// The pattern with Arrow's escape, which is the backslash.
fn escaped_by_backslash(pattern: &str, escape: char) -> Result<String> {
    let mut out = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            _ if character == escape => match characters.next() {
                Some(next) if next == escape || matches!(next, '%' | '_') => out.extend(['\\', next]),
                Some(next) => return Err(failures::escape_in_the_middle(pattern, next)),
                None => return Err(failures::escape_at_the_end(pattern)),
            },
            '\\' => out.push_str("\\\\"),
            other => out.push(other),
        }
    }
    Ok(out)
}

fn rlike(call: &mut Call, is_infix: bool) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql =
        if is_infix { format!("RLIKE({}, {})", call.arguments[0].sql, call.arguments[1].sql) } else { call.sql() };
    call.convert_all(&DataType::Utf8)?;
    let expr = call.native("spark_rlike", &[])?;
    Ok(call.result(expr, DataType::Boolean).with_sql(sql))
}

fn regexp_replace(call: &mut Call) -> Result<Typed> {
    call.takes(3..=4)?;
    let texts: Vec<&str> = call.arguments[..3].iter().map(|argument| argument.sql.as_str()).collect();
    let sql = format!("regexp_replace({}, 1)", texts.join(", "));
    call.arguments.truncate(3);
    call.convert_all(&DataType::Utf8)?;
    let expr = call.native("spark_regexp_replace", &[])?;
    Ok(call.result(expr, DataType::Utf8).with_sql(sql))
}

fn regexp_extract(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    if call.arguments.len() == 2 {
        call.arguments.push(Typed::literal(datafusion::common::ScalarValue::Int32(Some(1)), "1"));
    }
    call.convert(0, &DataType::Utf8)?;
    call.convert(1, &DataType::Utf8)?;
    call.convert(2, &DataType::Int32)?;
    let expr = call.native("spark_regexp_extract", &[])?;
    Ok(call.result(expr, DataType::Utf8))
}

fn regexp_extract_all(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    if call.arguments.len() == 2 {
        call.arguments.push(Typed::literal(datafusion::common::ScalarValue::Int32(Some(1)), "1"));
    }
    call.convert(0, &DataType::Utf8)?;
    call.convert(1, &DataType::Utf8)?;
    call.convert(2, &DataType::Int32)?;
    let expr = call.native("spark_regexp_extract_all", &[])?;
    Ok(call.result(expr, list_of(DataType::Utf8, true)))
}

fn regexp_count(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    call.convert_all(&DataType::Utf8)?;
    let expr = call.native("spark_regexp_count", &[])?;
    Ok(call.result(expr, DataType::Int32))
}

fn split(call: &mut Call) -> Result<Typed> {
    call.takes(2..=3)?;
    if call.arguments.len() == 2 {
        call.arguments.push(Typed::literal(datafusion::common::ScalarValue::Int32(Some(-1)), "-1"));
    }
    call.convert(0, &DataType::Utf8)?;
    call.convert(1, &DataType::Utf8)?;
    call.convert(2, &DataType::Int32)?;
    let expr = call.native("spark_split", &[])?;
    Ok(call.result(expr, list_of(DataType::Utf8, false)))
}

fn format_number(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    call.convert(0, &DataType::Float64)?;
    call.convert(1, &DataType::Int32)?;
    let expr = call.native("spark_format_number", &[])?;
    Ok(call.result(expr, DataType::Utf8).nullable(true))
}

fn format_string(call: &mut Call) -> Result<Typed> {
    call.takes(1..=usize::MAX)?;
    call.convert(0, &DataType::Utf8)?;
    let expr = call.native("format_string", &[])?;
    Ok(call.result(expr, DataType::Utf8))
}

fn encode(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    call.convert(0, &DataType::Utf8)?;
    let sql = call.sql();
    let value = call.argument(0);
    Ok(call.resolver.implicit(value, &DataType::Binary)?.with_sql(sql))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_escaped_by_backslashes() {
        for (pattern, escape, wanted) in
            [("a%", '\\', "a%"), ("a/%b", '/', "a\\%b"), ("a\\b", '/', "a\\\\b"), ("a\\_", '\\', "a\\_")]
        {
            assert_eq!(escaped_by_backslash(pattern, escape).unwrap(), wanted, "{pattern}");
        }
        assert!(escaped_by_backslash("a\\b", '\\').is_err());
        assert!(escaped_by_backslash("a\\", '\\').is_err());
    }
}
