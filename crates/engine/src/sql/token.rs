//! SQL text to tokens.

use crate::failures;
use brickyard_error::Result;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// A word, reserved or not; as written.
    Word,
    /// A name in backticks; its text is without them.
    Quoted,
    /// A number as written, with its suffix: `1`, `1.5`, `3L`, `1e3D`, `0.1BD`.
    Number,
    /// A string, unescaped.
    String,
    Symbol,
    End,
}

#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub kind: Kind,
    pub text: String,
    /// Where it stands in the SQL text, in bytes.
    pub start: usize,
    pub end: usize,
}

impl Token {
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }
}

/// Longest first.
const SYMBOLS: [&str; 35] = [
    "<=>", "->>", "==", "!=", "<>", "<=", ">=", "||", "::", "->", "=>", "!<", "!>", "<", ">", "=", "+", "-", "*", "/",
    "%", "&", "|", "^", "~", "(", ")", "[", "]", ",", ".", ";", "?", ":", "@",
];

/// The tokens of a text, ended by one of kind `End`.
pub(crate) fn tokenize(text: &str) -> Result<Vec<Token>> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new() };
    while lexer.next()? {}
    let end = Token { kind: Kind::End, text: String::new(), start: text.len(), end: text.len() };
    lexer.tokens.push(end);
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: Kind, text: String, end: usize) {
        self.tokens.push(Token { kind, text, start: self.at, end });
        self.at = end;
    }

    /// Reads one token; false at the end.
    fn next(&mut self) -> Result<bool> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(false) };
        if first.is_whitespace() {
            self.at += first.len_utf8();
        } else if rest.starts_with("--") {
            self.at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            self.at += rest.find("*/").map_or(rest.len(), |end| end + 2);
        } else if first == '`' {
            self.backticks()?;
        } else if matches!(first, '\'' | '"') {
            self.string(first, false)?;
        } else if matches!(first, 'r' | 'R') && rest[1..].starts_with(['\'', '"']) {
            let quote = if rest[1..].starts_with('"') { '"' } else { '\'' };
            self.at += 1;
            self.string(quote, true)?;
        } else if first.is_ascii_digit() || (first == '.' && self.starts_fraction()) {
            self.number();
        } else if first.is_alphabetic() || first == '_' {
            let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            self.push(Kind::Word, rest[..length].to_owned(), self.at + length);
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            self.push(Kind::Symbol, (*symbol).to_owned(), self.at + symbol.len());
        } else if first == '!' {
            self.push(Kind::Symbol, "!".to_owned(), self.at + 1);
        } else {
            return Err(failures::syntax(&format!("'{first}'"), format!("syntax error at or near '{first}'")));
        }
        Ok(true)
    }

    /// Whether the point here begins a number, and does not separate two names.
    fn starts_fraction(&self) -> bool {
        let digit_follows = self.rest()[1..].starts_with(|c: char| c.is_ascii_digit());
        let after_name = self
            .tokens
            .last()
            .is_some_and(|token| token.end == self.at && matches!(token.kind, Kind::Word | Kind::Quoted));
        digit_follows && !after_name
    }

    fn backticks(&mut self) -> Result<()> {
        let mut name = String::new();
        let mut characters = self.rest().char_indices().skip(1).peekable();
        while let Some((position, character)) = characters.next() {
            if character != '`' {
                name.push(character);
            } else if characters.peek().is_some_and(|(_, next)| *next == '`') {
                name.push('`');
                characters.next();
            } else {
                self.push(Kind::Quoted, name, self.at + position + 1);
                return Ok(());
            }
        }
        Err(failures::syntax("end of input", "a name in backticks does not end".to_owned()))
    }

    fn string(&mut self, quote: char, is_raw: bool) -> Result<()> {
        let mut value = String::new();
        let mut characters = self.rest().char_indices().skip(1).peekable();
        while let Some((position, character)) = characters.next() {
            if character == quote {
                // Two quotes in a row are two strings, which Spark joins.
                self.push(Kind::String, value, self.at + position + 1);
                return Ok(());
            }
            if character != '\\' || is_raw {
                value.push(character);
                continue;
            }
            let Some((_, escaped)) = characters.next() else { break };
            match escaped {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                'b' => value.push('\u{8}'),
                '0' => value.push('\0'),
                'Z' => value.push('\u{1a}'),
                // LIKE needs these two as they are.
                '%' | '_' => {
                    value.push('\\');
                    value.push(escaped);
                }
                'u' => {
                    let hex: String = characters.by_ref().take(4).map(|(_, c)| c).collect();
                    let code = u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32);
                    value.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                other => value.push(other),
            }
        }
        Err(failures::syntax("end of input", "a string does not end".to_owned()))
    }

    fn number(&mut self) {
        let bytes = self.text.as_bytes();
        let mut end = self.at;
        let digits = |mut end: usize| {
            while bytes.get(end).is_some_and(u8::is_ascii_digit) {
                end += 1;
            }
            end
        };
        end = digits(end);
        if bytes.get(end) == Some(&b'.') {
            end = digits(end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
                end = digits(end + 1 + sign);
            }
        }
        let rest = &self.text[end..];
        let suffix = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let is_suffix = ["Y", "S", "L", "D", "F", "BD"].iter().any(|known| rest[..suffix].eq_ignore_ascii_case(known));
        if is_suffix {
            end += suffix;
        }
        let text = self.text[self.at..end].to_owned();
        // A name may begin with digits: `2024_sales`.
        if !is_suffix && suffix > 0 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let name = self.text[self.at..end + suffix].to_owned();
            self.push(Kind::Word, name, end + suffix);
            return;
        }
        self.push(Kind::Number, text, end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, wanted: &[(Kind, &str)]) {
        let tokens = tokenize(text).unwrap();
        let found: Vec<(Kind, &str)> = tokens.iter().map(|t| (t.kind.clone(), t.text.as_str())).collect();
        assert_eq!(&found[..found.len() - 1], wanted, "{text}");
    }

    #[test]
    fn texts_come_apart() {
        check(
            "a.`b``c`<=>1.5D",
            &[
                (Kind::Word, "a"),
                (Kind::Symbol, "."),
                (Kind::Quoted, "b`c"),
                (Kind::Symbol, "<=>"),
                (Kind::Number, "1.5D"),
            ],
        );
        check(
            "'it\\'s' \"x\\ty\" -- end\n1E-7BD",
            &[(Kind::String, "it's"), (Kind::String, "x\ty"), (Kind::Number, "1E-7BD")],
        );
        check(
            "'a\\_b' r'\\d' .5 t.5x",
            &[
                (Kind::String, "a\\_b"),
                (Kind::String, "\\d"),
                (Kind::Number, ".5"),
                (Kind::Word, "t"),
                (Kind::Symbol, "."),
                (Kind::Word, "5x"),
            ],
        );
        assert!(tokenize("'open").is_err());
    }
}
