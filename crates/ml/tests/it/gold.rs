//! Gold cases: what real Spark 4.2 answered, the frames it was asked about, and the comparison of both.

use arrow_array::builder::{Float64Builder, Int64Builder, ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result};
use brickyard_ml::fit::FitReport;
use brickyard_ml::linalg::{VectorColumn, dense_column, is_vector_type, vector_column, vector_type};
use brickyard_ml::persist::{Saved, value_to_json};
use brickyard_ml::runner::{self, Cancel, LocalRunner};
use brickyard_ml::schema::{Attr, Slots, metadata, slots_metadata, with_metadata};
use brickyard_ml::{
    AnyEstimator, Attribute, Block, Input, Matrix, Operator, Params, Registry, Transformer, Value, Vector, transform,
};
use serde_json::{Map, Value as Json, json};
use std::path::PathBuf;
use std::sync::Arc;

/// One case of a file of `gold/ml`.
pub struct Case {
    pub json: Json,
    pub data: Json,
}

/// The cases of `gold/ml/<group>.json`.
pub fn cases(group: &str) -> Vec<Case> {
    let file = read_json(&format!("gold/ml/{group}.json"));
    let of = |case: &Json| Case { data: file["data"][case["data"].as_str().unwrap()].clone(), json: case.clone() };
    file["cases"].as_array().unwrap().iter().map(of).collect()
}

pub fn read_json(path: &str) -> Json {
    serde_json::from_slice(&std::fs::read(repository().join(path)).unwrap()).unwrap()
}

pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Case {
    pub fn name(&self) -> &str {
        self.json["name"].as_str().unwrap()
    }

    pub fn stage(&self) -> &str {
        self.json["stage"].as_str().unwrap()
    }

    pub fn tolerance(&self) -> f64 {
        self.json["tolerance"].as_f64().unwrap_or(0.0)
    }

    /// What Spark answered, by key: `attributes`, `output`, `saved`, `error`, `values`, ….
    pub fn gold(&self, key: &str) -> Option<&Json> {
        self.json.get(key)
    }

    pub fn frame(&self) -> RecordBatch {
        frame(&self.data)
    }

    /// The case's stage with its parameters.
    pub fn operator(&self) -> Result<Operator> {
        let mut operator = make(self.stage())?;
        let params = match &mut operator {
            Operator::Estimator(estimator) => estimator.params_mut(),
            Operator::Transformer(transformer) => transformer.params_mut(),
            Operator::Evaluator(evaluator) => evaluator.params_mut(),
        };
        set_params(params, &self.json["params"])?;
        Ok(operator)
    }

    /// The fitted model, or the transformer itself.
    pub fn fitted(&self) -> Result<(Box<dyn Transformer>, FitReport)> {
        match self.operator()? {
            Operator::Estimator(estimator) => {
                // Quantiles that may be off a little depend on how rows are parted: Spark had one partition.
                let partition_rows = if self.json["params"]["relativeError"].is_null() { 64 } else { 1 << 20 };
                fit(estimator.as_ref(), &self.frame(), 2, partition_rows)
            }
            Operator::Transformer(transformer) => Ok((transformer, FitReport::default())),
            Operator::Evaluator(_) => panic!("{} is an evaluator", self.name()),
        }
    }

    /// Compares the appended columns, their metadata and the values of the rows that were recorded.
    pub fn check_output(&self, before: &RecordBatch, after: &RecordBatch) {
        check_output(self.name(), &self.json["output"], before, after, self.tolerance());
    }

    /// Compares the values of the appended columns, but not their metadata.
    pub fn check_rows(&self, before: &RecordBatch, after: &RecordBatch) {
        let mut expected = self.json["output"].clone();
        let added = before.num_columns()..after.num_columns();
        expected["schema"] = added.map(|index| field_json(after.schema_ref().field(index))).collect();
        check_output(self.name(), &expected, before, after, self.tolerance());
    }

    /// Compares an answer with a recorded attribute, for example `coefficients`.
    pub fn check_attribute(&self, path: &str, actual: &Json) {
        let place = format!("{} {path}", self.name());
        assert_close(&place, &self.json["attributes"][path], actual, self.tolerance());
    }

    /// Every recorded attribute that is the model's own (`summary.…` is not).
    pub fn check_attributes(&self, model: &dyn Transformer) {
        for path in self.json["attributes"].as_object().into_iter().flatten().map(|(path, _)| path) {
            if !path.contains('.') {
                self.check_attribute(path, &attribute(model, path));
            }
        }
    }

    /// Compares a failure with the recorded error: its condition, or its words where Spark has no condition.
    pub fn check_error(&self, failure: &Failure) {
        let expected = &self.json["error"];
        let text = |key: &str| expected[key].as_str();
        match failure.condition().filter(|condition| !condition.class.starts_with("_LEGACY")) {
            Some(condition) => {
                let mut found = json!({"class": condition.class, "state": condition.sql_state});
                let mut wanted = json!({"class": text("condition"), "state": text("sqlState")});
                if let Some(parameters) = expected.get("parameters") {
                    found["of"] = json!(condition.parameters);
                    wanted["of"] = parameters.clone();
                }
                assert_eq!(found, wanted, "{}", self.name());
            }
            None => {
                let found = failure.message().replace("_0123456789ab", "_{uid}");
                assert_eq!(Some(found.as_str()), text("message"), "{}", self.name());
            }
        }
    }

    /// Compares metadata (but for uids) with the saved folder.
    pub fn check_saved_metadata(&self, saved: &Saved) {
        let expected = anonymous(&self.json["saved"]["metadata"]);
        let mut found = Json::Object(saved.metadata.clone());
        found["uid"] = expected["uid"].clone();
        assert_close(&format!("{} saved", self.name()), &expected, &anonymous(&found), self.tolerance());
    }
}

