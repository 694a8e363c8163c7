//! The columns of a frame as values of the graph: those from outside appear when a stage first reads them.

use super::graph::{Graph, Tensor};
use super::proto::ValueInfoProto;
use super::values::{self, Element};
use arrow_schema::{DataType, Schema};
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::Transformer;
use brickyard_ml::linalg::is_vector_type;
use brickyard_ml::schema::slots;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What a column holds. Numbers and texts are `[rows, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Doubles.
    Number,
    /// 64-bit integers.
    Whole,
    Text,
    /// `[rows, slots]` doubles; the number of slots may not be known.
    Vector(Option<usize>),
}

#[derive(Debug, Clone)]
pub struct Column {
    pub tensor: Tensor,
    pub form: Form,
    /// The labels of an index.
    pub labels: Option<Arc<Vec<String>>>,
}

/// A vector column.
#[derive(Debug, Clone)]
pub struct Vectors {
    pub tensor: Tensor,
    pub size: Option<usize>,
}

pub struct Columns<'a> {
    known: HashMap<String, Column>,
    /// Columns that stages made, in order, and whether they are a model's answer.
    made: Vec<(String, bool)>,
    read: HashSet<String>,
    schema: Option<&'a Schema>,
    /// Columns that the model does without: an indexed label.
    optional: HashSet<String>,
}

impl<'a> Columns<'a> {
    pub fn new(model: &dyn Transformer, schema: Option<&'a Schema>) -> Result<Self> {
        let optional = model.raw_inputs()?.into_iter().filter(|input| input.optional).map(|input| input.column);
        let optional = optional.collect();
        Ok(Self { known: HashMap::new(), made: Vec::new(), read: HashSet::new(), schema, optional })
    }

    /// True for a column that the model does without, and that is therefore no input of the graph.
    pub fn is_absent(&self, column: &str) -> bool {
        self.optional.contains(column) && !self.known.contains_key(column)
    }

    // -- reading

    /// The column as it is; one from outside is of this form where no schema tells another.
    pub fn any(&mut self, graph: &mut Graph, column: &str, usual: Form) -> Result<Column> {
        self.read.insert(column.to_owned());
        if let Some(known) = self.known.get(column) {
            return Ok(known.clone());
        }
        let form = self.told(column)?.unwrap_or(usual);
        let found = Column { tensor: graph.input(form.describe(column)), form, labels: None };
        self.known.insert(column.to_owned(), found.clone());
        Ok(found)
    }

    /// A number a row.
    pub fn number(&mut self, graph: &mut Graph, column: &str) -> Result<Tensor> {
        let found = self.any(graph, column, Form::Number)?;
        match found.form {
            Form::Number => Ok(found.tensor),
            Form::Whole => Ok(graph.cast(&found.tensor, Element::Double)),
            form => Err(wrong(column, form, "a number")),
        }
    }

    /// A vector a row; one from outside is of this size.
    pub fn vectors(&mut self, graph: &mut Graph, column: &str, size: Option<usize>) -> Result<Vectors> {
        let found = self.any(graph, column, Form::Vector(size))?;
        match (found.form, size) {
            (Form::Vector(Some(found)), Some(size)) if found != size => {
                let text = format!("the vectors of the column {column} have {found} slots, the model reads {size}");
                Err(Failure::new(&codes::ml::COLUMN_TYPE, text))
            }
            (Form::Vector(known), size) => {
                let size = known.or(size);
                if let Some(column) = self.known.get_mut(column) {
                    column.form = Form::Vector(size);
                }
                Ok(Vectors { tensor: found.tensor, size })
            }
            (form, _) => Err(wrong(column, form, "a vector")),
        }
    }

    /// The form that the schema tells of a column from outside.
    fn told(&self, column: &str) -> Result<Option<Form>> {
        let Some(field) = self.schema.and_then(|schema| schema.field_with_name(column).ok()) else { return Ok(None) };
        Ok(Some(match field.data_type() {
            kind if is_vector_type(kind) => Form::Vector(slots(field).len()),
            kind if kind.is_integer() => Form::Whole,
            kind if kind.is_numeric() => Form::Number,
            DataType::Boolean => Form::Number,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Form::Text,
            other => {
                let text = format!("exporting a model that reads the column {column} of type {other}");
                return Err(Failure::unsupported(text));
            }
        }))
    }

    // -- writing

    /// A stage's output.
    pub fn put(&mut self, column: &str, tensor: Tensor, form: Form) {
        self.keep(column, Column { tensor, form, labels: None }, false);
    }

    /// An index, with the labels it stands for.
    pub fn put_index(&mut self, column: &str, tensor: Tensor, labels: Vec<String>) {
        self.keep(column, Column { tensor, form: Form::Number, labels: Some(Arc::new(labels)) }, false);
    }

    /// What a model predicts: an output of the graph even where a later stage reads it.
    pub fn put_answer(&mut self, column: &str, tensor: Tensor, form: Form) {
        self.keep(column, Column { tensor, form, labels: None }, true);
    }

    fn keep(&mut self, column: &str, made: Column, is_answer: bool) {
        self.known.insert(column.to_owned(), made);
        self.read.remove(column);
        self.made.retain(|(known, _)| known != column);
        self.made.push((column.to_owned(), is_answer));
    }

    /// Makes outputs of the answers, and of the columns that no stage reads.
    pub fn give(self, graph: &mut Graph, model: &dyn Transformer) -> Result<()> {
        for (column, is_answer) in &self.made {
            let Some(made) = self.known.get(column).filter(|_| *is_answer || !self.read.contains(column)) else {
                continue;
            };
            if graph.has_input(column) {
                let text = format!(
                    "exporting {}: the column {column} is read and written; give the output another name",
                    model.params().uid()
                );
                return Err(Failure::unsupported(text));
            }
            graph.output(&made.tensor, made.form.describe(column));
        }
        Ok(())
    }
}

impl Form {
    /// A column of this form as a graph declares it.
    fn describe(self, name: &str) -> ValueInfoProto {
        match self {
            Form::Number => values::column(name, Element::Double, Some(1), false),
            Form::Whole => values::column(name, Element::Int, Some(1), false),
            Form::Text => values::column(name, Element::Text, Some(1), false),
            Form::Vector(size) => values::column(name, Element::Double, size, true),
        }
    }
}

fn wrong(column: &str, form: Form, expected: &str) -> Failure {
    let found = match form {
        Form::Number | Form::Whole => "a number",
        Form::Text => "text",
        Form::Vector(_) => "a vector",
    };
    Failure::new(&codes::ml::COLUMN_TYPE, format!("the column {column} is {found}, expected {expected}"))
}
