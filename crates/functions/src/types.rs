//! Spark's names for types, and their way back.

use arrow::datatypes::{DataType, Field, Fields, IntervalUnit, Schema, TimeUnit};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use brickyard_ml::linalg::{is_matrix_type, is_vector_type};
use std::sync::Arc;

/// Instants, which are shown in the session's zone.
pub fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// Wall-clock times without a zone.
pub fn timestamp_ntz() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, None)
}

pub fn day_time_interval() -> DataType {
    DataType::Duration(TimeUnit::Microsecond)
}

/// The type with everything inside it nullable; vectors and matrices are whole.
pub fn nullable_inside(data_type: &DataType) -> DataType {
    match data_type {
        whole if is_vector_type(whole) || is_matrix_type(whole) => whole.clone(),
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| Field::new(field.name(), nullable_inside(field.data_type()), true));
            DataType::Struct(fields.collect())
        }
        DataType::List(item) => list_of(nullable_inside(item.data_type()), true),
        other => other.clone(),
    }
}

pub fn list_of(element: DataType, nullable: bool) -> DataType {
    DataType::List(Arc::new(Field::new("element", element, nullable)))
}

pub fn map_of(key: DataType, value: DataType, value_nullable: bool) -> DataType {
    let entries = Fields::from(vec![Field::new("key", key, false), Field::new("value", value, value_nullable)]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
}

/// Key and value fields of a map type.
pub fn map_fields(data_type: &DataType) -> Option<(&Arc<Field>, &Arc<Field>)> {
    let DataType::Map(entries, _) = data_type else { return None };
    let DataType::Struct(fields) = entries.data_type() else { return None };
    Some((fields.first()?, fields.get(1)?))
}

pub fn is_integral(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64)
}

pub fn is_floating(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Float32 | DataType::Float64)
}

pub fn is_decimal(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Decimal128(..))
}

pub fn is_numeric(data_type: &DataType) -> bool {
    is_integral(data_type) || is_floating(data_type) || is_decimal(data_type)
}

/// `bigint`, `array<string>`, `struct<a:int>`: `DataType.simpleString`.
pub fn simple_string(data_type: &DataType) -> String {
    if is_vector_type(data_type) {
        return "vector".to_owned();
    }
    if is_matrix_type(data_type) {
        return "matrix".to_owned();
    }
    match data_type {
        DataType::List(item) => format!("array<{}>", simple_string(item.data_type())),
        DataType::Struct(fields) => {
            let inner: Vec<String> =
                fields.iter().map(|field| format!("{}:{}", field.name(), simple_string(field.data_type()))).collect();
            format!("struct<{}>", inner.join(","))
        }
        DataType::Map(..) => match map_fields(data_type) {
            Some((key, value)) => {
                format!("map<{},{}>", simple_string(key.data_type()), simple_string(value.data_type()))
            }
            None => "map".to_owned(),
        },
        _ => atomic_name(data_type).to_lowercase(),
    }
}

/// `BIGINT`, `ARRAY<STRING>`, `STRUCT<a: INT>`: `DataType.sql`, as messages show types.
pub fn sql_name(data_type: &DataType) -> String {
    if is_vector_type(data_type) || is_matrix_type(data_type) {
        return simple_string(data_type).to_uppercase();
    }
    match data_type {
        DataType::List(item) => format!("ARRAY<{}>", sql_name(item.data_type())),
        DataType::Struct(fields) => {
            let inner = |field: &Arc<Field>| {
                let not_null = if field.is_nullable() { "" } else { " NOT NULL" };
                format!("{}: {}{not_null}", field.name(), sql_name(field.data_type()))
            };
            format!("STRUCT<{}>", fields.iter().map(inner).collect::<Vec<_>>().join(", "))
        }
        DataType::Map(..) => match map_fields(data_type) {
            Some((key, value)) => format!("MAP<{}, {}>", sql_name(key.data_type()), sql_name(value.data_type())),
            None => "MAP".to_owned(),
        },
        _ => atomic_name(data_type),
    }
}

