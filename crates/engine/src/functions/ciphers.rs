//! AES.

use super::{Call, Family};
use crate::resolve::Typed;
use arrow::datatypes::DataType;
use brickyard_error::Result;
use datafusion::common::ScalarValue;

pub(super) const FAMILY: Family = &[
    ("aes_encrypt", |call| aes(call, "spark_aes_encrypt", 6, &[])),
    ("aes_decrypt", |call| aes(call, "spark_aes_decrypt", 5, &["ansi"])),
    ("try_aes_decrypt", |call| aes(call, "spark_aes_decrypt", 5, &["try"])),
];

/// `(text, key, mode, padding, [initialization vector,] additional data)`
fn aes(call: &mut Call, native: &str, most: usize, constants: &[&str]) -> Result<Typed> {
    call.takes(2..=most)?;
    let defaults = ["GCM", "DEFAULT", "", ""];
    while call.arguments.len() < most {
        let value = defaults[call.arguments.len() - 2];
        call.arguments.push(Typed::literal(ScalarValue::from(value), value));
    }
    let sql = call.sql();
    for index in 0..most {
        let wanted = if matches!(index, 2 | 3) { DataType::Utf8 } else { DataType::Binary };
        call.convert_in(&sql, index, &wanted)?;
    }
    let expr = call.native(native, constants)?;
    Ok(Typed::new(expr, DataType::Binary, true, sql))
}
