//! Bytes of texts: `to_binary` and the validity of UTF-8.

use crate::failures::{conversion, invalid_utf8};
use crate::udf::{Definition, Input};
use arrow::array::*;
use arrow::datatypes::DataType;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use brickyard_error::{Failure, Result};
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_to_binary", |_| Ok(DataType::Binary), to_binary),
    Definition::new(
        "spark_byte_length",
        |_| Ok(DataType::Int32),
        |input| {
            Ok(Arc::new(
                input.bytes(0)?.iter().map(|bytes| bytes.map(|bytes| bytes.len() as i32)).collect::<Int32Array>(),
            ))
        },
    ),
    Definition::new("spark_is_valid_utf8", |_| Ok(DataType::Boolean), is_valid),
    Definition::new("spark_make_valid_utf8", |_| Ok(DataType::Utf8), make_valid),
    Definition::new("spark_validate_utf8", |_| Ok(DataType::Utf8), validate),
];

/// `(text, format, mode)`; the format is `hex`, `base64`, `utf-8` or `utf8`.
fn to_binary(input: &Input) -> Result<ArrayRef> {
    let texts = input.strings(0)?;
    let format = input.text(1)?.to_lowercase();
    let fails = input.text(2)? != "try";
    let decode: fn(&str) -> Option<Vec<u8>> = match format.as_str() {
        "hex" => hex_bytes,
        "base64" => base64_bytes,
        "utf-8" | "utf8" => |text| Some(text.as_bytes().to_vec()),
        _ => return Err(Failure::internal("a format of bytes that is none")),
    };
    Ok(Arc::new(input.rows_of::<_, BinaryArray>(1, |row| match decode(texts.value(row)) {
        None if fails => Err(conversion(texts.value(row), &format.to_uppercase(), &DataType::Binary, "try_to_binary")),
        bytes => Ok(bytes),
    })?))
}

/// An odd number of digits has a 0 before it.
fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<Vec<u8>>>()?;
    let (first, pairs) = digits.split_at(digits.len() % 2);
    Some(first.iter().copied().chain(pairs.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1])).collect())
}

/// Blanks between the characters do not count.
fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    GeneralPurpose::new(&STANDARD, config).decode(text).ok()
}

fn is_valid(input: &Input) -> Result<ArrayRef> {
    let texts = input.bytes(0)?;
    let valid = texts.iter().map(|bytes| bytes.map(|bytes| std::str::from_utf8(bytes).is_ok()));
    Ok(Arc::new(valid.collect::<BooleanArray>()))
}

/// What is no UTF-8 becomes `�`.
fn make_valid(input: &Input) -> Result<ArrayRef> {
    let texts = input.bytes(0)?;
    Ok(Arc::new(texts.iter().map(|bytes| bytes.map(String::from_utf8_lossy)).collect::<StringArray>()))
}

/// `(text, mode)`
fn validate(input: &Input) -> Result<ArrayRef> {
    let texts = input.bytes(0)?;
    let fails = input.text(1)? != "try";
    Ok(Arc::new(input.rows_of::<_, StringArray>(1, |row| match std::str::from_utf8(texts.value(row)) {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(_) if fails => Err(invalid_utf8(texts.value(row))),
        Err(_) => Ok(None),
    })?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_become_bytes() {
        for (text, wanted) in
            [("616263", Some(&b"abc"[..])), ("616", Some(&b"\x06\x16"[..])), ("", Some(b"")), ("zz", None)]
        {
            assert_eq!(hex_bytes(text).as_deref(), wanted, "{text:?}");
        }
        assert_eq!(base64_bytes("YW Jj").as_deref(), Some(&b"abc"[..]));
        assert_eq!(base64_bytes("a!"), None);
    }
}
