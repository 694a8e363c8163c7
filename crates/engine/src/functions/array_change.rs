//! Arrays with an element more, side by side, shuffled.

use super::{Call, Family};
use crate::failures;
use crate::resolve::Typed;
use arrow::datatypes::{DataType, Field};
use brickyard_error::Result;
use brickyard_functions::types::list_of;
use datafusion::logical_expr::{cast, lit};

pub(super) const FAMILY: Family = &[("array_insert", array_insert), ("arrays_zip", arrays_zip), ("shuffle", shuffle)];

fn array_insert(call: &mut Call) -> Result<Typed> {
    call.takes(3..=3)?;
    let sql = call.sql();
    let (array, added) = (call.type_of(0).clone(), call.type_of(2).clone());
    let element = match &array {
        DataType::List(item) => Some(item.data_type()),
        _ => None,
    };
    // Strings and others do not meet here.
    let meets = |element: &DataType| (*element == DataType::Utf8) == (added == DataType::Utf8);
    let is_null = |data_type: &DataType| *data_type == DataType::Null;
    let common = element
        .filter(|element| meets(element) || is_null(element) || is_null(&added))
        .and_then(|element| call.resolver.wider_type(element, &added));
    let common = common.ok_or_else(|| failures::array_and_other(&sql, "array_insert", &array, &added))?;
    call.arguments[0] = call.resolver.implicit(call.argument(0), &list_of(common.clone(), true))?;
    call.convert(1, &DataType::Int32)?;
    call.arguments[2] = call.resolver.implicit(call.argument(2), &common)?;
    let nullable = call.arguments[0].nullable || call.arguments[1].nullable;
    let expr = call.native("spark_array_insert", &[])?;
    Ok(Typed::new(expr, list_of(common, true), nullable, sql))
}

/// Columns give their fields' names, other arrays their places.
fn arrays_zip(call: &mut Call) -> Result<Typed> {
    let sql = call.sql();
    let mut fields = Vec::new();
    for (index, argument) in call.arguments.iter().enumerate() {
        let element = match &argument.data_type {
            DataType::List(item) => item.data_type().clone(),
            DataType::Null => DataType::Null,
            _ => return Err(call.mismatch_in(&sql, index, "ARRAY")),
        };
        let is_named = argument.column.is_some() || (argument.is_named && argument.scalar().is_none());
        let name = if is_named { argument.sql.clone() } else { index.to_string() };
        fields.push(Field::new(name, element, true));
    }
    let nullable = call.any_nullable();
    let element = DataType::Struct(fields.iter().cloned().collect());
    if fields.is_empty() {
        return Err(brickyard_error::Failure::unsupported("arrays_zip() of nothing"));
    }
    let arrays = call
        .arguments
        .iter()
        .zip(&fields)
        .map(|(argument, field)| cast(argument.expr.clone(), list_of(field.data_type().clone(), true)));
    let names = fields.iter().map(|field| lit(field.name().as_str()));
    let arguments = arrays.chain(names).collect();
    let expr = call.resolver.native("spark_arrays_zip", arguments)?;
    Ok(Typed::new(expr, list_of(element, false), nullable, sql))
}

fn shuffle(call: &mut Call) -> Result<Typed> {
    call.takes(1..=2)?;
    let sql = format!("shuffle({})", call.arguments[0].sql);
    let array = call.argument(0);
    if !matches!(array.data_type, DataType::List(_)) {
        return Err(call.mismatch(0, "ARRAY"));
    }
    let seed = match call.arguments.get(1) {
        Some(seed) => seed.integer().ok_or_else(|| call.mismatch(1, "INT\" or \"BIGINT"))?,
        None => super::maths::any_seed(),
    };
    let place = call.resolver.place();
    let expr = call.resolver.native("spark_shuffle", vec![place, array.expr, lit(seed)])?;
    Ok(Typed::new(expr, array.data_type, array.nullable, sql))
}
