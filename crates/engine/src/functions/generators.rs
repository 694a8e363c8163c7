//! Generators: what gives several rows, or several columns, for one row.

use super::arrays::item;
use super::{Call, Family};
use crate::failures;
use crate::resolve::{Generator, GeneratorKind, Typed};
use arrow::datatypes::{DataType, Field};
use brickyard_error::{Failure, Result};
use brickyard_functions::types::list_of;
use datafusion::common::ScalarValue;

pub(super) const FAMILY: Family = &[
    ("explode", |call| generator(call, GeneratorKind::Explode, false)),
    ("explode_outer", |call| generator(call, GeneratorKind::Explode, true)),
    ("posexplode", |call| generator(call, GeneratorKind::PosExplode, false)),
    ("posexplode_outer", |call| generator(call, GeneratorKind::PosExplode, true)),
    ("inline", |call| generator(call, GeneratorKind::Inline, false)),
    ("inline_outer", |call| generator(call, GeneratorKind::Inline, true)),
    ("stack", stack),
    ("json_tuple", json_tuple),
];

fn generator(call: &mut Call, kind: GeneratorKind, is_outer: bool) -> Result<Typed> {
    call.takes(1..=1)?;
    let argument = call.argument(0);
    if kind == GeneratorKind::Inline {
        match item(call, 0)?.data_type() {
            DataType::Struct(_) => {}
            _ => return Err(call.mismatch(0, "ARRAY<STRUCT>")),
        }
    }
    let generator = Generator { kind, is_outer, argument: Box::new(argument.clone()), names: Vec::new() };
    let sql = call.sql();
    if argument.generator.is_some() {
        return Err(Failure::unsupported("a generator inside a generator"));
    }
    Ok(Typed { generator: Some(generator), ..Typed::new(argument.expr, argument.data_type, true, sql) })
}

/// An array of structs whose fields become columns.
fn inlined(array: Typed, sql: String) -> Typed {
    let generator = Generator {
        kind: GeneratorKind::Inline,
        is_outer: false,
        argument: Box::new(array.clone()),
        names: Vec::new(),
    };
    Typed { generator: Some(generator), ..Typed::new(array.expr, array.data_type, true, sql) }
}

/// `stack(n, a, b, c, …)`: the values in n rows, nulls at the end.
fn stack(call: &mut Call) -> Result<Typed> {
    call.takes(2..=usize::MAX)?;
    let sql = call.sql();
    let count = call.arguments[0].integer();
    let count = count.ok_or_else(|| failures::not_constant(&sql, "`n`", "\"INT\"", &call.arguments[0].sql))?;
    let Some(rows) = usize::try_from(count).ok().filter(|rows| *rows > 0) else {
        let details = [
            ("exprName", "`n`".to_owned()),
            ("valueRange", "(0, 2147483647]".to_owned()),
            ("currentValue", count.to_string()),
        ];
        return Err(failures::mismatch("VALUE_OUT_OF_RANGE", &sql, "n is at least 1", &details));
    };
    let values = &call.arguments[1..];
    let width = values.len().div_ceil(rows);
    let mut types = Vec::new();
    for column in 0..width {
        let mut first: Option<(usize, &DataType)> = None;
        for (index, value) in values.iter().enumerate().skip(column).step_by(width) {
            match first {
                _ if value.data_type == DataType::Null => {}
                None => first = Some((index, &value.data_type)),
                Some((before, data_type)) if !crate::resolve::same_type(data_type, &value.data_type) => {
                    let places = (column, before + 1, index + 1);
                    return Err(failures::stack_types(&sql, places, data_type, &value.data_type));
                }
                Some(_) => {}
            }
        }
        types.push(first.map_or(DataType::Null, |(_, data_type)| data_type.clone()));
    }
    let mut structs = Vec::new();
    for row in 0..rows {
        let mut items = Vec::new();
        for (column, data_type) in types.iter().enumerate() {
            let value = call.arguments.get(1 + row * width + column).cloned();
            let value = value.unwrap_or_else(|| Typed::literal(ScalarValue::Null, "NULL"));
            items.push((format!("col{column}"), call.resolver.implicit(value, data_type)?.nullable(true)));
        }
        structs.push(call.resolver.struct_of(items));
    }
    let array = call.resolver.array_of(structs)?;
    Ok(inlined(array, sql))
}

/// Fields of a JSON text as columns.
fn json_tuple(call: &mut Call) -> Result<Typed> {
    call.takes(2..=usize::MAX)?;
    let sql = call.sql();
    if call.arguments.iter().any(|argument| argument.data_type != DataType::Utf8) {
        let details = [("funcName", "`json_tuple`".to_owned())];
        return Err(failures::mismatch("NON_STRING_TYPE", &sql, "all arguments of json_tuple are strings", &details));
    }
    let fields = (1..call.arguments.len()).map(|index| Field::new(format!("c{}", index - 1), DataType::Utf8, true));
    let row = DataType::Struct(fields.collect());
    let tuple = call.native("spark_json_tuple", &[])?;
    let array = call.resolver.native("make_array", vec![tuple])?;
    Ok(inlined(Typed::new(array, list_of(row, false), false, sql.clone()), sql))
}
