//! How protobuf's JSON writes values: 64-bit integers as numbers or strings, `NaN` and infinities as strings, null for
//! what is absent, a list of one as the thing itself in a query string.

use brickyard_tracking::rows::{Pair, View};
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt;

/// A tag or a parameter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeyValue {
    pub key: String,
    #[serde(default, deserialize_with = "text")]
    pub value: String,
}

impl From<KeyValue> for Pair {
    fn from(KeyValue { key, value }: KeyValue) -> Self {
        Pair { key, value }
    }
}

impl From<Pair> for KeyValue {
    fn from(Pair { key, value }: Pair) -> Self {
        KeyValue { key, value }
    }
}

pub(crate) fn pairs(given: Vec<KeyValue>) -> Vec<Pair> {
    given.into_iter().map(Pair::from).collect()
}

pub(crate) fn key_values(rows: Vec<Pair>) -> Vec<KeyValue> {
    rows.into_iter().map(KeyValue::from).collect()
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ViewType {
    #[default]
    ActiveOnly,
    DeletedOnly,
    All,
}

impl From<ViewType> for View {
    fn from(view: ViewType) -> Self {
        match view {
            ViewType::ActiveOnly => View::ActiveOnly,
            ViewType::DeletedOnly => View::DeletedOnly,
            ViewType::All => View::All,
        }
    }
}

/// A string; null is the empty one.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(from)?.unwrap_or_default())
}

/// A string, where null and the empty one mean absent.
pub(crate) fn some_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|text| !text.is_empty()))
}

/// An integer as number or string, where null and `""` mean absent.
pub(crate) fn integer<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(i64),
        Float(f64),
        Text(String),
    }
    let wrong = |text: String| D::Error::custom(format!("expected a 64-bit integer, got '{text}'"));
    match Option::<Written>::deserialize(from)? {
        None => Ok(None),
        Some(Written::Number(number)) => Ok(Some(number)),
        // Up to 2^53 a float that is whole is the integer it shows.
        Some(Written::Float(float)) if float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0 => {
            Ok(Some(float as i64))
        }
        Some(Written::Float(float)) => Err(wrong(float.to_string())),
        Some(Written::Text(text)) if text.is_empty() => Ok(None),
        Some(Written::Text(text)) => text.parse().map(Some).map_err(|_| wrong(text)),
    }
}

/// A version number, which clients write as a string.
pub(crate) fn version<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    integer(from)
}

/// A boolean as such or as a string.
pub(crate) fn boolean<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Boolean(bool),
        Text(String),
    }
    match Option::<Written>::deserialize(from)? {
        None => Ok(false),
        Some(Written::Boolean(boolean)) => Ok(boolean),
        Some(Written::Text(text)) => match text.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" | "" => Ok(false),
            _ => Err(D::Error::custom(format!("expected true or false, got '{text}'"))),
        },
    }
}

/// A double to the last bit: the number's own text is parsed, since `serde_json` reads floats approximately.
pub(crate) fn double<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let raw = Box::<RawValue>::deserialize(from)?;
    let written = raw.get();
    let quoted: Option<String> = if written.starts_with('"') { serde_json::from_str(written).ok() } else { None };
    let parsed = match quoted.as_deref().unwrap_or(written) {
        "null" => return Ok(None),
        "NaN" => Ok(f64::NAN),
        "Infinity" => Ok(f64::INFINITY),
        "-Infinity" => Ok(f64::NEG_INFINITY),
        number if number.starts_with(|c: char| c.is_ascii_digit() || c == '-') => number.parse::<f64>().map_err(drop),
        _ => Err(()),
    };
    parsed.map(Some).map_err(|()| D::Error::custom(format!("expected a double (64-bit floating point), got {written}")))
}

pub(crate) fn write_double<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
    match value {
        value if value.is_nan() => to.serialize_str("NaN"),
        &f64::INFINITY => to.serialize_str("Infinity"),
        &f64::NEG_INFINITY => to.serialize_str("-Infinity"),
        value => to.serialize_f64(*value),
    }
}

/// A list; null is the empty one, and a thing alone is a list of one.
pub(crate) fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    struct OneOrMany;
    impl<'de> Visitor<'de> for OneOrMany {
        type Value = Vec<String>;
        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("a list of strings")
        }
        fn visit_str<E: Error>(self, one: &str) -> Result<Vec<String>, E> {
            Ok(vec![one.to_owned()])
        }
        fn visit_unit<E: Error>(self) -> Result<Vec<String>, E> {
            Ok(Vec::new())
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut many: A) -> Result<Vec<String>, A::Error> {
            let mut all = Vec::new();
            while let Some(one) = many.next_element()? {
                all.push(one);
            }
            Ok(all)
        }
    }
    from.deserialize_any(OneOrMany)
}

/// A list of objects; null is the empty one.
pub(crate) fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(from)?.unwrap_or_default())
}

/// An answer without fields.
#[derive(Debug, Serialize)]
pub(crate) struct Done {}

/// A request without fields that matter.
#[derive(Debug)]
pub(crate) struct Anything;

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(from).map(|_| Anything)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Fields {
        #[serde(default, deserialize_with = "integer")]
        int: Option<i64>,
        #[serde(default, deserialize_with = "double")]
        real: Option<f64>,
        #[serde(default, deserialize_with = "list")]
        names: Vec<String>,
        #[serde(default, deserialize_with = "boolean")]
        on: bool,
    }

    #[test]
    fn values_are_read_as_protobuf_writes_them() {
        let read = |text: &str| {
            serde_json::from_str::<Fields>(text)
                .map(|f| format!("{:?} {:?} {:?} {}", f.int, f.real, f.names, f.on))
                .unwrap_or_else(|_| "!".into())
        };
        let rows = [
            ("{}", "None None [] false"),
            (r#"{"int":5}"#, "Some(5) None [] false"),
            (r#"{"int":"-5"}"#, "Some(-5) None [] false"),
            (r#"{"int":1e3}"#, "Some(1000) None [] false"),
            (r#"{"int":null,"real":null,"names":null,"on":null}"#, "None None [] false"),
            (r#"{"int":1.5}"#, "!"),
            (r#"{"int":"x"}"#, "!"),
            (r#"{"int":99999999999999999999}"#, "!"),
            (r#"{"real":0.30000000000000004}"#, "None Some(0.30000000000000004) [] false"),
            (r#"{"real":2.2250738585072011e-308}"#, "None Some(2.225073858507201e-308) [] false"),
            (r#"{"real":"1.5"}"#, "None Some(1.5) [] false"),
            (r#"{"real":"NaN"}"#, "None Some(NaN) [] false"),
            (r#"{"real":"-Infinity"}"#, "None Some(-inf) [] false"),
            (r#"{"real":"one"}"#, "!"),
            (r#"{"real":true}"#, "!"),
            (r#"{"names":"a"}"#, r#"None None ["a"] false"#),
            (r#"{"names":["a","b"],"on":"True"}"#, r#"None None ["a", "b"] true"#),
            (r#"{"names":[1]}"#, "!"),
        ];
        for (text, expected) in rows {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
