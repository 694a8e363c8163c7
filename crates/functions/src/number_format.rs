//! Numbers written and read by a format, `$99,999.99S`, as Spark's `ToNumberParser` does.

use crate::failures::{number_format, number_mismatch};
use crate::format::plain_decimal;
use crate::udf::{Definition, Input, Types};
use arrow::array::types::Decimal128Type;
use arrow::array::*;
use arrow::datatypes::DataType;
use brickyard_error::Result;
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_number_to_char", |_| Ok(DataType::Utf8), to_char),
    Definition::new("spark_to_number", decimal_type, to_number),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// So many digits; those that begin with 0 must be there.
    Digits {
        count: usize,
        is_exact: bool,
    },
    Thousands,
    Point,
    Dollar,
    /// `S`
    Sign,
    /// `MI`
    Minus,
    /// `PR` puts angles around negative numbers.
    OpeningAngle,
    ClosingAngle,
}

/// A format, taken apart.
#[derive(Debug, Clone)]
pub struct NumberFormat {
    tokens: Vec<Token>,
}

impl NumberFormat {
    /// Fails with Spark's words where the format is none.
    pub fn parse(text: &str) -> Result<Self> {
        let shown = text;
        let text: Vec<char> = text.to_uppercase().chars().collect();
        let mut tokens = Vec::new();
        let (mut at, mut is_wrapped, mut is_after_point) = (0, false, false);
        while let Some(character) = text.get(at) {
            let next = text.get(at + 1);
            at += 1;
            tokens.push(match (character, next) {
                ('0' | '9', _) => {
                    let more = text[at..].iter().take_while(|c| matches!(c, '0' | '9')).count();
                    at += more;
                    Token::Digits { count: more + 1, is_exact: *character == '0' && !is_after_point }
                }
                ('.' | 'D', _) => {
                    is_after_point = true;
                    Token::Point
                }
                (',' | 'G', _) => Token::Thousands,
                ('$', _) => Token::Dollar,
                ('S', _) => Token::Sign,
                ('M', Some('I')) => {
                    at += 1;
                    Token::Minus
                }
                ('P', Some('R')) => {
                    at += 1;
                    is_wrapped = true;
                    Token::ClosingAngle
                }
                (other, _) => return Err(number_format::unexpected_token(shown, *other)),
            });
        }
        if is_wrapped {
            tokens.insert(0, Token::OpeningAngle);
        }
        let format = Self { tokens };
        format.check(shown)?;
        Ok(format)
    }

    fn check(&self, shown: &str) -> Result<()> {
        let count = |token: Token| self.tokens.iter().filter(|known| **known == token).count();
        let is_digits = |token: &Token| matches!(token, Token::Digits { .. });
        if !self.tokens.iter().any(is_digits) {
            return Err(number_format::wrong_digits(shown));
        }
        for (token, name) in [(Token::Point, "'.' or 'D'"), (Token::Dollar, "'$'"), (Token::ClosingAngle, "'PR'")] {
            if count(token) > 1 {
                return Err(number_format::at_most_one(shown, name));
            }
        }
        if count(Token::Sign) + count(Token::Minus) > 1 {
            return Err(number_format::at_most_one(shown, "'S' or 'MI'"));
        }
        let place = |token: Token| self.tokens.iter().position(|known| *known == token);
        let first_digit = self.tokens.iter().position(is_digits);
        if place(Token::Dollar) > first_digit && place(Token::Dollar).is_some() {
            return Err(number_format::dollar_after_digits(shown));
        }
        if let (Some(point), Some(last)) =
            (place(Token::Point), self.tokens.iter().rposition(|token| *token == Token::Thousands))
            && last > point
        {
            return Err(number_format::thousands_after_point(shown));
        }
        let lone = |(index, token): (usize, &Token)| {
            let beside = |index: Option<usize>| index.and_then(|index| self.tokens.get(index)).is_some_and(is_digits);
            *token == Token::Thousands && !(beside(index.checked_sub(1)) && beside(Some(index + 1)))
        };
        if self.tokens.iter().enumerate().any(lone) {
            return Err(number_format::lone_thousands(shown));
        }
        Ok(())
    }

