//! The text of an R formula to its terms: `label ~ a + b:c - d`, with `.`, `*`, `^`, parentheses, `0` and `1`.

use super::term::{Factor, Term};
use brickyard_error::{Failure, Result, codes};

/// A formula as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    /// Empty where there is none.
    pub label: String,
    pub terms: Vec<Term>,
}

/// Parentheses within parentheses; deeper is no formula of a person.
const DEEPEST: usize = 100;

impl Formula {
    /// # Errors
    /// The text is no formula.
    pub fn parse(text: &str) -> Result<Self> {
        let mut reader = Reader { rest: text, depth: 0 };
        reader
            .formula()
            .filter(|_| reader.rest.trim_start().is_empty())
            .ok_or_else(|| Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, format!("Could not parse formula: {text}")))
    }

    /// Whether a model is to have an intercept: the last of `1`, `0`, `- 1` and `- 0` counts.
    pub fn has_intercept(&self) -> bool {
        self.terms.iter().fold(true, |before, term| match term {
            Term::Intercept(enabled) => *enabled,
            Term::Deletion(deleted) => match deleted.as_ref() {
                Term::Intercept(enabled) => !enabled,
                _ => before,
            },
            _ => before,
        })
    }
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn formula(&mut self) -> Option<Formula> {
        let label = self.column().unwrap_or_default();
        self.take('~')?;
        Some(Formula { label, terms: self.sum()?.into_terms() })
    }

    fn sum(&mut self) -> Option<Term> {
        let mut sum = self.product()?;
        loop {
            if self.take('+').is_some() {
                sum = sum.add(self.product()?);
            } else if self.take('-').is_some() {
                sum = sum.subtract(self.product()?);
            } else {
                return Some(sum);
            }
        }
    }

    fn product(&mut self) -> Option<Term> {
        let mut product = self.interaction()?;
        while self.take('*').is_some() {
            product = product.cross(self.interaction()?);
        }
        Some(product)
    }

    fn interaction(&mut self) -> Option<Term> {
        let mut interaction = self.power()?;
        while self.take(':').is_some() {
            interaction = interaction.interact(self.power()?);
        }
        Some(interaction)
    }

    fn power(&mut self) -> Option<Term> {
        let base = self.term()?;
        if self.take('^').is_none() {
            return Some(base);
        }
        let text = self.rest.trim_start();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        // A power that no one can mean would fill the memory with terms.
        let degree = text[..digits].parse().ok().filter(|degree| (1..=20).contains(degree))?;
        self.rest = &text[digits..];
        if text.starts_with('0') { None } else { Some(base.power(degree)) }
    }

    fn term(&mut self) -> Option<Term> {
        if self.take('(').is_some() {
            self.depth += 1;
            let inner = if self.depth > DEEPEST { None } else { self.sum() };
            self.depth -= 1;
            self.take(')')?;
            return inner;
        }
        if self.take('0').is_some() {
            return Some(Term::Intercept(false));
        }
        if self.take('1').is_some() {
            return Some(Term::Intercept(true));
        }
        match self.column() {
            Some(column) => Some(Term::Single(Factor::Column(column))),
            None => self.take('.').map(|()| Term::Single(Factor::Dot)),
        }
    }

    /// A letter, or a dot and a letter, then letters, digits, dots and underscores.
    fn column(&mut self) -> Option<String> {
        let text = self.rest.trim_start();
        let start = match text.as_bytes() {
            [first, ..] if first.is_ascii_alphabetic() => 1,
            [b'.', next, ..] if next.is_ascii_alphabetic() || *next == b'_' => 2,
            _ => return None,
        };
        let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || [b'.', b'_'].contains(byte);
        let length = start + text.bytes().skip(start).take_while(belongs).count();
        self.rest = &text[length..];
        Some(text[..length].to_owned())
    }

    fn take(&mut self, letter: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(letter)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_formula_fails_with_sparks_words() {
        for text in ["y ~", "y x", "y ~ a +", "y ~ (a", "y ~ a ^ 0", "~ ~ a", "y ~ a b", "y ~ 2"] {
            let failure = Formula::parse(text).unwrap_err();
            assert_eq!(failure.message(), format!("Could not parse formula: {text}"));
        }
        assert!(Formula::parse(&format!("y ~ {}a{}", "(".repeat(200), ")".repeat(200))).is_err());
    }

    #[test]
    fn the_last_intercept_counts() {
        for (text, expected) in
            [("y ~ a", true), ("y ~ a + 0", false), ("y ~ a - 1", false), ("y~0+a-0", true), ("y ~ 1 + a", true)]
        {
            assert_eq!(Formula::parse(text).unwrap().has_intercept(), expected, "{text}");
        }
    }
}
