//! The language of search filters and orders: `metrics.rmse < 1 AND params."learning rate" = '0.1'`,
//! `metrics.rmse DESC`. Comparisons joined by AND; what a key means is each search's own business.

use crate::invalid;
use brickyard_error::{Failure, Result};
use brickyard_meta::filter::Operator;

/// More would only slow the store's planner down.
const CLAUSES_AT_MOST: usize = 100;
const LIST_AT_MOST: usize = 10_000;
const PATTERN_BYTES_AT_MOST: usize = 10_000;

/// `entity.key`, or a bare key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Name {
    pub entity: Option<String>,
    pub key: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Text(String),
    Integer(i64),
    Real(f64),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Predicate {
    Is(Operator, Literal),
    In(Vec<String>),
    NotIn(Vec<String>),
    IsNull,
    IsNotNull,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comparison {
    pub name: Name,
    pub predicate: Predicate,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    /// In single quotes.
    Text(String),
    /// In double quotes: a text as a value, a key after a dot.
    Quoted(String),
    /// In back-ticks.
    Key(String),
    Number(Literal),
    Operator(Operator),
    Dot,
    Comma,
    Open,
    Close,
}

/// The comparisons of a filter; none in an empty one.
///
/// # Errors
/// [`brickyard_error::codes::tracking::INVALID`] with the place where reading stopped.
pub(crate) fn parse_filter(filter: &str) -> Result<Vec<Comparison>> {
    let mut parser = Parser::new(filter, "filter")?;
    let mut comparisons = Vec::new();
    while !parser.at_end() {
        if !comparisons.is_empty() && !parser.take_word("AND") {
            return Err(parser.unexpected("AND (OR and parentheses are not part of the language)"));
        }
        comparisons.push(parser.comparison()?);
        if comparisons.len() > CLAUSES_AT_MOST {
            return Err(invalid(format!("a filter can have at most {CLAUSES_AT_MOST} comparisons")));
        }
    }
    Ok(comparisons)
}

/// A name and whether it is to be sorted downwards.
pub(crate) fn parse_order(order: &str) -> Result<(Name, bool)> {
    let mut parser = Parser::new(order, "order_by clause")?;
    let name = parser.name()?;
    let descending = parser.take_word("DESC") || {
        parser.take_word("ASC");
        false
    };
    if parser.at_end() { Ok((name, descending)) } else { Err(parser.unexpected("ASC, DESC or the end")) }
}

struct Parser<'a> {
    what: &'static str,
    source: &'a str,
    /// Each with its first byte in the source.
    tokens: Vec<(usize, Token)>,
    position: usize,
}

impl<'a> Parser<'a> {
    fn new(source: &'a str, what: &'static str) -> Result<Self> {
        let tokens = tokens(source, what)?;
        Ok(Parser { what, source, tokens, position: 0 })
    }

    fn at_end(&self) -> bool {
        self.position == self.tokens.len()
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.position).map(|(_, token)| token)
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.peek() == Some(wanted);
        self.position += usize::from(found);
        found
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
        self.position += usize::from(found);
        found
    }

    fn unexpected(&self, expected: &str) -> Failure {
        let rest = self.tokens.get(self.position).map_or("the end", |(start, _)| &self.source[*start..]);
        let rest: String = rest.chars().take(60).collect();
        invalid(format!("invalid {}: expected {expected}, found {rest}", self.what))
    }

    /// `word`, `word.key`, where a key may have dots or be quoted.
    fn name(&mut self) -> Result<Name> {
        let first = match self.peek() {
            Some(Token::Word(word) | Token::Key(word)) => word.clone(),
            _ => return Err(self.unexpected("a key such as metrics.rmse")),
        };
        self.position += 1;
        if !self.take(&Token::Dot) {
            return Ok(Name { entity: None, key: first });
        }
        let mut key = self.key_part()?;
        while self.take(&Token::Dot) {
            key.push('.');
            key.push_str(&self.key_part()?);
        }
        Ok(Name { entity: Some(first), key })
    }

    fn key_part(&mut self) -> Result<String> {
        let part = match self.peek() {
            Some(Token::Word(part) | Token::Key(part) | Token::Quoted(part)) => part.clone(),
            _ => return Err(self.unexpected("a key after the dot")),
        };
        self.position += 1;
        Ok(part)
    }

    fn comparison(&mut self) -> Result<Comparison> {
        Ok(Comparison { name: self.name()?, predicate: self.predicate()? })
    }

    fn predicate(&mut self) -> Result<Predicate> {
        if let Some(&Token::Operator(operator)) = self.peek() {
            self.position += 1;
            return Ok(Predicate::Is(operator, self.literal()?));
        }
        if self.take_word("LIKE") {
            return Ok(Predicate::Is(Operator::Like, self.pattern()?));
        }
        if self.take_word("ILIKE") {
            return Ok(Predicate::Is(Operator::ILike, self.pattern()?));
        }
        if self.take_word("IN") {
            return Ok(Predicate::In(self.list()?));
        }
        if self.take_word("NOT") {
            return match self.take_word("IN") {
                true => Ok(Predicate::NotIn(self.list()?)),
                false => Err(self.unexpected("IN after NOT")),
            };
        }
        if self.take_word("IS") {
            let negated = self.take_word("NOT");
            return match (self.take_word("NULL"), negated) {
                (true, false) => Ok(Predicate::IsNull),
                (true, true) => Ok(Predicate::IsNotNull),
                (false, _) => Err(self.unexpected("NULL")),
            };
        }
        Err(self.unexpected("one of = != < <= > >= LIKE ILIKE IN NOT IN IS NULL"))
    }

    fn literal(&mut self) -> Result<Literal> {
        let literal = match self.peek() {
            Some(Token::Text(text) | Token::Quoted(text)) => Literal::Text(text.clone()),
            Some(Token::Number(number)) => number.clone(),
            _ => return Err(self.unexpected("a number or a quoted string value")),
        };
        self.position += 1;
        Ok(literal)
    }

    fn pattern(&mut self) -> Result<Literal> {
        match self.literal()? {
            Literal::Text(text) if text.len() > PATTERN_BYTES_AT_MOST => {
                Err(invalid(format!("a LIKE pattern can have at most {PATTERN_BYTES_AT_MOST} bytes")))
            }
            literal => Ok(literal),
        }
    }

    fn list(&mut self) -> Result<Vec<String>> {
        if !self.take(&Token::Open) {
            return Err(self.unexpected("a list in parentheses"));
        }
        let mut values = Vec::new();
        loop {
            match self.peek() {
                Some(Token::Text(text) | Token::Quoted(text)) => values.push(text.clone()),
                _ => return Err(self.unexpected("a non-empty list of quoted string values")),
            }
            self.position += 1;
            if self.take(&Token::Comma) && self.peek() != Some(&Token::Close) {
                continue;
            }
            if !self.take(&Token::Close) {
                return Err(self.unexpected("a comma or the closing parenthesis"));
            }
            return match values.len() > LIST_AT_MOST {
                true => Err(invalid(format!("a list can have at most {LIST_AT_MOST} values"))),
                false => Ok(values),
            };
        }
    }
}

