//! Data types, both ways: Spark's messages and Arrow, with the vectors and matrices of Spark ML told by their shape.

use super::required;
use crate::handles::invalid_plan;
use crate::proto::{DataType as SparkType, data_type as spark, data_type::Kind};
use arrow::datatypes::{DataType, Field, Fields, IntervalUnit, Schema, TimeUnit};
use brickyard_error::{Failure, Result};
use brickyard_ml::linalg::{is_matrix_type, is_vector_type, matrix_type, vector_type};
use brickyard_ml::schema::{METADATA_KEY, OLD_PACKAGE};
use std::sync::Arc;

const VECTOR_CLASS: &str = "org.apache.spark.ml.linalg.VectorUDT";
const MATRIX_CLASS: &str = "org.apache.spark.ml.linalg.MatrixUDT";
const OLD_VECTOR_CLASS: &str = "org.apache.spark.mllib.linalg.VectorUDT";
const OLD_MATRIX_CLASS: &str = "org.apache.spark.mllib.linalg.MatrixUDT";

/// The Arrow type of a Spark type; `parse` reads types that come as text.
pub fn lower_type(spark_type: SparkType, parse: super::ParseType) -> Result<DataType> {
    let list = |element, nullable| DataType::List(Arc::new(Field::new_list_field(element, nullable)));
    Ok(match required(spark_type.kind, "a data type without a kind")? {
        Kind::Null(_) => DataType::Null,
        Kind::Boolean(_) => DataType::Boolean,
        Kind::Byte(_) => DataType::Int8,
        Kind::Short(_) => DataType::Int16,
        Kind::Integer(_) => DataType::Int32,
        Kind::Long(_) => DataType::Int64,
        Kind::Float(_) => DataType::Float32,
        Kind::Double(_) => DataType::Float64,
        Kind::Decimal(decimal) => decimal_type(&decimal)?,
        Kind::String(_) | Kind::Char(_) | Kind::VarChar(_) => DataType::Utf8,
        Kind::Binary(_) => DataType::Binary,
        Kind::Date(_) => DataType::Date32,
        Kind::Time(_) => DataType::Time64(TimeUnit::Nanosecond),
        Kind::Timestamp(_) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Kind::TimestampNtz(_) => DataType::Timestamp(TimeUnit::Microsecond, None),
        Kind::CalendarInterval(_) => DataType::Interval(IntervalUnit::MonthDayNano),
        Kind::YearMonthInterval(_) => DataType::Interval(IntervalUnit::YearMonth),
        Kind::DayTimeInterval(_) => DataType::Duration(TimeUnit::Microsecond),
        Kind::Array(array) => {
            let element = required(array.element_type, "an array type without its element type")?;
            list(lower_type(*element, parse)?, array.contains_null)
        }
        Kind::Map(map) => {
            let key = lower_type(*required(map.key_type, "a map type without its key type")?, parse)?;
            let value = lower_type(*required(map.value_type, "a map type without its value type")?, parse)?;
            let entry = vec![Field::new("key", key, false), Field::new("value", value, map.value_contains_null)];
            DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entry.into()), false)), false)
        }
        Kind::Struct(fields) => DataType::Struct(lower_fields(fields.fields, parse)?),
        Kind::Udt(udt) => match udt.jvm_class.as_deref() {
            Some(VECTOR_CLASS) => vector_type(),
            Some(MATRIX_CLASS) => matrix_type(),
            _ => lower_type(*required(udt.sql_type, "a user-defined type without its stored type")?, parse)?,
        },
        Kind::Unparsed(text) => parse(&text.data_type_string)?,
        Kind::Variant(_) => return Err(Failure::unsupported("the data type VARIANT")),
        Kind::Geometry(_) | Kind::Geography(_) => return Err(Failure::unsupported("geometry and geography types")),
    })
}

pub(super) fn lower_fields(fields: Vec<spark::StructField>, parse: super::ParseType) -> Result<Fields> {
    let lowered = fields.into_iter().map(|field| {
        let data_type = lower_type(required(field.data_type, "a field without its type")?, parse)?;
        let lowered = Field::new(field.name, data_type, field.nullable);
        let metadata = field.metadata.filter(|json| json != "{}");
        Ok(match metadata {
            Some(json) => lowered.with_metadata([(METADATA_KEY.to_owned(), json)].into()),
            None => lowered,
        })
    });
    lowered.collect()
}

fn decimal_type(decimal: &spark::Decimal) -> Result<DataType> {
    let precision = decimal.precision.unwrap_or(10);
    let scale = decimal.scale.unwrap_or(0);
    match (u8::try_from(precision), i8::try_from(scale)) {
        (Ok(precision @ 1..=38), Ok(scale)) => Ok(DataType::Decimal128(precision, scale)),
        _ => Err(invalid_plan(format!("decimal({precision},{scale}) is out of range"))),
    }
}

/// The schema of a result as Spark's clients read it.
pub fn raise_schema(schema: &Schema) -> Result<SparkType> {
    raise_fields(schema.fields())
}

