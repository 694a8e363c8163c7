//! Spark's patterns of dates (`yyyy-MM-dd HH:mm:ss`), for writing and for reading.

use crate::failures::invalid_pattern;
use brickyard_error::Result;
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

/// A piece of a pattern: a letter repeated, or text.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Field(char, usize),
    Text(String),
}

#[derive(Debug, Clone)]
pub(crate) struct Pattern(Vec<Piece>);

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const LETTERS: &str = "yuMLdDEQqHhKkmsSaGXxZzVOe";

impl Pattern {
    pub fn parse(text: &str) -> Result<Self> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut characters = text.chars().peekable();
        let push_text = |pieces: &mut Vec<Piece>, character: char| match pieces.last_mut() {
            Some(Piece::Text(known)) => known.push(character),
            _ => pieces.push(Piece::Text(character.to_string())),
        };
        while let Some(character) = characters.next() {
            match character {
                '\'' if characters.peek() == Some(&'\'') => {
                    characters.next();
                    push_text(&mut pieces, '\'');
                }
                '\'' => {
                    for quoted in characters.by_ref() {
                        if quoted == '\'' {
                            break;
                        }
                        push_text(&mut pieces, quoted);
                    }
                }
                '[' | ']' => {}
                letter if letter.is_ascii_alphabetic() => {
                    if !LETTERS.contains(letter) {
                        return Err(invalid_pattern(text));
                    }
                    let mut count = 1;
                    while characters.peek() == Some(&letter) {
                        characters.next();
                        count += 1;
                    }
                    pieces.push(Piece::Field(letter, count));
                }
                other => push_text(&mut pieces, other),
            }
        }
        Ok(Self(pieces))
    }

    /// `offset`: seconds east of UTC, for zones in the pattern.
    pub fn format(&self, time: NaiveDateTime, offset: i32, zone_name: &str) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Field(letter, count) => out.push_str(&field(*letter, *count, time, offset, zone_name)),
            }
        }
        out
    }

    /// The wall clock of a text, and the offset where it says one. None when it has not the form.
    pub fn read(&self, text: &str) -> Option<(NaiveDateTime, Option<i32>)> {
        let mut read = Read { year: 1970, month: 1, day: 1, ..Read::default() };
        let mut rest = text;
        for (index, piece) in self.0.iter().enumerate() {
            match piece {
                Piece::Text(expected) => rest = rest.strip_prefix(expected.as_str())?,
                Piece::Field(letter, count) => {
                    // Digits right after digits: each takes its own number only.
                    let is_tight =
                        matches!(self.0.get(index + 1), Some(Piece::Field(next, _)) if "yuMdHhms".contains(*next));
                    rest = read.field(*letter, *count, rest, is_tight)?;
                }
            }
        }
        if !rest.is_empty() {
            return None;
        }
        read.finish()
    }
}

fn field(letter: char, count: usize, time: NaiveDateTime, offset: i32, zone_name: &str) -> String {
    let number = |value: i64| format!("{value:0count$}");
    let date = time.date();
    match letter {
        'y' | 'u' if count == 2 => format!("{:02}", date.year().rem_euclid(100)),
        'y' | 'u' => number(i64::from(date.year())),
        'M' | 'L' => match count {
            1 | 2 => number(i64::from(date.month())),
            3 => MONTHS[date.month0() as usize][..3].to_owned(),
            _ => MONTHS[date.month0() as usize].to_owned(),
        },
        'd' => number(i64::from(date.day())),
        'D' => number(i64::from(date.ordinal())),
        'E' => {
            let name = DAYS[date.weekday().num_days_from_monday() as usize];
            if count < 4 { name[..3].to_owned() } else { name.to_owned() }
        }
        'e' => (date.weekday().num_days_from_sunday() + 1).to_string(),
        'Q' | 'q' => match count {
            1 | 2 => number(i64::from(date.month0() / 3 + 1)),
            _ => format!("Q{}", date.month0() / 3 + 1),
        },
        'H' => number(i64::from(time.hour())),
        'h' => number(i64::from(time.hour12().1)),
        'K' => number(i64::from(time.hour() % 12)),
        'k' => number(i64::from(if time.hour() == 0 { 24 } else { time.hour() })),
        'm' => number(i64::from(time.minute())),
        's' => number(i64::from(time.second())),
        'S' => format!("{:09}", time.nanosecond())[..count.min(9)].to_owned(),
        'a' => if time.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        'G' => if date.year() > 0 { "AD" } else { "BC" }.to_owned(),
        'X' if offset == 0 => "Z".to_owned(),
        'X' | 'x' | 'Z' | 'O' => {
            let (sign, seconds) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            match (letter, count) {
                ('X' | 'x', 1) if minutes == 0 => format!("{sign}{hours:02}"),
                ('X' | 'x', 2) | ('Z', 1..=3) => format!("{sign}{hours:02}{minutes:02}"),
                ('Z', 4) | ('O', _) => format!("GMT{sign}{hours:02}:{minutes:02}"),
                _ => format!("{sign}{hours:02}:{minutes:02}"),
            }
        }
        _ => zone_name.to_owned(),
    }
}