/// `defaultParamMap.outputCol` carries a uid.
fn anonymous(metadata: &Json) -> Json {
    let mut metadata = metadata.clone();
    if let Some(output) = metadata["defaultParamMap"].get_mut("outputCol") {
        *output = json!("{uid}__output");
    }
    metadata
}

// ---- operators -------------------------------------------------------------------------------------------------------

/// A new operator by the last part of its class name.
pub fn make(stage: &str) -> Result<Operator> {
    let registry = Registry::standard();
    let classes = registry.classes();
    let class = classes.iter().find(|class| class.rsplit('.').next() == Some(stage));
    registry.make(class.copied().unwrap_or(stage), &format!("{stage}_0123456789ab"))
}

pub fn set_params(params: &mut Params, json: &Json) -> Result<()> {
    json.as_object().into_iter().flatten().try_for_each(|(name, value)| params.set(name, value_of(value)))
}

fn value_of(json: &Json) -> Value {
    match json {
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) if number.is_i64() => Value::Int(number.as_i64().unwrap()),
        Json::Number(number) => Value::Double(number.as_f64().unwrap()),
        Json::String(text) => Value::Text(text.clone()),
        Json::Object(object) if object.contains_key("matrix") => {
            let rows = json["matrix"].as_array().unwrap();
            let values = rows.iter().flat_map(|row| row.as_array().unwrap()).map(|item| item.as_f64().unwrap());
            let columns = rows[0].as_array().unwrap().len();
            Value::Matrix(Matrix::row_major(rows.len(), columns, values.collect()))
        }
        Json::Object(_) => Value::Vector(vector(json).unwrap()),
        Json::Array(items) if items.iter().all(Json::is_i64) => {
            Value::Ints(items.iter().map(|item| item.as_i64().unwrap()).collect())
        }
        Json::Array(items) if items.iter().all(Json::is_number) => {
            Value::Doubles(items.iter().map(|item| item.as_f64().unwrap()).collect())
        }
        Json::Array(items) if items.iter().all(Json::is_array) => {
            let numbers = |list: &Json| list.as_array().unwrap().iter().map(|item| item.as_f64().unwrap()).collect();
            Value::NestedDoubles(items.iter().map(numbers).collect())
        }
        Json::Array(items) => Value::Texts(items.iter().map(|item| item.as_str().unwrap().to_owned()).collect()),
        other => panic!("no parameter value for {other}"),
    }
}

