//! Calls: functions with `DISTINCT`, `FILTER`, `OVER`; forms with words inside (`CAST`, `EXTRACT`, `TRIM`, …);
//! arguments of the text; types.

use super::cursor::Parser;
use super::token::Kind;
use crate::failures;
use arrow::datatypes::DataType;
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use brickyard_functions::types::parse_ddl;
use brickyard_spec::{CastTarget, Expr, FrameBound, FrameUnit, NullOrder, SortDirection, SortKey, Window, WindowFrame};

impl Parser<'_> {
    /// A call of a function, from its opening parenthesis on.
    pub fn call(&mut self, name: &str) -> Result<Expr> {
        self.expect_symbol("(")?;
        let distinct = self.accept_word("distinct");
        if !distinct {
            self.accept_word("all");
        }
        let mut arguments = Vec::new();
        if !self.is_symbol(")") {
            arguments = self.separated(Parser::argument)?;
        }
        let within_nulls = self.null_treatment();
        self.expect_symbol(")")?;
        let mut name = name.to_owned();
        if within_nulls.or(self.null_treatment()) == Some(true) {
            arguments.push(Expr::literal(true));
        }
        if self.accept_words(&["within", "group"]) {
            self.expect_symbol("(")?;
            self.expect_word("order")?;
            self.expect_word("by")?;
            let key = self.sort_key()?;
            self.expect_symbol(")")?;
            name = name.replace("percentile_cont", "percentile");
            arguments.insert(0, key.expr);
        }
        let mut expr = Expr::Function { name, arguments, distinct };
        if self.is_word("filter") && self.ahead(1).is_symbol("(") {
            self.advance();
            self.expect_symbol("(")?;
            self.expect_word("where")?;
            let condition = Box::new(self.expression()?);
            self.expect_symbol(")")?;
            expr = Expr::Filtered { aggregate: Box::new(expr), condition };
        }
        if self.accept_word("over") {
            return self.window(expr);
        }
        Ok(expr)
    }

    /// `IGNORE NULLS` is true, `RESPECT NULLS` false.
    fn null_treatment(&mut self) -> Option<bool> {
        if self.accept_words(&["ignore", "nulls"]) {
            return Some(true);
        }
        self.accept_words(&["respect", "nulls"]).then_some(false)
    }

    fn argument(&mut self) -> Result<Expr> {
        if self.peek().kind == Kind::Word && self.ahead(1).is_symbol("=>") {
            let name = self.identifier()?;
            self.advance();
            return Ok(Expr::Named { name, value: Box::new(self.expression()?) });
        }
        // `struct(1 AS a)`
        let expr = self.expression()?;
        if self.accept_word("as") {
            return Ok(expr.alias(self.identifier()?));
        }
        Ok(expr)
    }

    fn window(&mut self, function: Expr) -> Result<Expr> {
        self.expect_symbol("(")?;
        let mut partition_by = Vec::new();
        if self.accept_words(&["partition", "by"]) || self.accept_words(&["distribute", "by"]) {
            partition_by = self.separated(Parser::expression)?;
        }
        let mut order_by = Vec::new();
        if self.accept_words(&["order", "by"]) || self.accept_words(&["sort", "by"]) {
            order_by = self.separated(Parser::sort_key)?;
        }
        let frame = self.window_frame()?;
        self.expect_symbol(")")?;
        Ok(Expr::Window(Box::new(Window { function, partition_by, order_by, frame })))
    }

    fn window_frame(&mut self) -> Result<Option<WindowFrame>> {
        let unit = if self.accept_word("rows") {
            FrameUnit::Rows
        } else if self.accept_word("range") {
            FrameUnit::Range
        } else {
            return Ok(None);
        };
        if self.accept_word("between") {
            let lower = self.frame_bound()?;
            self.expect_word("and")?;
            let upper = self.frame_bound()?;
            return Ok(Some(WindowFrame { unit, lower, upper }));
        }
        Ok(Some(WindowFrame { unit, lower: self.frame_bound()?, upper: FrameBound::CurrentRow }))
    }

    fn frame_bound(&mut self) -> Result<FrameBound> {
        if self.accept_words(&["current", "row"]) {
            return Ok(FrameBound::CurrentRow);
        }
        if self.accept_words(&["unbounded", "preceding"]) || self.accept_words(&["unbounded", "following"]) {
            return Ok(FrameBound::Unbounded);
        }
        let offset = self.expression()?;
        if self.accept_word("following") {
            return Ok(FrameBound::Offset(offset));
        }
        self.expect_word("preceding")?;
        Ok(FrameBound::Offset(Expr::function("negative", vec![offset])))
    }

    pub fn sort_key(&mut self) -> Result<SortKey> {
        let expr = self.expression()?;
        let mut key = if self.accept_word("desc") {
            SortKey::descending(expr)
        } else {
            self.accept_word("asc");
            SortKey::ascending(expr)
        };
        if self.accept_words(&["nulls", "first"]) {
            key.nulls = NullOrder::First;
        } else if self.accept_words(&["nulls", "last"]) {
            key.nulls = NullOrder::Last;
        }
        debug_assert!(matches!(key.direction, SortDirection::Ascending | SortDirection::Descending));
        Ok(key)
    }

    /// Calls with words inside, when the word and what follows are one.
    pub fn special_call(&mut self, word: &str) -> Result<Option<Expr>> {
        let without_parentheses = ["current_date", "current_timestamp", "current_user", "localtimestamp"];
        if without_parentheses.contains(&word) && !self.ahead(1).is_symbol("(") && !self.ahead(1).is_symbol(".") {
            self.advance();
            return Ok(Some(Expr::function(word, Vec::new())));
        }
        if !self.ahead(1).is_symbol("(") {
            return Ok(None);
        }
        let position = self.position();
        self.advance();
        self.expect_symbol("(")?;
        let special = match word {
            "cast" | "try_cast" => {
                let expr = Box::new(self.expression()?);
                self.expect_word("as")?;
                let target = CastTarget::Type(self.data_type()?);
                Some(Expr::Cast { expr, target, is_try: word == "try_cast" })
            }
            "extract" => {
                let field = self.identifier()?;
                self.expect_word("from")?;
                let source = self.expression()?;
                Some(Expr::function("date_part", vec![Expr::literal(field.as_str()), source]))
            }
            "position" => {
                let needle = self.sum()?;
                match self.accept_word("in") {
                    true => Some(Expr::function("locate", vec![needle, self.expression()?])),
                    false => None,
                }
            }
            "substring" | "substr" => {
                let text = self.expression()?;
                if self.accept_word("from") {
                    let mut arguments = vec![text, self.expression()?];
                    if self.accept_word("for") {
                        arguments.push(self.expression()?);
                    }
                    Some(Expr::function("substring", arguments))
                } else {
                    None
                }
            }
            "overlay" => {
                let text = self.expression()?;
                if self.accept_word("placing") {
                    let mut arguments = vec![text, self.expression()?];
                    self.expect_word("from")?;
                    arguments.push(self.expression()?);
                    if self.accept_word("for") {
                        arguments.push(self.expression()?);
                    }
                    Some(Expr::function("overlay", arguments))
                } else {
                    None
                }
            }
            "trim" => self.trim()?,
            // A word as first argument.
            "timestampdiff" | "timestampadd" | "datediff" | "dateadd" | "date_add" | "date_diff"
                if self.peek().kind == Kind::Word
                    && self.ahead(1).is_symbol(",")
                    && is_time_unit(&self.peek().text) =>
            {
                let unit = self.identifier()?;
                self.expect_symbol(",")?;
                let mut arguments = vec![Expr::literal(unit.as_str())];
                arguments.extend(self.separated(Parser::expression)?);
                let function = if word.ends_with("diff") { "timestampdiff" } else { "timestampadd" };
                Some(Expr::function(function, arguments))
            }
            _ => None,
        };
        match special {
            Some(expr) => {
                self.expect_symbol(")")?;
                Ok(Some(expr))
            }
            None => {
                self.rewind(position);
                Ok(None)
            }
        }
    }

    /// `TRIM([BOTH|LEADING|TRAILING] [x] FROM y)`
    fn trim(&mut self) -> Result<Option<Expr>> {
        let (function, explicit) = if self.accept_word("both") {
            ("trim", true)
        } else if self.accept_word("leading") {
            ("ltrim", true)
        } else if self.accept_word("trailing") {
            ("rtrim", true)
        } else {
            ("trim", false)
        };
        if explicit && self.accept_word("from") {
            return Ok(Some(Expr::function(function, vec![self.expression()?])));
        }
        let first = self.expression()?;
        if self.accept_word("from") {
            let text = self.expression()?;
            return Ok(Some(Expr::function(function, vec![first, text])));
        }
        Ok(None)
    }

    /// A type: everything up to its end is read as DDL.
    pub fn data_type(&mut self) -> Result<DataType> {
        let start = self.position();
        self.identifier()?;
        let mut depth = 0usize;
        loop {
            let token = self.peek();
            match token.text.as_str() {
                "<" | "(" if token.kind == Kind::Symbol => depth += 1,
                ">" | ")" if token.kind == Kind::Symbol && depth > 0 => depth -= 1,
                "<>" if token.kind == Kind::Symbol => {}
                _ if depth > 0 && token.kind != Kind::End => {}
                _ if self.continues_interval(start) => {}
                _ => break,
            }
            self.advance();
        }
        parse_ddl(self.text_between(start, self.position()))
    }

    /// `INTERVAL DAY TO SECOND`
    fn continues_interval(&self, start: usize) -> bool {
        let is_interval = self.text_between(start, start + 1).eq_ignore_ascii_case("interval");
        let word = self.peek().text.to_lowercase();
        let unit = matches!(word.as_str(), "year" | "month" | "day" | "hour" | "minute" | "second" | "to");
        is_interval && unit && self.peek().kind == Kind::Word
    }

    pub fn positional_argument(&self, position: usize) -> Result<Expr> {
        self.bindings.positional.get(position).cloned().ok_or_else(|| unbound("_"))
    }

    pub fn named_argument(&self, name: &str) -> Result<Expr> {
        let found = self.bindings.named.iter().find(|(bound, _)| bound == name);
        found.map(|(_, value)| value.clone()).ok_or_else(|| unbound(name))
    }
}

fn is_time_unit(word: &str) -> bool {
    let units = [
        "year",
        "quarter",
        "month",
        "week",
        "day",
        "dayofyear",
        "hour",
        "minute",
        "second",
        "millisecond",
        "microsecond",
    ];
    units.iter().any(|unit| unit.eq_ignore_ascii_case(word))
}

fn unbound(name: &str) -> Failure {
    let condition =
        Condition::new("UNBOUND_SQL_PARAMETER", "42P02", SparkException::Analysis).with("name", failures::quoted(name));
    let text = format!("found the unbound parameter {name}; give it a value in `args`");
    Failure::new(&codes::sql::SYNTAX, text).with_condition(condition)
}
