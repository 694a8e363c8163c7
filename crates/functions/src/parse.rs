//! Text to values as Spark's casts read it: blanks around are ignored, many spellings are accepted.

use crate::zone::{Zone, time_zone};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// Characters that casts trim: blanks and control characters.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

/// A whole number; a fraction is no whole number.
pub fn integer(text: &str) -> Option<i64> {
    let text = trimmed(text);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

pub fn double(text: &str) -> Option<f64> {
    let text = trimmed(text);
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    match rest.to_ascii_lowercase().as_str() {
        "nan" => return Some(f64::NAN),
        "inf" | "infinity" => return Some(sign * f64::INFINITY),
        _ => {}
    }
    let number = rest.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(rest);
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !plain || !number.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    number.parse::<f64>().ok().map(|value| sign * value)
}

pub fn boolean(text: &str) -> Option<bool> {
    match trimmed(text).to_ascii_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "1" => Some(true),
        "f" | "false" | "n" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// An exact decimal number as unscaled value and scale; exponents are allowed.
pub fn decimal(text: &str) -> Option<(i128, i32)> {
    let text = trimmed(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(position) => (&text[..position], text[position + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.as_bytes().first()? {
        b'-' => (true, &mantissa[1..]),
        b'+' => (false, &mantissa[1..]),
        _ => (false, mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut unscaled: i128 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        if !byte.is_ascii_digit() {
            return None;
        }
        unscaled = unscaled.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
    }
    let scale = fraction.len() as i32 - exponent;
    Some((if negative { -unscaled } else { unscaled }, scale))
}

/// Days since the epoch: `2024`, `2024-2`, `2024-02-29`, with a time after a blank or `T`, which is ignored.
pub fn date(text: &str) -> Option<i32> {
    let text = trimmed(text);
    let day_part = text.split([' ', 'T']).next()?;
    date_of(day_part).map(days)
}

fn days(date: NaiveDate) -> i32 {
    (date - NaiveDate::default()).num_days() as i32
}

fn date_of(text: &str) -> Option<NaiveDate> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let parts: Vec<&str> = rest.split('-').collect();
    let number = |part: &str, lengths: std::ops::RangeInclusive<usize>| -> Option<u32> {
        let good = lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        if good { part.parse().ok() } else { None }
    };
    let year = number(parts[0], 4..=7)? as i32;
    let month = parts.get(1).map_or(Some(1), |part| number(part, 1..=2))?;
    let day = parts.get(2).map_or(Some(1), |part| number(part, 1..=2))?;
    if parts.len() > 3 {
        return None;
    }
    NaiveDate::from_ymd_opt(if negative { -year } else { year }, month, day)
}

/// Microseconds since the epoch of a wall clock; a zone in the text is ignored.
pub fn timestamp_ntz(text: &str) -> Option<i64> {
    let (local, _) = local_and_zone(text)?;
    Some(local.and_utc().timestamp_micros())
}

/// Microseconds since the epoch of an instant; text without a zone is in `session`'s.
pub fn timestamp(text: &str, session: &Zone) -> Option<i64> {
    let (local, zone) = local_and_zone(text)?;
    Some(zone.as_ref().unwrap_or(session).instant(local))
}

fn local_and_zone(text: &str) -> Option<(NaiveDateTime, Option<Zone>)> {
    let text = trimmed(text);
    let separator = text.find(['T', ' ']);
    let (day_part, time_part) = match separator {
        Some(position) => (&text[..position], trimmed(&text[position + 1..])),
        None => (text, ""),
    };
    let day = date_of(day_part)?;
    if time_part.is_empty() {
        return Some((day.and_time(NaiveTime::MIN), None));
    }
    let is_clock = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.');
    let clock_end = time_part.find(|c: char| !is_clock(c)).unwrap_or(time_part.len());
    let clock = clock_of(&time_part[..clock_end])?;
    let zone_text = time_part[clock_end..].trim();
    let zone = if zone_text.is_empty() { None } else { Some(time_zone(zone_text).ok()?) };
    Some((day.and_time(clock), zone))
}

/// `h`, `hh:mm`, `hh:mm:ss`, `hh:mm:ss.ffffff`.
fn clock_of(text: &str) -> Option<NaiveTime> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = [0u32; 3];
    let pieces: Vec<&str> = clock.split(':').collect();
    if pieces.len() > 3 {
        return None;
    }
    for (part, piece) in parts.iter_mut().zip(&pieces) {
        if !(1..=2).contains(&piece.len()) {
            return None;
        }
        *part = piece.parse().ok()?;
    }
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut digits: String = fraction.chars().take(6).collect();
    while digits.len() < 6 {
        digits.push('0');
    }
    NaiveTime::from_hms_micro_opt(parts[0], parts[1], parts[2], digits.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_as_spark_reads_it() {
        assert_eq!(integer(" 7 "), Some(7));
        assert_eq!(integer("1.5"), None);
        assert_eq!(integer("12x"), None);
        assert_eq!(double("1e3"), Some(1000.0));
        assert_eq!(double("-inf"), Some(f64::NEG_INFINITY));
        assert_eq!(double("0x10"), None);
        assert_eq!(decimal("-1.50"), Some((-150, 2)));
        assert_eq!(decimal("1E-7"), Some((1, 7)));
        assert_eq!(date("2024-2-9"), date("2024-02-09"));
        assert_eq!(date("2024"), date("2024-01-01"));
        assert_eq!(date("2024-13-01"), None);
        assert_eq!(timestamp_ntz("1970-01-01 00:00:01.5"), Some(1_500_000));
        let utc = time_zone("UTC").unwrap();
        assert_eq!(timestamp("1970-01-01T01:00:00+01:00", &utc), Some(0));
        assert_eq!(timestamp("yesterday noon", &utc), None);
    }
}