fn tokens(source: &str, what: &'static str) -> Result<Vec<(usize, Token)>> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let start = source.len() - rest.len();
        let (token, length) = match first {
            c if c.is_whitespace() => {
                rest = &rest[c.len_utf8()..];
                continue;
            }
            '\'' | '"' | '`' => quoted(rest, first)
                .ok_or_else(|| invalid(format!("invalid {what}: the quote {first} at byte {start} is never closed")))?,
            '.' if !rest[1..].starts_with(|c: char| c.is_ascii_digit()) || after_name(&tokens) => (Token::Dot, 1),
            ',' => (Token::Comma, 1),
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '=' => (Token::Operator(Operator::Equal), 1),
            '!' if rest.starts_with("!=") => (Token::Operator(Operator::NotEqual), 2),
            '<' if rest.starts_with("<>") => (Token::Operator(Operator::NotEqual), 2),
            '<' if rest.starts_with("<=") => (Token::Operator(Operator::LessOrEqual), 2),
            '<' => (Token::Operator(Operator::Less), 1),
            '>' if rest.starts_with(">=") => (Token::Operator(Operator::GreaterOrEqual), 2),
            '>' => (Token::Operator(Operator::Greater), 1),
            _ => word_or_number(rest, matches!(tokens.last(), Some((_, Token::Dot)))).ok_or_else(|| {
                let shown: String = rest.chars().take(20).collect();
                invalid(format!("invalid {what}: cannot read '{shown}' at byte {start}; quote keys with `back-ticks`"))
            })?,
        };
        tokens.push((start, token));
        rest = &rest[length..];
    }
    Ok(tokens)
}

/// Whether a dot here continues a name: `params.1st`.
fn after_name(tokens: &[(usize, Token)]) -> bool {
    matches!(tokens.last(), Some((_, Token::Word(_) | Token::Key(_) | Token::Quoted(_))))
}

/// The text up to the closing quote, in which a doubled quote stands for one; and the bytes read.
fn quoted(rest: &str, quote: char) -> Option<(Token, usize)> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((position, c)) = chars.next() {
        if c != quote {
            text.push(c);
        } else if chars.next_if(|(_, next)| *next == quote).is_some() {
            text.push(quote);
        } else {
            let token = match quote {
                '\'' => Token::Text(text),
                '"' => Token::Quoted(text),
                _ => Token::Key(text),
            };
            return Some((token, position + 1));
        }
    }
    None
}

fn word_or_number(rest: &str, after_dot: bool) -> Option<(Token, usize)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let word: &str = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
    let starts_as_word = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if starts_as_word || (after_dot && !word.is_empty()) {
        return Some((Token::Word(word.to_owned()), word.len()));
    }
    number(rest)
}

