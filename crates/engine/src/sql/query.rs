//! Queries: `WITH`, set operations, `ORDER BY`, `LIMIT`; what stands in `FROM`.

use super::cursor::Parser;
use super::token::Kind;
use crate::expand::grow;
use brickyard_error::{Failure, Result};
use brickyard_spec::{
    Aggregate, Expr, Grouping, Join, JoinCondition, JoinKind, Node, Pivot, Relation, SetKind, SetOperation, Source,
};
use std::collections::BTreeMap;

impl Parser<'_> {
    /// Whether a query begins here, perhaps in parentheses.
    pub fn starts_query(&self) -> bool {
        let mut ahead = 0;
        while self.ahead(ahead).is_symbol("(") {
            ahead += 1;
        }
        let token = self.ahead(ahead);
        let next = self.ahead(ahead + 1);
        token.is_word("select")
            || (token.is_word("with") && ahead == 0)
            || (token.is_word("with") && matches!(next.kind, Kind::Word | Kind::Quoted))
            || (token.is_word("values")
                && (next.is_symbol("(") || next.kind == Kind::Number || next.kind == Kind::String))
            || (token.is_word("from") && matches!(next.kind, Kind::Word | Kind::Quoted))
            || (token.is_word("table") && matches!(next.kind, Kind::Word | Kind::Quoted))
    }

    pub fn query(&mut self) -> Result<Relation> {
        grow(|| self.query_with_definitions())
    }

    fn query_with_definitions(&mut self) -> Result<Relation> {
        if !self.accept_word("with") {
            return self.ordered_query();
        }
        if self.is_word("recursive") {
            return Err(Failure::unsupported("recursive common table expressions"));
        }
        let definitions = self.separated(|parser| {
            let name = parser.identifier()?;
            let columns = if parser.is_symbol("(") { parser.identifiers_in_parentheses()? } else { Vec::new() };
            parser.accept_word("as");
            parser.expect_symbol("(")?;
            let query = parser.query()?;
            parser.expect_symbol(")")?;
            let relation = match columns.is_empty() {
                true => query,
                false => Relation::new(Node::Alias { input: query, name: name.clone(), columns }),
            };
            Ok((name, relation))
        })?;
        let body = self.ordered_query()?;
        Ok(Relation::new(Node::With { definitions, body }))
    }

    fn ordered_query(&mut self) -> Result<Relation> {
        let mut relation = self.set_operations()?;
        if self.accept_words(&["order", "by"]) {
            let keys = self.separated(Parser::sort_key)?;
            relation = Relation::new(Node::Sort { input: relation, keys, is_global: true });
        } else if self.accept_words(&["sort", "by"]) {
            let keys = self.separated(Parser::sort_key)?;
            relation = Relation::new(Node::Sort { input: relation, keys, is_global: false });
        }
        while self.accept_words(&["distribute", "by"]) || self.accept_words(&["cluster", "by"]) {
            let by = self.separated(Parser::expression)?;
            relation = Relation::new(Node::Repartition { input: relation, partitions: None, by });
        }
        let mut limit = None;
        if self.accept_word("limit") && !self.accept_word("all") {
            limit = Some(self.expression()?);
        }
        if self.accept_word("offset") {
            let count = self.expression()?;
            relation = Relation::new(Node::Offset { input: relation, count });
        }
        if let Some(count) = limit {
            relation = Relation::new(Node::Limit { input: relation, count });
        }
        Ok(relation)
    }

    fn set_operations(&mut self) -> Result<Relation> {
        let mut left = self.intersections()?;
        loop {
            let kind = if self.accept_word("union") {
                SetKind::Union
            } else if self.accept_word("except") || self.accept_word("minus") {
                SetKind::Except
            } else {
                return Ok(left);
            };
            left = self.set_operation(left, kind, Parser::intersections)?;
        }
    }

    fn intersections(&mut self) -> Result<Relation> {
        let mut left = self.query_term()?;
        while self.accept_word("intersect") {
            left = self.set_operation(left, SetKind::Intersect, Parser::query_term)?;
        }
        Ok(left)
    }

    fn set_operation(
        &mut self,
        left: Relation,
        kind: SetKind,
        right: impl FnOnce(&mut Self) -> Result<Relation>,
    ) -> Result<Relation> {
        let is_all = self.accept_word("all");
        if !is_all {
            self.accept_word("distinct");
        }
        let by_name = self.accept_words(&["by", "name"]);
        let right = right(self)?;
        let set = SetOperation { left, right, kind, is_all, by_name, allow_missing_columns: false };
        Ok(Relation::new(Node::Set(set)))
    }

    fn query_term(&mut self) -> Result<Relation> {
        if self.accept_symbol("(") {
            let relation = self.query()?;
            self.expect_symbol(")")?;
            return Ok(relation);
        }
        if self.accept_word("values") {
            let values = self.values()?;
            return self.aliased(values);
        }
        if self.is_word("table") && matches!(self.ahead(1).kind, Kind::Word | Kind::Quoted) {
            self.advance();
            return Ok(Relation::table(self.object_name()?));
        }
        if self.is_word("from") {
            self.advance();
            let from = self.relation_of_from()?;
            return self.select(Some(from));
        }
        self.select(None)
    }

    fn values(&mut self) -> Result<Relation> {
        let rows = self.separated(|parser| {
            Ok(match parser.expression()? {
                Expr::Function { name, arguments, .. } if name == "struct" => arguments,
                single => vec![single],
            })
        })?;
        Ok(Relation::new(Node::Values(rows)))
    }

    /// `a, b JOIN c ON …`
    pub fn relation_of_from(&mut self) -> Result<Relation> {
        let mut relation = self.joined()?;
        while self.accept_symbol(",") {
            let is_lateral = self.is_word("lateral") && self.ahead(1).is_symbol("(");
            let right = self.joined()?;
            relation = join(relation, right, JoinKind::Cross, JoinCondition::None, is_lateral);
        }
        while self.is_word("lateral") && self.ahead(1).is_word("view") {
            relation = self.lateral_view(relation)?;
        }
        Ok(relation)
    }

    fn joined(&mut self) -> Result<Relation> {
        let mut left = self.table_factor()?;
        loop {
            let position = self.position();
            let natural = self.accept_word("natural");
            let Some(kind) = self.join_kind() else {
                self.rewind(position);
                return Ok(left);
            };
            let is_lateral = self.is_word("lateral");
            let right = self.table_factor()?;
            let condition = if natural {
                JoinCondition::Natural
            } else if self.accept_word("on") {
                JoinCondition::On(self.expression()?)
            } else if self.accept_word("using") {
                JoinCondition::Using(self.identifiers_in_parentheses()?)
            } else {
                JoinCondition::None
            };
            left = join(left, right, kind, condition, is_lateral);
        }
    }

    fn join_kind(&mut self) -> Option<JoinKind> {
        let forms: [(&[&str], JoinKind); 15] = [
            (&["join"], JoinKind::Inner),
            (&["inner", "join"], JoinKind::Inner),
            (&["cross", "join"], JoinKind::Cross),
            (&["left", "outer", "join"], JoinKind::LeftOuter),
            (&["left", "semi", "join"], JoinKind::LeftSemi),
            (&["left", "anti", "join"], JoinKind::LeftAnti),
            (&["left", "join"], JoinKind::LeftOuter),
            (&["right", "outer", "join"], JoinKind::RightOuter),
            (&["right", "join"], JoinKind::RightOuter),
            (&["full", "outer", "join"], JoinKind::FullOuter),
            (&["full", "join"], JoinKind::FullOuter),
            (&["semi", "join"], JoinKind::LeftSemi),
            (&["anti", "join"], JoinKind::LeftAnti),
            (&["outer", "join"], JoinKind::FullOuter),
            (&["cross", "join"], JoinKind::Cross),
        ];
        forms.into_iter().find(|(words, _)| self.accept_words(words)).map(|(_, kind)| kind)
    }

    pub fn table_factor(&mut self) -> Result<Relation> {
        self.accept_word("lateral");
        let mut relation = if self.accept_symbol("(") {
            let inner = if self.starts_query() { self.query()? } else { self.relation_of_from()? };
            self.expect_symbol(")")?;
            inner
        } else if self.is_word("values") && !self.ahead(1).is_symbol(".") {
            self.advance();
            self.values()?
        } else {
            let name = self.object_name()?;
            if self.accept_symbol("(") {
                let arguments = if self.is_symbol(")") { Vec::new() } else { self.separated(Parser::expression)? };
                self.expect_symbol(")")?;
                Relation::new(Node::TableFunction { name: name.name().to_owned(), arguments })
            } else {
                let options = self.time_travel()?;
                Relation::new(Node::Read(Source::Table { name, options }))
            }
        };
        if self.is_word("pivot") && self.ahead(1).is_symbol("(") {
            relation = self.pivot(relation)?;
        }
        if self.accept_word("tablesample") {
            relation = self.sample(relation)?;
        }
        self.aliased(relation)
    }

    /// `[FOR] VERSION AS OF 3`, `[FOR] TIMESTAMP AS OF '…'`, `SYSTEM_VERSION` and `SYSTEM_TIME` as well; `@v3`.
    pub fn time_travel(&mut self) -> Result<BTreeMap<String, String>> {
        let kinds = [
            ("version", "versionasof"),
            ("system_version", "versionasof"),
            ("timestamp", "timestampasof"),
            ("system_time", "timestampasof"),
        ];
        if self.accept_symbol("@") {
            let version = self.identifier()?;
            let number = version.strip_prefix(['v', 'V']).filter(|number| number.parse::<u64>().is_ok());
            let number = number.ok_or_else(|| self.wrong())?.to_owned();
            return Ok(BTreeMap::from([("versionasof".to_owned(), number)]));
        }
        let start = self.position();
        self.accept_word("for");
        for (word, option) in kinds {
            if self.accept_words(&[word, "as", "of"]) {
                let is_value = matches!(self.peek().kind, Kind::String | Kind::Number);
                if !is_value {
                    return Err(Failure::unsupported("time travel by an expression; write the version or the time"));
                }
                return Ok(BTreeMap::from([(option.to_owned(), self.advance().text)]));
            }
        }
        self.rewind(start);
        Ok(BTreeMap::new())
    }

    /// `[AS] t [(a, b)]`
    fn aliased(&mut self, relation: Relation) -> Result<Relation> {
        let Some(name) = self.alias()? else { return Ok(relation) };
        let columns = if self.is_symbol("(") { self.identifiers_in_parentheses()? } else { Vec::new() };
        Ok(Relation::new(Node::Alias { input: relation, name, columns }))
    }

    fn lateral_view(&mut self, input: Relation) -> Result<Relation> {
        self.expect_word("lateral")?;
        self.expect_word("view")?;
        let is_outer = self.accept_word("outer");
        let name = self.identifier()?;
        let generator = self.call(&name)?;
        let mut alias = None;
        if matches!(self.peek().kind, Kind::Word | Kind::Quoted) && !self.is_word("as") && !self.is_clause() {
            alias = Some(self.identifier()?);
        }
        let mut columns = Vec::new();
        if self.accept_word("as") {
            columns = self.separated(Parser::identifier)?;
        }
        Ok(Relation::new(Node::LateralView { input, generator, is_outer, alias, columns }))
    }

    fn is_clause(&self) -> bool {
        ["where", "group", "having", "order", "limit", "lateral", "union", "select", "sort", "offset"]
            .iter()
            .any(|word| self.is_word(word))
    }

    /// `PIVOT (sum(x) FOR c IN ('a', 'b'))`: groups by all columns that are not named.
    fn pivot(&mut self, input: Relation) -> Result<Relation> {
        self.expect_word("pivot")?;
        self.expect_symbol("(")?;
        let exprs = self.separated(Parser::select_item)?;
        self.expect_word("for")?;
        let column = self.expression()?;
        self.expect_word("in")?;
        self.expect_symbol("(")?;
        let values = self.separated(|parser| match parser.expression()? {
            Expr::Literal(literal) => Ok(literal),
            _ => Err(Failure::unsupported("PIVOT over values that are no constants")),
        })?;
        self.expect_symbol(")")?;
        self.expect_symbol(")")?;
        let pivot = Pivot { column, values };
        let grouping = Grouping::Pivot { by: vec![Expr::star()], pivot };
        Ok(Relation::new(Node::Aggregate(Aggregate { input, grouping, exprs, with_keys: true, having: None })))
    }

    /// `TABLESAMPLE (10 PERCENT)`, `(5 ROWS)`
    fn sample(&mut self, input: Relation) -> Result<Relation> {
        self.expect_symbol("(")?;
        let number = self.advance().text;
        let in_rows = self.accept_word("rows");
        if !in_rows {
            self.expect_word("percent")?;
        }
        self.expect_symbol(")")?;
        let mut seed = 0;
        if self.accept_word("repeatable") {
            self.expect_symbol("(")?;
            seed = self.advance().text.parse().map_err(|_| self.wrong())?;
            self.expect_symbol(")")?;
        }
        if in_rows {
            let count = number.parse::<i32>().map_err(|_| self.wrong())?;
            return Ok(Relation::new(Node::Limit { input, count: Expr::literal(count) }));
        }
        let percent = number.parse::<f64>().map_err(|_| self.wrong())?;
        Ok(Relation::new(Node::Sample {
            input,
            lower: 0.0,
            upper: percent / 100.0,
            with_replacement: false,
            seed,
            deterministic_order: false,
        }))
    }
}

fn join(left: Relation, right: Relation, kind: JoinKind, condition: JoinCondition, is_lateral: bool) -> Relation {
    Relation::new(Node::Join(Join { left, right, kind, condition, is_lateral }))
}