fn atomic_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "VOID".to_owned(),
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Int8 => "TINYINT".to_owned(),
        DataType::Int16 => "SMALLINT".to_owned(),
        DataType::Int32 => "INT".to_owned(),
        DataType::Int64 => "BIGINT".to_owned(),
        DataType::Float32 => "FLOAT".to_owned(),
        DataType::Float64 => "DOUBLE".to_owned(),
        DataType::Decimal128(precision, scale) => format!("DECIMAL({precision},{scale})"),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "STRING".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "BINARY".to_owned(),
        DataType::Date32 => "DATE".to_owned(),
        DataType::Timestamp(_, Some(_)) => "TIMESTAMP".to_owned(),
        DataType::Timestamp(_, None) => "TIMESTAMP_NTZ".to_owned(),
        DataType::Duration(_) => "INTERVAL DAY TO SECOND".to_owned(),
        DataType::Interval(IntervalUnit::YearMonth) => "INTERVAL YEAR TO MONTH".to_owned(),
        DataType::Interval(_) => "INTERVAL".to_owned(),
        other => other.to_string().to_uppercase(),
    }
}

/// A type in DDL: `decimal(10,2)`, `ARRAY<STRUCT<a: INT NOT NULL>>`; or columns, `a INT, b STRING`, as a struct.
pub fn parse_ddl(text: &str) -> Result<DataType> {
    let mut parser = DdlParser::new(text);
    if let Ok(data_type) = parser.data_type()
        && parser.at_end()
    {
        return Ok(data_type);
    }
    let mut parser = DdlParser::new(text);
    let fields = parser.fields("", |_| false)?;
    if parser.at_end() { Ok(DataType::Struct(fields)) } else { Err(parser.wrong()) }
}

/// Columns in DDL: `a INT NOT NULL, b STRING COMMENT 'x'`; a single type becomes one column `value`.
pub fn parse_ddl_schema(text: &str) -> Result<Schema> {
    let text = text.trim();
    match parse_ddl(text)? {
        DataType::Struct(fields) => Ok(Schema::new(fields)),
        other => Ok(Schema::new(vec![Field::new("value", other, true)])),
    }
}

struct DdlParser<'a> {
    text: &'a str,
    tokens: Vec<String>,
    next: usize,
}

impl<'a> DdlParser<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, tokens: tokens(text), next: 0 }
    }

    fn wrong(&self) -> Failure {
        let near = self.peek().map_or("end of input".to_owned(), |token| format!("'{token}'"));
        let condition = Condition::new("PARSE_SYNTAX_ERROR", "42601", SparkException::Parse)
            .with("error", near.clone())
            .with("hint", "");
        let message = format!("syntax error at or near {near} in the type \"{}\"", self.text);
        Failure::new(&codes::sql::SYNTAX, message).with_condition(condition)
    }

    fn unsupported(&self, name: &str) -> Failure {
        let condition = Condition::new("UNSUPPORTED_DATATYPE", "0A000", SparkException::Parse)
            .with("typeName", format!("\"{}\"", name.to_uppercase()));
        Failure::new(&codes::sql::SYNTAX, format!("unsupported data type \"{}\"", name.to_uppercase()))
            .with_condition(condition)
    }

    fn at_end(&self) -> bool {
        self.next == self.tokens.len()
    }

    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.next).map(String::as_str)
    }

    fn take(&mut self) -> Result<String> {
        let token = self.tokens.get(self.next).cloned().ok_or_else(|| self.wrong())?;
        self.next += 1;
        Ok(token)
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.eq_ignore_ascii_case(word));
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, word: &str) -> Result<()> {
        if self.accept(word) { Ok(()) } else { Err(self.wrong()) }
    }

    fn number(&mut self) -> Result<i16> {
        let token = self.take()?;
        token.parse().map_err(|_| self.wrong())
    }

    fn data_type(&mut self) -> Result<DataType> {
        let name = self.take()?;
        let data_type = match name.to_lowercase().as_str() {
            "boolean" => DataType::Boolean,
            "tinyint" | "byte" => DataType::Int8,
            "smallint" | "short" => DataType::Int16,
            "int" | "integer" => DataType::Int32,
            "bigint" | "long" => DataType::Int64,
            "float" | "real" => DataType::Float32,
            "double" => DataType::Float64,
            "string" => DataType::Utf8,
            "char" | "character" | "varchar" => {
                self.expect("(")?;
                self.number()?;
                self.expect(")")?;
                DataType::Utf8
            }
            "binary" => DataType::Binary,
            "date" => DataType::Date32,
            "timestamp" | "timestamp_ltz" => timestamp(),
            "timestamp_ntz" => timestamp_ntz(),
            "void" | "null" => DataType::Null,
            "decimal" | "dec" | "numeric" => self.decimal()?,
            "interval" => self.interval(),
            "array" => {
                self.expect("<")?;
                let element = self.data_type()?;
                self.expect(">")?;
                list_of(element, true)
            }
            "map" => {
                self.expect("<")?;
                let key = self.data_type()?;
                self.expect(",")?;
                let value = self.data_type()?;
                self.expect(">")?;
                map_of(key, value, true)
            }
            "struct" => {
                self.expect("<")?;
                let fields = if self.peek() == Some(">") { Fields::empty() } else { self.fields(":", |t| t == ">")? };
                self.expect(">")?;
                DataType::Struct(fields)
            }
            "vector" => brickyard_ml::linalg::vector_type(),
            "matrix" => brickyard_ml::linalg::matrix_type(),
            _ => return Err(self.unsupported(&name)),
        };
        Ok(data_type)
    }

    fn decimal(&mut self) -> Result<DataType> {
        if !self.accept("(") {
            return Ok(DataType::Decimal128(10, 0));
        }
        let precision = self.number()?;
        let scale = if self.accept(",") { self.number()? } else { 0 };
        self.expect(")")?;
        match (u8::try_from(precision), i8::try_from(scale)) {
            (Ok(precision @ 1..=38), Ok(scale)) if scale >= 0 && scale as u8 <= precision => {
                Ok(DataType::Decimal128(precision, scale))
            }
            _ => Err(self.wrong()),
        }
    }

    fn interval(&mut self) -> DataType {
        let first = self.peek().map(str::to_lowercase);
        let unit = match first.as_deref() {
            Some("year" | "month") => DataType::Interval(IntervalUnit::YearMonth),
            Some("day" | "hour" | "minute" | "second") => day_time_interval(),
            _ => return DataType::Interval(IntervalUnit::MonthDayNano),
        };
        self.next += 1;
        if self.accept("to") {
            self.next += 1;
        }
        unit
    }

    /// `name[:] type [NOT NULL] [COMMENT 'text']`, separated by commas, until `ends`.
    fn fields(&mut self, separator: &str, ends: impl Fn(&str) -> bool) -> Result<Fields> {
        let mut fields = Vec::new();
        loop {
            let name = self.take()?;
            if !separator.is_empty() || self.peek() == Some(":") {
                self.accept(":");
            }
            let data_type = self.data_type()?;
            let nullable = if self.accept("not") {
                self.expect("null")?;
                false
            } else {
                self.accept("null");
                true
            };
            if self.accept("comment") {
                self.take()?;
            }
            fields.push(Field::new(unquoted(&name), data_type, nullable));
            if !self.accept(",") || self.peek().is_some_and(&ends) {
                return Ok(fields.into());
            }
        }
    }
}

