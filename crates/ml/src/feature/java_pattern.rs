//! Java's regular expressions in the words of the `regex` crate: classes of ASCII letters, quotations, and Java's way to
//! split. What needs backtracking is refused.

use brickyard_error::{Failure, Result, codes};
use regex::Regex;
use std::iter::Peekable;
use std::str::Chars;

/// A pattern as `java.util.regex.Pattern` reads it.
#[derive(Debug, Clone)]
pub struct JavaPattern(Regex);

/// What Java's `.` does not match.
const LINE_ENDS: &str = r"\n\r\x{85}\x{2028}\x{2029}";
const POSIX: [(&str, &str); 13] = [
    ("Lower", "lower"),
    ("Upper", "upper"),
    ("ASCII", "ascii"),
    ("Alpha", "alpha"),
    ("Digit", "digit"),
    ("Alnum", "alnum"),
    ("Punct", "punct"),
    ("Graph", "graph"),
    ("Print", "print"),
    ("Blank", "blank"),
    ("Cntrl", "cntrl"),
    ("XDigit", "xdigit"),
    ("Space", "space"),
];

impl JavaPattern {
    /// # Errors
    /// The pattern is none, or it looks around, refers back to a group or is possessive.
    pub fn new(pattern: &str) -> Result<Self> {
        let translated = Translation { rest: pattern.chars().peekable(), pattern, written: String::new() }.run()?;
        Regex::new(&translated).map(Self).map_err(|error| {
            let text = format!("the pattern {pattern} cannot be read");
            Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text).because(error)
        })
    }

    /// All matches from left to right, as repeated `Matcher.find` gives them.
    pub fn matches<'t>(&self, text: &'t str) -> Vec<&'t str> {
        self.ranges(text).map(|(start, end)| &text[start..end]).collect()
    }

    /// `Pattern.split`: what stands between the matches, without empty parts at the end.
    pub fn split<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let mut parts = Vec::new();
        let mut from = 0;
        for (start, end) in self.ranges(text) {
            if from == 0 && start == 0 && end == 0 {
                continue;
            }
            parts.push(&text[from..start]);
            from = end;
        }
        if from == 0 {
            return vec![text];
        }
        parts.push(&text[from..]);
        while parts.last().is_some_and(|part| part.is_empty()) {
            parts.pop();
        }
        parts
    }

    fn ranges(&self, text: &str) -> impl Iterator<Item = (usize, usize)> {
        let mut at = Some(0);
        std::iter::from_fn(move || {
            let found = self.0.find_at(text, at?);
            // After an empty match the search goes on behind the next character.
            at = found.and_then(|found| match found.is_empty() {
                false => Some(found.end()),
                true => text[found.end()..].chars().next().map(|next| found.end() + next.len_utf8()),
            });
            found.map(|found| (found.start(), found.end()))
        })
    }
}

struct Translation<'a> {
    pattern: &'a str,
    rest: Peekable<Chars<'a>>,
    written: String,
}

