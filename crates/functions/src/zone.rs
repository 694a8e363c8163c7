//! Time zones as Spark names them: region ids, `UTC`, offsets.

use crate::failures::invalid_zone;
use brickyard_error::Result;
use chrono::{DateTime, FixedOffset, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// A region or a fixed offset.
#[derive(Debug, Clone, Copy)]
pub enum Zone {
    Region(Tz),
    Fixed(FixedOffset),
}

/// The zone of this name: `Europe/Berlin`, `UTC`, `Z`, `+02:00`, `GMT+1`.
pub fn time_zone(name: &str) -> Result<Zone> {
    let trimmed = name.trim();
    if let Ok(region) = trimmed.parse::<Tz>() {
        return Ok(Zone::Region(region));
    }
    if trimmed == "Z" {
        return Ok(Zone::Region(Tz::UTC));
    }
    let offset = ["GMT", "UTC", "UT"].iter().find_map(|prefix| trimmed.strip_prefix(prefix)).unwrap_or(trimmed);
    let seconds = offset_seconds(offset).ok_or_else(|| invalid_zone(name))?;
    FixedOffset::east_opt(seconds).map(Zone::Fixed).ok_or_else(|| invalid_zone(name))
}

/// `+2`, `-02:30`, `+02:30:15`, `+0230` in seconds.
fn offset_seconds(text: &str) -> Option<i32> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let parts: Vec<&str> = if rest.contains(':') {
        rest.split(':').collect()
    } else if rest.len() == 4 {
        vec![&rest[..2], &rest[2..]]
    } else {
        vec![rest]
    };
    let mut seconds = 0;
    for (part, unit) in parts.iter().zip([3600, 60, 1]) {
        if part.is_empty() || part.len() > 2 {
            return None;
        }
        seconds += part.parse::<i32>().ok()? * unit;
    }
    (parts.len() <= 3 && seconds <= 18 * 3600).then_some(sign * seconds)
}

impl Zone {
    /// The wall clock of an instant, in microseconds since the epoch. None beyond the calendar.
    pub fn local(&self, microseconds: i64) -> Option<NaiveDateTime> {
        let utc = DateTime::<Utc>::from_timestamp_micros(microseconds)?.naive_utc();
        Some(utc + TimeDelta::seconds(i64::from(self.offset_at(utc))))
    }

    /// Seconds east of UTC at this UTC time.
    pub fn offset_at(&self, utc: NaiveDateTime) -> i32 {
        match self {
            Zone::Region(region) => region.offset_from_utc_datetime(&utc).fix().local_minus_utc(),
            Zone::Fixed(offset) => offset.local_minus_utc(),
        }
    }

    /// The instant of a wall clock, in microseconds: the earlier of two, and past a gap by the gap's length.
    pub fn instant(&self, local: NaiveDateTime) -> i64 {
        let seconds = match self {
            Zone::Fixed(offset) => offset.local_minus_utc(),
            Zone::Region(region) => match region.offset_from_local_datetime(&local) {
                LocalResult::Single(offset) | LocalResult::Ambiguous(offset, _) => offset.fix().local_minus_utc(),
                LocalResult::None => self.offset_at(local - TimeDelta::days(1)),
            },
        };
        (local - TimeDelta::seconds(i64::from(seconds))).and_utc().timestamp_micros()
    }

    pub fn is_utc(&self) -> bool {
        match self {
            Zone::Region(region) => *region == Tz::UTC,
            Zone::Fixed(offset) => offset.local_minus_utc() == 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_found_and_gaps_are_passed() {
        let at = |zone: &str, text: &str| time_zone(zone).unwrap().instant(text.parse().unwrap()) / 1_000_000;
        assert_eq!(at("UTC", "1970-01-01T00:00:00"), 0);
        assert_eq!(at("+02:00", "1970-01-01T02:00:00"), 0);
        assert_eq!(at("GMT-1", "1970-01-01T00:00:00"), 3600);
        // 02:30 does not exist on that day in Berlin: it is 03:30 summer time, 01:30 UTC.
        assert_eq!(at("Europe/Berlin", "2024-03-31T02:30:00"), at("UTC", "2024-03-31T01:30:00"));
        assert!(time_zone("Mars").is_err());
    }
}
