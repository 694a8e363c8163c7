//! A scoring request's body as rows: exactly one of `dataframe_split`, `dataframe_records`, `instances` and `inputs`.

use axum::http::{HeaderMap, header};
use brickyard_error::{Failure, Result, codes};
use brickyard_serving::{Cell, Rows};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What a request asks.
#[derive(Debug, PartialEq)]
pub struct Request {
    pub rows: Rows,
    /// `params.columns`: answer these columns as records, instead of the prediction alone.
    pub columns: Option<Vec<String>>,
}

const FORMS: [&str; 4] = ["dataframe_split", "dataframe_records", "instances", "inputs"];

pub fn check_content_type(headers: &HeaderMap) -> Result<()> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = content_type.split(';').next().unwrap_or_default().trim();
    if media.is_empty() || media.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Failure::new(&codes::serving::MEDIA_TYPE, format!("content type {media} is not read; send application/json")))
}

pub fn parse(body: &[u8]) -> Result<Request> {
    let body: &RawValue =
        serde_json::from_slice(body).map_err(|error| invalid(format!("the body is no JSON: {error}")))?;
    let body = object(body, "the body")?;
    let given: Vec<&str> = FORMS.into_iter().filter(|form| body.contains_key(*form)).collect();
    let (&[form], Some(data)) = (given.as_slice(), given.first().and_then(|form| body.get(*form))) else {
        let text = format!("the body needs exactly one of {}; it has {}", FORMS.join(", "), given.len());
        return Err(invalid(text));
    };
    let rows = match form {
        "dataframe_split" => split(data)?,
        "dataframe_records" => records(&list(data, form)?)?,
        "instances" => instances(&list(data, form)?)?,
        _ => inputs(data)?,
    };
    Ok(Request { rows, columns: columns(body.get("params").copied())? })
}

fn columns(params: Option<&RawValue>) -> Result<Option<Vec<String>>> {
    let params = params.filter(|params| params.get() != "null").map(|params| object(params, "params")).transpose()?;
    let Some(columns) = params.as_ref().and_then(|params| params.get("columns")) else { return Ok(None) };
    let names = serde_json::from_str(columns.get());
    names.map(Some).map_err(|_| invalid("params.columns is a list of column names"))
}

/// `{"columns": [...], "data": [[...], ...]}`; an `index` is ignored.
fn split(data: &RawValue) -> Result<Rows> {
    let data = object(data, "dataframe_split")?;
    let names = match data.get("columns") {
        Some(names) => {
            // Columns without names of their own are numbers.
            let name = |name: &&RawValue| serde_json::from_str(name.get()).unwrap_or_else(|_| name.get().to_owned());
            Some(list(names, "dataframe_split.columns")?.iter().map(name).collect::<Vec<String>>())
        }
        None => None,
    };
    let rows = data.get("data").ok_or_else(|| invalid("dataframe_split has no data"))?;
    let width = names.as_ref().map(Vec::len);
    by_position(&list(rows, "dataframe_split.data")?, names, width)
}

/// `[{"a": 1, "b": "x"}, ...]`; a key that a record lacks is null there.
fn records(data: &[&RawValue]) -> Result<Rows> {
    let mut columns: BTreeMap<String, Vec<Cell>> = BTreeMap::new();
    for (row, record) in data.iter().enumerate() {
        for (name, value) in object(record, &format!("record {row}"))? {
            let value = cell(value, &name)?;
            let column = columns.entry(name).or_default();
            column.resize(row, Cell::Null);
            column.push(value);
        }
    }
    columns.values_mut().for_each(|column| column.resize(data.len(), Cell::Null));
    let (names, columns) = columns.into_iter().unzip();
    Ok(Rows { names: Some(names), columns, count: data.len() })
}

/// Records, or rows of values in the order of the model's inputs.
fn instances(data: &[&RawValue]) -> Result<Rows> {
    match data.first() {
        Some(first) if first.get().starts_with('{') => records(data),
        _ => by_position(data, None, None),
    }
}

/// `{"a": [1, 2], "b": ["x", "y"]}`, or a list as in `instances`.
fn inputs(data: &RawValue) -> Result<Rows> {
    if data.get().starts_with('[') {
        return instances(&list(data, "inputs")?);
    }
    let (mut names, mut columns) = (Vec::new(), Vec::new());
    for (name, values) in object(data, "inputs")? {
        let values = list(values, &name)?;
        columns.push(values.into_iter().map(|value| cell(value, &name)).collect::<Result<Vec<Cell>>>()?);
        names.push(name);
    }
    let count = columns.first().map_or(0, Vec::len);
    if columns.iter().any(|column| column.len() != count) {
        return Err(invalid("the columns of inputs have different lengths"));
    }
    Ok(Rows { names: Some(names), columns, count })
}

