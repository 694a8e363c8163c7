//! Functions that need no more than a row of a table: the types they take and return, and what computes them.

use super::Call;
use crate::failures;
use crate::resolve::Typed;
use arrow::datatypes::DataType;
use brickyard_error::Result;
use brickyard_functions::types::{is_integral, is_numeric, timestamp};

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Int,
    Long,
    Double,
    Date,
    Timestamp,
    Boolean,
    Binary,
    /// As it comes.
    Any,
    // What is converted from no other type.
    OnlyText,
    OnlyDate,
    OnlyTimestamp,
    OnlyNumber,
    OnlyWhole,
    /// No bigint, and no fraction.
    OnlyInt,
}

use Kind::*;

impl Kind {
    fn data_type(self) -> Option<DataType> {
        Some(match self {
            Text | OnlyText => DataType::Utf8,
            Int | OnlyInt => DataType::Int32,
            Long | OnlyWhole => DataType::Int64,
            Double | OnlyNumber => DataType::Float64,
            Date | OnlyDate => DataType::Date32,
            Timestamp | OnlyTimestamp => timestamp(),
            Boolean => DataType::Boolean,
            Binary => DataType::Binary,
            Any => return None,
        })
    }
}

impl Kind {
    /// What the argument has to be, where this is not.
    fn refusal(self, data_type: &DataType) -> Option<&'static str> {
        let (is_good, required) = match self {
            OnlyText => (*data_type == DataType::Utf8, "STRING"),
            OnlyDate => (*data_type == DataType::Date32, "DATE"),
            OnlyTimestamp => (*data_type == timestamp(), "TIMESTAMP"),
            OnlyNumber => (is_numeric(data_type), "NUMERIC"),
            OnlyWhole => (is_integral(data_type), "INTEGRAL"),
            OnlyInt => (
                *data_type != DataType::Int64 && (is_integral(data_type) || !is_numeric(data_type)),
                "INT\" or \"SMALLINT\" or \"TINYINT",
            ),
            _ => (true, ""),
        };
        (!is_good && *data_type != DataType::Null).then_some(required)
    }
}

struct Row {
    name: &'static str,
    /// What it is called in DataFusion, datafusion-spark or our own functions.
    native: &'static str,
    arguments: &'static [Kind],
    /// How many of the arguments must be there.
    least: usize,
    returns: Kind,
    nulls: Nulls,
}

#[derive(Clone, Copy, PartialEq)]
enum Nulls {
    /// Null for null.
    Spread,
    /// Perhaps null for any value.
    Always,
    Never,
}

const fn row(
    name: &'static str,
    native: &'static str,
    arguments: &'static [Kind],
    least: usize,
    returns: Kind,
    nulls: Nulls,
) -> Row {
    Row { name, native, arguments, least, returns, nulls }
}

use Nulls::{Always, Never, Spread};

