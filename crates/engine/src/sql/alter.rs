//! `ALTER TABLE`, `COMMENT ON TABLE`, and a table's upkeep: `OPTIMIZE`, `VACUUM`, `RESTORE`, `TRUNCATE`.

use super::cursor::Parser;
use super::token::Kind;
use brickyard_error::{Failure, Result};
use brickyard_spec::{Alteration, NewColumn, ObjectName, Place, Statement};
use std::collections::BTreeMap;

impl Parser<'_> {
    pub fn alter(&mut self) -> Result<Statement> {
        self.expect_word("alter")?;
        if !self.accept_word("table") {
            return Err(Failure::unsupported(format!("ALTER {}", self.peek().text.to_uppercase())));
        }
        let table = self.object_name()?;
        if self.accept_words(&["rename", "to"]) {
            let mut to = self.object_name()?;
            // A name alone stays in the table's schema.
            if let ([_], [schema @ .., _]) = (to.parts(), table.parts()) {
                to = ObjectName(schema.iter().chain(to.parts()).cloned().collect());
            }
            return Ok(Statement::RenameTable { from: table, to });
        }
        let change = self.alteration()?;
        Ok(Statement::Alter { table, change })
    }

    fn alteration(&mut self) -> Result<Alteration> {
        if self.accept_words(&["set", "tblproperties"]) {
            return Ok(Alteration::SetProperties(self.properties()?));
        }
        if self.accept_words(&["unset", "tblproperties"]) {
            let if_exists = self.accept_words(&["if", "exists"]);
            self.expect_symbol("(")?;
            let keys = self.separated(Parser::property_key)?;
            self.expect_symbol(")")?;
            return Ok(Alteration::UnsetProperties { keys, if_exists });
        }
        if self.accept_words(&["add", "constraint"]) {
            let name = self.identifier()?;
            if !self.accept_word("check") {
                return Err(Failure::unsupported("constraints other than CHECK (…)"));
            }
            self.expect_symbol("(")?;
            let sql = self.condition()?.text;
            self.expect_symbol(")")?;
            return Ok(Alteration::AddConstraint { name, sql });
        }
        if self.accept_words(&["drop", "constraint"]) {
            let if_exists = self.accept_words(&["if", "exists"]);
            return Ok(Alteration::DropConstraint { name: self.identifier()?, if_exists });
        }
        if self.accept_words(&["add", "column"]) || self.accept_words(&["add", "columns"]) {
            let in_parentheses = self.accept_symbol("(");
            let columns = self.separated(Parser::new_column)?;
            if in_parentheses {
                self.expect_symbol(")")?;
            }
            return Ok(Alteration::AddColumns(columns));
        }
        if self.accept_word("alter") || self.accept_word("change") {
            self.accept_word("column");
            return self.column_change();
        }
        Err(Failure::unsupported(format!("ALTER TABLE … {}", self.peek().text.to_uppercase())))
    }

    fn column_change(&mut self) -> Result<Alteration> {
        let ObjectName(parts) = self.object_name()?;
        let [column] = parts.as_slice() else {
            return Err(Failure::unsupported("changes of a struct's fields; change the whole column"));
        };
        let column = column.clone();
        if self.accept_word("comment") {
            return Ok(Alteration::ColumnComment { column, comment: self.string()? });
        }
        if self.accept_words(&["set", "not", "null"]) {
            return Ok(Alteration::Nullable { column, nullable: false });
        }
        if self.accept_words(&["drop", "not", "null"]) {
            return Ok(Alteration::Nullable { column, nullable: true });
        }
        Err(Failure::unsupported("changes of a column other than COMMENT, SET NOT NULL and DROP NOT NULL"))
    }

    fn new_column(&mut self) -> Result<NewColumn> {
        if self.ahead(1).is_symbol(".") {
            return Err(Failure::unsupported("adding fields to a struct; add a column"));
        }
        let column = self.column_definition()?;
        if !column.nullable {
            return Err(Failure::unsupported("adding NOT NULL columns: the rows there have no value; leave it out"));
        }
        let place = if self.accept_word("first") {
            Place::First
        } else if self.accept_word("after") {
            Place::After(self.identifier()?)
        } else {
            Place::Last
        };
        let field = arrow::datatypes::Field::new(column.name, column.data_type, true);
        Ok(NewColumn { field, comment: column.comment, place })
    }

    /// `('a' = 'x', b.c = 3)`
    pub fn properties(&mut self) -> Result<BTreeMap<String, String>> {
        self.expect_symbol("(")?;
        let properties = self.separated(|parser| {
            let key = parser.property_key()?;
            parser.accept_symbol("=");
            match parser.peek().kind {
                Kind::String => Ok((key, parser.string()?)),
                _ => Ok((key, parser.advance().text)),
            }
        })?;
        self.expect_symbol(")")?;
        Ok(properties.into_iter().collect())
    }

    pub fn property_key(&mut self) -> Result<String> {
        match self.accept_string()? {
            Some(key) => Ok(key),
            None => Ok(self.object_name()?.parts().join(".")),
        }
    }

    pub fn comment_on(&mut self) -> Result<Statement> {
        self.expect_word("comment")?;
        self.expect_word("on")?;
        if !self.accept_word("table") {
            return Err(Failure::unsupported("COMMENT ON anything but a table"));
        }
        let table = self.object_name()?;
        self.expect_word("is")?;
        let comment = if self.accept_word("null") { None } else { Some(self.string()?) };
        Ok(Statement::Alter { table, change: Alteration::Comment(comment) })
    }

    pub fn optimize(&mut self) -> Result<Statement> {
        self.expect_word("optimize")?;
        let table = self.object_name()?;
        let condition = if self.accept_word("where") { Some(self.condition()?) } else { None };
        let mut order_by = Vec::new();
        if self.accept_words(&["zorder", "by"]) {
            let in_parentheses = self.accept_symbol("(");
            order_by = self.separated(Parser::identifier)?;
            if in_parentheses {
                self.expect_symbol(")")?;
            }
        }
        Ok(Statement::Optimize { table, condition, order_by })
    }

    pub fn vacuum(&mut self) -> Result<Statement> {
        self.expect_word("vacuum")?;
        let table = self.object_name()?;
        let mut retain_hours = None;
        if self.accept_word("retain") {
            let hours = self.advance().text;
            retain_hours = Some(hours.parse().map_err(|_| self.wrong())?);
            self.expect_word("hours")?;
        }
        let dry_run = self.accept_words(&["dry", "run"]);
        Ok(Statement::Vacuum { table, retain_hours, dry_run })
    }

    pub fn restore(&mut self) -> Result<Statement> {
        self.expect_word("restore")?;
        self.accept_word("table");
        let table = self.object_name()?;
        self.accept_word("to");
        let options = self.time_travel()?;
        if options.is_empty() {
            return Err(self.wrong());
        }
        Ok(Statement::Restore { table, options })
    }

    pub fn truncate(&mut self) -> Result<Statement> {
        self.expect_word("truncate")?;
        self.expect_word("table")?;
        let table = self.object_name()?;
        if self.is_word("partition") {
            return Err(Failure::unsupported("TRUNCATE TABLE … PARTITION; use DELETE FROM … WHERE"));
        }
        Ok(Statement::Truncate { table })
    }
}
