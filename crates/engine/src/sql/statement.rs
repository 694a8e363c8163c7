//! Statements: definitions, changes, `SHOW`, `DESCRIBE`, `USE`, `SET`, `EXPLAIN`, caching.

use super::cursor::Parser;
use super::token::Kind;
use brickyard_error::{Failure, Result};
use brickyard_spec::{ColumnDefinition, DescribeTarget, ExplainMode, ObjectName, Relation, Statement, ViewScope};

impl Parser<'_> {
    pub fn statement(&mut self) -> Result<Statement> {
        if self.starts_query() {
            return Ok(Statement::Query(self.query()?));
        }
        let word = self.peek().text.to_lowercase();
        match word.as_str() {
            "create" | "replace" => self.create(),
            "drop" => self.drop_statement(),
            "evaluate" => self.evaluate_model(),
            "export" => self.export_model(),
            "insert" => self.insert(),
            "delete" => self.delete(),
            "update" => self.update(),
            "merge" => self.merge(),
            "use" => self.use_statement(),
            "set" => self.set(),
            "reset" => {
                self.advance();
                let key = if self.peek().kind == Kind::Word { Some(self.setting_key()?) } else { None };
                Ok(Statement::Reset { key })
            }
            "show" => self.show(),
            "describe" | "desc" => self.describe(),
            "explain" => self.explain(),
            "cache" => self.cache(),
            "uncache" => {
                self.advance();
                self.expect_word("table")?;
                let if_exists = self.accept_words(&["if", "exists"]);
                Ok(Statement::UncacheTable { name: self.object_name()?, if_exists })
            }
            "clear" => {
                self.advance();
                self.expect_word("cache")?;
                Ok(Statement::ClearCache)
            }
            "alter" => self.alter(),
            "comment" => self.comment_on(),
            "optimize" => self.optimize(),
            "vacuum" => self.vacuum(),
            "restore" => self.restore(),
            "truncate" => self.truncate(),
            "refresh" | "analyze" | "grant" | "revoke" | "declare" | "execute" | "msck" | "load" | "repair"
            | "call" => Err(Failure::unsupported(format!("the statement {}", word.to_uppercase()))),
            _ => Err(self.wrong()),
        }
    }

    fn create(&mut self) -> Result<Statement> {
        let mut replace = self.accept_word("replace");
        if !replace {
            self.expect_word("create")?;
            replace = self.accept_words(&["or", "replace"]);
        }
        if self.is_word("endpoint") {
            return self.create_endpoint(replace);
        }
        if self.is_word("model") {
            return self.create_model(replace);
        }
        let global = self.accept_word("global");
        let temporary = self.accept_word("temp") || self.accept_word("temporary");
        if self.accept_word("view") {
            let scope = match (global, temporary) {
                (true, _) => ViewScope::Global,
                (false, true) => ViewScope::Session,
                (false, false) => ViewScope::Catalog,
            };
            return self.create_view(scope, replace);
        }
        if self.accept_word("schema") || self.accept_word("database") {
            let if_not_exists = self.accept_words(&["if", "not", "exists"]);
            let name = self.object_name()?;
            let comment = if self.accept_word("comment") { Some(self.string()?) } else { None };
            return Ok(Statement::CreateSchema { name, if_not_exists, comment });
        }
        self.accept_word("external");
        self.expect_word("table")?;
        self.create_table(replace)
    }

    fn create_view(&mut self, scope: ViewScope, replace: bool) -> Result<Statement> {
        let if_not_exists = self.accept_words(&["if", "not", "exists"]);
        let name = self.object_name()?;
        let mut columns = Vec::new();
        if self.accept_symbol("(") {
            columns = self.separated(|parser| {
                let column = parser.identifier()?;
                if parser.accept_word("comment") {
                    parser.string()?;
                }
                Ok(column)
            })?;
            self.expect_symbol(")")?;
        }
        if self.accept_word("comment") {
            self.string()?;
        }
        self.expect_word("as")?;
        let start = self.position();
        let query = self.query()?;
        let text = self.text_between(start, self.position()).to_owned();
        Ok(Statement::CreateView { name, scope, replace, if_not_exists, columns, query, text })
    }

    fn create_table(&mut self, replace: bool) -> Result<Statement> {
        let if_not_exists = self.accept_words(&["if", "not", "exists"]);
        let name = self.object_name()?;
        let mut columns = Vec::new();
        if self.is_symbol("(") && !self.starts_query() {
            self.advance();
            columns = self.separated(Parser::column_definition)?;
            self.expect_symbol(")")?;
        }
        let (mut format, mut comment, mut partition_by) = (None, None, Vec::new());
        loop {
            if self.accept_word("using") {
                format = Some(self.identifier()?);
            } else if self.accept_word("comment") {
                comment = Some(self.string()?);
            } else if self.accept_words(&["partitioned", "by"]) || self.accept_words(&["cluster", "by"]) {
                partition_by = self.identifiers_in_parentheses()?;
            } else if self.accept_word("tblproperties") || self.accept_word("options") {
                self.skip_parentheses()?;
            } else if self.is_word("location") {
                return Err(Failure::unsupported("tables at a LOCATION; leave it out"));
            } else {
                break;
            }
        }
        let query = if self.accept_word("as") || self.starts_query() { Some(self.query()?) } else { None };
        Ok(Statement::CreateTable { name, columns, query, format, partition_by, comment, if_not_exists, replace })
    }

    pub fn column_definition(&mut self) -> Result<ColumnDefinition> {
        let name = self.identifier()?;
        let data_type = self.data_type()?;
        let (mut nullable, mut comment) = (true, None);
        loop {
            if self.accept_words(&["not", "null"]) {
                nullable = false;
            } else if self.accept_word("comment") {
                comment = Some(self.string()?);
            } else if self.is_word("default") || self.is_word("generated") {
                return Err(Failure::unsupported(format!("{} columns", self.peek().text.to_uppercase())));
            } else {
                return Ok(ColumnDefinition { name, data_type, nullable, comment, default: None });
            }
        }
    }

    fn skip_parentheses(&mut self) -> Result<()> {
        self.expect_symbol("(")?;
        let mut depth = 1;
        while depth > 0 {
            match self.advance() {
                token if token.is_symbol("(") => depth += 1,
                token if token.is_symbol(")") => depth -= 1,
                token if token.kind == Kind::End => return Err(self.wrong()),
                _ => {}
            }
        }
        Ok(())
    }

    fn drop_statement(&mut self) -> Result<Statement> {
        self.expect_word("drop")?;
        if self.is_word("endpoint") {
            return self.drop_endpoint();
        }
        if self.is_word("model") {
            return self.drop_model();
        }
        self.accept_word("temporary");
        let what = self.identifier()?.to_lowercase();
        let if_exists = self.accept_words(&["if", "exists"]);
        let name = self.object_name()?;
        match what.as_str() {
            "table" => {
                self.accept_word("purge");
                Ok(Statement::DropTable { name, if_exists })
            }
            "view" => Ok(Statement::DropView { name, if_exists }),
            "schema" | "database" => {
                let cascade = self.accept_word("cascade");
                self.accept_word("restrict");
                Ok(Statement::DropSchema { name, if_exists, cascade })
            }
            other => Err(Failure::unsupported(format!("DROP {}", other.to_uppercase()))),
        }
    }

    fn insert(&mut self) -> Result<Statement> {
        self.expect_word("insert")?;
        let overwrite = self.accept_word("overwrite");
        if !overwrite {
            self.expect_word("into")?;
        }
        self.accept_word("table");
        let table = self.object_name()?;
        if self.is_word("partition") {
            return Err(Failure::unsupported("INSERT … PARTITION (…); put the partition columns into the query"));
        }
        let mut by_name = self.accept_words(&["by", "name"]);
        let columns = match self.is_symbol("(") && !self.starts_query() {
            true => self.identifiers_in_parentheses()?,
            false => Vec::new(),
        };
        by_name |= self.accept_words(&["by", "name"]);
        let source = self.query()?;
        Ok(Statement::Insert { table, columns, overwrite, by_name, source })
    }

    fn use_statement(&mut self) -> Result<Statement> {
        self.expect_word("use")?;
        if self.accept_word("catalog") {
            return Ok(Statement::Use { catalog: Some(self.identifier()?), schema: None });
        }
        if !self.accept_word("schema") {
            self.accept_word("database");
        }
        let ObjectName(parts) = self.object_name()?;
        match parts.as_slice() {
            [schema] => Ok(Statement::Use { catalog: None, schema: Some(schema.clone()) }),
            [catalog, schema] => Ok(Statement::Use { catalog: Some(catalog.clone()), schema: Some(schema.clone()) }),
            _ => Err(self.wrong()),
        }
    }

    /// `spark.sql.ansi.enabled`: words, points and dashes.
    fn setting_key(&mut self) -> Result<String> {
        let start = self.position();
        self.identifier()?;
        while self.is_symbol(".") || self.is_symbol("-") {
            self.advance();
            self.advance();
        }
        Ok(self.text_between(start, self.position()).replace('`', ""))
    }

    fn set(&mut self) -> Result<Statement> {
        self.expect_word("set")?;
        if self.accept_symbol("-") {
            self.advance();
            return Ok(Statement::Set { key: None, value: Some("-v".to_owned()) });
        }
        if self.peek().kind == Kind::End || self.is_symbol(";") {
            return Ok(Statement::Set { key: None, value: None });
        }
        if self.accept_words(&["time", "zone"]) {
            let zone = if self.accept_word("local") { "UTC".to_owned() } else { self.string()? };
            return Ok(Statement::Set { key: Some("spark.sql.session.timeZone".to_owned()), value: Some(zone) });
        }
        let key = self.setting_key()?;
        if !self.accept_symbol("=") {
            return Ok(Statement::Set { key: Some(key), value: None });
        }
        let start = self.position();
        while self.peek().kind != Kind::End && !self.is_symbol(";") {
            self.advance();
        }
        let value = self.text_between(start, self.position()).trim().to_owned();
        let unquoted = value.strip_prefix(['\'', '"']).and_then(|rest| rest.strip_suffix(['\'', '"']));
        Ok(Statement::Set { key: Some(key), value: Some(unquoted.unwrap_or(&value).to_owned()) })
    }

    fn show(&mut self) -> Result<Statement> {
        self.expect_word("show")?;
        let what = self.identifier()?.to_lowercase();
        match what.as_str() {
            "tables" => {
                let schema = self.in_schema()?;
                Ok(Statement::ShowTables { schema, pattern: self.like_pattern()? })
            }
            "views" => {
                let schema = self.in_schema()?;
                Ok(Statement::ShowViews { schema, pattern: self.like_pattern()? })
            }
            "schemas" | "databases" => {
                self.in_schema()?;
                Ok(Statement::ShowSchemas { pattern: self.like_pattern()? })
            }
            "catalogs" => Ok(Statement::ShowCatalogs),
            "columns" => {
                if !self.accept_word("in") {
                    self.expect_word("from")?;
                }
                Ok(Statement::ShowColumns { table: self.object_name()? })
            }
            "functions" => {
                self.in_schema()?;
                Ok(Statement::ShowFunctions { pattern: self.like_pattern()? })
            }
            "user" | "system" | "all" if self.accept_word("functions") => {
                Ok(Statement::ShowFunctions { pattern: self.like_pattern()? })
            }
            "tblproperties" => {
                let table = self.object_name()?;
                let key = if self.accept_symbol("(") { Some(self.property_key()?) } else { None };
                if key.is_some() {
                    self.expect_symbol(")")?;
                }
                Ok(Statement::ShowProperties { table, key })
            }
            "create" => {
                self.expect_word("table")?;
                Ok(Statement::ShowCreateTable { table: self.object_name()? })
            }
            "partitions" => Ok(Statement::ShowPartitions { table: self.object_name()? }),
            "endpoints" => Ok(Statement::ShowEndpoints),
            "models" => Ok(Statement::ShowModels),
            other => Err(Failure::unsupported(format!("SHOW {}", other.to_uppercase()))),
        }
    }

    fn in_schema(&mut self) -> Result<Option<ObjectName>> {
        if self.accept_word("in") || self.accept_word("from") { self.object_name().map(Some) } else { Ok(None) }
    }

    fn like_pattern(&mut self) -> Result<Option<String>> {
        self.accept_word("like");
        if self.peek().kind == Kind::Word {
            return self.identifier().map(Some);
        }
        self.accept_string()
    }

    fn describe(&mut self) -> Result<Statement> {
        self.advance();
        if self.accept_word("detail") {
            return Ok(Statement::DescribeDetail { table: self.object_name()? });
        }
        if self.accept_word("history") {
            return Ok(Statement::DescribeHistory { table: self.object_name()? });
        }
        if self.is_word("model") && self.ahead(1).kind != Kind::End {
            return self.describe_model();
        }
        if self.accept_word("function") {
            let extended = self.accept_word("extended");
            let target = DescribeTarget::Function(self.identifier()?);
            return Ok(Statement::Describe { target, extended });
        }
        if self.accept_word("schema") || self.accept_word("database") {
            let extended = self.accept_word("extended");
            return Ok(Statement::Describe { target: DescribeTarget::Schema(self.object_name()?), extended });
        }
        if self.accept_word("query") || self.starts_query() {
            return Ok(Statement::Describe { target: DescribeTarget::Query(self.query()?), extended: false });
        }
        self.accept_word("table");
        let extended = self.accept_word("extended") || self.accept_word("formatted");
        Ok(Statement::Describe { target: DescribeTarget::Table(self.object_name()?), extended })
    }

    fn explain(&mut self) -> Result<Statement> {
        self.expect_word("explain")?;
        let modes = [
            ("extended", ExplainMode::Extended),
            ("codegen", ExplainMode::Codegen),
            ("cost", ExplainMode::Cost),
            ("formatted", ExplainMode::Formatted),
        ];
        let mode =
            modes.into_iter().find(|(word, _)| self.accept_word(word)).map_or(ExplainMode::Simple, |(_, mode)| mode);
        Ok(Statement::Explain { mode, statement: Box::new(self.statement()?) })
    }

    fn cache(&mut self) -> Result<Statement> {
        self.expect_word("cache")?;
        self.accept_word("lazy");
        self.expect_word("table")?;
        let name = self.object_name()?;
        if self.accept_word("options") {
            self.skip_parentheses()?;
        }
        let has_query = self.accept_word("as") || self.starts_query();
        let query: Option<Relation> = if has_query { Some(self.query()?) } else { None };
        Ok(Statement::CacheTable { name, query })
    }
}