impl Translation<'_> {
    fn run(mut self) -> Result<String> {
        let mut depth = 0_usize;
        let dot_matches_all = self.pattern.starts_with("(?s)");
        while let Some(letter) = self.rest.next() {
            match letter {
                '\\' => self.escape(depth > 0)?,
                '[' => {
                    depth += 1;
                    self.written.push('[');
                    if self.rest.next_if_eq(&'^').is_some() {
                        self.written.push('^');
                    }
                }
                ']' if depth > 0 => {
                    depth -= 1;
                    self.written.push(']');
                }
                '~' | '#' if depth > 0 => self.written.extend(['\\', letter]),
                '-' if depth > 0 && self.rest.peek() == Some(&'-') => self.written.push_str("\\-"),
                '.' if depth == 0 && !dot_matches_all => self.written.push_str(&format!("[^{LINE_ENDS}]")),
                '(' if depth == 0 => self.group()?,
                '*' | '+' | '?' | '}' if depth == 0 => {
                    self.written.push(letter);
                    if self.rest.peek() == Some(&'+') {
                        return Err(self.refused("a possessive quantifier"));
                    }
                }
                other => self.written.push(other),
            }
        }
        Ok(self.written)
    }

    fn group(&mut self) -> Result<()> {
        self.written.push('(');
        let ahead: String = self.rest.clone().take(3).collect();
        match ahead.as_str() {
            _ if ["?=", "?!", "?>"].iter().any(|start| ahead.starts_with(start)) => Err(self.refused("looking around")),
            "?<=" | "?<!" => Err(self.refused("looking around")),
            _ => Ok(()),
        }
    }

    fn escape(&mut self, in_class: bool) -> Result<()> {
        let Some(letter) = self.rest.next() else { return Err(self.refused("a backslash at the end")) };
        let mut set = |members: &str, without: bool| {
            self.written.push_str(&match (without, in_class) {
                (false, true) => members.to_owned(),
                (false, false) => format!("[{members}]"),
                (true, _) => format!("[^{members}]"),
            });
        };
        match letter {
            'd' | 'D' => set("0-9", letter == 'D'),
            'w' | 'W' => set("a-zA-Z_0-9", letter == 'W'),
            's' | 'S' => set(r" \t\n\x0B\f\r", letter == 'S'),
            'h' | 'H' => set(r" \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}", letter == 'H'),
            'v' | 'V' => set(r"\n\x0B\f\r\x{85}\x{2028}\x{2029}", letter == 'V'),
            'R' if !in_class => self.written.push_str(r"(?:\r\n|[\n\x0B\f\r\x{85}\x{2028}\x{2029}])"),
            'Z' => self.written.push_str(r"(?:\n?\z)"),
            'e' => self.written.push_str(r"\x1B"),
            'u' | 'x' => self.code(if letter == 'u' { 4 } else { 2 }),
            'p' | 'P' => self.property(letter == 'P')?,
            'Q' => self.quotation(),
            't' | 'n' | 'r' | 'f' | 'a' | 'b' | 'B' | 'A' | 'z' => self.written.extend(['\\', letter]),
            'k' | '1'..='9' => return Err(self.refused("a reference back to a group")),
            other if other.is_ascii_alphanumeric() => return Err(self.refused(&format!("the escape \\{other}"))),
            // The regex crate takes these two escaped for the ends of words.
            '<' | '>' => self.written.push(letter),
            other if other.is_ascii() => self.written.extend(['\\', other]),
            other => self.written.push(other),
        }
        Ok(())
    }

    /// `\u0041`, `\x41` or `\x{41}`.
    fn code(&mut self, digits: usize) {
        self.written.push_str(r"\x{");
        if self.rest.next_if_eq(&'{').is_some() {
            return;
        }
        self.written.extend((0..digits).map_while(|_| self.rest.next_if(char::is_ascii_hexdigit)));
        self.written.push('}');
    }

    fn property(&mut self, without: bool) -> Result<()> {
        let escape = if without { r"\P" } else { r"\p" };
        if self.rest.next_if_eq(&'{').is_none() {
            self.written.push_str(escape);
            self.written.extend(self.rest.next());
            return Ok(());
        }
        let name: String = std::iter::from_fn(|| self.rest.next_if(|letter| *letter != '}')).collect();
        self.rest.next();
        if let Some((_, posix)) = POSIX.iter().find(|(java, _)| *java == name) {
            let not = if without { "^" } else { "" };
            self.written.push_str(&format!("[[:{not}{posix}:]]"));
            return Ok(());
        }
        if name.starts_with("In") || name.starts_with("java") {
            return Err(self.refused(&format!("the property {name}")));
        }
        self.written.push_str(&format!("{escape}{{{}}}", name.strip_prefix("Is").unwrap_or(&name)));
        Ok(())
    }

    /// Everything up to `\E` as it stands.
    fn quotation(&mut self) {
        let rest: String = self.rest.clone().collect();
        let quoted = rest.split(r"\E").next().unwrap_or_default();
        self.written.push_str(&regex::escape(quoted));
        let over = quoted.chars().count() + if quoted.len() < rest.len() { 2 } else { 0 };
        if over > 0 {
            self.rest.nth(over - 1);
        }
    }

    fn refused(&self, what: &str) -> Failure {
        Failure::unsupported(format!("{what} in the pattern {}", self.pattern))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_as_in_java() {
        let rows: [(&str, &str, &[&str]); 10] = [
            (r"\s+", "a  b c", &["a", "b", "c"]),
            (r"\s+", " a b ", &["", "a", "b"]),
            (r"\s+", "", &[""]),
            (r"\W", "ä1-b", &["", "1", "b"]),
            ("", "abc", &["a", "b", "c"]),
            ("x*", "axxb", &["a", "", "b"]),
            (r"\Q.\E", "a.b", &["a", "b"]),
            (r"[\s,;]+", "a, b;c", &["a", "b", "c"]),
            (r"\p{Punct}", "a!b", &["a", "b"]),
            (r"\u002D", "a-b", &["a", "b"]),
        ];
        for (pattern, text, parts) in rows {
            assert_eq!(JavaPattern::new(pattern).unwrap().split(text), parts, "{pattern} {text}");
        }
    }

    #[test]
    fn matches_are_found_one_after_the_other() {
        let rows: [(&str, &str, &[&str]); 4] = [
            (r"\w+", "ab, c", &["ab", "c"]),
            (".", "a\r\nb", &["a", "b"]),
            (r"[^\d]", "1ä2", &["ä"]),
            (r"\p{IsAlphabetic}+", "äb1", &["äb"]),
        ];
        for (pattern, text, found) in rows {
            assert_eq!(JavaPattern::new(pattern).unwrap().matches(text), found, "{pattern} {text}");
        }
    }

    #[test]
    fn what_needs_backtracking_is_refused() {
        for pattern in ["(?=a)", "(?<!a)b", r"(a)\1", "a*+", r"\p{InGreek}"] {
            assert!(JavaPattern::new(pattern).is_err(), "{pattern}");
        }
        assert!(JavaPattern::new("(a").unwrap_err().message().contains("cannot be read"));
    }
}