const ROWS: &[Row] = &[
    // Strings.
    row("upper", "upper", &[Text], 1, Text, Spread),
    row("ucase", "upper", &[Text], 1, Text, Spread),
    row("lower", "lower", &[Text], 1, Text, Spread),
    row("lcase", "lower", &[Text], 1, Text, Spread),
    row("initcap", "spark_initcap", &[Text], 1, Text, Spread),
    row("ascii", "ascii", &[Text], 1, Int, Spread),
    row("char_length", "character_length", &[Text], 1, Int, Spread),
    row("character_length", "character_length", &[Text], 1, Int, Spread),
    row("octet_length", "octet_length", &[Text], 1, Int, Spread),
    row("bit_length", "bit_length", &[Text], 1, Int, Spread),
    row("repeat", "repeat", &[Text, Long], 2, Text, Spread),
    row("translate", "translate", &[Text, Text, Text], 3, Text, Spread),
    row("instr", "spark_instr", &[Text, Text], 2, Int, Spread),
    row("left", "spark_left", &[Text, Int], 2, Text, Spread),
    row("right", "spark_right", &[Text, Int], 2, Text, Spread),
    row("split_part", "split_part", &[Text, Text, Long], 3, Text, Spread),
    row("substring_index", "substr_index", &[Text, Text, Long], 3, Text, Spread),
    row("levenshtein", "levenshtein", &[Text, Text], 2, Int, Spread),
    row("soundex", "soundex", &[OnlyText], 1, Text, Spread),
    row("space", "space", &[Int], 1, Text, Spread),
    row("startswith", "starts_with", &[Text, Text], 2, Boolean, Spread),
    row("endswith", "ends_with", &[Text, Text], 2, Boolean, Spread),
    row("contains", "contains", &[Text, Text], 2, Boolean, Spread),
    row("md5", "spark_md5", &[Binary], 1, Text, Spread),
    row("sha", "sha1", &[Binary], 1, Text, Spread),
    row("sha1", "sha1", &[Binary], 1, Text, Spread),
    row("crc32", "crc32", &[Binary], 1, Long, Spread),
    row("base64", "base64", &[Binary], 1, Text, Spread),
    row("unbase64", "unbase64", &[Text], 1, Binary, Spread),
    row("quote", "spark_quote", &[Text], 1, Text, Always),
    row("bitmap_bit_position", "spark_bitmap_bit_position", &[Long], 1, Long, Spread),
    row("bitmap_bucket_number", "spark_bitmap_bucket_number", &[Long], 1, Long, Spread),
    row("bitmap_count", "spark_bitmap_count", &[Binary], 1, Long, Spread),
    row("find_in_set", "find_in_set", &[Text, Text], 2, Int, Spread),
    row("get_json_object", "spark_get_json_object", &[OnlyText, OnlyText], 2, Text, Always),
    row("json_array_length", "spark_json_array_length", &[OnlyText], 1, Int, Always),
    row("uuid", "uuid", &[], 0, Text, Never),
    row("chr", "char", &[Long], 1, Text, Spread),
    row("char", "char", &[Long], 1, Text, Spread),
    row("raise_error", "spark_raise_error", &[Text], 1, Any, Always),
    // Dates.
    row("year", "spark_year", &[Date], 1, Int, Spread),
    row("quarter", "spark_quarter", &[Date], 1, Int, Spread),
    row("month", "spark_month", &[Date], 1, Int, Spread),
    row("day", "spark_day", &[Date], 1, Int, Spread),
    row("dayofmonth", "spark_day", &[Date], 1, Int, Spread),
    row("dayofweek", "spark_dayofweek", &[Date], 1, Int, Spread),
    row("weekday", "spark_weekday", &[Date], 1, Int, Spread),
    row("dayofyear", "spark_dayofyear", &[Date], 1, Int, Spread),
    row("weekofyear", "spark_weekofyear", &[Date], 1, Int, Spread),
    row("dayname", "spark_dayname", &[Date], 1, Text, Spread),
    row("monthname", "spark_monthname", &[Date], 1, Text, Spread),
    row("date_add", "date_add", &[Date, OnlyInt], 2, Date, Spread),
    row("dateadd", "date_add", &[Date, OnlyInt], 2, Date, Spread),
    row("date_sub", "date_sub", &[Date, OnlyInt], 2, Date, Spread),
    row("datediff", "spark_days_between", &[Date, Date], 2, Int, Spread),
    row("date_diff", "spark_days_between", &[Date, Date], 2, Int, Spread),
    row("add_months", "spark_add_months", &[Date, Int], 2, Date, Spread),
    row("last_day", "spark_last_day", &[Date], 1, Date, Spread),
    row("next_day", "next_day", &[Date, Text], 2, Date, Always),
    row("trunc", "spark_trunc", &[Date, Text], 2, Date, Always),
    row("unix_date", "spark_unix_date", &[OnlyDate], 1, Int, Spread),
    row("date_from_unix_date", "spark_date_from_unix_date", &[Int], 1, Date, Spread),
    row("timestamp_seconds", "spark_timestamp_seconds", &[OnlyNumber], 1, Timestamp, Spread),
    row("timestamp_millis", "spark_timestamp_millis", &[OnlyWhole], 1, Timestamp, Spread),
    row("timestamp_micros", "spark_timestamp_micros", &[OnlyWhole], 1, Timestamp, Spread),
    row("unix_seconds", "spark_unix_seconds", &[OnlyTimestamp], 1, Long, Spread),
    row("unix_millis", "spark_unix_millis", &[OnlyTimestamp], 1, Long, Spread),
    row("unix_micros", "spark_unix_micros", &[OnlyTimestamp], 1, Long, Spread),
    // Numbers.
    row("isnan", "spark_isnan", &[Double], 1, Boolean, Never),
    row("factorial", "factorial", &[Int], 1, Long, Always),
    row("width_bucket", "width_bucket", &[Double, Double, Double, Long], 4, Long, Always),
    row("bin", "bin", &[Long], 1, Text, Spread),
    row("unhex", "unhex", &[Text], 1, Binary, Always),
];

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.name)
}

pub(super) fn build(call: &mut Call) -> Result<Typed> {
    let Some(row) = ROWS.iter().find(|row| row.name == call.name) else {
        return Err(failures::unresolved_routine(call.name, &[], &call.resolver.session.place.read()));
    };
    call.takes(row.least..=row.arguments.len())?;
    for (index, kind) in row.arguments.iter().enumerate().take(call.arguments.len()) {
        if let Some(required) = kind.refusal(call.type_of(index)) {
            return Err(call.mismatch(index, required));
        }
        if let Some(wanted) = kind.data_type() {
            call.convert(index, &wanted)?;
        }
    }
    let expr = call.native(row.native, &[])?;
    let data_type = row.returns.data_type().unwrap_or(DataType::Null);
    // DataFusion counts in bigints where Spark counts in ints, and the like.
    let expr = match row.native.starts_with("spark_") {
        true => expr,
        false => datafusion::logical_expr::cast(expr, data_type.clone()),
    };
    let typed = call.result(expr, data_type);
    Ok(match row.nulls {
        Spread => typed,
        Always => typed.nullable(true),
        Never => typed.nullable(false),
    })
}
