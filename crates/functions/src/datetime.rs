//! Parts of dates and times, truncation, patterns, intervals, in the session's zone.

use crate::cast::Mode;
use crate::date_pattern::Pattern;
use crate::failures::cannot_parse_timestamp;
use crate::types::{day_time_interval, timestamp};
use crate::udf::{Definition, Input, Types};
use crate::zone::{Zone, time_zone};
use arrow::array::types::*;
use arrow::array::*;
use arrow::datatypes::{DataType, IntervalUnit};
use brickyard_error::{Failure, Result};
use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use std::collections::HashMap;
use std::sync::Arc;

const DAY: i64 = 86_400_000_000;

fn int(_: &Types) -> Result<DataType> {
    Ok(DataType::Int32)
}

fn long(_: &Types) -> Result<DataType> {
    Ok(DataType::Int64)
}

fn date_type(_: &Types) -> Result<DataType> {
    Ok(DataType::Date32)
}

fn instant_type(_: &Types) -> Result<DataType> {
    Ok(timestamp())
}

fn text_type(_: &Types) -> Result<DataType> {
    Ok(DataType::Utf8)
}

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_year", int, |input| part(input, |date| date.year())),
    Definition::new("spark_quarter", int, |input| part(input, |date| date.month0() as i32 / 3 + 1)),
    Definition::new("spark_month", int, |input| part(input, |date| date.month() as i32)),
    Definition::new("spark_day", int, |input| part(input, |date| date.day() as i32)),
    Definition::new("spark_dayofweek", int, |input| {
        part(input, |date| date.weekday().num_days_from_sunday() as i32 + 1)
    }),
    Definition::new("spark_weekday", int, |input| part(input, |date| date.weekday().num_days_from_monday() as i32)),
    Definition::new("spark_dayofyear", int, |input| part(input, |date| date.ordinal() as i32)),
    Definition::new("spark_weekofyear", int, |input| part(input, |date| date.iso_week().week() as i32)),
    Definition::new("spark_dayname", text_type, |input| names(input, "EEE")),
    Definition::new("spark_monthname", text_type, |input| names(input, "MMM")),
    Definition::new("spark_days_between", int, days_between),
    Definition::new("spark_add_months", date_type, |input| with_int(input, add_months)),
    Definition::new("spark_last_day", date_type, |input| dates_of(input, last_day)),
    Definition::new("spark_trunc", date_type, trunc),
    Definition::new("spark_unix_date", int, |input| Ok(Arc::new(dates(input, 0)?.unary::<_, Int32Type>(|days| days)))),
    Definition::new("spark_date_from_unix_date", date_type, |input| {
        Ok(Arc::new(ints(input, 0)?.unary::<_, Date32Type>(|days| days)))
    }),
    Definition::new("spark_timestamp_seconds", instant_type, |input| {
        let seconds = input.array(0)?;
        let seconds = seconds.as_primitive::<Float64Type>().iter();
        Ok(instants(seconds.map(|value| value.map(|seconds| (seconds * 1e6) as i64)).collect()))
    }),
    Definition::new("spark_timestamp_millis", instant_type, |input| scaled(input, 1000)),
    Definition::new("spark_timestamp_micros", instant_type, |input| scaled(input, 1)),
    Definition::new("spark_unix_seconds", long, |input| divided(input, 1_000_000)),
    Definition::new("spark_unix_millis", long, |input| divided(input, 1000)),
    Definition::new("spark_unix_micros", long, |input| divided(input, 1)),
    Definition::new("spark_hour", int, |input| clock(input, |time| time.hour())),
    Definition::new("spark_minute", int, |input| clock(input, |time| time.minute())),
    Definition::new("spark_second", int, |input| clock(input, |time| time.second())),
    Definition::new("spark_date_trunc", |types| types.get(1).cloned(), date_trunc),
    Definition::new("spark_date_format", text_type, date_format),
    Definition::new("spark_parse_timestamp", instant_type, parse_timestamp),
    Definition::new("spark_months_between", |_| Ok(DataType::Float64), months_between),
    Definition::new("spark_add_interval", |types| types.get(0).cloned(), add_interval),
    Definition::new("spark_subtract_times", |_| Ok(day_time_interval()), subtract_times),
    Definition::new("spark_scale_interval", |types| types.get(0).cloned(), scale_interval),
    Definition::new("spark_timestamp_diff", long, timestamp_diff),
    Definition::new("spark_timestamp_add", |types| types.get(2).cloned(), timestamp_add),
    Definition::new("spark_from_utc", instant_type, |input| shifted(input, true)),
    Definition::new("spark_to_utc", instant_type, |input| shifted(input, false)),
    Definition::new("spark_make_ym_interval", |_| Ok(DataType::Interval(IntervalUnit::YearMonth)), make_ym_interval),
];