#[derive(Debug, Default)]
struct Read {
    year: i32,
    month: u32,
    day: u32,
    ordinal: Option<u32>,
    hour: u32,
    minute: u32,
    second: u32,
    microsecond: u32,
    is_afternoon: Option<bool>,
    offset: Option<i32>,
}

impl Read {
    /// Reads one field and gives the rest of the text.
    fn field<'a>(&mut self, letter: char, count: usize, text: &'a str, is_tight: bool) -> Option<&'a str> {
        let digits = |least: usize, most: usize| -> Option<(u32, &'a str)> {
            let found = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
            if found < least {
                return None;
            }
            Some((text[..found].parse().ok()?, &text[found..]))
        };
        // One letter takes as many digits as there are; several take that number.
        let number = || if count == 1 && !is_tight { digits(1, 9) } else { digits(count, count) };
        let rest;
        match letter {
            'y' | 'u' => {
                let year;
                (year, rest) =
                    if count == 2 { digits(2, 2)? } else { digits(count.min(4), if is_tight { 4 } else { 9 })? };
                self.year = if count == 2 { 2000 + year as i32 } else { year as i32 };
            }
            'M' | 'L' if count >= 3 => {
                let matches = |name: &str| {
                    let wanted = if count == 3 { &name[..3] } else { name };
                    text.len() >= wanted.len()
                        && text.is_char_boundary(wanted.len())
                        && text[..wanted.len()].eq_ignore_ascii_case(wanted)
                };
                let index = MONTHS.iter().position(|name| matches(name))?;
                self.month = index as u32 + 1;
                rest = &text[if count == 3 { 3 } else { MONTHS[index].len() }..];
            }
            'M' | 'L' => (self.month, rest) = number()?,
            'd' => (self.day, rest) = number()?,
            'D' => {
                let ordinal;
                (ordinal, rest) = number()?;
                self.ordinal = Some(ordinal);
            }
            'H' | 'h' | 'K' | 'k' => (self.hour, rest) = number()?,
            'm' => (self.minute, rest) = number()?,
            's' => (self.second, rest) = number()?,
            'S' => {
                let found = text.bytes().take(count.max(1)).take_while(u8::is_ascii_digit).count();
                let padded = format!("{:0<6}", &text[..found]);
                self.microsecond = padded[..6].parse().ok()?;
                rest = &text[found..];
            }
            'a' => {
                let half = text.get(..2)?.to_ascii_uppercase();
                self.is_afternoon = Some(match half.as_str() {
                    "AM" => false,
                    "PM" => true,
                    _ => return None,
                });
                rest = &text[2..];
            }
            'E' => {
                let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
                rest = &text[letters..];
            }
            'X' | 'x' | 'Z' | 'V' | 'z' | 'O' => {
                let end = text.find(|c: char| c.is_whitespace()).unwrap_or(text.len());
                let zone = crate::zone::time_zone(&text[..end]).ok()?;
                let date = NaiveDate::from_ymd_opt(self.year, self.month, self.day)?;
                self.offset = Some(zone.offset_at(date.and_time(NaiveTime::MIN)));
                rest = &text[end..];
            }
            _ => return None,
        }
        Some(rest)
    }

    fn finish(self) -> Option<(NaiveDateTime, Option<i32>)> {
        let date = match self.ordinal {
            Some(ordinal) => NaiveDate::from_yo_opt(self.year, ordinal)?,
            None => NaiveDate::from_ymd_opt(self.year, self.month, self.day)?,
        };
        let hour = match self.is_afternoon {
            Some(true) => self.hour % 12 + 12,
            Some(false) => self.hour % 12,
            None => self.hour,
        };
        let time = NaiveTime::from_hms_micro_opt(hour, self.minute, self.second, self.microsecond)?;
        Some((date.and_time(time), self.offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_write_and_read() {
        let time: NaiveDateTime = "2024-02-29T12:34:56.789".parse().unwrap();
        for (pattern, wanted) in [
            ("yyyy/MM/dd HH:mm", "2024/02/29 12:34"),
            ("d.M.yy", "29.2.24"),
            ("EEE, d MMM yyyy", "Thu, 29 Feb 2024"),
            ("hh:mm a 'at' SSS", "12:34 PM at 789"),
            ("yyyy-MM-dd'T'HH:mm:ssXXX", "2024-02-29T12:34:56Z"),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().format(time, 0, "UTC"), wanted);
        }
        for (pattern, text, wanted) in [
            ("dd.MM.yyyy", "29.02.2024", Some("2024-02-29T00:00:00")),
            ("yyyyMMddHHmm", "202402291234", Some("2024-02-29T12:34:00")),
            ("MMM d, yyyy", "Feb 9, 2024", Some("2024-02-09T00:00:00")),
            ("yyyy-MM-dd", "2024-2-9", None),
            ("yyyy-MM-dd", "2024-02-30", None),
        ] {
            let read = Pattern::parse(pattern).unwrap().read(text).map(|(time, _)| time);
            assert_eq!(read, wanted.map(|time| time.parse().unwrap()), "{text} by {pattern}");
        }
        assert!(Pattern::parse("bb").is_err());
    }
}
