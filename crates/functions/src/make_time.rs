//! Dates and timestamps made of numbers, and wall clocks moved from zone to zone.

use crate::failures::{field_out_of_bounds, invalid_fraction_of_second};
use crate::format::plain_decimal;
use crate::types::{timestamp, timestamp_ntz};
use crate::udf::{Definition, Input, Types};
use crate::zone::time_zone;
use arrow::array::types::{Decimal128Type, Int32Type, TimestampMicrosecondType};
use arrow::array::*;
use arrow::datatypes::DataType;
use brickyard_error::{Failure, Result};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_make_date", |_| Ok(DataType::Date32), make_date),
    Definition::new("spark_make_timestamp", made_type, make_timestamp),
    Definition::new("spark_convert_timezone", |_| Ok(timestamp_ntz()), convert_timezone),
];

/// What Java says of a date that is none.
fn date_of(year: i32, month: i32, day: i32) -> std::result::Result<NaiveDate, String> {
    const MONTHS: [&str; 12] = [
        "JANUARY",
        "FEBRUARY",
        "MARCH",
        "APRIL",
        "MAY",
        "JUNE",
        "JULY",
        "AUGUST",
        "SEPTEMBER",
        "OCTOBER",
        "NOVEMBER",
        "DECEMBER",
    ];
    let month_name = in_range(month, 1, 12).and_then(|month| MONTHS.get(month as usize - 1));
    let Some(month_name) = month_name else {
        return Err(format!("Invalid value for MonthOfYear (valid values 1 - 12): {month}"));
    };
    if in_range(day, 1, 31).is_none() {
        return Err(format!("Invalid value for DayOfMonth (valid values 1 - 28/31): {day}"));
    }
    NaiveDate::from_ymd_opt(year, month as u32, day as u32).ok_or_else(|| match day {
        29 => format!("Invalid date 'February 29' as '{year}' is not a leap year"),
        _ => format!("Invalid date '{month_name} {day}'"),
    })
}

fn in_range(value: i32, low: i32, high: i32) -> Option<i32> {
    (low..=high).contains(&value).then_some(value)
}

/// `micros`: of the minute; 60 seconds are the next minute.
fn time_of(hour: i32, minute: i32, micros: i128) -> std::result::Result<(NaiveTime, TimeDelta), String> {
    if in_range(hour, 0, 23).is_none() {
        return Err(format!("Invalid value for HourOfDay (valid values 0 - 23): {hour}"));
    }
    if in_range(minute, 0, 59).is_none() {
        return Err(format!("Invalid value for MinuteOfHour (valid values 0 - 59): {minute}"));
    }
    let (seconds, rest) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    if !(0..=60).contains(&seconds) || (seconds == 60 && rest > 0) {
        return Err(format!("Invalid value for SecondOfMinute (valid values 0 - 59): {seconds}"));
    }
    let (seconds, more) = if seconds == 60 { (0, TimeDelta::minutes(1)) } else { (seconds, TimeDelta::zero()) };
    let time = NaiveTime::from_hms_micro_opt(hour as u32, minute as u32, seconds as u32, rest as u32);
    Ok((time.unwrap_or_default(), more))
}

/// `(year, month, day, mode)`
fn make_date(input: &Input) -> Result<ArrayRef> {
    let parts = (0..3).map(|index| input.primitive::<Int32Type>(index)).collect::<Result<Vec<_>>>()?;
    let fails = input.text(3)? == "ansi";
    let dates = input.rows_of::<_, Date32Array>(3, |row| {
        match date_of(parts[0].value(row), parts[1].value(row), parts[2].value(row)) {
            Ok(date) => Ok(Some((date - NaiveDate::default()).num_days() as i32)),
            Err(range) if fails => Err(field_out_of_bounds(&range)),
            Err(_) => Ok(None),
        }
    })?;
    Ok(Arc::new(dates))
}

/// Wall clocks where the zone is empty.
fn made_type(types: &Types) -> Result<DataType> {
    Ok(if types.text(types.types.len() - 2)?.is_empty() { timestamp_ntz() } else { timestamp() })
}

/// `(year, month, day, hour, minute, seconds, [zone of the row,] zone, mode)`
fn make_timestamp(input: &Input) -> Result<ArrayRef> {
    let parts = (0..5).map(|index| input.primitive::<Int32Type>(index)).collect::<Result<Vec<_>>>()?;
    let seconds = input.primitive::<Decimal128Type>(5)?;
    let own_zones = if input.len() == 9 { Some(input.strings(6)?) } else { None };
    let session_zone = input.text(input.len() - 2)?;
    let fails = input.text(input.len() - 1)? == "ansi";
    let made = |row: usize| -> Result<Option<i64>> {
        let value = |index: usize| parts[index].value(row);
        let micros = seconds.value(row);
        if micros > 60_000_000 && micros < 61_000_000 && fails {
            let shown = plain_decimal(micros, 6);
            return Err(invalid_fraction_of_second(shown.trim_end_matches('0')));
        }
        let local = date_of(value(0), value(1), value(2))
            .and_then(|date| time_of(value(3), value(4), micros).map(|(time, more)| date.and_time(time) + more))
            .map_err(|range| field_out_of_bounds(&range))?;
        let zone = own_zones.as_ref().map_or(session_zone, |zones| zones.value(row));
        let clock = |local: NaiveDateTime| local.and_utc().timestamp_micros();
        Ok(Some(if zone.is_empty() { clock(local) } else { time_zone(zone)?.instant(local) }))
    };
    let values = input.rows_of::<_, TimestampMicrosecondArray>(input.len() - 2, |row| match made(row) {
        Err(_) if !fails => Ok(None),
        made => made,
    })?;
    Ok(Arc::new(values.with_data_type(input.returns.clone())))
}

/// `(from zone, to zone, wall clock)`
fn convert_timezone(input: &Input) -> Result<ArrayRef> {
    let (from, to) = (input.strings(0)?, input.strings(1)?);
    let clocks = input.primitive::<TimestampMicrosecondType>(2)?;
    let too_far = || Failure::internal("a time beyond the calendar");
    Ok(Arc::new(input.rows_of::<_, TimestampMicrosecondArray>(3, |row| {
        let local = DateTime::from_timestamp_micros(clocks.value(row)).ok_or_else(too_far)?.naive_utc();
        let instant = time_zone(from.value(row))?.instant(local);
        let there = time_zone(to.value(row))?.local(instant).ok_or_else(too_far)?;
        Ok(Some(there.and_utc().timestamp_micros()))
    })?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_that_are_none_are_told_as_in_java() {
        for (date, wanted) in [
            ((2024, 13, 1), "Invalid value for MonthOfYear (valid values 1 - 12): 13"),
            ((2024, 1, 32), "Invalid value for DayOfMonth (valid values 1 - 28/31): 32"),
            ((2023, 2, 29), "Invalid date 'February 29' as '2023' is not a leap year"),
            ((2023, 4, 31), "Invalid date 'APRIL 31'"),
        ] {
            assert_eq!(date_of(date.0, date.1, date.2), Err(wanted.to_owned()));
        }
        assert_eq!(time_of(23, 59, 60_000_000).unwrap().1, TimeDelta::minutes(1));
    }
}
