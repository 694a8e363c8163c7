//! A scoring request's body as rows: exactly one of `dataframe_split`, `dataframe_records`, `instances` and `inputs`.

use axum::http::{HeaderMap, header};
use brickyard_error::{Failure, Result, codes};
use brickyard_serving::{Cell, Rows};
use serde_json::{Map, Value as Json};

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
    Err(Failure::unsupported(format!("content type {media}; send application/json")))
}

pub fn parse(body: &[u8]) -> Result<Request> {
    let body: Json = serde_json::from_slice(body).map_err(|error| invalid(format!("the body is no JSON: {error}")))?;
    let Json::Object(mut body) = body else {
        return Err(invalid("the body is not a JSON object"));
    };
    let given: Vec<&str> = FORMS.into_iter().filter(|form| body.contains_key(*form)).collect();
    let [form] = given.as_slice() else {
        let text = format!("the body needs exactly one of {}; it has {}", FORMS.join(", "), given.len());
        return Err(invalid(text));
    };
    let data = body.remove(*form).unwrap_or_default();
    let rows = match *form {
        "dataframe_split" => split(data)?,
        "dataframe_records" => records(array(data, form)?)?,
        "instances" => instances(array(data, form)?)?,
        _ => inputs(data)?,
    };
    Ok(Request { rows, columns: columns(body.get("params"))? })
}

fn columns(params: Option<&Json>) -> Result<Option<Vec<String>>> {
    let Some(columns) = params.and_then(|params| params.get("columns")) else { return Ok(None) };
    let names = columns.as_array().map(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect());
    names.flatten().map(Some).ok_or_else(|| invalid("params.columns is a list of column names"))
}

/// `{"columns": [...], "data": [[...], ...]}`; an `index` is ignored.
fn split(data: Json) -> Result<Rows> {
    let Json::Object(mut object) = data else { return Err(invalid("dataframe_split is an object")) };
    let names = object.get("columns").and_then(Json::as_array).map(|names| {
        names.iter().map(|name| name.as_str().map_or_else(|| name.to_string(), str::to_owned)).collect::<Vec<_>>()
    });
    let data = array(object.remove("data").unwrap_or_default(), "dataframe_split.data")?;
    let width = names.as_ref().map(Vec::len);
    by_position(data, names, width)
}

/// `[{"a": 1, "b": "x"}, ...]`; a key that a record lacks is null there.
fn records(data: Vec<Json>) -> Result<Rows> {
    let mut names: Vec<String> = Vec::new();
    let mut columns: Vec<Vec<Cell>> = Vec::new();
    let count = data.len();
    for (row, record) in data.into_iter().enumerate() {
        let Json::Object(record) = record else { return Err(invalid(format!("record {row} is not an object"))) };
        for (name, value) in record {
            let index = match names.iter().position(|known| *known == name) {
                Some(index) => index,
                None => {
                    names.push(name);
                    columns.push(Vec::with_capacity(count));
                    names.len() - 1
                }
            };
            columns[index].resize(row, Cell::Null);
            columns[index].push(cell(value, &names[index])?);
        }
    }
    columns.iter_mut().for_each(|column| column.resize(count, Cell::Null));
    Ok(Rows { names: Some(names), columns, count })
}

/// Records, or rows of values in the order of the model's inputs.
fn instances(data: Vec<Json>) -> Result<Rows> {
    match data.first() {
        Some(Json::Object(_)) => records(data),
        _ => by_position(data, None, None),
    }
}

/// `{"a": [1, 2], "b": ["x", "y"]}`, or a list as in `instances`.
fn inputs(data: Json) -> Result<Rows> {
    let object: Map<String, Json> = match data {
        Json::Array(data) => return instances(data),
        Json::Object(object) => object,
        _ => return Err(invalid("inputs is an object of columns, or a list of rows")),
    };
    let (mut names, mut columns) = (Vec::new(), Vec::new());
    for (name, values) in object {
        let values = array(values, &name)?.into_iter().map(|value| cell(value, &name));
        columns.push(values.collect::<Result<Vec<Cell>>>()?);
        names.push(name);
    }
    let count = columns.first().map_or(0, Vec::len);
    if columns.iter().any(|column| column.len() != count) {
        return Err(invalid("the columns of inputs have different lengths"));
    }
    Ok(Rows { names: Some(names), columns, count })
}

fn by_position(data: Vec<Json>, names: Option<Vec<String>>, width: Option<usize>) -> Result<Rows> {
    let count = data.len();
    let mut columns: Vec<Vec<Cell>> = Vec::new();
    for (row, values) in data.into_iter().enumerate() {
        // A single value is a row of one column.
        let values = if let Json::Array(values) = values { values } else { vec![values] };
        if row == 0 {
            columns = (0..width.unwrap_or(values.len())).map(|_| Vec::with_capacity(count)).collect();
        }
        if values.len() != columns.len() {
            let text = format!("row {row} has {} values, and there are {} columns", values.len(), columns.len());
            return Err(invalid(text));
        }
        for (index, value) in values.into_iter().enumerate() {
            columns[index].push(cell(value, &format!("{index} of row {row}"))?);
        }
    }
    if columns.is_empty() {
        columns = names.iter().flatten().map(|_| Vec::new()).collect();
    }
    Ok(Rows { names, columns, count })
}

fn cell(value: Json, column: &str) -> Result<Cell> {
    let wrong = || invalid(format!("column {column} holds a nested value; send numbers, texts or lists of numbers"));
    Ok(match value {
        Json::Null => Cell::Null,
        Json::Bool(value) => Cell::Bool(value),
        Json::Number(number) => match number.as_i64() {
            Some(value) => Cell::Int(value),
            None => Cell::Double(number.as_f64().ok_or_else(wrong)?),
        },
        Json::String(text) => Cell::Text(text),
        Json::Array(values) => {
            Cell::Numbers(values.iter().map(Json::as_f64).collect::<Option<Vec<f64>>>().ok_or_else(wrong)?)
        }
        Json::Object(_) => return Err(wrong()),
    })
}

fn array(value: Json, what: &str) -> Result<Vec<Json>> {
    if let Json::Array(values) = value { Ok(values) } else { Err(invalid(format!("{what} is not a list"))) }
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
    fn bad_bodies_say_what_is_wrong() {
        let rows = [
            ("", "the body is no JSON"),
            ("[]", "the body is not a JSON object"),
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
        ];
        for (body, message) in rows {
            let failure = parse(body.as_bytes()).unwrap_err();
            assert!(failure.to_string().contains(message), "{body}: {failure}");
        }
    }
}
