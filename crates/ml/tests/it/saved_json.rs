//! Saved operators in JSON, as the recorder writes them: Spark's schema and rows to Arrow.

use arrow_array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, Int8Array, Int32Array, Int64Array, ListArray, MapArray,
    RecordBatch, StringArray, StructArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Fields, Schema};
use brickyard_ml::linalg::{is_matrix_type, is_vector_type, matrix_type, vector_type};
use brickyard_ml::persist::{OLD_PACKAGE, PACKAGE_KEY, Saved, SavedTable};
use serde_json::Value as Json;
use std::sync::Arc;

/// The recorded operator with all that is below it.
pub fn saved(json: &Json) -> Saved {
    let mut metadata = json["metadata"].as_object().unwrap().clone();
    metadata.remove("timestamp");
    let tables = json["tables"].as_object().unwrap().iter();
    let tables = tables.map(|(folder, table)| SavedTable { folder: folder.clone(), rows: batch(folder, table) });
    let children = json["children"].as_object().unwrap().iter();
    let children = children.map(|(folder, child)| (folder.clone(), saved(child)));
    Saved { metadata, tables: tables.collect(), children: children.collect() }
}

fn batch(folder: &str, table: &Json) -> RecordBatch {
    let rows: Vec<&Json> = table["rows"].as_array().unwrap().iter().collect();
    let of = &table["schema"];
    let (mut fields, columns) = (Vec::new(), children(of, &rows));
    for (index, json) in of["fields"].as_array().unwrap().iter().enumerate() {
        let mut field = field(json);
        if folder == "treesMetadata" {
            field = field.with_name(["treeID", "metadata", "weights"][index]);
        }
        fields.push(field);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn children(of: &Json, rows: &[&Json]) -> Vec<ArrayRef> {
    let one = |json: &Json| {
        let cells: Vec<&Json> = rows.iter().map(|row| &row[json["name"].as_str().unwrap()]).collect();
        array(&json["type"], &cells, json["nullable"] == true)
    };
    of["fields"].as_array().unwrap().iter().map(one).collect()
}

fn field(json: &Json) -> Field {
    let text = json["type"].to_string();
    let field = Field::new(json["name"].as_str().unwrap(), data_type(&json["type"]), json["nullable"] == true);
    if !text.contains(OLD_PACKAGE) {
        return field;
    }
    field.with_metadata([(PACKAGE_KEY.to_owned(), OLD_PACKAGE.to_owned())].into())
}

fn data_type(json: &Json) -> DataType {
    let kind = json["type"].as_str().or_else(|| json.as_str()).unwrap();
    match kind {
        "boolean" => DataType::Boolean,
        "byte" => DataType::Int8,
        "integer" => DataType::Int32,
        "long" => DataType::Int64,
        "float" => DataType::Float32,
        "double" => DataType::Float64,
        "string" => DataType::Utf8,
        "array" => DataType::List(element(json)),
        "struct" => DataType::Struct(json["fields"].as_array().unwrap().iter().map(field).collect()),
        "map" => DataType::Map(Arc::new(Field::new("key_value", DataType::Struct(entries(json)), false)), false),
        "udt" => {
            let found = data_type(&json["sqlType"]);
            assert!(is_vector_type(&found) || is_matrix_type(&found), "{json}");
            if is_vector_type(&found) { vector_type() } else { matrix_type() }
        }
        other => panic!("no type {other}"),
    }
}

fn element(json: &Json) -> Arc<Field> {
    Arc::new(Field::new_list_field(data_type(&json["elementType"]), json["containsNull"] == true))
}

fn entries(json: &Json) -> Fields {
    let value = Field::new("value", data_type(&json["valueType"]), json["valueContainsNull"] == true);
    Fields::from(vec![Field::new("key", data_type(&json["keyType"]), false), value])
}

fn number(cell: &Json) -> Option<f64> {
    cell["double"].as_str().map(|text| text.parse().unwrap()).or_else(|| cell.as_f64())
}

/// The cells as a column; where they cannot be null, as below a null struct, they are 0.
fn array(json: &Json, cells: &[&Json], nullable: bool) -> ArrayRef {
    let whole = |cell: &&Json| cell.as_i64().or((!nullable).then_some(0));
    let double = |cell: &&Json| number(cell).or((!nullable).then_some(0.0));
    let nulls = || NullBuffer::from_iter(cells.iter().map(|cell| !cell.is_null()));
    let nulls_if_any = || Some(nulls()).filter(|nulls| nulls.null_count() > 0);
    let items = || -> Vec<&Json> { cells.iter().flat_map(|cell| cell.as_array().into_iter().flatten()).collect() };
    let lengths = || OffsetBuffer::<i32>::from_lengths(cells.iter().map(|cell| cell.as_array().map_or(0, Vec::len)));
    match data_type(json) {
        DataType::Boolean => Arc::new(BooleanArray::from_iter(cells.iter().map(|cell| cell.as_bool()))),
        DataType::Int8 => Arc::new(Int8Array::from_iter(cells.iter().map(|cell| whole(cell).map(|cell| cell as i8)))),
        DataType::Int32 => {
            Arc::new(Int32Array::from_iter(cells.iter().map(|cell| whole(cell).map(|cell| cell as i32))))
        }
        DataType::Int64 => Arc::new(Int64Array::from_iter(cells.iter().map(whole))),
        DataType::Float32 => {
            Arc::new(Float32Array::from_iter(cells.iter().map(|cell| double(cell).map(|cell| cell as f32))))
        }
        DataType::Float64 => Arc::new(Float64Array::from_iter(cells.iter().map(double))),
        DataType::Utf8 => Arc::new(StringArray::from_iter(cells.iter().map(|cell| cell.as_str()))),
        DataType::List(of) => {
            let values = array(&json["elementType"], &items(), json["containsNull"] == true);
            Arc::new(ListArray::new(of, lengths(), values, nulls_if_any()))
        }
        DataType::Map(of, _) => {
            let (keys, values): (Vec<&Json>, Vec<&Json>) = items().iter().map(|pair| (&pair[0], &pair[1])).unzip();
            let columns = vec![array(&json["keyType"], &keys, false), array(&json["valueType"], &values, true)];
            let pairs = StructArray::new(entries(json), columns, None);
            Arc::new(MapArray::new(of, lengths(), pairs, nulls_if_any(), false))
        }
        DataType::Struct(fields) => {
            let of = if json["type"] == "udt" { &json["sqlType"] } else { json };
            Arc::new(StructArray::new(fields, children(of, cells), nulls_if_any()))
        }
        other => panic!("no column of {other}"),
    }
}
