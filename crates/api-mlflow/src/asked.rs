//! What a request asks: the fields of its JSON body and of its query string as one object, whatever the method. GET
//! comes with a query string, DELETE and PATCH come with bodies.

use crate::refusal::Refusal;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The profile of a dataset may have 16 MiB; a request carries one or few.
const BODY_BYTES_AT_MOST: usize = 64 << 20;

/// The request's fields, read as `T`.
pub(crate) struct Asked<T> {
    pub fields: T,
    pub body_bytes: usize,
}

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let body = axum::body::to_bytes(request.into_body(), BODY_BYTES_AT_MOST)
            .await
            .map_err(|_| Refusal::invalid(format!("the request body must have at most {BODY_BYTES_AT_MOST} bytes")))?;
        let unreadable = |error| Refusal::invalid(format!("invalid request: {error}"));
        let fields = match (query.is_empty(), body.trim_ascii().is_empty()) {
            (true, true) => serde_json::from_str("{}").map_err(unreadable)?,
            (true, false) => serde_json::from_slice(&body).map_err(unreadable)?,
            (false, _) => serde_json::from_str(&merged(&query, &body).map_err(unreadable)?).map_err(unreadable)?,
        };
        Ok(Asked { fields, body_bytes: body.len() })
    }
}

/// One JSON object of the body's fields and the query's; a key given several times in the query is a list. Numbers stay
/// as they are written.
fn merged(query: &str, body: &[u8]) -> serde_json::Result<String> {
    let mut object: BTreeMap<String, Box<RawValue>> = match body.trim_ascii().is_empty() {
        true => BTreeMap::new(),
        false => serde_json::from_slice(body)?,
    };
    let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        given.entry(decoded(key)).or_default().push(decoded(value));
    }
    for (key, values) in given {
        let raw = match values.as_slice() {
            [one] => serde_json::value::to_raw_value(one)?,
            many => serde_json::value::to_raw_value(many)?,
        };
        object.insert(key, raw);
    }
    serde_json::to_string(&object)
}

fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn query_and_body_are_one_object() {
        let rows = [
            ("a=1", "", r#"{"a":"1"}"#),
            ("a=1&a=2&b=x+y%20z", "", r#"{"a":["1","2"],"b":"x y z"}"#),
            ("a=1", r#"{"b": 0.30000000000000004}"#, r#"{"a":"1","b":0.30000000000000004}"#),
            ("a", "", r#"{"a":""}"#),
        ];
        for (query, body, expected) in rows {
            assert_eq!(super::merged(query, body.as_bytes()).unwrap(), expected);
        }
        assert!(super::merged("a=1", b"[]").is_err());
    }
}
