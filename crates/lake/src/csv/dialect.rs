//! How a CSV file is written, and what a reader does with rows that are not of its form: the options of Spark's reader.

use crate::ReadRequest;
use brickyard_error::{Failure, Result, codes};

/// What to do with a row that has too few or too many fields, or a field that is not of its column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Mode {
    /// Absent and wrong fields are null, fields too many are left out.
    Permissive,
    DropMalformed,
    FailFast,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Dialect {
    pub has_header: bool,
    pub delimiter: u8,
    pub quote: Option<u8>,
    /// `None` where a quote is doubled inside quotes, and nothing else escapes.
    pub escape: Option<u8>,
    pub comment: Option<u8>,
    /// Whether a quoted field may hold line ends.
    pub multi_line: bool,
    pub null: String,
    pub trims: bool,
    pub mode: Mode,
    /// The column, if the schema has it, that gets a malformed row's text.
    pub corrupt_column: String,
}

/// Options of Spark that would change what is read and are not known here.
const NOT_KNOWN: [&str; 6] = [
    "dateFormat",
    "timestampFormat",
    "timestampNTZFormat",
    "lineSep",
    "rescuedDataColumn",
    "charToEscapeQuoteEscaping",
];

impl Dialect {
    pub(super) fn new(request: &ReadRequest) -> Result<Self> {
        if let Some(option) = NOT_KNOWN.into_iter().find(|name| request.option(name).is_some()) {
            return Err(Failure::unsupported(format!(
                "the CSV option {option}; read the column as a string and parse it"
            )));
        }
        let encoding = request.option("encoding").or_else(|| request.option("charset")).unwrap_or("UTF-8");
        if !["utf-8", "utf8", "us-ascii"].contains(&encoding.to_lowercase().as_str()) {
            return Err(Failure::unsupported(format!("CSV in {encoding}; convert the file to UTF-8")));
        }
        let leading = request.flag("ignoreLeadingWhiteSpace")?;
        if leading != request.flag("ignoreTrailingWhiteSpace")? {
            return Err(Failure::unsupported("trimming blanks of CSV fields on one side only; set both options"));
        }
        let quote = request.character(&["quote"], b'"')?;
        let escape = request.character(&["escape"], b'\\')?;
        Ok(Self {
            has_header: request.flag("header")?,
            delimiter: request.character(&["sep", "delimiter"], b',')?,
            quote: Some(quote).filter(|_| request.option("quote") != Some("")),
            escape: Some(escape).filter(|escape| *escape != quote),
            comment: request.option("comment").filter(|text| text.len() == 1).map(|text| text.as_bytes()[0]),
            multi_line: request.flag("multiLine")?,
            null: request.option("nullValue").unwrap_or_default().to_owned(),
            trims: leading,
            mode: mode(request.option("mode"))?,
            corrupt_column: request.option("columnNameOfCorruptRecord").unwrap_or("_corrupt_record").to_owned(),
        })
    }

    pub(super) fn is_null(&self, text: &str) -> bool {
        text.is_empty() || text == self.null
    }

    /// Whether a line is a row: not blank, and not a comment.
    pub(super) fn is_row(&self, line: &[u8]) -> bool {
        !line.trim_ascii().is_empty() && self.comment.is_none_or(|comment| line.first() != Some(&comment))
    }

    /// Whether a quote is still open at the end of this piece of a row.
    pub(super) fn is_open(&self, piece: &[u8]) -> bool {
        let Some(quote) = self.quote else { return false };
        let (mut is_open, mut is_escaped) = (false, false);
        for byte in piece {
            match *byte {
                _ if is_escaped => is_escaped = false,
                byte if is_open && Some(byte) == self.escape => is_escaped = true,
                byte if byte == quote => is_open = !is_open,
                _ => {}
            }
        }
        is_open
    }
}

fn mode(option: Option<&str>) -> Result<Mode> {
    match option.map(str::to_uppercase).as_deref() {
        None | Some("PERMISSIVE") => Ok(Mode::Permissive),
        Some("DROPMALFORMED") => Ok(Mode::DropMalformed),
        Some("FAILFAST") => Ok(Mode::FailFast),
        Some(other) => Err(Failure::new(
            &codes::data::OPTION_INVALID,
            format!("option mode is {other}; it is PERMISSIVE, DROPMALFORMED or FAILFAST"),
        )),
    }
}