fn number(rest: &str) -> Option<(Token, usize)> {
    let mut length = 0;
    for (position, c) in rest.char_indices() {
        let after_exponent = rest[..position].ends_with(['e', 'E']);
        let fits = c.is_ascii_digit() || c == '.' || matches!(c, 'e' | 'E') && position > 0;
        if !(fits || matches!(c, '+' | '-') && (position == 0 || after_exponent)) {
            break;
        }
        length = position + c.len_utf8();
    }
    let text = &rest[..length];
    let ends_cleanly = !rest[length..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let literal = match text.parse::<i64>() {
        Ok(integer) => Literal::Integer(integer),
        Err(_) => Literal::Real(text.parse::<f64>().ok().filter(|real| real.is_finite())?),
    };
    ends_cleanly.then_some((Token::Number(literal), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(filter: &str) -> String {
        match parse_filter(filter) {
            Err(failure) => format!("! {}", failure.message()),
            Ok(comparisons) => comparisons
                .iter()
                .map(|Comparison { name, predicate }| {
                    format!("{}|{}|{predicate:?}", name.entity.as_deref().unwrap_or("-"), name.key)
                })
                .collect::<Vec<_>>()
                .join(" & "),
        }
    }

    #[test]
    fn filters_that_read() {
        let rows = [
            ("", ""),
            ("  ", ""),
            ("metrics.rmse < 1", "metrics|rmse|Is(Less, Integer(1))"),
            ("metrics.rmse<=1.5e-3", "metrics|rmse|Is(LessOrEqual, Real(0.0015))"),
            ("metrics.a > -.5", "metrics|a|Is(Greater, Real(-0.5))"),
            ("metrics.a != 3.", "metrics|a|Is(NotEqual, Real(3.0))"),
            ("params.`learning rate` = '0.1'", "params|learning rate|Is(Equal, Text(\"0.1\"))"),
            ("params.\"learning rate\" = \"it's\"", "params|learning rate|Is(Equal, Text(\"it's\"))"),
            ("tags.mlflow.source.name = 'x'", "tags|mlflow.source.name|Is(Equal, Text(\"x\"))"),
            ("params.1st = '1'", "params|1st|Is(Equal, Text(\"1\"))"),
            ("name = 'it''s'", "-|name|Is(Equal, Text(\"it's\"))"),
            ("`run name` ilike '%A%'", "-|run name|Is(ILike, Text(\"%A%\"))"),
            ("run_id in ('a','b')", "-|run_id|In([\"a\", \"b\"])"),
            ("run_id NOT IN ('a', )", "-|run_id|NotIn([\"a\"])"),
            ("tags.x IS NULL and tags.y is not null", "tags|x|IsNull & tags|y|IsNotNull"),
            (
                "a = 'x' AND b = 'AND' AND c = 1",
                "-|a|Is(Equal, Text(\"x\")) & -|b|Is(Equal, Text(\"AND\")) & -|c|Is(Equal, Integer(1))",
            ),
        ];
        for (filter, expected) in rows {
            assert_eq!(read(filter), expected, "{filter}");
        }
    }

    #[test]
    fn filters_that_do_not_read() {
        let many = vec!["a = 1"; 101].join(" AND ");
        let rows = [
            ("metrics.rmse", "expected one of ="),
            ("metrics.rmse <", "expected a number or a quoted"),
            ("metrics. < 1", "expected a key after the dot"),
            ("a = 'x' OR b = 'y'", "expected AND"),
            ("(a = 'x')", "expected a key such as"),
            ("a = x", "expected a number or a quoted"),
            ("a = 'x", "never closed"),
            ("a == 'x'", "expected a number or a quoted"),
            ("a = 1x", "cannot read"),
            ("a = 1e999", "cannot read"),
            ("a-b = 1", "cannot read"),
            ("a = 'x'; DROP TABLE runs", "cannot read"),
            ("run_id IN ()", "non-empty list"),
            ("run_id IN (1)", "non-empty list"),
            ("run_id IN ('a'", "closing parenthesis"),
            ("a NOT LIKE 'x'", "expected IN after NOT"),
            ("a IS 'x'", "expected NULL"),
            ("AND", "expected one of ="),
            ("a = 'x' AND", "expected a key such as"),
            (many.as_str(), "at most 100"),
        ];
        for (filter, expected) in rows {
            let found = read(filter);
            assert!(found.starts_with("! ") && found.contains(expected), "{filter}: {found}");
        }
    }

    #[test]
    fn orders() {
        let order = |text: &str| parse_order(text).map(|(name, descending)| (name.entity, name.key, descending)).ok();
        let metrics = Some("metrics".to_owned());
        assert_eq!(order("metrics.a DESC"), Some((metrics.clone(), "a".into(), true)));
        assert_eq!(order("metrics.`a b` asc"), Some((metrics, "a b".into(), false)));
        assert_eq!(order("start_time"), Some((None, "start_time".into(), false)));
        for bad in ["", "metrics.a downwards", "metrics.a DESC ASC", "metrics.", "a, b"] {
            assert_eq!(order(bad), None, "{bad}");
        }
    }
}
