//! Where a parser stands in the tokens, and what all parts of it ask for: words, symbols, names.

use super::Bindings;
use super::token::{Kind, Token, tokenize};
use crate::failures;
use brickyard_error::{Failure, Result};
use brickyard_spec::ObjectName;

pub(crate) struct Parser<'a> {
    pub text: &'a str,
    tokens: Vec<Token>,
    next: usize,
    pub bindings: &'a Bindings,
    /// How many `?` have been passed.
    pub positions: usize,
    /// Parameters of the lambdas around.
    pub lambda_parameters: Vec<String>,
}

/// Words that end an expression or a table: they are no alias without `AS`.
const NO_ALIAS: [&str; 45] = [
    "from",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "union",
    "intersect",
    "except",
    "minus",
    "join",
    "inner",
    "left",
    "right",
    "full",
    "cross",
    "natural",
    "on",
    "using",
    "lateral",
    "as",
    "then",
    "when",
    "else",
    "end",
    "and",
    "or",
    "not",
    "in",
    "between",
    "like",
    "rlike",
    "regexp",
    "ilike",
    "is",
    "sort",
    "cluster",
    "distribute",
    "window",
    "qualify",
    "anti",
    "semi",
    "pivot",
    "tablesample",
];

impl<'a> Parser<'a> {
    pub fn new(text: &'a str, bindings: &'a Bindings) -> Result<Self> {
        let tokens = tokenize(text)?;
        Ok(Self { text, tokens, next: 0, bindings, positions: 0, lambda_parameters: Vec::new() })
    }

    pub fn peek(&self) -> &Token {
        self.ahead(0)
    }

    /// The token this many after the next.
    pub fn ahead(&self, count: usize) -> &Token {
        let index = (self.next + count).min(self.tokens.len() - 1);
        &self.tokens[index]
    }

    pub fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        token
    }

    pub fn position(&self) -> usize {
        self.next
    }

    pub fn rewind(&mut self, position: usize) {
        self.next = position;
    }

    /// The failure of a token that cannot stand here.
    pub fn wrong(&self) -> Failure {
        let token = self.peek();
        let near = match token.kind {
            Kind::End => "end of input".to_owned(),
            _ => format!("'{}'", &self.text[token.start..token.end]),
        };
        let (line, column) = self.place(token.start);
        failures::syntax(&near, format!("syntax error at or near {near} (line {line}, pos {column})"))
    }

    /// Line from 1 and column from 0, as Spark counts.
    fn place(&self, at: usize) -> (usize, usize) {
        let before = &self.text[..at];
        let line = before.matches('\n').count() + 1;
        (line, before.chars().rev().take_while(|c| *c != '\n').count())
    }

    pub fn is_word(&self, word: &str) -> bool {
        self.peek().is_word(word)
    }

    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.peek().is_symbol(symbol)
    }

    pub fn accept_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    /// Accepts the words in a row, or none of them.
    pub fn accept_words(&mut self, words: &[&str]) -> bool {
        let found = words.iter().enumerate().all(|(index, word)| self.ahead(index).is_word(word));
        if found {
            words.iter().for_each(|_| {
                self.advance();
            });
        }
        found
    }

    pub fn accept_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    pub fn expect_word(&mut self, word: &str) -> Result<()> {
        if self.accept_word(word) { Ok(()) } else { Err(self.wrong()) }
    }

    pub fn expect_symbol(&mut self, symbol: &str) -> Result<()> {
        if self.accept_symbol(symbol) { Ok(()) } else { Err(self.wrong()) }
    }

    pub fn expect_end(&mut self) -> Result<()> {
        while self.accept_symbol(";") {}
        if self.peek().kind == Kind::End { Ok(()) } else { Err(self.wrong()) }
    }

    /// A name, in backticks or not.
    pub fn identifier(&mut self) -> Result<String> {
        match self.peek().kind {
            Kind::Word | Kind::Quoted => Ok(self.advance().text),
            _ => Err(self.wrong()),
        }
    }

    /// Names separated by points.
    pub fn object_name(&mut self) -> Result<ObjectName> {
        let mut parts = vec![self.identifier()?];
        while self.accept_symbol(".") {
            parts.push(self.identifier()?);
        }
        Ok(ObjectName(parts))
    }

    /// `(a, b)`
    pub fn identifiers_in_parentheses(&mut self) -> Result<Vec<String>> {
        self.expect_symbol("(")?;
        let names = self.separated(Parser::identifier)?;
        self.expect_symbol(")")?;
        Ok(names)
    }

    pub fn string(&mut self) -> Result<String> {
        if self.peek().kind != Kind::String {
            return Err(self.wrong());
        }
        let mut text = self.advance().text;
        while self.peek().kind == Kind::String {
            text.push_str(&self.advance().text);
        }
        Ok(text)
    }

    pub fn accept_string(&mut self) -> Result<Option<String>> {
        if self.peek().kind == Kind::String { self.string().map(Some) } else { Ok(None) }
    }

    /// One or more, with commas between.
    pub fn separated<T>(&mut self, mut one: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut all = vec![one(self)?];
        while self.accept_symbol(",") {
            all.push(one(self)?);
        }
        Ok(all)
    }

    /// `AS name`, or a name that cannot begin what may follow.
    pub fn alias(&mut self) -> Result<Option<String>> {
        if self.accept_word("as") {
            // A string may name a column, as in other dialects.
            return match self.peek().kind {
                Kind::String => self.string().map(Some),
                _ => self.identifier().map(Some),
            };
        }
        let token = self.peek();
        let is_name = match token.kind {
            Kind::Quoted => true,
            Kind::Word => !NO_ALIAS.iter().any(|word| token.is_word(word)),
            _ => false,
        };
        if is_name { self.identifier().map(Some) } else { Ok(None) }
    }

    /// The text between two token positions.
    pub fn text_between(&self, from: usize, to: usize) -> &'a str {
        let (start, end) = (self.tokens[from].start, self.tokens[to.max(1) - 1].end);
        &self.text[start..end.max(start)]
    }
}
