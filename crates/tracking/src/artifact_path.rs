//! Paths inside the artifact store, safe by construction: relative, without `..`, however often they were encoded.

use crate::invalid;
use brickyard_error::Result;

/// A relative path with `/` between names; empty is the store's root.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ArtifactPath(String);

impl ArtifactPath {
    /// # Errors
    /// [`brickyard_error::codes::tracking::INVALID`] for absolute paths, `.` and `..`, empty names, backslashes, `#`,
    /// control characters, also when they show only after more percent-decoding.
    pub fn parse(path: &str) -> Result<ArtifactPath> {
        let mut seen = path.to_owned();
        loop {
            if !is_safe(&seen) {
                return Err(invalid(format!(
                    "invalid path '{}', expected a relative path without '..'",
                    path.escape_debug()
                )));
            }
            let decoded = percent_decoded(&seen);
            if decoded == seen {
                break;
            }
            seen = decoded;
        }
        Ok(ArtifactPath(path.trim_end_matches('/').to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of something below, given relative to here.
    ///
    /// # Errors
    /// As [`ArtifactPath::parse`].
    pub fn join(&self, relative: &str) -> Result<ArtifactPath> {
        match (self.0.is_empty(), relative.is_empty()) {
            (true, _) => ArtifactPath::parse(relative),
            (false, true) => Ok(self.clone()),
            (false, false) => {
                ArtifactPath::parse(relative)?;
                ArtifactPath::parse(&format!("{}/{relative}", self.0))
            }
        }
    }
}

fn is_safe(path: &str) -> bool {
    let forbidden = |c: char| c == '\\' || c == '#' || c.is_control();
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    let path = path.strip_suffix('/').unwrap_or(path);
    !drive
        && !path.contains(forbidden)
        && (path.is_empty() || path.split('/').all(|name| !name.is_empty() && name != "." && name != ".."))
}

/// One round of percent-decoding; what is no valid escape or no UTF-8 stays.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut position = 0;
    while position < bytes.len() {
        let escape = bytes.get(position..position + 3).filter(|escape| escape[0] == b'%');
        let byte = escape
            .and_then(|escape| std::str::from_utf8(&escape[1..]).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(byte.unwrap_or(bytes[position]));
        position += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_paths_parse() {
        for good in ["", "a", "a/b.txt", "a/b/", "0/run/artifacts/model", "50%", "mit Leerzeichen/ä", "..a/b..", "%41"]
        {
            assert!(ArtifactPath::parse(good).is_ok(), "{good}");
        }
        let bad = [
            "..",
            "a/../b",
            "/etc/passwd",
            "a//b",
            "./a",
            "a/.",
            "a\\b",
            "C:/x",
            "a#b",
            "a\0b",
            "%2e%2e/x",
            "a/%2E%2e",
            "%2Fetc",
            "%252e%252e/x",
            "a%5cb",
            "..%2f..",
            "//",
        ];
        for bad in bad {
            assert!(ArtifactPath::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn joins_stay_below() {
        let base = ArtifactPath::parse("0/r").unwrap();
        assert_eq!(base.join("a/b").unwrap().as_str(), "0/r/a/b");
        assert_eq!(base.join("").unwrap(), base);
        assert!(base.join("../x").is_err());
        assert!(base.join("/x").is_err());
    }
}
