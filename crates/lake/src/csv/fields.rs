//! One line of CSV as its fields. Lines without a quote or an escape are split where they lie; the others are unescaped
//! by `csv-core`.

use super::dialect::Dialect;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use std::borrow::Cow;
use std::ops::Range;

/// Splits lines, keeping its buffers from one to the next.
pub(super) struct Fields<'a> {
    dialect: &'a Dialect,
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    ranges: Vec<Range<usize>>,
}

/// The fields of one line.
pub(super) struct Line<'a> {
    text: Cow<'a, str>,
    ranges: &'a [Range<usize>],
    trims: bool,
}

impl Line<'_> {
    pub(super) fn len(&self) -> usize {
        self.ranges.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let field = self.text.get(self.ranges.get(index)?.clone())?;
        Some(if self.trims { field.trim() } else { field })
    }
}

impl<'a> Fields<'a> {
    pub(super) fn new(dialect: &'a Dialect) -> Self {
        let reader = ReaderBuilder::new()
            .delimiter(dialect.delimiter)
            .quote(dialect.quote.unwrap_or(b'"'))
            .quoting(dialect.quote.is_some())
            .escape(dialect.escape)
            .build();
        Self { dialect, reader, text: Vec::new(), ends: Vec::new(), ranges: Vec::new() }
    }

    pub(super) fn split<'b>(&'b mut self, line: &'b [u8]) -> Line<'b> {
        self.ranges.clear();
        let is_plain = self.dialect.quote.is_none_or(|quote| memchr::memchr(quote, line).is_none());
        // What is not UTF-8 becomes the replacement character, as in Spark; its length differs, so it is replaced first.
        let text = String::from_utf8_lossy(line);
        let text = if is_plain { text } else { Cow::Owned(self.unescape(text.as_bytes())) };
        if is_plain {
            let mut start = 0;
            for end in memchr::memchr_iter(self.dialect.delimiter, text.as_bytes()) {
                self.ranges.push(start..end);
                start = end + 1;
            }
            self.ranges.push(start..text.len());
        }
        Line { text, ranges: &self.ranges, trims: self.dialect.trims }
    }

    /// The fields without quotes and escapes, one behind the other.
    fn unescape(&mut self, line: &[u8]) -> String {
        self.reader.reset();
        self.text.resize(line.len() + 1, 0);
        self.ends.resize(line.len() + 2, 0);
        let (_, read, written, fields) = self.reader.read_record(line, &mut self.text, &mut self.ends);
        // A second call tells the reader that the line is over.
        let rest = (&mut self.text[written..], &mut self.ends[fields..]);
        let (result, _, more, last) = self.reader.read_record(&line[read..], rest.0, rest.1);
        debug_assert!(matches!(
            result,
            ReadRecordResult::Record | ReadRecordResult::End | ReadRecordResult::InputEmpty
        ));
        let mut start = 0;
        for end in &self.ends[..fields + last] {
            self.ranges.push(start..*end);
            start = *end;
        }
        String::from_utf8_lossy(&self.text[..written + more]).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ReadRequest;

    #[test]
    fn lines_split_as_in_spark() {
        let cases: &[(&str, &[&str])] = &[
            ("a,b,c", &["a", "b", "c"]),
            ("a,,", &["a", "", ""]),
            ("", &[""]),
            ("\"a,b\",c", &["a,b", "c"]),
            ("\"a \"\"b\"\"\",c", &["a \"b\"", "c"]),
            ("\"a \\\"b\\\"\",c", &["a \"b\"", "c"]),
            ("é,\"ü,x\"", &["é", "ü,x"]),
            ("a,\"\"", &["a", ""]),
        ];
        let dialect = Dialect::new(&ReadRequest::default()).unwrap();
        let mut fields = Fields::new(&dialect);
        for (line, expected) in cases {
            let split = fields.split(line.as_bytes());
            let seen: Vec<_> = (0..split.len()).map(|index| split.get(index).unwrap()).collect();
            assert_eq!(&seen, expected, "{line}");
        }
    }
}
