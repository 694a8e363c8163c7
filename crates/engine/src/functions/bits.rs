//! Bits and hashes.

use super::{Call, Family};
use crate::failures;
use crate::resolve::Typed;
use arrow::datatypes::DataType;
use brickyard_error::Result;
use brickyard_functions::types::is_integral;
use datafusion::logical_expr::{Operator, binary_expr};

pub(super) const FAMILY: Family = &[
    ("&", |call| bitwise(call, "&", Operator::BitwiseAnd)),
    ("|", |call| bitwise(call, "|", Operator::BitwiseOr)),
    ("^", |call| bitwise(call, "^", Operator::BitwiseXor)),
    ("~", complement),
    ("bitwise_not", complement),
    ("shiftleft", |call| shift(call, "shiftleft")),
    ("shiftright", |call| shift(call, "shiftright")),
    ("shiftrightunsigned", |call| shift(call, "shiftrightunsigned")),
    ("bit_count", bit_count),
    ("getbit", bit_get),
    ("bit_get", bit_get),
    ("hash", |call| hash(call, "spark_hash", DataType::Int32)),
    ("xxhash64", |call| hash(call, "spark_xxhash64", DataType::Int64)),
    ("sha2", sha2),
];

fn bitwise(call: &mut Call, symbol: &str, operator: Operator) -> Result<Typed> {
    call.takes(2..=2)?;
    let sql = format!("({} {symbol} {})", call.arguments[0].sql, call.arguments[1].sql);
    let (left, right) = (call.type_of(0).clone(), call.type_of(1).clone());
    let common = call.resolver.wider_type(&left, &right).filter(is_integral);
    let common = common.ok_or_else(|| failures::different_operands(&sql, &left, &right))?;
    call.arguments[0] = call.resolver.implicit(call.argument(0), &common)?;
    call.arguments[1] = call.resolver.implicit(call.argument(1), &common)?;
    let expr = binary_expr(call.argument(0).expr, operator, call.argument(1).expr);
    Ok(call.result(expr, common).with_sql(sql))
}

fn complement(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    let sql = format!("~{}", call.arguments[0].sql);
    if !is_integral(call.type_of(0)) {
        return Err(call.mismatch_in(&sql, 0, "INTEGRAL"));
    }
    let expr = call.native("bitwise_not", &[])?;
    Ok(call.result(expr, call.type_of(0).clone()).with_sql(sql))
}

fn shift(call: &mut Call, native: &str) -> Result<Typed> {
    call.takes(2..=2)?;
    if *call.type_of(0) != DataType::Int64 {
        call.convert(0, &DataType::Int32)?;
    }
    call.convert(1, &DataType::Int32)?;
    let expr = call.native(native, &[])?;
    Ok(call.result(expr, call.type_of(0).clone()))
}

fn bit_count(call: &mut Call) -> Result<Typed> {
    call.takes(1..=1)?;
    if !is_integral(call.type_of(0)) && !matches!(call.type_of(0), DataType::Boolean | DataType::Null) {
        return Err(call.mismatch(0, "INTEGRAL\" or \"BOOLEAN"));
    }
    let expr = call.native("bit_count", &[])?;
    Ok(call.result(expr, DataType::Int32))
}

fn bit_get(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    if !is_integral(call.type_of(0)) && *call.type_of(0) != DataType::Null {
        return Err(call.mismatch(0, "INTEGRAL"));
    }
    call.convert(1, &DataType::Int32)?;
    let expr = call.native("bit_get", &[])?;
    Ok(call.result(expr, DataType::Int8))
}

fn hash(call: &mut Call, native: &str, returns: DataType) -> Result<Typed> {
    call.takes(1..=usize::MAX)?;
    let expr = call.native(native, &[])?;
    Ok(call.result(expr, returns).nullable(false))
}

fn sha2(call: &mut Call) -> Result<Typed> {
    call.takes(2..=2)?;
    call.convert(0, &DataType::Binary)?;
    call.convert(1, &DataType::Int32)?;
    let expr = datafusion::logical_expr::cast(call.native("sha2", &[])?, DataType::Utf8);
    Ok(call.result(expr, DataType::Utf8).nullable(true))
}
