//! The stages that only a fitted formula has: one that gives slots their own names again, and one that stands for the
//! columns in between being dropped.

use crate::feature::stage::{Stage, Staged, register_model};
use crate::linalg::is_vector_type;
use crate::param::ParamSpec;
use crate::persist::{Column, Saved, table, text_lists};
use crate::schema::{self, Attr, Slots};
use crate::{Input, Output, Params, RawInput, RawKind, Registry};
use arrow_array::builder::{MapBuilder, MapFieldNames, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

pub fn register(registry: &mut Registry) {
    register_model::<AttributeRewriter>(registry);
    register_model::<ColumnPruner>(registry);
}

/// Replaces the beginnings of slot names: those of temporary columns by those of the columns they are made of.
#[derive(Debug)]
pub struct AttributeRewriter {
    column: String,
    /// (beginning, what stands in its place).
    prefixes: Vec<(String, String)>,
}

impl AttributeRewriter {
    pub fn staged(uid: &str, column: &str, prefixes: Vec<(String, String)>) -> Staged<Self> {
        Staged::new(Params::new(uid, Self::SPECS), Self { column: column.to_owned(), prefixes })
    }

    fn rewritten(&self, attr: Attr) -> Attr {
        let Some(name) = attr.name() else { return attr };
        let name = self.prefixes.iter().fold(name.to_owned(), |name, (from, to)| name.replace(from, to));
        attr.with_name(name)
    }
}

impl Stage for AttributeRewriter {
    const CLASS: &'static str = "org.apache.spark.ml.feature.VectorAttributeRewriter";
    const SPECS: &'static [ParamSpec] = &[];
    const REPLACES: bool = true;

    fn inputs(&self, _: &Params, schema: &Schema) -> Result<Vec<Input>> {
        let input = Input::vector(&self.column);
        input.find(schema)?;
        Ok(vec![input])
    }

    fn raw_inputs(&self, _: &Params) -> Result<Vec<RawInput>> {
        Ok(vec![RawInput::new(&self.column, RawKind::Vector)])
    }

    fn outputs(&self, _: &Params, schema: &Schema) -> Result<Vec<Field>> {
        let field = schema::field(schema, &self.column)?;
        let slots = match schema::slots(field) {
            Slots::Known(attrs) => Slots::Known(attrs.into_iter().map(|attr| self.rewritten(attr)).collect()),
            other => other,
        };
        Ok(vec![schema::with_metadata(field.clone(), &schema::slots_metadata(&slots))])
    }

    fn transform(&self, _: &Params, batch: &RecordBatch) -> Result<Output> {
        Ok(Output::all(vec![Input::vector(&self.column).read(batch)?]))
    }

    fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let column = rows.texts("vectorCol")?.pop().ok_or_else(|| saved.damaged("vectorCol is missing"))?;
        let prefixes = read_map(rows.column("prefixesToRewrite")?);
        Ok(Self { column, prefixes: prefixes.ok_or_else(|| saved.damaged("prefixesToRewrite is no map of texts"))? })
    }

    fn save(&self, saved: Saved) -> Result<Saved> {
        let names = MapFieldNames { entry: "key_value".into(), key: "key".into(), value: "value".into() };
        let mut map = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
        for (from, to) in &self.prefixes {
            map.keys().append_value(from);
            map.values().append_value(to);
        }
        map.append(true).map_err(|error| Failure::internal("building a map of a saved model").because(error))?;
        let rows = table([
            Column::optional("vectorCol", Arc::new(StringArray::from(vec![self.column.as_str()]))),
            Column::optional("prefixesToRewrite", Arc::new(map.finish())),
        ])?;
        Ok(saved.with_table("data", rows))
    }
}

fn read_map(column: &ArrayRef) -> Option<Vec<(String, String)>> {
    let entries = column.as_map_opt()?.value(0);
    let texts = |index: usize| arrow_cast::cast(entries.column(index), &DataType::Utf8).ok();
    let (keys, values) = (texts(0)?, texts(1)?);
    let pairs = keys.as_string::<i32>().iter().zip(values.as_string::<i32>());
    pairs.map(|(key, value)| Some((key?.to_owned(), value?.to_owned()))).collect()
}

/// Drops columns. The formula's model gives only its features and its label anyway, so this stage does nothing.
#[derive(Debug)]
pub struct ColumnPruner {
    columns: Vec<String>,
}

impl ColumnPruner {
    pub fn staged(uid: &str, columns: Vec<String>) -> Staged<Self> {
        Staged::new(Params::new(uid, Self::SPECS), Self { columns })
    }
}

impl Stage for ColumnPruner {
    const CLASS: &'static str = "org.apache.spark.ml.feature.ColumnPruner";
    const SPECS: &'static [ParamSpec] = &[];

    fn inputs(&self, _: &Params, _: &Schema) -> Result<Vec<Input>> {
        Ok(Vec::new())
    }
    fn raw_inputs(&self, _: &Params) -> Result<Vec<RawInput>> {
        Ok(Vec::new())
    }
    fn outputs(&self, _: &Params, _: &Schema) -> Result<Vec<Field>> {
        Ok(Vec::new())
    }
    fn transform(&self, _: &Params, _: &RecordBatch) -> Result<Output> {
        Ok(Output::all(Vec::new()))
    }

    fn load(saved: &Saved) -> Result<Self> {
        Ok(Self { columns: saved.rows("data")?.text_list("columnsToPrune")? })
    }

    fn save(&self, saved: Saved) -> Result<Saved> {
        let rows = table([Column::optional("columnsToPrune", text_lists([&self.columns]))])?;
        Ok(saved.with_table("data", rows))
    }
}

/// How a column of a schema takes part in a formula.
pub enum Role {
    Text,
    Vector { size: Option<usize> },
    Number,
}

impl Role {
    /// # Errors
    /// The column is absent, or of a type that no feature is made of.
    pub fn of(schema: &Schema, column: &str) -> Result<Self> {
        let field = schema::field(schema, column)?;
        match field.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Ok(Role::Text),
            kind if is_vector_type(kind) => Ok(Role::Vector { size: schema::slots(field).len() }),
            kind if kind.is_numeric() || kind == &DataType::Boolean => Ok(Role::Number),
            other => {
                let kind = schema::spark_name(other);
                let text = format!("Data type {kind} of column {column} is not supported.");
                Err(Failure::new(&codes::ml::COLUMN_TYPE, text))
            }
        }
    }
}