// ---- values --------------------------------------------------------------------------------------------------------

fn dates(input: &Input, index: usize) -> Result<Date32Array> {
    let array = input.array(index)?;
    array.as_primitive_opt::<Date32Type>().cloned().ok_or_else(|| Failure::internal("a function wants dates"))
}

fn ints(input: &Input, index: usize) -> Result<Int32Array> {
    let array = input.array(index)?;
    array.as_primitive_opt::<Int32Type>().cloned().ok_or_else(|| Failure::internal("a function wants ints"))
}

fn date_of(days: i32) -> NaiveDate {
    NaiveDate::default().checked_add_signed(TimeDelta::days(days.into())).unwrap_or_default()
}

fn days_of(date: NaiveDate) -> i32 {
    (date - NaiveDate::default()).num_days() as i32
}

fn instants(values: Vec<Option<i64>>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC"))
}

fn micros_of(local: NaiveDateTime) -> i64 {
    local.and_utc().timestamp_micros()
}

fn wall(micros: i64) -> Option<NaiveDateTime> {
    chrono::DateTime::from_timestamp_micros(micros).map(|time| time.naive_utc())
}

/// Timestamps of either kind, and how to get their wall clocks and back.
struct Times {
    values: TimestampMicrosecondArray,
    zone: Option<Zone>,
}

impl Times {
    fn new(input: &Input, index: usize, zone: &str) -> Result<Self> {
        let array = input.array(index)?;
        let has_zone = matches!(array.data_type(), DataType::Timestamp(_, Some(_)));
        let values = array.as_primitive_opt::<TimestampMicrosecondType>().cloned();
        let values = values.ok_or_else(|| Failure::internal("a function wants timestamps"))?;
        Ok(Self { values, zone: if has_zone { Some(time_zone(zone)?) } else { None } })
    }

    fn local(&self, micros: i64) -> Option<NaiveDateTime> {
        match &self.zone {
            Some(zone) => zone.local(micros),
            None => wall(micros),
        }
    }

    fn instant(&self, local: NaiveDateTime) -> i64 {
        self.zone.as_ref().map_or_else(|| micros_of(local), |zone| zone.instant(local))
    }

    /// Each wall clock changed.
    fn mapped(&self, change: impl Fn(NaiveDateTime) -> Option<NaiveDateTime>) -> ArrayRef {
        let changed = |micros: i64| self.local(micros).and_then(&change).map(|local| self.instant(local));
        let values: Vec<Option<i64>> = self.values.iter().map(|value| value.and_then(changed)).collect();
        let array = TimestampMicrosecondArray::from(values);
        Arc::new(if self.zone.is_some() { array.with_timezone("UTC") } else { array })
    }
}

// ---- parts of dates ------------------------------------------------------------------------------------------------

fn part(input: &Input, part: fn(NaiveDate) -> i32) -> Result<ArrayRef> {
    Ok(Arc::new(dates(input, 0)?.unary::<_, Int32Type>(|days| part(date_of(days)))))
}

fn names(input: &Input, pattern: &str) -> Result<ArrayRef> {
    let pattern = Pattern::parse(pattern)?;
    let name = |days: i32| pattern.format(date_of(days).and_time(NaiveTime::MIN), 0, "UTC");
    Ok(Arc::new(dates(input, 0)?.iter().map(|days| days.map(name)).collect::<StringArray>()))
}

