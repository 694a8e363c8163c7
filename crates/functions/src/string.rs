//! Strings where Spark differs: positions from the end, padding, joining, formats.

use crate::failures::raised;
use crate::udf::{Definition, Input, kernel};
use arrow::array::types::*;
use arrow::array::*;
use arrow::datatypes::DataType;
use brickyard_error::{Failure, Result};
use std::ops::Range;
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_concat", |_| Ok(DataType::Utf8), concat),
    Definition::new("spark_concat_ws", |_| Ok(DataType::Utf8), concat_ws),
    Definition::new("spark_substring", |_| Ok(DataType::Utf8), substring),
    Definition::new("spark_left", |_| Ok(DataType::Utf8), |input| with_int(input, take)),
    Definition::new("spark_right", |_| Ok(DataType::Utf8), |input| with_int(input, take_last)),
    Definition::new("spark_lpad", |_| Ok(DataType::Utf8), |input| pad(input, true)),
    Definition::new("spark_rpad", |_| Ok(DataType::Utf8), |input| pad(input, false)),
    Definition::new("spark_initcap", |_| Ok(DataType::Utf8), |input| each(input, initcap)),
    Definition::new("spark_instr", |_| Ok(DataType::Int32), instr),
    Definition::new("spark_md5", |_| Ok(DataType::Utf8), md5),
    Definition::new("spark_format_number", |_| Ok(DataType::Utf8), format_number),
    Definition::new("spark_raise_error", |_| Ok(DataType::Null), raise_error).volatile(),
];

fn each(input: &Input, function: fn(&str) -> String) -> Result<ArrayRef> {
    let texts = input.strings(0)?;
    Ok(Arc::new(texts.iter().map(|text| text.map(function)).collect::<StringArray>()))
}

fn concat(input: &Input) -> Result<ArrayRef> {
    let parts = (0..input.len()).map(|index| input.strings(index)).collect::<Result<Vec<_>>>()?;
    let mut builder = StringBuilder::new();
    for row in 0..input.rows {
        if parts.iter().any(|part| part.is_null(row)) {
            builder.append_null();
            continue;
        }
        let text: String = parts.iter().map(|part| part.value(row)).collect();
        builder.append_value(text);
    }
    Ok(Arc::new(builder.finish()))
}

/// Nulls are passed over; arrays give their elements.
fn concat_ws(input: &Input) -> Result<ArrayRef> {
    let separators = input.strings(0)?;
    let parts = (1..input.len()).map(|index| input.array(index)).collect::<Result<Vec<_>>>()?;
    let mut builder = StringBuilder::new();
    for row in 0..input.rows {
        if separators.is_null(row) {
            builder.append_null();
            continue;
        }
        let mut words: Vec<String> = Vec::new();
        for part in &parts {
            if part.is_null(row) {
                continue;
            }
            match part.data_type() {
                DataType::List(_) => {
                    let items = part.as_list::<i32>().value(row);
                    let items = arrow::compute::cast(&items, &DataType::Utf8).map_err(kernel)?;
                    words.extend(items.as_string::<i32>().iter().flatten().map(ToOwned::to_owned));
                }
                _ => words.push(part.as_string::<i32>().value(row).to_owned()),
            }
        }
        builder.append_value(words.join(separators.value(row)));
    }
    Ok(Arc::new(builder.finish()))
}

fn take(text: &str, count: i32) -> String {
    text.chars().take(usize::try_from(count).unwrap_or(0)).collect()
}

fn take_last(text: &str, count: i32) -> String {
    let total = text.chars().count();
    text.chars().skip(total.saturating_sub(usize::try_from(count).unwrap_or(0))).collect()
}

fn ints(input: &Input, index: usize) -> Result<Int32Array> {
    let array = input.array(index)?;
    array.as_primitive_opt::<Int32Type>().cloned().ok_or_else(|| Failure::internal("a function wants ints"))
}

fn with_int(input: &Input, function: fn(&str, i32) -> String) -> Result<ArrayRef> {
    let (texts, counts) = (input.strings(0)?, ints(input, 1)?);
    let pairs = texts.iter().zip(&counts);
    Ok(Arc::new(pairs.map(|(text, count)| Some(function(text?, count?))).collect::<StringArray>()))
}

/// The places from `start` on, of `total`. They count from 1, or from the end when negative; 0 is as 1.
pub(crate) fn cut(total: usize, start: i32, length: i32) -> Range<usize> {
    let (total, start) = (total as i64, i64::from(start));
    let from = match start {
        1.. => start - 1,
        0 => 0,
        _ => total + start,
    };
    let to = (from + i64::from(length)).clamp(0, total);
    from.clamp(0, to) as usize..to as usize
}

