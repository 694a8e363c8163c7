//! Column metadata (`ml_attr`): slot names and categories, carried by Arrow fields from stage to stage.

use crate::linalg::{is_matrix_type, is_vector_type};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// The Arrow field metadata key that holds a Spark column's metadata, a JSON object.
pub const METADATA_KEY: &str = "SPARK::metadata::json";

/// The metadata of a column whose vectors or matrices are of `mllib`, the package before `ml`, as a few of Spark's
/// answers are. Clients see the other type and no metadata.
pub const OLD_PACKAGE: &str = r#"{"package":"mllib"}"#;

/// One slot of a vector, or a scalar column.
#[derive(Debug, Clone, PartialEq)]
pub enum Attr {
    Numeric {
        name: Option<String>,
    },
    /// Categories in index order; Spark's `nominal`.
    Nominal {
        name: Option<String>,
        values: Vec<String>,
    },
    /// A nominal attribute of which only the number of values is known.
    NominalCount {
        name: Option<String>,
        count: usize,
    },
    Binary {
        name: Option<String>,
        values: Option<Vec<String>>,
    },
    Unknown,
}

impl Attr {
    pub fn name(&self) -> Option<&str> {
        match self {
            Attr::Numeric { name }
            | Attr::Nominal { name, .. }
            | Attr::NominalCount { name, .. }
            | Attr::Binary { name, .. } => name.as_deref(),
            Attr::Unknown => None,
        }
    }

    pub fn with_name(self, name: impl Into<String>) -> Self {
        let name = Some(name.into());
        match self {
            Attr::Numeric { .. } | Attr::Unknown => Attr::Numeric { name },
            Attr::Nominal { values, .. } => Attr::Nominal { name, values },
            Attr::NominalCount { count, .. } => Attr::NominalCount { name, count },
            Attr::Binary { values, .. } => Attr::Binary { name, values },
        }
    }

    /// Number of categories, for an attribute that is categorical; 2 for binary.
    pub fn categories(&self) -> Option<usize> {
        match self {
            Attr::Nominal { values, .. } => Some(values.len()),
            Attr::NominalCount { count, .. } => Some(*count),
            Attr::Binary { .. } => Some(2),
            Attr::Numeric { .. } | Attr::Unknown => None,
        }
    }
}

/// The slots of a vector column.
#[derive(Debug, Clone, PartialEq)]
pub enum Slots {
    /// One attribute a slot.
    Known(Vec<Attr>),
    /// Only the number of slots is known.
    Size(usize),
    Unknown,
}

impl Slots {
    pub fn len(&self) -> Option<usize> {
        match self {
            Slots::Known(attrs) => Some(attrs.len()),
            Slots::Size(size) => Some(*size),
            Slots::Unknown => None,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }
}

/// The field of a column, or an error that lists the columns there are.
pub fn field<'a>(schema: &'a Schema, column: &str) -> Result<&'a Field> {
    schema.field_with_name(column).map_err(|_| {
        let names: Vec<String> = schema.fields().iter().map(|field| format!("`{}`", field.name())).collect();
        let (name, names) = (format!("`{column}`"), names.join(", "));
        let text = format!("No such struct field {name} in {names}.");
        let condition = Condition::new("FIELD_NOT_FOUND", "42704", SparkException::IllegalArgument);
        let condition = condition.with("fieldName", name).with("fields", names);
        Failure::new(&codes::ml::COLUMN_MISSING, text).with_condition(condition)
    })
}

/// Fails if the schema already has one of the columns that an operator would append.
pub fn no_such_columns<'a>(schema: &Schema, outputs: impl IntoIterator<Item = &'a str>) -> Result<()> {
    match outputs.into_iter().find(|column| schema.field_with_name(column).is_ok()) {
        Some(column) => {
            let text = format!("requirement failed: Output column {column} already exists.");
            Err(Failure::new(&codes::ml::COLUMN_EXISTS, text))
        }
        None => Ok(()),
    }
}

/// The schema after a stage, and the place of each of its outputs: one that has the name of a column replaces it, the
/// others follow behind.
pub fn after(schema: &Schema, outputs: Vec<Field>) -> (Schema, Vec<usize>) {
    let mut fields: Vec<Arc<Field>> = schema.fields().iter().cloned().collect();
    let mut places = Vec::with_capacity(outputs.len());
    for output in outputs {
        match schema.index_of(output.name()) {
            Ok(place) => {
                fields[place] = Arc::new(output);
                places.push(place);
            }
            Err(_) => {
                places.push(fields.len());
                fields.push(Arc::new(output));
            }
        }
    }
    (Schema::new_with_metadata(fields, schema.metadata().clone()), places)
}

