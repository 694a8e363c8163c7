//! Parts of URLs, as `java.net.URI` finds them, and percent-encoding as `java.net.URLEncoder` has it.

use crate::failures::{cannot_decode_url, invalid_url};
use crate::udf::{Definition, Input};
use arrow::array::*;
use arrow::datatypes::DataType;
use brickyard_error::Result;
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_parse_url", |_| Ok(DataType::Utf8), parse_url),
    Definition::new("spark_url_encode", |_| Ok(DataType::Utf8), url_encode),
    Definition::new("spark_url_decode", |_| Ok(DataType::Utf8), url_decode),
];

/// A URL's parts, undecoded.
#[derive(Debug, Default, PartialEq)]
struct Url<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: Option<&'a str>,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

/// None where it is no URI.
fn parts(text: &str) -> Option<Url<'_>> {
    let is_allowed = |c: char| match c {
        _ if c.is_ascii_alphanumeric() => true,
        '%' => true,
        _ if c.is_ascii() => ";/?:@&=+$,[]-_.!~*'()#".contains(c),
        _ => !c.is_control() && !c.is_whitespace(),
    };
    let has_escapes = text
        .split('%')
        .skip(1)
        .all(|after| after.len() >= 2 && after.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit));
    if !text.chars().all(is_allowed) || !has_escapes || text.matches('#').count() > 1 {
        return None;
    }
    let (text, fragment) = split(text, '#');
    let is_scheme = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    let (scheme, rest) = match text.find([':', '/', '?']) {
        Some(at) if text[at..].starts_with(':') => (Some(&text[..at]), &text[at + 1..]),
        _ => (None, text),
    };
    if scheme.is_some_and(|scheme| !is_scheme(scheme) || rest.is_empty()) {
        return None;
    }
    // `mailto:someone` has no parts but its scheme.
    if scheme.is_some() && !rest.starts_with('/') {
        return Some(Url { scheme, fragment, ..Url::default() });
    }
    let (hierarchy, query) = split(rest, '?');
    let (authority, path) = match hierarchy.strip_prefix("//") {
        Some(after) => {
            let end = after.find('/').unwrap_or(after.len());
            (Some(&after[..end]).filter(|authority| !authority.is_empty()), &after[end..])
        }
        None => (None, hierarchy),
    };
    Some(Url { scheme, authority, path: Some(path), query, fragment })
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

impl<'a> Url<'a> {
    /// User, host; neither where the authority is no server.
    fn server(&self) -> (Option<&'a str>, Option<&'a str>) {
        let Some(authority) = self.authority else { return (None, None) };
        let (user, place) = authority.rsplit_once('@').map_or((None, authority), |(user, place)| (Some(user), place));
        let host = match place.rfind(']') {
            Some(end) => &place[..=end],
            None => place.split(':').next().unwrap_or(place),
        };
        let port = place[host.len()..].strip_prefix(':').unwrap_or_default();
        let label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        let is_server = host.starts_with('[') || host.trim_end_matches('.').split('.').all(label);
        if is_server && port.bytes().all(|byte| byte.is_ascii_digit()) { (user, Some(host)) } else { (None, None) }
    }

    fn part(&self, name: &str) -> Option<String> {
        let part = match name {
            "HOST" => self.server().1,
            "PATH" => self.path,
            "QUERY" => self.query,
            "REF" => self.fragment,
            "PROTOCOL" => self.scheme,
            "AUTHORITY" => self.authority,
            "USERINFO" => self.server().0,
            "FILE" => {
                let path = self.path?;
                return Some(self.query.map_or(path.to_owned(), |query| format!("{path}?{query}")));
            }
            _ => None,
        };
        part.map(str::to_owned)
    }
}

/// `(url, part[, key of the query], mode)`
fn parse_url(input: &Input) -> Result<ArrayRef> {
    let last = input.len() - 1;
    let (urls, names) = (input.strings(0)?, input.strings(1)?);
    let keys = if last > 2 { Some(input.strings(2)?) } else { None };
    let fails = input.text(last)? == "ansi";
    Ok(Arc::new(input.rows_of::<_, StringArray>(last, |row| {
        let Some(url) = parts(urls.value(row)) else {
            return if fails { Err(invalid_url(urls.value(row))) } else { Ok(None) };
        };
        let Some(keys) = &keys else { return Ok(url.part(names.value(row))) };
        if names.value(row) != "QUERY" {
            return Ok(None);
        }
        let mut pairs = url.query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        Ok(pairs.find(|(key, _)| *key == keys.value(row)).map(|(_, value)| value.to_owned()))
    })?))
}

fn url_encode(input: &Input) -> Result<ArrayRef> {
    let encoded = |text: &str| {
        let mut out = String::new();
        for byte in text.bytes() {
            match byte {
                b' ' => out.push('+'),
                byte if byte.is_ascii_alphanumeric() || b"-_.*".contains(&byte) => out.push(byte.into()),
                byte => out.push_str(&format!("%{byte:02X}")),
            }
        }
        out
    };
    Ok(Arc::new(input.strings(0)?.iter().map(|text| text.map(encoded)).collect::<StringArray>()))
}

/// `(text, mode)`
fn url_decode(input: &Input) -> Result<ArrayRef> {
    let texts = input.strings(0)?;
    let fails = input.text(1)? != "try";
    Ok(Arc::new(input.rows_of::<_, StringArray>(1, |row| match decoded(texts.value(row)) {
        None if fails => Err(cannot_decode_url(texts.value(row))),
        text => Ok(text),
    })?))
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digit = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
                bytes.push((digit(0)? << 4 | digit(1)?) as u8);
                rest = &after[2..];
            }
            byte => bytes.push(*byte),
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let whole = "http://user:pw@spark.apache.org:80/path/p.php?query=1&id=11#Ref";
        for (url, part, wanted) in [
            (whole, "HOST", Some("spark.apache.org")),
            (whole, "PATH", Some("/path/p.php")),
            (whole, "FILE", Some("/path/p.php?query=1&id=11")),
            (whole, "REF", Some("Ref")),
            (whole, "AUTHORITY", Some("user:pw@spark.apache.org:80")),
            (whole, "USERINFO", Some("user:pw")),
            ("http://spark.apache.org", "PATH", Some("")),
            ("mailto:a@b", "PROTOCOL", Some("mailto")),
            ("mailto:a@b", "HOST", None),
            ("http://a_b/c", "HOST", None),
        ] {
            assert_eq!(parts(url).unwrap().part(part).as_deref(), wanted, "{part} of {url}");
        }
        assert_eq!(parts("inva lid://spark"), None);
        assert_eq!(parts("http://a/%zz"), None);
    }

    #[test]
    fn percents_are_decoded() {
        assert_eq!(decoded("a+b%20c").as_deref(), Some("a b c"));
        assert_eq!(decoded("%2s"), None);
    }
}