fn days_between(input: &Input) -> Result<ArrayRef> {
    let (end, start) = (dates(input, 0)?, dates(input, 1)?);
    let pairs = end.iter().zip(&start);
    Ok(Arc::new(pairs.map(|(end, start)| Some(end?.wrapping_sub(start?))).collect::<Int32Array>()))
}

fn dates_of(input: &Input, change: fn(NaiveDate) -> Option<NaiveDate>) -> Result<ArrayRef> {
    let changed = dates(input, 0)?
        .iter()
        .map(|days| days.and_then(|days| change(date_of(days))).map(days_of))
        .collect::<Date32Array>();
    Ok(Arc::new(changed))
}

fn with_int(input: &Input, change: fn(NaiveDate, i32) -> Option<NaiveDate>) -> Result<ArrayRef> {
    let (dates, numbers) = (dates(input, 0)?, ints(input, 1)?);
    let pairs = dates.iter().zip(&numbers);
    let changed = pairs.map(|(days, number)| change(date_of(days?), number?).map(days_of));
    Ok(Arc::new(changed.collect::<Date32Array>()))
}

fn add_months(date: NaiveDate, months: i32) -> Option<NaiveDate> {
    let step = Months::new(months.unsigned_abs());
    if months >= 0 { date.checked_add_months(step) } else { date.checked_sub_months(step) }
}

fn last_day(date: NaiveDate) -> Option<NaiveDate> {
    date.with_day(1)?.checked_add_months(Months::new(1))?.checked_sub_days(Days::new(1))
}

fn trunc(input: &Input) -> Result<ArrayRef> {
    let (dates, units) = (dates(input, 0)?, input.strings(1)?);
    let pairs = dates.iter().zip(&units);
    let cut = pairs.map(|(days, unit)| truncated_date(date_of(days?), &unit?.to_lowercase()).map(days_of));
    Ok(Arc::new(cut.collect::<Date32Array>()))
}

fn truncated_date(date: NaiveDate, unit: &str) -> Option<NaiveDate> {
    match unit {
        "year" | "yyyy" | "yy" => date.with_day(1)?.with_month(1),
        "quarter" => date.with_day(1)?.with_month(date.month0() / 3 * 3 + 1),
        "month" | "mon" | "mm" => date.with_day(1),
        "week" => date.checked_sub_days(Days::new(date.weekday().num_days_from_monday().into())),
        _ => None,
    }
}

// ---- instants ------------------------------------------------------------------------------------------------------

fn scaled(input: &Input, factor: i64) -> Result<ArrayRef> {
    let numbers = input.array(0)?;
    let numbers = numbers.as_primitive::<Int64Type>().iter();
    Ok(instants(numbers.map(|value| value.map(|number| number.saturating_mul(factor))).collect()))
}

fn divided(input: &Input, divisor: i64) -> Result<ArrayRef> {
    let times = Times::new(input, 0, "UTC")?;
    Ok(Arc::new(times.values.unary::<_, Int64Type>(|micros| micros.div_euclid(divisor))))
}

fn clock(input: &Input, part: fn(&NaiveDateTime) -> u32) -> Result<ArrayRef> {
    let times = Times::new(input, 0, input.text(1)?)?;
    let parts = times.values.iter().map(|micros| times.local(micros?).map(|local| part(&local) as i32));
    Ok(Arc::new(parts.collect::<Int32Array>()))
}

fn date_trunc(input: &Input) -> Result<ArrayRef> {
    let zone = input.text(2)?;
    let times = Times::new(input, 1, zone)?;
    let units = input.strings(0)?;
    if let Some(unit) = input.constant(0).and_then(|value| value.try_as_str().flatten()) {
        let unit = unit.to_lowercase();
        return Ok(times.mapped(|local| truncated_time(local, &unit)));
    }
    let values = times.values.iter().zip(&units).map(|(micros, unit)| {
        truncated_time(times.local(micros?)?, &unit?.to_lowercase()).map(|local| times.instant(local))
    });
    let array = TimestampMicrosecondArray::from(values.collect::<Vec<_>>());
    Ok(Arc::new(if times.zone.is_some() { array.with_timezone("UTC") } else { array }))
}