    /// Digits before and after the point.
    fn digits(&self) -> (usize, usize) {
        let (mut before, mut after, mut is_after) = (0, 0, false);
        for token in &self.tokens {
            match token {
                Token::Digits { count, .. } if is_after => after += count,
                Token::Digits { count, .. } => before += count,
                Token::Point => is_after = true,
                _ => {}
            }
        }
        (before, after)
    }

    /// The type that holds every number of this format.
    pub fn decimal_type(&self) -> DataType {
        let (before, after) = self.digits();
        DataType::Decimal128((before + after).min(38) as u8, after.min(38) as i8)
    }

    /// `#` for digits and a point where the number does not fit.
    fn write(&self, shown: &str, unscaled: i128, scale: i8) -> String {
        let (before, after) = self.digits();
        let text = plain_decimal(unscaled.saturating_abs(), scale);
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        if whole.len() > before || fraction.len() > after {
            return shown.chars().map(|c| if matches!(c, '0' | '9') { '#' } else { c }).collect();
        }
        let mut digits = format!("{whole:>before$}{fraction:0<after$}").into_bytes().into_iter();
        let is_negative = unscaled < 0;
        let mut out = String::new();
        let mut is_after = false;
        for token in &self.tokens {
            match token {
                Token::Digits { count, is_exact } => {
                    for digit in digits.by_ref().take(*count) {
                        out.push(if digit == b' ' && *is_exact { '0' } else { char::from(digit) });
                    }
                }
                Token::Thousands => out.push(if out.ends_with(|c: char| c.is_ascii_digit()) { ',' } else { ' ' }),
                Token::Point => {
                    if out.ends_with(' ') {
                        out.pop();
                        out.push('0');
                    }
                    out.push('.');
                    is_after = true;
                }
                Token::Dollar => out.push('$'),
                Token::Sign => add_sign(&mut out, if is_negative { "-" } else { "+" }),
                Token::Minus if is_negative => {
                    add_sign(&mut out, "-");
                    out.push(' ');
                }
                Token::OpeningAngle if is_negative => out.push('<'),
                Token::ClosingAngle if is_negative => add_sign(&mut out, ">"),
                Token::OpeningAngle => {}
                Token::Minus | Token::ClosingAngle => out.push_str("  "),
            }
        }
        if is_after && out.ends_with('.') {
            out.pop();
        }
        if matches!(out.as_str(), "" | "+" | "-") { "0".to_owned() } else { out }
    }

    /// The number of a text as digits without the point; none where it has not the form.
    fn read(&self, text: &str) -> Option<i128> {
        let mut reader = Reader { rest: text, whole: String::new(), fraction: String::new(), is_after_point: false };
        let (mut is_negative, mut is_open, mut is_closed) = (false, false, false);
        let mut tokens = self.tokens.as_slice();
        while let Some((token, after)) = tokens.split_first() {
            tokens = after;
            match token {
                Token::Digits { .. } | Token::Thousands => {
                    let group =
                        after.iter().take_while(|token| matches!(token, Token::Digits { .. } | Token::Thousands));
                    let group: Vec<Token> = [*token].into_iter().chain(group.copied()).collect();
                    tokens = &after[group.len() - 1..];
                    reader.digits(&group)?;
                }
                Token::Point => reader.is_after_point |= reader.accept('.'),
                Token::Dollar => reader.accept('$').then_some(())?,
                Token::Sign => is_negative ^= !reader.accept('+') && reader.accept('-'),
                Token::Minus => is_negative ^= reader.accept('-'),
                Token::OpeningAngle => is_open = reader.accept('<'),
                Token::ClosingAngle => is_closed = reader.accept('>'),
            }
        }
        if !reader.rest.is_empty() || is_open != is_closed {
            return None;
        }
        let (_, scale) = self.digits();
        let number: i128 = format!("0{}{:0<scale$}", reader.whole, reader.fraction).parse().ok()?;
        Some(if is_negative ^ is_closed { -number } else { number })
    }
}