/// Spark's short name of a type, as its messages have it: `int`, `bigint`, `array<double>`, `vector`.
pub fn spark_name(data_type: &DataType) -> String {
    match data_type {
        _ if is_vector_type(data_type) => "vector".to_owned(),
        _ if is_matrix_type(data_type) => "matrix".to_owned(),
        DataType::Null => "void".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int8 => "tinyint".to_owned(),
        DataType::Int16 => "smallint".to_owned(),
        DataType::Int32 => "int".to_owned(),
        DataType::Int64 => "bigint".to_owned(),
        DataType::Float32 => "float".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "string".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "binary".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(_, Some(_)) => "timestamp".to_owned(),
        DataType::Timestamp(_, None) => "timestamp_ntz".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::List(element) | DataType::LargeList(element) => format!("array<{}>", spark_name(element.data_type())),
        DataType::Struct(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|field| format!("{}:{}", field.name(), spark_name(field.data_type()))).collect();
            format!("struct<{}>", fields.join(","))
        }
        other => other.to_string().to_lowercase(),
    }
}

/// The metadata object of a field; empty when it has none.
pub fn metadata(field: &Field) -> Map<String, Json> {
    let parsed = field.metadata().get(METADATA_KEY).and_then(|text| serde_json::from_str(text).ok());
    if let Some(Json::Object(object)) = parsed { object } else { Map::new() }
}

/// The field with this metadata object instead of its own.
pub fn with_metadata(field: Field, metadata: &Map<String, Json>) -> Field {
    let mut all = field.metadata().clone();
    if metadata.is_empty() {
        all.remove(METADATA_KEY);
    } else {
        all.insert(METADATA_KEY.to_owned(), Json::Object(metadata.clone()).to_string());
    }
    field.with_metadata(all)
}

/// The attribute of a scalar column.
pub fn attr(field: &Field) -> Attr {
    metadata(field).get("ml_attr").and_then(Json::as_object).map_or(Attr::Unknown, attr_from_json)
}

/// The slots of a vector column.
pub fn slots(field: &Field) -> Slots {
    let metadata = metadata(field);
    let Some(group) = metadata.get("ml_attr").and_then(Json::as_object) else { return Slots::Unknown };
    let Some(size) = group.get("num_attrs").and_then(Json::as_u64) else { return Slots::Unknown };
    let Some(attrs) = group.get("attrs").and_then(Json::as_object) else { return Slots::Size(size as usize) };
    let mut known = vec![Attr::Unknown; size as usize];
    for (kind, list) in attrs {
        for json in list.as_array().into_iter().flatten().filter_map(Json::as_object) {
            let index = json.get("idx").and_then(Json::as_u64).map(|index| index as usize);
            if let Some(slot) = index.and_then(|index| known.get_mut(index)) {
                *slot = attr_of_kind(kind, json);
            }
        }
    }
    Slots::Known(known)
}

/// Spark leaves the type out of some numeric attributes.
fn attr_from_json(json: &Map<String, Json>) -> Attr {
    attr_of_kind(json.get("type").and_then(Json::as_str).unwrap_or("numeric"), json)
}

fn attr_of_kind(kind: &str, json: &Map<String, Json>) -> Attr {
    let name = json.get("name").and_then(Json::as_str).map(ToOwned::to_owned);
    let values: Option<Vec<String>> = json
        .get("vals")
        .and_then(Json::as_array)
        .map(|values| values.iter().filter_map(Json::as_str).map(ToOwned::to_owned).collect());
    let count = json.get("num_vals").and_then(Json::as_u64);
    match (kind, values, count) {
        ("nominal", Some(values), _) => Attr::Nominal { name, values },
        ("nominal", None, Some(count)) => Attr::NominalCount { name, count: count as usize },
        ("binary", values, _) => Attr::Binary { name, values },
        _ => Attr::Numeric { name },
    }
}

/// `ml_attr` of a scalar column, as the whole metadata object.
pub fn attr_metadata(attr: &Attr) -> Map<String, Json> {
    let mut object = Map::new();
    if let Some(json) = attr_to_json(attr, None) {
        object.insert("ml_attr".to_owned(), json);
    }
    object
}