fn truncated_time(local: NaiveDateTime, unit: &str) -> Option<NaiveDateTime> {
    let (hour, minute, second) = (local.hour(), local.minute(), local.second());
    let micros = local.nanosecond() / 1000;
    let at = |hour, minute, second, micros| local.date().and_hms_micro_opt(hour, minute, second, micros);
    match unit {
        "microsecond" => at(hour, minute, second, micros),
        "millisecond" => at(hour, minute, second, micros / 1000 * 1000),
        "second" => at(hour, minute, second, 0),
        "minute" => at(hour, minute, 0, 0),
        "hour" => at(hour, 0, 0, 0),
        "day" | "dd" => at(0, 0, 0, 0),
        unit => truncated_date(local.date(), unit).map(|date| date.and_time(NaiveTime::MIN)),
    }
}

/// Patterns parsed once each.
#[derive(Default)]
struct Patterns(HashMap<String, Pattern>);

impl Patterns {
    fn get(&mut self, text: &str) -> Result<&Pattern> {
        if !self.0.contains_key(text) {
            self.0.insert(text.to_owned(), Pattern::parse(text)?);
        }
        Ok(&self.0[text])
    }
}

fn date_format(input: &Input) -> Result<ArrayRef> {
    let zone = input.text(2)?.to_owned();
    let times = Times::new(input, 0, &zone)?;
    let texts = input.strings(1)?;
    let mut patterns = Patterns::default();
    let mut out = StringBuilder::new();
    for (micros, pattern) in times.values.iter().zip(&texts) {
        let (Some(micros), Some(pattern)) = (micros, pattern) else {
            out.append_null();
            continue;
        };
        let offset = match (&times.zone, wall(micros)) {
            (Some(zone), Some(utc)) => zone.offset_at(utc),
            _ => 0,
        };
        let pattern = patterns.get(pattern)?;
        out.append_option(times.local(micros).map(|local| pattern.format(local, offset, &zone)));
    }
    Ok(Arc::new(out.finish()))
}

fn parse_timestamp(input: &Input) -> Result<ArrayRef> {
    let (texts, forms) = (input.strings(0)?, input.strings(1)?);
    let (zone, mode) = (time_zone(input.text(2)?)?, Mode::parse(input.text(3)?)?);
    let mut patterns = Patterns::default();
    let mut values = Vec::with_capacity(input.rows);
    for (text, form) in texts.iter().zip(&forms) {
        let (Some(text), Some(form)) = (text, form) else {
            values.push(None);
            continue;
        };
        let instant = patterns.get(form)?.read(text).map(|(local, offset)| match offset {
            Some(seconds) => micros_of(local - TimeDelta::seconds(seconds.into())),
            None => zone.instant(local),
        });
        if instant.is_none() && mode == Mode::Ansi {
            return Err(cannot_parse_timestamp(&format!("Text '{text}' could not be parsed by the pattern '{form}'")));
        }
        values.push(instant);
    }
    Ok(instants(values))
}

/// Whole months between equal days or two last days, else by 31 days to a month.
fn months_between(input: &Input) -> Result<ArrayRef> {
    let zone = input.text(3)?;
    let (ends, starts) = (Times::new(input, 0, zone)?, Times::new(input, 1, zone)?);
    let round_off = input.constant(2) == Some(&datafusion::common::ScalarValue::Boolean(Some(true)));
    let between = |end: NaiveDateTime, start: NaiveDateTime| -> f64 {
        let months = (end.year() - start.year()) * 12 + end.month() as i32 - start.month() as i32;
        let is_last = |time: NaiveDateTime| last_day(time.date()).is_some_and(|last| last == time.date());
        if end.day() == start.day() || (is_last(end) && is_last(start)) {
            return f64::from(months);
        }
        let seconds =
            |time: NaiveDateTime| f64::from(time.day()) * 86_400.0 + f64::from(time.num_seconds_from_midnight());
        let exact = f64::from(months) + (seconds(end) - seconds(start)) / (31.0 * 86_400.0);
        if round_off { (exact * 1e8).round() / 1e8 } else { exact }
    };
    let pairs = ends.values.iter().zip(&starts.values);
    let months = pairs.map(|(end, start)| Some(between(ends.local(end?)?, starts.local(start?)?)));
    Ok(Arc::new(months.collect::<Float64Array>()))
}