/// Fits over partitions of `partition_rows` on `threads`.
pub fn fit(
    estimator: &dyn AnyEstimator,
    rows: &RecordBatch,
    threads: usize,
    partition_rows: usize,
) -> Result<(Box<dyn Transformer>, FitReport)> {
    let inputs = estimator.inputs(rows.schema_ref())?;
    let fit = estimator.begin(rows.schema_ref(), rows.num_rows() as u64)?;
    let runner = LocalRunner::with_threads(threads, blocks(rows, &inputs, partition_rows)?)?;
    runner::fit(&runner, fit, &Cancel::default(), &mut |_| {})
}

/// The inputs of a frame as partitions of `partition_rows`.
pub fn blocks(rows: &RecordBatch, inputs: &[Input], partition_rows: usize) -> Result<Vec<Block>> {
    let starts = (0..rows.num_rows()).step_by(partition_rows).enumerate();
    let block = |(partition, start): (usize, usize)| {
        let slice = rows.slice(start, partition_rows.min(rows.num_rows() - start));
        let columns = inputs.iter().map(|input| input.read(&slice)).collect::<Result<_>>()?;
        Ok(Block { partition: partition as u32, first_row: start as u64, rows: slice.num_rows(), columns })
    };
    starts.map(block).collect()
}

pub fn attribute(model: &dyn Transformer, name: &str) -> Json {
    if name == "__str__" {
        let Ok(Attribute::Value(Value::Text(text))) = model.attribute("toString", &[]) else { panic!("no text") };
        return json!(text.replace("_0123456789ab", "_{uid}"));
    }
    match model.attribute(name, &[]).unwrap() {
        Attribute::Value(value) => encode(&value),
        other => panic!("{name} is {other:?}"),
    }
}

// ---- frames ----------------------------------------------------------------------------------------------------------

/// A recorded data set: a file of the project, or columns and rows written in the case.
pub fn frame(data: &Json) -> RecordBatch {
    if let Some(file) = data["file"].as_str() { file_frame(file, data) } else { inline_frame(data) }
}

