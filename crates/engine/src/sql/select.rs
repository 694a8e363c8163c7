//! `SELECT`: projections, grouping, `HAVING`, `DISTINCT`.

use super::cursor::Parser;
use brickyard_error::{Failure, Result};
use brickyard_spec::{Aggregate, Expr, Grouping, Node, Relation};

impl Parser<'_> {
    /// `from`: what a leading `FROM` gave.
    pub fn select(&mut self, from: Option<Relation>) -> Result<Relation> {
        self.expect_word("select")?;
        let distinct = self.accept_word("distinct");
        if !distinct && self.is_word("all") && !self.ahead(1).is_symbol(".") {
            self.advance();
        }
        let exprs = self.separated(Parser::select_item)?;
        let mut input = match from {
            Some(relation) => relation,
            None if self.accept_word("from") => self.relation_of_from()?,
            None => Relation::new(Node::OneRow),
        };
        if self.accept_word("where") {
            let condition = self.expression()?;
            input = Relation::new(Node::Filter { input, condition });
        }
        let grouping = self.group_by(&exprs)?;
        let having = if self.accept_word("having") { Some(self.expression()?) } else { None };
        if self.is_word("qualify") || self.is_word("window") {
            return Err(Failure::unsupported(format!("the clause {}", self.peek().text.to_uppercase())));
        }
        let mut relation = match (grouping, having) {
            (None, None) => Relation::new(Node::Project { input, exprs }),
            (grouping, having) => {
                let grouping = grouping.unwrap_or(Grouping::By(Vec::new()));
                Relation::new(Node::Aggregate(Aggregate { input, grouping, exprs, with_keys: false, having }))
            }
        };
        if distinct {
            relation = Relation::new(Node::Deduplicate { input: relation, columns: Vec::new() });
        }
        Ok(relation)
    }

    /// An expression with its alias, or a star with `EXCEPT (…)`.
    pub fn select_item(&mut self) -> Result<Expr> {
        let expr = self.expression()?;
        if let Expr::Star { target, plan_id, .. } = &expr {
            if self.is_word("except") && self.ahead(1).is_symbol("(") {
                self.advance();
                let except = self.identifiers_in_parentheses()?;
                return Ok(Expr::Star { target: target.clone(), plan_id: *plan_id, except });
            }
            return Ok(expr);
        }
        if self.is_word("as") && self.ahead(1).is_symbol("(") {
            self.advance();
            let names = self.identifiers_in_parentheses()?;
            return Ok(Expr::Alias { expr: Box::new(expr), names, metadata: None });
        }
        Ok(match self.alias()? {
            Some(name) => expr.alias(name),
            None => expr,
        })
    }

    fn group_by(&mut self, exprs: &[Expr]) -> Result<Option<Grouping>> {
        if !self.accept_words(&["group", "by"]) {
            return Ok(None);
        }
        if self.is_word("all") && !self.ahead(1).is_symbol("(") && !self.ahead(1).is_symbol(".") {
            self.advance();
            return Ok(Some(Grouping::By(vec![Expr::function("group_by_all", exprs.to_vec())])));
        }
        if self.is_word("grouping") && self.ahead(1).is_word("sets") {
            let sets = self.grouping_sets()?;
            return Ok(Some(Grouping::Sets { by: distinct_of(&sets), sets }));
        }
        for (word, make) in [("rollup", Grouping::Rollup as fn(Vec<Expr>) -> Grouping), ("cube", Grouping::Cube)] {
            if self.is_word(word) && self.ahead(1).is_symbol("(") {
                self.advance();
                self.expect_symbol("(")?;
                let by = self.separated(Parser::expression)?;
                self.expect_symbol(")")?;
                return Ok(Some(make(by)));
            }
        }
        let by = self.separated(Parser::expression)?;
        if self.is_word("grouping") && self.ahead(1).is_word("sets") {
            let sets = self.grouping_sets()?;
            return Ok(Some(Grouping::Sets { by, sets }));
        }
        if self.accept_words(&["with", "rollup"]) {
            return Ok(Some(Grouping::Rollup(by)));
        }
        if self.accept_words(&["with", "cube"]) {
            return Ok(Some(Grouping::Cube(by)));
        }
        Ok(Some(Grouping::By(by)))
    }

    fn grouping_sets(&mut self) -> Result<Vec<Vec<Expr>>> {
        self.expect_word("grouping")?;
        self.expect_word("sets")?;
        self.expect_symbol("(")?;
        let sets = self.separated(|parser| {
            if !parser.accept_symbol("(") {
                return Ok(vec![parser.expression()?]);
            }
            let set = if parser.is_symbol(")") { Vec::new() } else { parser.separated(Parser::expression)? };
            parser.expect_symbol(")")?;
            Ok(set)
        })?;
        self.expect_symbol(")")?;
        Ok(sets)
    }
}

fn distinct_of(sets: &[Vec<Expr>]) -> Vec<Expr> {
    let mut all: Vec<Expr> = Vec::new();
    for expr in sets.iter().flatten() {
        if !all.contains(expr) {
            all.push(expr.clone());
        }
    }
    all
}