// ---- intervals -----------------------------------------------------------------------------------------------------

/// Months, days and microseconds of an interval of any kind.
fn parts_of(array: &ArrayRef, row: usize) -> Option<(i32, i32, i64)> {
    if array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Duration(_) => Some((0, 0, array.as_primitive::<DurationMicrosecondType>().value(row))),
        DataType::Interval(IntervalUnit::YearMonth) => {
            Some((array.as_primitive::<IntervalYearMonthType>().value(row), 0, 0))
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            Some((value.months, value.days, value.nanoseconds / 1000))
        }
        _ => None,
    }
}

/// A date or timestamp and an interval, added or subtracted.
fn add_interval(input: &Input) -> Result<ArrayRef> {
    let (times, intervals) = (input.array(0)?, input.array(1)?);
    let sign = match input.constant(2) {
        Some(datafusion::common::ScalarValue::Int32(Some(sign))) => *sign,
        _ => 1,
    };
    if let DataType::Date32 = times.data_type() {
        let dates = times.as_primitive::<Date32Type>();
        let rows = (0..input.rows).map(|row| {
            let (months, days, micros) = parts_of(&intervals, row)?;
            let date = date_of(if dates.is_null(row) { return None } else { dates.value(row) });
            let moved = add_months(date, sign * months)?;
            Some(days_of(moved) + sign * (days + (micros / DAY) as i32))
        });
        return Ok(Arc::new(rows.collect::<Date32Array>()));
    }
    let times = Times::new(input, 0, input.text(3)?)?;
    let rows = (0..input.rows).map(|row| {
        let (months, days, micros) = parts_of(&intervals, row)?;
        let start = if times.values.is_null(row) { return None } else { times.values.value(row) };
        let mut instant = start;
        if months != 0 || days != 0 {
            let local = times.local(start)?;
            let date =
                add_months(local.date(), sign * months)?.checked_add_signed(TimeDelta::days((sign * days).into()))?;
            instant = times.instant(date.and_time(local.time()));
        }
        instant.checked_add(i64::from(sign) * micros)
    });
    let array = TimestampMicrosecondArray::from(rows.collect::<Vec<_>>());
    Ok(Arc::new(if times.zone.is_some() { array.with_timezone("UTC") } else { array }))
}

fn subtract_times(input: &Input) -> Result<ArrayRef> {
    let (left, right) = (input.array(0)?, input.array(1)?);
    let micros = |array: &ArrayRef, row: usize| -> Option<i64> {
        match array.data_type() {
            _ if array.is_null(row) => None,
            DataType::Date32 => Some(i64::from(array.as_primitive::<Date32Type>().value(row)) * DAY),
            _ => Some(array.as_primitive::<TimestampMicrosecondType>().value(row)),
        }
    };
    let rows = (0..input.rows).map(|row| micros(&left, row)?.checked_sub(micros(&right, row)?));
    Ok(Arc::new(rows.collect::<DurationMicrosecondArray>()))
}

fn scale_interval(input: &Input) -> Result<ArrayRef> {
    let (intervals, factors) = (input.array(0)?, input.array(1)?);
    let divides = input.constant(2) == Some(&datafusion::common::ScalarValue::Boolean(Some(true)));
    let factors = factors.as_primitive::<Float64Type>();
    let factor = |row: usize| -> Option<f64> {
        if factors.is_null(row) {
            return None;
        }
        let value = factors.value(row);
        if divides { (value != 0.0).then(|| 1.0 / value) } else { Some(value) }
    };
    match intervals.data_type() {
        DataType::Interval(IntervalUnit::YearMonth) => {
            let rows = (0..input.rows)
                .map(|row| Some((f64::from(parts_of(&intervals, row)?.0) * factor(row)?).round() as i32));
            Ok(Arc::new(rows.collect::<IntervalYearMonthArray>()))
        }
        DataType::Duration(_) => {
            let rows =
                (0..input.rows).map(|row| Some((parts_of(&intervals, row)?.2 as f64 * factor(row)?).round() as i64));
            Ok(Arc::new(rows.collect::<DurationMicrosecondArray>()))
        }
        _ => Err(Failure::unsupported("scaling an interval of months and days")),
    }
}

