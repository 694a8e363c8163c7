//! Expressions, by precedence: `OR`, `AND`, `NOT`, predicates, `|`, `^`, `&`, `+ -`, `* / % DIV`, signs, postfixes.

use super::cursor::Parser;
use super::token::Kind;
use crate::expand::grow;
use brickyard_error::Result;
use brickyard_spec::{CastTarget, Expr, Literal, SubqueryKind};

impl Parser<'_> {
    pub fn expression(&mut self) -> Result<Expr> {
        grow(|| self.disjunction())
    }

    fn disjunction(&mut self) -> Result<Expr> {
        let mut left = self.conjunction()?;
        while self.accept_word("or") {
            left = binary("or", left, self.conjunction()?);
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Expr> {
        let mut left = self.negation()?;
        while self.accept_word("and") {
            left = binary("and", left, self.negation()?);
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Expr> {
        if self.accept_word("not") || self.accept_symbol("!") {
            return Ok(Expr::function("not", vec![self.negation()?]));
        }
        self.predicate()
    }

    fn predicate(&mut self) -> Result<Expr> {
        if self.is_word("exists") && self.ahead(1).is_symbol("(") {
            let position = self.position();
            self.advance();
            self.expect_symbol("(")?;
            if self.starts_query() {
                let relation = Box::new(self.query()?);
                self.expect_symbol(")")?;
                return Ok(Expr::Subquery { kind: SubqueryKind::Exists, relation });
            }
            // `exists(array, lambda)`
            self.rewind(position);
        }
        let mut left = self.comparison()?;
        loop {
            let position = self.position();
            if self.accept_word("is") {
                left = self.is_what(left)?;
                continue;
            }
            let negated = self.accept_word("not");
            let Some(predicate) = self.special_predicate(&left)? else {
                self.rewind(position);
                return Ok(left);
            };
            left = if negated { Expr::function("not", vec![predicate]) } else { predicate };
        }
    }

    /// After `IS`: `[NOT] NULL`, `TRUE`, `DISTINCT FROM …`.
    fn is_what(&mut self, left: Expr) -> Result<Expr> {
        let negated = self.accept_word("not");
        let (function, opposite, arguments) = if self.accept_word("null") {
            ("isnull", "isnotnull", vec![left])
        } else if self.accept_word("true") {
            ("istrue", "isnottrue", vec![left])
        } else if self.accept_word("false") {
            ("isfalse", "isnotfalse", vec![left])
        } else if self.accept_word("unknown") {
            ("isnull", "isnotnull", vec![left])
        } else {
            self.expect_word("distinct")?;
            self.expect_word("from")?;
            let same = binary("<=>", left, self.comparison()?);
            return Ok(if negated { same } else { Expr::function("not", vec![same]) });
        };
        Ok(Expr::function(if negated { opposite } else { function }, arguments))
    }

    /// `BETWEEN`, `IN`, `LIKE` and the like, without the `NOT` before.
    fn special_predicate(&mut self, left: &Expr) -> Result<Option<Expr>> {
        let left = || left.clone();
        if self.accept_word("between") {
            let low = self.comparison()?;
            self.expect_word("and")?;
            let high = self.comparison()?;
            return Ok(Some(Expr::function("between", vec![left(), low, high])));
        }
        if self.accept_word("in") {
            self.expect_symbol("(")?;
            if self.starts_query() {
                let relation = Box::new(self.query()?);
                self.expect_symbol(")")?;
                let needles = match left() {
                    Expr::Function { name, arguments, .. } if name == "struct" => arguments,
                    other => vec![other],
                };
                return Ok(Some(Expr::Subquery { kind: SubqueryKind::In(needles), relation }));
            }
            let mut arguments = vec![left()];
            arguments.extend(self.separated(Parser::expression)?);
            self.expect_symbol(")")?;
            return Ok(Some(Expr::function("in", arguments)));
        }
        for (word, function) in [("like", "like"), ("ilike", "ilike"), ("rlike", "rlike"), ("regexp", "rlike")] {
            if !self.accept_word(word) {
                continue;
            }
            for (quantifier, junction) in [("any", "or"), ("some", "or"), ("all", "and")] {
                if self.is_word(quantifier) && self.ahead(1).is_symbol("(") {
                    self.advance();
                    self.expect_symbol("(")?;
                    let patterns = self.separated(Parser::expression)?;
                    self.expect_symbol(")")?;
                    let each = patterns.into_iter().map(|pattern| Expr::function(function, vec![left(), pattern]));
                    return Ok(each.reduce(|a, b| binary(junction, a, b)));
                }
            }
            let mut arguments = vec![left(), self.comparison()?];
            if self.accept_word("escape") {
                arguments.push(Expr::literal(self.string()?.as_str()));
            }
            return Ok(Some(Expr::function(function, arguments)));
        }
        Ok(None)
    }

    fn comparison(&mut self) -> Result<Expr> {
        let mut left = self.bit_or()?;
        loop {
            let operator = match self.peek().text.as_str() {
                "=" | "==" => "=",
                "<=>" => "<=>",
                "!=" | "<>" => "!=",
                "<" => "<",
                "<=" | "!>" => "<=",
                ">" => ">",
                ">=" | "!<" => ">=",
                _ => return Ok(left),
            };
            if self.peek().kind != Kind::Symbol {
                return Ok(left);
            }
            self.advance();
            left = binary(operator, left, self.bit_or()?);
        }
    }

    fn bit_or(&mut self) -> Result<Expr> {
        let mut left = self.bit_xor()?;
        while self.accept_symbol("|") {
            left = binary("|", left, self.bit_xor()?);
        }
        Ok(left)
    }

    fn bit_xor(&mut self) -> Result<Expr> {
        let mut left = self.bit_and()?;
        while self.accept_symbol("^") {
            left = binary("^", left, self.bit_and()?);
        }
        Ok(left)
    }

    fn bit_and(&mut self) -> Result<Expr> {
        let mut left = self.sum()?;
        while self.accept_symbol("&") {
            left = binary("&", left, self.sum()?);
        }
        Ok(left)
    }

    pub(super) fn sum(&mut self) -> Result<Expr> {
        let mut left = self.product()?;
        loop {
            let operator = match (&self.peek().kind, self.peek().text.as_str()) {
                (Kind::Symbol, "+") => "+",
                (Kind::Symbol, "-") => "-",
                (Kind::Symbol, "||") => "concat",
                _ => return Ok(left),
            };
            self.advance();
            left = binary(operator, left, self.product()?);
        }
    }

    fn product(&mut self) -> Result<Expr> {
        let mut left = self.signed()?;
        loop {
            let operator = match (&self.peek().kind, self.peek().text.as_str()) {
                (Kind::Symbol, "*") => "*",
                (Kind::Symbol, "/") => "/",
                (Kind::Symbol, "%") => "%",
                (Kind::Word, word) if word.eq_ignore_ascii_case("div") => "div",
                _ => return Ok(left),
            };
            self.advance();
            left = binary(operator, left, self.signed()?);
        }
    }

    fn signed(&mut self) -> Result<Expr> {
        if self.is_symbol("-") {
            self.advance();
            if self.peek().kind == Kind::Number {
                let literal = self.number(true)?;
                return self.postfixes(Expr::Literal(literal));
            }
            return Ok(Expr::function("-", vec![self.signed()?]));
        }
        if self.accept_symbol("+") {
            return Ok(Expr::function("positive", vec![self.signed()?]));
        }
        if self.accept_symbol("~") {
            return Ok(Expr::function("~", vec![self.signed()?]));
        }
        let primary = self.primary()?;
        self.postfixes(primary)
    }

    /// `[index]`, `.field`, `::type`, `COLLATE name`.
    fn postfixes(&mut self, mut expr: Expr) -> Result<Expr> {
        loop {
            if self.accept_symbol("[") {
                let extraction = Box::new(self.expression()?);
                self.expect_symbol("]")?;
                expr = Expr::Extract { child: Box::new(expr), extraction };
            } else if self.is_symbol(".") && matches!(self.ahead(1).kind, Kind::Word | Kind::Quoted) {
                self.advance();
                let field = self.identifier()?;
                expr = Expr::Extract { child: Box::new(expr), extraction: Box::new(Expr::literal(field.as_str())) };
            } else if self.accept_symbol("::") {
                let target = CastTarget::Type(self.data_type()?);
                expr = Expr::Cast { expr: Box::new(expr), target, is_try: false };
            } else if self.is_word("collate") && matches!(self.ahead(1).kind, Kind::Word | Kind::Quoted) {
                self.advance();
                let mut name = self.identifier()?;
                while self.accept_symbol(".") {
                    name = format!("{name}.{}", self.identifier()?);
                }
                expr = Expr::function("collate", vec![expr, Expr::literal(name.as_str())]);
            } else {
                return Ok(expr);
            }
        }
    }

    fn primary(&mut self) -> Result<Expr> {
        match self.peek().kind {
            Kind::Number => self.number(false).map(Expr::Literal),
            Kind::String => Ok(Expr::literal(self.string()?.as_str())),
            Kind::Quoted => self.name_or_call(),
            Kind::Symbol => self.symbol_primary(),
            Kind::Word => self.word_primary(),
            Kind::End => Err(self.wrong()),
        }
    }

    fn symbol_primary(&mut self) -> Result<Expr> {
        if self.accept_symbol("?") {
            let position = self.positions;
            self.positions += 1;
            return self.positional_argument(position);
        }
        if self.is_symbol(":") {
            self.advance();
            let name = self.identifier()?;
            return self.named_argument(&name);
        }
        if self.is_symbol("*") {
            self.advance();
            return Ok(Expr::star());
        }
        if !self.is_symbol("(") {
            return Err(self.wrong());
        }
        self.advance();
        if self.starts_query() {
            let relation = Box::new(self.query()?);
            self.expect_symbol(")")?;
            return Ok(Expr::Subquery { kind: SubqueryKind::Scalar, relation });
        }
        if let Some(lambda) = self.lambda_of_several()? {
            return Ok(lambda);
        }
        let mut items = self.separated(Parser::expression)?;
        self.expect_symbol(")")?;
        if items.len() == 1 {
            return items.pop().ok_or_else(|| self.wrong());
        }
        Ok(Expr::function("struct", items))
    }

    fn word_primary(&mut self) -> Result<Expr> {
        let word = self.peek().text.to_lowercase();
        match word.as_str() {
            "null" => {
                self.advance();
                return Ok(Expr::Literal(Literal::Null(arrow::datatypes::DataType::Null)));
            }
            "true" | "false" => {
                self.advance();
                return Ok(Expr::literal(word == "true"));
            }
            "interval" if matches!(self.ahead(1).kind, Kind::String | Kind::Number) || self.ahead(1).is_symbol("-") => {
                return self.interval();
            }
            "case" => return self.case(),
            "select" | "from" | "where" | "group" | "having" | "union" | "when" | "then" | "else" | "end" | "as"
            | "on" | "order" | "limit" => return Err(self.wrong()),
            _ => {}
        }
        if let Some(literal) = self.typed_literal()? {
            return Ok(literal);
        }
        if let Some(special) = self.special_call(&word)? {
            return Ok(special);
        }
        if self.ahead(1).is_symbol("->") {
            let parameter = self.identifier()?;
            return self.lambda_body(vec![parameter]);
        }
        self.name_or_call()
    }

    /// A column, a qualified star, a function call.
    fn name_or_call(&mut self) -> Result<Expr> {
        let first = self.identifier()?;
        if self.lambda_parameters.contains(&first) && !self.is_symbol("(") {
            return Ok(Expr::LambdaVariable(first));
        }
        let mut parts = vec![first];
        while self.is_symbol(".") {
            if self.ahead(1).is_symbol("*") {
                self.advance();
                self.advance();
                return Ok(Expr::Star { target: Some(parts), plan_id: None, except: Vec::new() });
            }
            if !matches!(self.ahead(1).kind, Kind::Word | Kind::Quoted) {
                break;
            }
            self.advance();
            parts.push(self.identifier()?);
        }
        if self.is_symbol("(") {
            return self.call(&parts.join("."));
        }
        Ok(Expr::ColumnParts(parts))
    }

    fn case(&mut self) -> Result<Expr> {
        self.expect_word("case")?;
        let operand = if self.is_word("when") { None } else { Some(self.expression()?) };
        let mut arguments = Vec::new();
        while self.accept_word("when") {
            let condition = self.expression()?;
            self.expect_word("then")?;
            let condition = match &operand {
                Some(operand) => binary("=", operand.clone(), condition),
                None => condition,
            };
            arguments.push(condition);
            arguments.push(self.expression()?);
        }
        if arguments.is_empty() {
            return Err(self.wrong());
        }
        if self.accept_word("else") {
            arguments.push(self.expression()?);
        }
        self.expect_word("end")?;
        Ok(Expr::function("when", arguments))
    }

    /// `(x, y) -> …`, after its first parenthesis; nothing is read when it is none.
    fn lambda_of_several(&mut self) -> Result<Option<Expr>> {
        let position = self.position();
        let mut parameters = Vec::new();
        while self.peek().kind == Kind::Word {
            parameters.push(self.advance().text);
            if !self.accept_symbol(",") {
                break;
            }
        }
        if !parameters.is_empty() && self.accept_symbol(")") && self.is_symbol("->") {
            return self.lambda_body(parameters).map(Some);
        }
        self.rewind(position);
        Ok(None)
    }

    fn lambda_body(&mut self, parameters: Vec<String>) -> Result<Expr> {
        self.expect_symbol("->")?;
        let outer = self.lambda_parameters.len();
        self.lambda_parameters.extend(parameters.iter().cloned());
        let body = self.expression();
        self.lambda_parameters.truncate(outer);
        Ok(Expr::Lambda { parameters, body: Box::new(body?) })
    }
}

pub(crate) fn binary(operator: &str, left: Expr, right: Expr) -> Expr {
    Expr::function(operator, vec![left, right])
}