fn inline_frame(data: &Json) -> RecordBatch {
    let rows = data["rows"].as_array().unwrap();
    let column = |index: usize, kind: &str| -> ArrayRef {
        let cells = rows.iter().map(|row| &row[index]);
        match kind {
            "boolean" => Arc::new(BooleanArray::from_iter(cells.map(Json::as_bool))),
            "long" => Arc::new(Int64Array::from_iter(cells.map(Json::as_i64))),
            "int" => Arc::new(Int32Array::from_iter(cells.map(|cell| cell.as_i64().map(|value| value as i32)))),
            "double" => Arc::new(Float64Array::from_iter(cells.map(number))),
            "string" => Arc::new(StringArray::from_iter(cells.map(Json::as_str))),
            "strings" => {
                let mut words = ListBuilder::new(StringBuilder::new());
                for cell in cells {
                    let items = cell.as_array().into_iter().flatten();
                    items.for_each(|word| words.values().append_option(word.as_str()));
                    words.append(cell.is_array());
                }
                Arc::new(words.finish())
            }
            "doubles" => {
                let mut lists = ListBuilder::new(Float64Builder::new());
                for cell in cells {
                    cell.as_array().unwrap().iter().for_each(|item| lists.values().append_option(number(item)));
                    lists.append(true);
                }
                Arc::new(lists.finish())
            }
            "longs" => {
                let mut lists = ListBuilder::new(Int64Builder::new());
                for cell in cells {
                    cell.as_array().unwrap().iter().for_each(|item| lists.values().append_option(item.as_i64()));
                    lists.append(true);
                }
                Arc::new(lists.finish())
            }
            "nested" => {
                let mut outer = ListBuilder::new(ListBuilder::new(StringBuilder::new()));
                for cell in cells {
                    for set in cell.as_array().into_iter().flatten() {
                        let items = set.as_array().unwrap().iter();
                        items.for_each(|item| outer.values().values().append_value(item.as_str().unwrap()));
                        outer.values().append(true);
                    }
                    outer.append(cell.is_array());
                }
                Arc::new(outer.finish())
            }
            "vector" => {
                let vectors: Vec<Option<Vector>> = cells.map(vector).collect();
                vector_column(vectors.iter().map(Option::as_ref))
            }
            other => panic!("no column of {other}"),
        }
    };
    let columns = data["columns"].as_array().unwrap().iter().enumerate().map(|(index, column_of)| {
        (column_of[0].as_str().unwrap(), column(index, column_of[1].as_str().unwrap()), true)
    });
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn number(json: &Json) -> Option<f64> {
    json["double"].as_str().map(|text| text.parse().unwrap()).or_else(|| json.as_f64())
}

fn vector(json: &Json) -> Option<Vector> {
    let numbers = |key: &str| json[key].as_array().unwrap().iter().map(|item| number(item).unwrap()).collect();
    if json.get("dense").is_some() {
        return Some(Vector::Dense(numbers("dense")));
    }
    let size = json.get("size")?.as_u64().unwrap() as usize;
    let indices = json["indices"].as_array().unwrap().iter().map(|index| index.as_u64().unwrap() as u32).collect();
    Some(Vector::Sparse { size, indices, values: numbers("values") })
}

fn file_frame(file: &str, data: &Json) -> RecordBatch {
    let text = std::fs::read_to_string(repository().join(file)).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let mut rows: Vec<Vec<&str>> = lines.collect();
    let position = |name: &str| header.iter().position(|column| *column == name).unwrap();
    match data["where"].as_str() {
        None => {}
        Some("abs(x) > 4") => rows.retain(|row| row[position("x")].parse::<f64>().unwrap().abs() > 4.0),
        Some("arr_delay IS NOT NULL") => rows.retain(|row| !row[position("arr_delay")].is_empty()),
        Some(other) => panic!("no filter {other}"),
    }
    let mut columns: Vec<(String, ArrayRef)> = header
        .iter()
        .enumerate()
        .map(|(index, name)| ((*name).to_owned(), inferred(rows.iter().map(|row| row[index]).collect())))
        .collect();
    for (name, sql) in data["columns"].as_object().into_iter().flatten() {
        if let Some((of, bound)) = sql.as_str().unwrap().split_once(" > ").filter(|(of, _)| !of.contains('(')) {
            let of = rows.iter().map(|row| row[position(of)].parse::<f64>().unwrap());
            let above = of.map(|value| Some(value > bound.parse().unwrap()));
            columns.push((name.clone(), Arc::new(BooleanArray::from_iter(above))));
            continue;
        }
        let (of, bound) = sql
            .as_str()
            .and_then(|sql| sql.strip_prefix("CAST(")?.strip_suffix(" AS DOUBLE)")?.split_once(" > "))
            .unwrap_or_else(|| panic!("no column of {sql}"));
        let bound: f64 = bound.parse().unwrap();
        let above = rows.iter().map(|row| f64::from(row[position(of)].parse::<f64>().unwrap() > bound));
        columns.push((name.clone(), Arc::new(Float64Array::from_iter_values(above))));
    }
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, values)| (name, values, true)));
    let batch = batch.unwrap();
    match data["features"].as_array() {
        Some(features) => assembled(&batch, &features.iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>()),
        None => batch,
    }
}