fn substring(input: &Input) -> Result<ArrayRef> {
    let (texts, starts, lengths) = (input.strings(0)?, ints(input, 1)?, ints(input, 2)?);
    let cut = |text: &str, start: i32, length: i32| -> String {
        let kept = cut(text.chars().count(), start, length);
        text.chars().skip(kept.start).take(kept.len()).collect()
    };
    let rows = (0..input.rows).map(|row| {
        let present = !texts.is_null(row) && !starts.is_null(row) && !lengths.is_null(row);
        present.then(|| cut(texts.value(row), starts.value(row), lengths.value(row)))
    });
    Ok(Arc::new(rows.collect::<StringArray>()))
}

fn pad(input: &Input, on_left: bool) -> Result<ArrayRef> {
    let (texts, lengths, pads) = (input.strings(0)?, ints(input, 1)?, input.strings(2)?);
    let padded = |text: &str, length: i32, pad: &str| -> String {
        let length = usize::try_from(length).unwrap_or(0);
        let have = text.chars().count();
        if have >= length || pad.is_empty() {
            return text.chars().take(length).collect();
        }
        let fill: String = pad.chars().cycle().take(length - have).collect();
        if on_left { fill + text } else { text.to_owned() + &fill }
    };
    let rows = (0..input.rows).map(|row| {
        let present = !texts.is_null(row) && !lengths.is_null(row) && !pads.is_null(row);
        present.then(|| padded(texts.value(row), lengths.value(row), pads.value(row)))
    });
    Ok(Arc::new(rows.collect::<StringArray>()))
}

/// The first letter of each word, separated by blanks, in upper case and the others in lower case.
fn initcap(text: &str) -> String {
    let mut at_start = true;
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if at_start {
            out.extend(character.to_uppercase());
        } else {
            out.extend(character.to_lowercase());
        }
        at_start = character == ' ';
    }
    out
}

/// The place of the second string in the first, from 1; 0 when it is not there. A third argument is where to begin.
fn instr(input: &Input) -> Result<ArrayRef> {
    let (texts, needles) = (input.strings(0)?, input.strings(1)?);
    let starts = if input.len() > 2 { Some(ints(input, 2)?) } else { None };
    let find = |text: &str, needle: &str, start: i32| -> i32 {
        if start < 1 {
            return 0;
        }
        let skipped: usize = text.chars().take(start as usize - 1).map(char::len_utf8).sum();
        match text[skipped..].find(needle) {
            Some(at) => text[..skipped + at].chars().count() as i32 + 1,
            None => 0,
        }
    };
    let rows = (0..input.rows).map(|row| {
        let present = !texts.is_null(row) && !needles.is_null(row);
        let start = starts.as_ref().map_or(1, |starts| if starts.is_null(row) { 0 } else { starts.value(row) });
        present.then(|| find(texts.value(row), needles.value(row), start))
    });
    Ok(Arc::new(rows.collect::<Int32Array>()))
}

fn md5(input: &Input) -> Result<ArrayRef> {
    let array = input.array(0)?;
    let hashed = datafusion::functions::crypto::md5();
    let field = Arc::new(arrow::datatypes::Field::new("b", DataType::Binary, true));
    let returns = Arc::new(arrow::datatypes::Field::new("md5", DataType::Utf8View, true));
    let arguments = datafusion::logical_expr::ScalarFunctionArgs {
        args: vec![datafusion::logical_expr::ColumnarValue::Array(Arc::clone(&array))],
        arg_fields: vec![field],
        number_rows: array.len(),
        return_field: returns,
        config_options: Arc::default(),
    };
    let result = hashed.invoke_with_args(arguments).and_then(|value| value.to_array(array.len())).map_err(kernel)?;
    arrow::compute::cast(&result, &DataType::Utf8).map_err(kernel)
}

/// `12,345.68`: groups of three, rounded half even to the digits.
fn format_number(input: &Input) -> Result<ArrayRef> {
    let numbers = input.array(0)?;
    let (numbers, digits) = (numbers.as_primitive::<Float64Type>(), ints(input, 1)?);
    let format = |number: f64, digits: i32| -> Option<String> {
        let digits = usize::try_from(digits).ok()?;
        let text = format!("{:.digits$}", number.abs());
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if number < 0.0 { "-" } else { "" };
        Some(if fraction.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{fraction}") })
    };
    let rows = numbers.iter().zip(&digits).map(|(number, digits)| format(number?, digits?));
    Ok(Arc::new(rows.collect::<StringArray>()))
}

fn raise_error(input: &Input) -> Result<ArrayRef> {
    if input.rows == 0 {
        return Ok(new_null_array(&DataType::Null, 0));
    }
    let messages = input.strings(0)?;
    Err(raised(if messages.is_null(0) { "null" } else { messages.value(0) }))
}
