//! Statements over models and endpoints.

use super::cursor::Parser;
use super::token::Kind;
use brickyard_error::Result;
use brickyard_spec::Statement;

impl Parser<'_> {
    /// `ENDPOINT name USING MODEL delays@champion`, after `CREATE [OR REPLACE]`.
    pub fn create_endpoint(&mut self, or_replace: bool) -> Result<Statement> {
        self.expect_word("endpoint")?;
        let name = self.endpoint_name()?;
        self.expect_word("using")?;
        self.expect_word("model")?;
        Ok(Statement::CreateEndpoint { name, model: self.model_name()?, or_replace })
    }

    /// `ENDPOINT [IF EXISTS] name`, after `DROP`.
    pub fn drop_endpoint(&mut self) -> Result<Statement> {
        self.expect_word("endpoint")?;
        let if_exists = self.accept_words(&["if", "exists"]);
        Ok(Statement::DropEndpoint { name: self.endpoint_name()?, if_exists })
    }

    /// `MODEL name OPTIONS (model_type = 'LogisticRegression', …) AS query`, after `CREATE [OR REPLACE]`.
    pub fn create_model(&mut self, or_replace: bool) -> Result<Statement> {
        self.expect_word("model")?;
        let name = self.endpoint_name()?;
        self.expect_word("options")?;
        self.expect_symbol("(")?;
        let options = self.separated(|parser| {
            let key = parser.identifier()?.to_lowercase();
            parser.expect_symbol("=")?;
            Ok((key, parser.expression()?))
        })?;
        self.expect_symbol(")")?;
        self.expect_word("as")?;
        Ok(Statement::CreateModel { name, options, query: self.query()?, or_replace })
    }

    /// `MODEL [IF EXISTS] name`, after `DROP`.
    pub fn drop_model(&mut self) -> Result<Statement> {
        self.expect_word("model")?;
        let if_exists = self.accept_words(&["if", "exists"]);
        Ok(Statement::DropModel { name: self.endpoint_name()?, if_exists })
    }

    /// `EVALUATE MODEL delays@champion AS query`
    pub fn evaluate_model(&mut self) -> Result<Statement> {
        self.expect_word("evaluate")?;
        self.expect_word("model")?;
        let model = self.model_name()?;
        self.expect_word("as")?;
        Ok(Statement::EvaluateModel { model, query: self.query()? })
    }

    /// `EXPORT MODEL delays@champion TO '/folder' FORMAT onnx`
    pub fn export_model(&mut self) -> Result<Statement> {
        self.expect_word("export")?;
        self.expect_word("model")?;
        let model = self.model_name()?;
        self.expect_word("to")?;
        let path = self.string()?;
        self.expect_word("format")?;
        Ok(Statement::ExportModel { model, path, format: self.identifier()? })
    }

    /// `MODEL name`, after `DESCRIBE`.
    pub fn describe_model(&mut self) -> Result<Statement> {
        self.expect_word("model")?;
        Ok(Statement::DescribeModel { name: self.endpoint_name()? })
    }

    fn endpoint_name(&mut self) -> Result<String> {
        match self.accept_string()? {
            Some(name) => Ok(name),
            None => self.identifier(),
        }
    }

    /// A string, or words as they stand: `delays@champion`, `delays/3`, `models:/delays@champion`.
    fn model_name(&mut self) -> Result<String> {
        if let Some(name) = self.accept_string()? {
            return Ok(name);
        }
        let start = self.position();
        self.identifier()?;
        let ends = |parser: &Self| parser.is_symbol(";") || parser.is_word("as") || parser.is_word("to");
        while self.peek().kind != Kind::End && !ends(self) {
            self.advance();
        }
        Ok(self.text_between(start, self.position()).replace('`', ""))
    }
}