/// `ml_attr` of a vector column: Spark groups the slots by type, `numeric`, `binary` and `nominal`.
pub fn slots_metadata(slots: &Slots) -> Map<String, Json> {
    let Some(size) = slots.len() else { return Map::new() };
    let mut group = Map::new();
    if let Slots::Known(attrs) = slots {
        let mut by_type: Map<String, Json> = Map::new();
        for kind in ["numeric", "nominal", "binary"] {
            // A number without a name is what slots are anyway: Spark leaves it out.
            let told = |attr: &Attr| !matches!(attr, Attr::Numeric { name: None } | Attr::Unknown);
            let of_kind = attrs.iter().enumerate().filter(|(_, attr)| kind_of(attr) == kind && told(attr));
            let list: Vec<Json> = of_kind.filter_map(|(index, attr)| attr_to_json(attr, Some(index))).collect();
            if !list.is_empty() {
                by_type.insert(kind.to_owned(), Json::Array(list));
            }
        }
        group.insert("attrs".to_owned(), Json::Object(by_type));
    }
    group.insert("num_attrs".to_owned(), json!(size));
    Map::from_iter([("ml_attr".to_owned(), Json::Object(group))])
}

/// The schema with the number of slots of a vector column in its metadata.
pub fn with_size(schema: &Schema, column: &str, size: usize) -> Schema {
    let sized = |field: &Field| with_metadata(field.clone(), &slots_metadata(&Slots::Size(size)));
    let fields =
        schema.fields().iter().map(|field| if field.name() == column { Arc::new(sized(field)) } else { field.clone() });
    Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone())
}

fn kind_of(attr: &Attr) -> &'static str {
    match attr {
        Attr::Numeric { .. } | Attr::Unknown => "numeric",
        Attr::Nominal { .. } | Attr::NominalCount { .. } => "nominal",
        Attr::Binary { .. } => "binary",
    }
}

/// Inside a group (`index` given) the type is told by the group; a scalar column says it itself.
fn attr_to_json(attr: &Attr, index: Option<usize>) -> Option<Json> {
    let mut object = Map::new();
    if let Attr::Nominal { values, .. } | Attr::Binary { values: Some(values), .. } = attr {
        object.insert("vals".to_owned(), json!(values));
    }
    if let Attr::NominalCount { count, .. } = attr {
        object.insert("num_vals".to_owned(), json!(count));
    }
    if let Some(index) = index {
        object.insert("idx".to_owned(), json!(index));
    }
    if let Some(name) = attr.name() {
        object.insert("name".to_owned(), json!(name));
    }
    if index.is_none() {
        if attr == &Attr::Unknown {
            return None;
        }
        object.insert("type".to_owned(), json!(kind_of(attr)));
    }
    Some(Json::Object(object))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_round_trip_in_sparks_groups() {
        let named = |name: &str| Some(name.to_owned());
        let slots = Slots::Known(vec![
            Attr::Numeric { name: named("a") },
            Attr::Binary { name: named("b_x"), values: None },
            Attr::Nominal { name: named("c"), values: vec!["u".to_owned(), "v".to_owned()] },
            Attr::NominalCount { name: None, count: 3 },
        ]);
        let metadata = slots_metadata(&slots);
        let expected = json!({"ml_attr": {"num_attrs": 4, "attrs": {
            "numeric": [{"idx": 0, "name": "a"}],
            "binary": [{"idx": 1, "name": "b_x"}],
            "nominal": [{"idx": 2, "name": "c", "vals": ["u", "v"]}, {"idx": 3, "num_vals": 3}],
        }}});
        assert_eq!(Json::Object(metadata.clone()), expected);
        let field = with_metadata(Field::new("features", crate::linalg::vector_type(), true), &metadata);
        assert_eq!(super::slots(&field), slots);
    }

    #[test]
    fn a_missing_column_lists_the_ones_there_are() {
        let schema = Schema::new(vec![Field::new("a", DataType::Int32, true), Field::new("b", DataType::Utf8, true)]);
        let failure = field(&schema, "c").unwrap_err();
        assert_eq!(failure.message(), "No such struct field `c` in `a`, `b`.");
        assert_eq!(failure.condition().unwrap().class, "FIELD_NOT_FOUND");
    }
}
