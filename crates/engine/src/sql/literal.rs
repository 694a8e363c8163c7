//! Constants in SQL text: numbers with suffixes, typed strings, intervals.

use super::cursor::Parser;
use super::token::Kind;
use crate::failures;
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use brickyard_functions::parse;
use brickyard_spec::{Expr, Literal};

impl Parser<'_> {
    /// A number token as Spark types it: int, bigint, decimal, or by its suffix. `negative` belongs to the literal, so
    /// that the smallest numbers can be written.
    pub fn number(&mut self, negative: bool) -> Result<Literal> {
        let text = self.advance().text;
        let signed = |digits: &str| if negative { format!("-{digits}") } else { digits.to_owned() };
        let upper = text.to_ascii_uppercase();
        let is_plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        let out_of_range = || self.number_out_of_range(&signed(&text));
        if let Some(digits) = upper.strip_suffix("BD") {
            return decimal_literal(&signed(digits)).ok_or_else(out_of_range);
        }
        if let Some(digits) = upper.strip_suffix('D') {
            return signed(digits).parse().map(Literal::Double).map_err(|_| out_of_range());
        }
        if let Some(digits) = upper.strip_suffix('F') {
            return signed(digits).parse().map(Literal::Float).map_err(|_| out_of_range());
        }
        if let Some(digits) = upper.strip_suffix('L') {
            return signed(digits).parse().map(Literal::Long).map_err(|_| out_of_range());
        }
        if let Some(digits) = upper.strip_suffix('S') {
            return signed(digits).parse().map(Literal::Short).map_err(|_| out_of_range());
        }
        if let Some(digits) = upper.strip_suffix('Y') {
            return signed(digits).parse().map(Literal::Byte).map_err(|_| out_of_range());
        }
        let text = signed(&upper);
        if is_plain(&upper) {
            if let Ok(value) = text.parse() {
                return Ok(Literal::Int(value));
            }
            if let Ok(value) = text.parse() {
                return Ok(Literal::Long(value));
            }
            return decimal_literal(&text).ok_or_else(out_of_range);
        }
        if upper.contains('E') {
            return text.parse().map(Literal::Double).map_err(|_| out_of_range());
        }
        decimal_literal(&text).ok_or_else(out_of_range)
    }

    fn number_out_of_range(&self, text: &str) -> Failure {
        let condition = Condition::new("INVALID_NUMERIC_LITERAL_RANGE", "22003", SparkException::Parse)
            .with("rawStrippedQualifier", text);
        Failure::new(&codes::sql::SYNTAX, format!("numeric literal {text} is outside the valid range"))
            .with_condition(condition)
    }

    /// `DATE'…'`, `TIMESTAMP'…'`, `X'…'`, when the next tokens are one.
    pub fn typed_literal(&mut self) -> Result<Option<Expr>> {
        if self.ahead(1).kind != Kind::String {
            return Ok(None);
        }
        let name = self.peek().text.to_uppercase();
        let known = ["DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "X"].contains(&name.as_str());
        if !known || self.peek().kind != Kind::Word {
            return Ok(None);
        }
        self.advance();
        let text = self.string()?;
        let invalid = || failures::invalid_typed_literal(&name, &text);
        Ok(Some(match name.as_str() {
            "DATE" => Expr::Literal(Literal::Date(parse::date(&text).ok_or_else(invalid)?)),
            "TIMESTAMP_NTZ" => Expr::Literal(Literal::TimestampNtz(parse::timestamp_ntz(&text).ok_or_else(invalid)?)),
            "X" => Expr::Literal(Literal::Binary(bytes_of_hex(&text).ok_or_else(invalid)?)),
            _ => {
                // In the session's zone, which the resolver knows.
                parse::timestamp_ntz(&text).ok_or_else(invalid)?;
                Expr::function("timestamp_literal", vec![Expr::literal(text.as_str())])
            }
        }))
    }

    /// `INTERVAL 1 DAY`, `INTERVAL '1' HOUR`, `INTERVAL '1 02:03' DAY TO MINUTE`, `INTERVAL '1 day 2 hours'`.
    pub fn interval(&mut self) -> Result<Expr> {
        self.expect_word("interval")?;
        if self.peek().kind == Kind::String {
            let position = self.position();
            let text = self.string()?;
            let Some(unit) = self.interval_unit() else {
                self.rewind(position);
                self.string()?;
                return self.interval_from_words(&text);
            };
            if self.accept_word("to") {
                let Some(last) = self.interval_unit() else { return Err(self.wrong()) };
                return interval_of_range(&text, unit, last).ok_or_else(|| invalid_interval(&text));
            }
            return interval_of(&text, unit).ok_or_else(|| invalid_interval(&text));
        }
        // `INTERVAL 1 YEAR 2 MONTHS`, each number a constant.
        let mut total = Interval::default();
        let mut found = false;
        loop {
            let negative = self.accept_symbol("-");
            if self.peek().kind != Kind::Number && self.peek().kind != Kind::String {
                break;
            }
            let text = self.advance().text;
            let Some(unit) = self.interval_unit() else { return Err(self.wrong()) };
            let signed = if negative { format!("-{text}") } else { text };
            total.add(&signed, unit).ok_or_else(|| invalid_interval(&signed))?;
            found = true;
        }
        if found { Ok(total.literal()) } else { Err(self.wrong()) }
    }

    fn interval_unit(&mut self) -> Option<Unit> {
        let unit = Unit::parse(&self.peek().text)?;
        (self.peek().kind == Kind::Word).then(|| self.advance())?;
        Some(unit)
    }

    fn interval_from_words(&self, text: &str) -> Result<Expr> {
        let mut total = Interval::default();
        let words: Vec<&str> = text.split_whitespace().collect();
        for pair in words.chunks(2) {
            let [number, unit] = pair else { return Err(invalid_interval(text)) };
            let unit = Unit::parse(unit).ok_or_else(|| invalid_interval(text))?;
            total.add(number, unit).ok_or_else(|| invalid_interval(text))?;
        }
        if words.is_empty() { Err(invalid_interval(text)) } else { Ok(total.literal()) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
}

impl Unit {
    fn parse(word: &str) -> Option<Self> {
        let word = word.to_lowercase();
        Some(match word.strip_suffix('s').unwrap_or(&word) {
            "year" => Unit::Year,
            "quarter" => Unit::Quarter,
            "month" => Unit::Month,
            "week" => Unit::Week,
            "day" => Unit::Day,
            "hour" => Unit::Hour,
            "minute" => Unit::Minute,
            "second" => Unit::Second,
            "millisecond" => Unit::Millisecond,
            "microsecond" => Unit::Microsecond,
            _ => return None,
        })
    }

    fn microseconds(self) -> i64 {
        match self {
            Unit::Week => 7 * 86_400_000_000,
            Unit::Day => 86_400_000_000,
            Unit::Hour => 3_600_000_000,
            Unit::Minute => 60_000_000,
            Unit::Second => 1_000_000,
            Unit::Millisecond => 1000,
            _ => 1,
        }
    }
}

/// Months, and microseconds of days and shorter units.
#[derive(Debug, Default)]
struct Interval {
    months: i32,
    microseconds: i64,
    has_months: bool,
    has_time: bool,
}

impl Interval {
    fn add(&mut self, number: &str, unit: Unit) -> Option<()> {
        let months = match unit {
            Unit::Year => 12,
            Unit::Quarter => 3,
            Unit::Month => 1,
            _ => 0,
        };
        if months > 0 {
            self.months = self.months.checked_add(number.trim().parse::<i32>().ok()?.checked_mul(months)?)?;
            self.has_months = true;
            return Some(());
        }
        let (unscaled, scale) = parse::decimal(number)?;
        let value = unscaled.checked_mul(i128::from(unit.microseconds()))? / 10i128.checked_pow(scale.max(0) as u32)?;
        self.microseconds = self.microseconds.checked_add(i64::try_from(value).ok()?)?;
        self.has_time = true;
        Some(())
    }

    fn literal(&self) -> Expr {
        const DAY: i64 = 86_400_000_000;
        Expr::Literal(match (self.has_months, self.has_time) {
            (true, false) => Literal::YearMonthInterval(self.months),
            (false, _) => Literal::DayTimeInterval(self.microseconds),
            (true, true) => Literal::CalendarInterval {
                months: self.months,
                days: (self.microseconds / DAY) as i32,
                microseconds: self.microseconds % DAY,
            },
        })
    }
}

fn interval_of(text: &str, unit: Unit) -> Option<Expr> {
    let mut interval = Interval::default();
    interval.add(text, unit)?;
    Some(interval.literal())
}

/// `'1 02:03:04.5' DAY TO SECOND`, `'1-2' YEAR TO MONTH`.
fn interval_of_range(text: &str, first: Unit, last: Unit) -> Option<Expr> {
    let (negative, text) = match text.trim().strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.trim()),
    };
    let units = [Unit::Year, Unit::Month, Unit::Day, Unit::Hour, Unit::Minute, Unit::Second];
    let wanted: Vec<Unit> = units.into_iter().filter(|unit| (first..=last).contains(unit)).collect();
    let parts: Vec<&str> = text.split([' ', ':', '-']).filter(|part| !part.is_empty()).collect();
    if parts.len() != wanted.len() {
        return None;
    }
    let mut interval = Interval::default();
    for (part, unit) in parts.into_iter().zip(wanted) {
        interval.add(part, unit)?;
    }
    if negative {
        (interval.months, interval.microseconds) = (-interval.months, -interval.microseconds);
    }
    Some(interval.literal())
}

fn invalid_interval(text: &str) -> Failure {
    let condition = Condition::new("INVALID_INTERVAL_FORMAT", "22006", SparkException::Parse).with("input", text);
    Failure::new(&codes::sql::SYNTAX, format!("error parsing '{text}' to interval")).with_condition(condition)
}

/// A decimal with just the digits it needs.
fn decimal_literal(text: &str) -> Option<Literal> {
    let (mut unscaled, mut scale) = parse::decimal(text)?;
    while scale < 0 {
        unscaled = unscaled.checked_mul(10)?;
        scale += 1;
    }
    let digits = unscaled.unsigned_abs().to_string().len() as i32;
    let precision = if unscaled == 0 { scale.max(1) } else { digits.max(scale) };
    if precision > 38 {
        return None;
    }
    Some(Literal::Decimal { unscaled, precision: precision as u8, scale: scale as i8 })
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let padded = if text.len() % 2 == 1 { format!("0{text}") } else { text.to_owned() };
    let pairs = padded.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