fn timestamp_diff(input: &Input) -> Result<ArrayRef> {
    let unit = input.text(0)?.to_lowercase();
    let zone = input.text(3)?;
    let (starts, ends) = (Times::new(input, 1, zone)?, Times::new(input, 2, zone)?);
    let months = match unit.as_str() {
        "month" => 1,
        "quarter" => 3,
        "year" => 12,
        _ => 0,
    };
    let size = unit_micros(&unit);
    let rows = starts.values.iter().zip(&ends.values).map(|(start, end)| {
        let (start, end) = (start?, end?);
        let (a, b) = (starts.local(start)?, ends.local(end)?);
        if months == 0 {
            return Some((b - a).num_microseconds()? / size?);
        }
        let mut whole = i64::from((b.year() - a.year()) * 12 + b.month() as i32 - a.month() as i32);
        let rest = (b.day(), b.time()).cmp(&(a.day(), a.time()));
        if whole > 0 && rest.is_lt() {
            whole -= 1;
        } else if whole < 0 && rest.is_gt() {
            whole += 1;
        }
        Some(whole / months)
    });
    Ok(Arc::new(rows.collect::<Int64Array>()))
}

fn unit_micros(unit: &str) -> Option<i64> {
    Some(match unit {
        "microsecond" => 1,
        "millisecond" => 1000,
        "second" => 1_000_000,
        "minute" => 60_000_000,
        "hour" => 3_600_000_000,
        "day" | "dayofyear" => DAY,
        "week" => 7 * DAY,
        _ => return None,
    })
}

fn timestamp_add(input: &Input) -> Result<ArrayRef> {
    let unit = input.text(0)?.to_lowercase();
    let times = Times::new(input, 2, input.text(3)?)?;
    let counts = input.array(1)?;
    let counts = counts.as_primitive::<Int64Type>();
    let months = match unit.as_str() {
        "month" => 1,
        "quarter" => 3,
        "year" => 12,
        _ => 0,
    };
    let rows = times.values.iter().zip(counts.iter()).map(|(micros, count)| {
        let (micros, count) = (micros?, count?);
        if months > 0 {
            let local = times.local(micros)?;
            let date = add_months(local.date(), i32::try_from(count * months).ok()?)?;
            return Some(times.instant(date.and_time(local.time())));
        }
        micros.checked_add(count.checked_mul(unit_micros(&unit)?)?)
    });
    let array = TimestampMicrosecondArray::from(rows.collect::<Vec<_>>());
    Ok(Arc::new(if times.zone.is_some() { array.with_timezone("UTC") } else { array }))
}

/// The instant whose UTC clock shows what the zone's clock shows, or the other way round.
fn shifted(input: &Input, from_utc: bool) -> Result<ArrayRef> {
    let times = Times::new(input, 0, "UTC")?;
    let zones = input.strings(1)?;
    let mut values = Vec::with_capacity(input.rows);
    for (micros, zone) in times.values.iter().zip(&zones) {
        let (Some(micros), Some(zone)) = (micros, zone) else {
            values.push(None);
            continue;
        };
        let zone = time_zone(zone)?;
        values.push(if from_utc {
            zone.local(micros).map(micros_of)
        } else {
            wall(micros).map(|local| zone.instant(local))
        });
    }
    Ok(instants(values))
}

fn make_ym_interval(input: &Input) -> Result<ArrayRef> {
    let years = ints(input, 0)?;
    let months = if input.len() > 1 { Some(ints(input, 1)?) } else { None };
    let rows = (0..input.rows).map(|row| {
        let months = match &months {
            Some(months) if months.is_null(row) => return None,
            Some(months) => months.value(row),
            None => 0,
        };
        if years.is_null(row) { None } else { years.value(row).checked_mul(12)?.checked_add(months) }
    });
    Ok(Arc::new(rows.collect::<IntervalYearMonthArray>()))
}
