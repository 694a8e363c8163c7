//! The tables that a model saves against those that Spark saved: names of the columns, their order, and every value.

use super::gold::{Case, assert_close, encode};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int8Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use brickyard_ml::Value;
use brickyard_ml::persist::Saved;
use serde_json::{Map, Value as Json, json};

/// Compares the folder `data`, if Spark's save has one.
pub fn check_saved_data(case: &Case, saved: &Saved) {
    let expected = &case.json["saved"]["data"];
    let Some(expected_rows) = expected["rows"].as_array() else { return };
    let rows = saved.table("data").unwrap_or_else(|| panic!("{} saves no data", case.name()));
    if let Some(fields) = expected["schema"]["fields"].as_array() {
        let of = |json: &Json| (json["name"].as_str().unwrap().to_owned(), json["nullable"].as_bool().unwrap());
        let expected: Vec<(String, bool)> = fields.iter().map(of).collect();
        let schema = rows.schema();
        let found: Vec<(String, bool)> =
            schema.fields().iter().map(|field| (field.name().clone(), field.is_nullable())).collect();
        assert_eq!(found, expected, "{}", case.name());
    }
    let found = plain_rows(rows);
    let expected: Vec<Json> = expected_rows.iter().map(sorted_maps).collect();
    assert_close(&format!("{} saved data", case.name()), &json!(expected), &json!(found), case.tolerance().max(1e-12));
}

/// Every row as an object, as the recorder writes it.
pub fn plain_rows(rows: &RecordBatch) -> Vec<Json> {
    let row = |row: usize| -> Json {
        let schema = rows.schema();
        let cells = schema.fields().iter().zip(rows.columns());
        Json::Object(cells.map(|(field, column)| (field.name().clone(), plain(column, row))).collect())
    };
    (0..rows.num_rows()).map(row).collect()
}

/// As pyarrow gives it: structs as objects, maps as lists of pairs, which are sorted here.
fn plain(column: &ArrayRef, row: usize) -> Json {
    if column.is_null(row) {
        return Json::Null;
    }
    match column.data_type() {
        DataType::Float64 => encode(&Value::Double(column.as_primitive::<Float64Type>().value(row))),
        DataType::Float32 => json!(column.as_primitive::<Float32Type>().value(row)),
        DataType::Int8 => json!(column.as_primitive::<Int8Type>().value(row)),
        DataType::Int32 => json!(column.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => json!(column.as_primitive::<Int64Type>().value(row)),
        DataType::Boolean => json!(column.as_boolean().value(row)),
        DataType::Utf8 => json!(column.as_string::<i32>().value(row)),
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            (0..items.len()).map(|item| plain(&items, item)).collect()
        }
        DataType::Struct(fields) => {
            let parts = fields.iter().zip(column.as_struct().columns());
            Json::Object(parts.map(|(field, part)| (field.name().clone(), plain(part, row))).collect::<Map<_, _>>())
        }
        DataType::Map(_, _) => {
            let entries = column.as_map().value(row);
            let pair = |entry: usize| json!([plain(entries.column(0), entry), plain(entries.column(1), entry)]);
            sorted_maps(&(0..entries.len()).map(pair).collect())
        }
        other => panic!("no JSON for {other}"),
    }
}

/// Lists of pairs whose first is no list are maps.
fn sorted_maps(json: &Json) -> Json {
    match json {
        Json::Object(object) => object.iter().map(|(key, value)| (key.clone(), sorted_maps(value))).collect(),
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(sorted_maps).collect();
            let is_pair = |item: &Json| item.as_array().is_some_and(|pair| pair.len() == 2 && !pair[0].is_array());
            if !items.is_empty() && items.iter().all(is_pair) {
                items.sort_by_key(|pair| pair[0].to_string());
            }
            Json::Array(items)
        }
        other => other.clone(),
    }
}