/// The Spark type of an Arrow type.
pub fn raise_type(data_type: &DataType) -> Result<SparkType> {
    let kind = match data_type {
        DataType::Null => Kind::Null(spark::Null::default()),
        DataType::Boolean => Kind::Boolean(spark::Boolean::default()),
        DataType::Int8 => Kind::Byte(spark::Byte::default()),
        DataType::Int16 => Kind::Short(spark::Short::default()),
        DataType::Int32 => Kind::Integer(spark::Integer::default()),
        DataType::Int64 => Kind::Long(spark::Long::default()),
        DataType::Float32 => Kind::Float(spark::Float::default()),
        DataType::Float64 => Kind::Double(spark::Double::default()),
        DataType::Decimal128(precision, scale) => Kind::Decimal(spark::Decimal {
            precision: Some(i32::from(*precision)),
            scale: Some(i32::from(*scale)),
            ..Default::default()
        }),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            Kind::String(spark::String { collation: "UTF8_BINARY".to_owned(), ..Default::default() })
        }
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Kind::Binary(spark::Binary::default()),
        DataType::Date32 => Kind::Date(spark::Date::default()),
        DataType::Time64(_) => Kind::Time(spark::Time { precision: Some(6), ..Default::default() }),
        DataType::Timestamp(_, Some(_)) => Kind::Timestamp(spark::Timestamp::default()),
        DataType::Timestamp(_, None) => Kind::TimestampNtz(spark::TimestampNtz::default()),
        DataType::Interval(IntervalUnit::YearMonth) => Kind::YearMonthInterval(spark::YearMonthInterval {
            start_field: Some(0),
            end_field: Some(1),
            ..Default::default()
        }),
        DataType::Interval(_) => Kind::CalendarInterval(spark::CalendarInterval::default()),
        DataType::Duration(_) => Kind::DayTimeInterval(spark::DayTimeInterval {
            start_field: Some(0),
            end_field: Some(3),
            ..Default::default()
        }),
        DataType::List(element) | DataType::LargeList(element) | DataType::FixedSizeList(element, _) => {
            Kind::Array(Box::new(spark::Array {
                element_type: Some(Box::new(raise_type(element.data_type())?)),
                contains_null: element.is_nullable(),
                ..Default::default()
            }))
        }
        DataType::Map(entries, _) => return raise_map(entries),
        vector if is_vector_type(vector) => udt(vector, VECTOR_CLASS, "pyspark.ml.linalg.VectorUDT")?,
        matrix if is_matrix_type(matrix) => udt(matrix, MATRIX_CLASS, "pyspark.ml.linalg.MatrixUDT")?,
        DataType::Struct(fields) => return raise_fields(fields),
        DataType::Dictionary(_, values) => return raise_type(values),
        other => return Err(Failure::internal(format!("a result has type {other}, which Spark does not have"))),
    };
    Ok(SparkType { kind: Some(kind) })
}

/// The type in the package before `ml`.
fn raise_old(data_type: &DataType) -> Result<SparkType> {
    let kind = match data_type {
        vector if is_vector_type(vector) => udt(vector, OLD_VECTOR_CLASS, "pyspark.mllib.linalg.VectorUDT")?,
        matrix if is_matrix_type(matrix) => udt(matrix, OLD_MATRIX_CLASS, "pyspark.mllib.linalg.MatrixUDT")?,
        other => return raise_type(other),
    };
    Ok(SparkType { kind: Some(kind) })
}

fn udt(stored: &DataType, class: &str, python_class: &str) -> Result<Kind> {
    let DataType::Struct(fields) = stored else {
        return Err(Failure::internal(format!("{class} is not stored as {stored}")));
    };
    Ok(Kind::Udt(Box::new(spark::Udt {
        r#type: "udt".to_owned(),
        jvm_class: Some(class.to_owned()),
        python_class: Some(python_class.to_owned()),
        serialized_python_class: None,
        sql_type: Some(Box::new(raise_fields(fields)?)),
    })))
}

fn raise_map(entries: &Field) -> Result<SparkType> {
    let DataType::Struct(fields) = entries.data_type() else {
        return Err(Failure::internal("a map without entries"));
    };
    let [key, value] = fields.as_ref() else { return Err(Failure::internal("a map entry is a key and a value")) };
    let map = spark::Map {
        key_type: Some(Box::new(raise_type(key.data_type())?)),
        value_type: Some(Box::new(raise_type(value.data_type())?)),
        value_contains_null: value.is_nullable(),
        ..Default::default()
    };
    Ok(SparkType { kind: Some(Kind::Map(Box::new(map))) })
}

fn raise_fields(fields: &Fields) -> Result<SparkType> {
    let raised = fields.iter().map(|field| {
        let metadata = field.metadata().get(METADATA_KEY);
        let is_old = metadata.is_some_and(|json| json == OLD_PACKAGE);
        Ok(spark::StructField {
            name: field.name().clone(),
            data_type: Some(if is_old { raise_old(field.data_type())? } else { raise_type(field.data_type())? }),
            nullable: field.is_nullable(),
            metadata: metadata.filter(|_| !is_old).cloned(),
        })
    });
    let fields = raised.collect::<Result<_>>()?;
    Ok(SparkType { kind: Some(Kind::Struct(spark::Struct { fields, ..Default::default() })) })
}