/// Spark's inference: whole numbers, numbers, else text; the empty cell is null.
fn inferred(cells: Vec<&str>) -> ArrayRef {
    let given = || cells.iter().filter(|cell| !cell.is_empty());
    let some = |cell: &&str| (!cell.is_empty()).then(|| (*cell).to_owned());
    if given().all(|cell| cell.parse::<i32>().is_ok()) {
        return Arc::new(Int32Array::from_iter(cells.iter().map(|cell| cell.parse::<i32>().ok())));
    }
    if given().all(|cell| cell.parse::<f64>().is_ok()) {
        return Arc::new(Float64Array::from_iter(cells.iter().map(|cell| cell.parse::<f64>().ok())));
    }
    Arc::new(StringArray::from_iter(cells.iter().map(some)))
}

/// With `features`, dense, and the slots' names.
fn assembled(batch: &RecordBatch, features: &[&str]) -> RecordBatch {
    let columns: Vec<ArrayRef> = features.iter().map(|name| Input::number(name).read(batch).unwrap()).collect();
    let columns: Vec<&Float64Array> = columns.iter().map(|column| column.as_primitive::<Float64Type>()).collect();
    let values = (0..batch.num_rows()).flat_map(|row| columns.iter().map(move |column| column.value(row)));
    let slots = features.iter().map(|name| Attr::Numeric { name: Some((*name).to_owned()) }).collect();
    let field = with_metadata(Field::new("features", vector_type(), true), &slots_metadata(&Slots::Known(slots)));
    let mut fields: Vec<_> = batch.schema().fields().iter().cloned().collect();
    fields.push(Arc::new(field));
    let mut arrays = batch.columns().to_vec();
    arrays.push(dense_column(features.len(), values.collect()));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

/// Transforms the frame whole and row by row; both must agree bit for bit.
pub fn transformed(model: &dyn Transformer, frame: &RecordBatch) -> Result<RecordBatch> {
    let whole = transform::append(model, frame)?;
    let rows: Vec<RecordBatch> =
        (0..frame.num_rows()).map(|row| transform::append(model, &frame.slice(row, 1))).collect::<Result<_>>()?;
    let joined = arrow_select::concat::concat_batches(whole.schema_ref(), &rows).unwrap();
    for column in 0..whole.num_columns() {
        for row in 0..whole.num_rows() {
            let (batch, alone) = (cell(whole.column(column), row), cell(joined.column(column), row));
            assert_eq!(batch.to_string(), alone.to_string(), "column {column} of row {row}: batch and one row differ");
        }
    }
    Ok(whole)
}

// ---- comparison ------------------------------------------------------------------------------------------------------

/// Compares the appended columns, their metadata and the values of the rows that were recorded.
pub fn check_output(name: &str, expected: &Json, before: &RecordBatch, after: &RecordBatch, tolerance: f64) {
    let added: Vec<usize> = (before.num_columns()..after.num_columns()).collect();
    let schema: Vec<Json> = added.iter().map(|index| field_json(after.schema_ref().field(*index))).collect();
    assert_close(&format!("{name} schema"), &expected["schema"], &Json::Array(schema), 0.0);
    assert_eq!(expected["count"], after.num_rows(), "{name}: rows");
    let numbers = expected["row_numbers"].as_array().unwrap();
    for (number, expected) in numbers.iter().zip(expected["rows"].as_array().unwrap()) {
        let row = number.as_u64().unwrap() as usize;
        let cells: Vec<Json> = added.iter().map(|index| cell(after.column(*index), row)).collect();
        assert_close(&format!("{name} row {row}"), expected, &Json::Array(cells), tolerance);
    }
}

fn field_json(field: &Field) -> Json {
    let kind = match field.data_type() {
        kind if is_vector_type(kind) => "org.apache.spark.ml.linalg.VectorUDT",
        DataType::Float64 => "double",
        DataType::Float32 => "float",
        DataType::Int32 => "integer",
        DataType::Utf8 => "string",
        DataType::List(_) => "array",
        other => panic!("no name for {other}"),
    };
    let kind = match (kind, field.data_type()) {
        (_, DataType::List(element)) => {
            let of = match element.data_type() {
                kind if is_vector_type(kind) => "org.apache.spark.ml.linalg.VectorUDT",
                DataType::Int64 => "long",
                _ => "string",
            };
            json!({"containsNull": element.is_nullable(), "elementType": of, "type": "array"})
        }
        (name, _) => json!(name),
    };
    json!({"metadata": metadata(field), "name": field.name(), "nullable": field.is_nullable(), "type": kind})
}

/// A cell as the recorder writes it: vectors as `{"dense": […]}` or `{"size", "indices", "values"}`.
pub fn cell(column: &ArrayRef, row: usize) -> Json {
    if column.is_null(row) {
        return Json::Null;
    }
    match column.data_type() {
        kind if is_vector_type(kind) => {
            encode(&Value::Vector(VectorColumn::new(column.as_ref()).unwrap().get(row).to_vector()))
        }
        DataType::Float64 => encode(&Value::Double(column.as_primitive::<Float64Type>().value(row))),
        DataType::Float32 => encode(&Value::Double(column.as_primitive::<Float32Type>().value(row).into())),
        DataType::Int64 => json!(column.as_primitive::<Int64Type>().value(row)),
        DataType::Struct(_) => column.as_struct().columns().iter().map(|field| cell(field, row)).collect(),
        DataType::Boolean => json!(column.as_boolean().value(row)),
        DataType::Int32 => json!(column.as_primitive::<Int32Type>().value(row)),
        DataType::Utf8 => json!(column.as_string::<i32>().value(row)),
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            (0..items.len()).map(|item| cell(&items, item)).collect()
        }
        other => panic!("no JSON for {other}"),
    }
}