/// Writes a sign before the blanks at the end.
fn add_sign(out: &mut String, sign: &str) {
    if out.ends_with('.') {
        out.pop();
    }
    let end = out.trim_end_matches(' ').len();
    out.insert_str(end, sign);
    if out.len() > end + sign.len() {
        out.pop();
    }
}

struct Reader<'a> {
    rest: &'a str,
    whole: String,
    fraction: String,
    is_after_point: bool,
}

impl Reader<'_> {
    fn accept(&mut self, character: char) -> bool {
        let rest = self.rest.strip_prefix(character);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Groups of digits between commas, held against those of the format from the right.
    fn digits(&mut self, wanted: &[Token]) -> Option<()> {
        let mut sizes = vec![0];
        while let Some(character) = self.rest.chars().next() {
            match character {
                ',' => sizes.push(0),
                '0'..='9' => {
                    let last = sizes.len() - 1;
                    sizes[last] += 1;
                    if self.is_after_point { self.fraction.push(character) } else { self.whole.push(character) }
                }
                c if c.is_whitespace() => {}
                _ => break,
            }
            self.rest = &self.rest[character.len_utf8()..];
        }
        let wanted: Vec<(usize, bool)> = wanted
            .iter()
            .filter_map(|token| match token {
                Token::Digits { count, is_exact } => Some((*count, *is_exact)),
                _ => None,
            })
            .collect();
        if sizes.len() > wanted.len() {
            return None;
        }
        let found = sizes.iter().rev().copied().chain(std::iter::repeat(0));
        let fits = |((count, is_exact), found): (&(usize, bool), usize)| {
            if *is_exact { found == *count } else { found <= *count }
        };
        wanted.iter().rev().zip(found).all(fits).then_some(())
    }
}

fn to_char(input: &Input) -> Result<ArrayRef> {
    let numbers = input.primitive::<Decimal128Type>(0)?;
    let scale = numbers.scale();
    let shown = input.text(1)?;
    let format = NumberFormat::parse(shown)?;
    let texts = numbers.iter().map(|number| Some(format.write(shown, number?, scale)));
    Ok(Arc::new(texts.collect::<StringArray>()))
}

fn decimal_type(types: &Types) -> Result<DataType> {
    Ok(NumberFormat::parse(types.text(1)?)?.decimal_type())
}

/// `(text, format, mode)`
fn to_number(input: &Input) -> Result<ArrayRef> {
    let texts = input.strings(0)?;
    let shown = input.text(1)?;
    let format = NumberFormat::parse(shown)?;
    let fails = input.text(2)? != "try";
    let numbers = input.rows_of::<_, Decimal128Array>(1, |row| match format.read(texts.value(row)) {
        None if fails => Err(number_mismatch(texts.value(row), shown)),
        number => Ok(number),
    })?;
    Ok(Arc::new(numbers.with_data_type(input.returns.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_by_a_format() {
        for (unscaled, scale, format, wanted) in [
            (454, 0, "999", "454"),
            (45400, 2, "000D00", "454.00"),
            (12454, 0, "99G999", "12,454"),
            (7812, 2, "$99.99", "$78.12"),
            (-124_548, 1, "99G999D9S", "12,454.8-"),
            (5, 0, "999", "  5"),
            (5, 0, "000", "005"),
            (1234, 0, "99", "##"),
        ] {
            let written = NumberFormat::parse(format).unwrap().write(format, unscaled, scale);
            assert_eq!(written, wanted, "{unscaled} by {format}");
        }
    }

    #[test]
    fn numbers_are_read_by_a_format() {
        for (text, format, wanted) in [
            ("454", "999", Some(454)),
            ("454.00", "000.00", Some(45400)),
            ("12,454", "99,999", Some(12454)),
            ("$78.12", "$99.99", Some(7812)),
            ("12,454.8-", "99,999.9S", Some(-124_548)),
            ("<12>", "99PR", Some(-12)),
            ("1234", "999", None),
            ("12", "000", None),
            ("abc", "999", None),
        ] {
            assert_eq!(NumberFormat::parse(format).unwrap().read(text), wanted, "{text} by {format}");
        }
        assert!(NumberFormat::parse("wrong").is_err());
        assert!(NumberFormat::parse("9$9").is_err());
    }
}