fn unquoted(token: &str) -> String {
    match token.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
        Some(inner) => inner.replace("``", "`"),
        None => token.to_owned(),
    }
}

/// Words, quoted names and strings as they are, single punctuation characters.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(&first) = characters.peek() {
        if first.is_whitespace() {
            characters.next();
            continue;
        }
        let mut token = String::new();
        if matches!(first, '`' | '\'' | '"') {
            token.push(first);
            characters.next();
            for character in characters.by_ref() {
                token.push(character);
                if character == first {
                    break;
                }
            }
        } else if first.is_alphanumeric() || first == '_' || first == '-' {
            while let Some(&character) = characters.peek() {
                if !(character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | '$')) {
                    break;
                }
                token.push(character);
                characters.next();
            }
        } else {
            token.push(first);
            characters.next();
        }
        tokens.push(token);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ddl_goes_to_types_and_back() {
        for (ddl, simple) in [
            ("int", "int"),
            ("DECIMAL( 10 , 2 )", "decimal(10,2)"),
            ("array<map<string,double>>", "array<map<string,double>>"),
            ("struct<a: int, `b c`:array<date>>", "struct<a:int,b c:array<date>>"),
            ("a INT NOT NULL, b STRING COMMENT 'x, y'", "struct<a:int,b:string>"),
            ("id: long, t timestamp", "struct<id:bigint,t:timestamp>"),
            ("interval day to second", "interval day to second"),
        ] {
            assert_eq!(simple_string(&parse_ddl(ddl).unwrap()), simple, "{ddl}");
        }
        assert!(parse_ddl("a INT,").is_err());
        assert!(parse_ddl("decimal(40,2)").is_err());
        let DataType::Struct(fields) = parse_ddl("a INT NOT NULL").unwrap() else { panic!() };
        assert!(!fields[0].is_nullable());
    }
}
