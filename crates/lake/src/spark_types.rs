//! Spark's types in Arrow: what Spark has no name for is read as the nearest type it has.

use arrow_schema::{DataType, Field, TimeUnit};
use brickyard_error::Result;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{ExprSchemable, ident};
use datafusion::prelude::Expr;
use std::sync::Arc;

/// The Spark type that holds every value of an Arrow type (nanoseconds are cut to microseconds).
pub fn conform_type(data_type: &DataType) -> DataType {
    let conform_field = |field: &Arc<Field>| {
        let conformed = field.as_ref().clone().with_data_type(conform_type(field.data_type()));
        Arc::new(conformed)
    };
    match data_type {
        DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 => DataType::Int64,
        DataType::UInt64 => DataType::Decimal128(20, 0),
        DataType::Float16 => DataType::Float32,
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::Date64 => DataType::Date32,
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        DataType::Duration(_) => DataType::Duration(TimeUnit::Microsecond),
        DataType::Dictionary(_, values) => conform_type(values),
        DataType::RunEndEncoded(_, values) => conform_type(values.data_type()),
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::FixedSizeList(field, _) => DataType::List(conform_field(field)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(conform_field).collect()),
        DataType::Map(field, sorted) => DataType::Map(conform_field(field), *sorted),
        other => other.clone(),
    }
}

/// Casts the columns that need it.
pub(crate) fn conform(frame: DataFrame) -> Result<DataFrame> {
    let schema = frame.schema();
    let fields = schema.as_arrow().fields();
    if fields.iter().all(|field| &conform_type(field.data_type()) == field.data_type()) {
        return Ok(frame);
    }
    let conformed = |field: &Arc<Field>| -> Result<Expr> {
        let wanted = conform_type(field.data_type());
        let column = ident(field.name());
        let cast =
            if &wanted == field.data_type() { column } else { column.cast_to(&wanted, schema).map_err(engine)? };
        Ok(cast.alias(field.name()))
    };
    let columns = fields.iter().map(conformed).collect::<Result<Vec<_>>>()?;
    frame.select(columns).map_err(engine)
}

/// A failure of the query engine; one of ours inside it comes out as it is.
pub(crate) fn engine(error: datafusion::error::DataFusionError) -> brickyard_error::Failure {
    use brickyard_error::{Failure, codes};
    if let Some(failure) = Failure::find(&error) {
        return failure.repeat();
    }
    let text = error.strip_backtrace();
    let ragged = text.contains("incorrect number of fields") || text.contains("Encountered unequal lengths");
    let code = if ragged { &codes::data::MALFORMED_ROW } else { &codes::data::UNREADABLE };
    let hint = if ragged { "; every row needs as many fields as the header" } else { "" };
    Failure::new(code, format!("{text}{hint}")).because(error)
}