fn by_position(data: &[&RawValue], names: Option<Vec<String>>, width: Option<usize>) -> Result<Rows> {
    let mut columns: Vec<Vec<Cell>> = (0..width.unwrap_or(0)).map(|_| Vec::with_capacity(data.len())).collect();
    for (row, values) in data.iter().enumerate() {
        // A single value is a row of one column.
        let values = if values.get().starts_with('[') { list(values, "a row")? } else { vec![*values] };
        if row == 0 && width.is_none() {
            columns = values.iter().map(|_| Vec::with_capacity(data.len())).collect();
        }
        if values.len() != columns.len() {
            let text = format!("row {row} has {} values, and there are {} columns", values.len(), columns.len());
            return Err(invalid(text));
        }
        for (index, value) in values.into_iter().enumerate() {
            columns[index].push(cell(value, &format!("{index} of row {row}"))?);
        }
    }
    Ok(Rows { names, columns, count: data.len() })
}

/// A value from its text. Numbers are read by the standard library, which finds the nearest double, so that what a
/// client printed comes back to the same bits.
fn cell(value: &RawValue, column: &str) -> Result<Cell> {
    let wrong = || invalid(format!("column {column} holds a nested value; send numbers, texts or lists of numbers"));
    let text = value.get();
    Ok(match text.as_bytes().first() {
        Some(b'n') => Cell::Null,
        Some(b't') => Cell::Bool(true),
        Some(b'f') => Cell::Bool(false),
        Some(b'"') => Cell::Text(serde_json::from_str(text).map_err(|_| wrong())?),
        Some(b'[') => {
            let numbers = list(value, column)?.into_iter().map(|number| number.get().parse().ok());
            Cell::Numbers(numbers.collect::<Option<Vec<f64>>>().ok_or_else(wrong)?)
        }
        Some(b'{') | None => return Err(wrong()),
        Some(_) => match text.parse::<i64>() {
            Ok(value) => Cell::Int(value),
            Err(_) => Cell::Double(text.parse().map_err(|_| wrong())?),
        },
    })
}

fn list<'a>(value: &'a RawValue, what: &str) -> Result<Vec<&'a RawValue>> {
    serde_json::from_str(value.get()).map_err(|_| invalid(format!("{what} is not a list")))
}

fn object<'a>(value: &'a RawValue, what: &str) -> Result<BTreeMap<String, &'a RawValue>> {
    serde_json::from_str(value.get()).map_err(|_| invalid(format!("{what} is not an object")))
}

fn invalid(text: impl Into<String>) -> Failure {
    Failure::new(&codes::serving::BODY_INVALID, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_forms_of_the_same_rows() {
        let named = Rows {
            names: Some(vec!["a".into(), "b".into()]),
            columns: vec![vec![Cell::Int(1), Cell::Double(2.5)], vec![Cell::Text("x".into()), Cell::Null]],
            count: 2,
        };
        let forms = [
            r#"{"dataframe_split": {"index": [0, 1], "columns": ["a", "b"], "data": [[1, "x"], [2.5, null]]}}"#,
            r#"{"dataframe_records": [{"a": 1, "b": "x"}, {"a": 2.5}]}"#,
            r#"{"instances": [{"a": 1, "b": "x"}, {"b": null, "a": 2.5}]}"#,
            r#"{"inputs": {"a": [1, 2.5], "b": ["x", null]}}"#,
        ];
        for form in forms {
            assert_eq!(parse(form.as_bytes()).unwrap().rows, named, "{form}");
        }
        let positional = parse(br#"{"instances": [[1, "x"], [2.5, null]]}"#).unwrap().rows;
        assert_eq!(positional, Rows { names: None, ..named });
    }

    #[test]
    fn doubles_come_back_to_the_same_bits() {
        for text in ["0.1", "1.7976931348623157e308", "5e-324", "0.30000000000000004", "64.78137993541826"] {
            let request = parse(format!(r#"{{"instances": [{text}, 0.5]}}"#).as_bytes()).unwrap();
            assert_eq!(request.rows.columns[0][0], Cell::Double(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn bad_bodies_say_what_is_wrong() {
        let rows = [
            ("", "the body is no JSON"),
            ("[]", "the body is not an object"),
            ("{}", "exactly one of dataframe_split, dataframe_records, instances, inputs; it has 0"),
            (r#"{"inputs": {}, "instances": []}"#, "it has 2"),
            (r#"{"dataframe_records": 1}"#, "dataframe_records is not a list"),
            (
                r#"{"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}}"#,
                "row 0 has 2 values, and there are 1 columns",
            ),
            (r#"{"dataframe_records": [{"a": {}}]}"#, "column a holds a nested value"),
            (r#"{"inputs": {"a": [1], "b": []}}"#, "the columns of inputs have different lengths"),
            (r#"{"inputs": {"a": [1]}, "params": {"columns": 3}}"#, "params.columns is a list"),
            (r#"{"dataframe_split": {"columns": ["a"]}}"#, "dataframe_split has no data"),
        ];
        for (body, message) in rows {
            let failure = parse(body.as_bytes()).unwrap_err();
            assert!(failure.to_string().contains(message), "{body}: {failure}");
        }
    }
}