/// A value as the recorder writes it.
pub fn encode(value: &Value) -> Json {
    let doubles = |values: &[f64]| values.iter().map(|value| encode(&Value::Double(*value))).collect::<Vec<_>>();
    match value {
        Value::Double(value) if value.is_nan() => json!({"double": "nan"}),
        Value::Double(value) if value.is_infinite() => json!({"double": if *value > 0.0 { "inf" } else { "-inf" }}),
        Value::Doubles(values) => json!(doubles(values)),
        Value::Vector(Vector::Dense(values)) => json!({"dense": doubles(values)}),
        Value::Vector(Vector::Sparse { size, indices, values }) => {
            json!({"size": size, "indices": indices, "values": doubles(values)})
        }
        Value::Matrix(matrix) => {
            json!({"matrix": (0..matrix.rows).map(|row| doubles(&matrix.row(row))).collect::<Vec<_>>()})
        }
        other => value_to_json(other),
    }
}

/// Equal but for a relative tolerance on every number. A dense and a sparse vector of the same values are equal.
pub fn assert_close(place: &str, expected: &Json, actual: &Json, tolerance: f64) {
    match (expected, actual) {
        (Json::Number(a), Json::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            let allowed = tolerance * a.abs().max(b.abs()).max(1.0);
            assert!((a - b).abs() <= allowed, "{place}: expected {a}, found {b}");
        }
        (Json::Array(a), Json::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{place}: expected {expected}, found {actual}");
            let pairs = a.iter().zip(b).enumerate();
            pairs.for_each(|(index, (a, b))| assert_close(&format!("{place}[{index}]"), a, b, tolerance));
        }
        (Json::Object(a), Json::Object(b)) if is_vector(a) && is_vector(b) && a.len() != b.len() => {
            let dense = |json: &Json| encode(&Value::Doubles(vector(json).unwrap().to_dense()));
            assert_close(place, &dense(expected), &dense(actual), tolerance);
        }
        (Json::Object(a), Json::Object(b)) => {
            let keys = |object: &Map<String, Json>| {
                let mut keys: Vec<String> = object.keys().cloned().collect();
                keys.sort();
                keys
            };
            assert_eq!(keys(a), keys(b), "{place}: expected {expected}, found {actual}");
            a.iter().for_each(|(key, a)| assert_close(&format!("{place}.{key}"), a, &b[key], tolerance));
        }
        _ => assert_eq!(expected, actual, "{place}"),
    }
}

fn is_vector(object: &Map<String, Json>) -> bool {
    object.contains_key("dense") || object.contains_key("indices")
}
