//! Where rows come from: tables, files, rows of the client, constants, ranges.

use super::{Column, Resolved, Resolver, Typed};
use crate::failures::{self, engine_failure};
use crate::load::Loaded;
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, SchemaRef};
use brickyard_error::{Failure, Result};
use brickyard_ml::schema::METADATA_KEY;
use brickyard_spec::{Expr, Source};
use datafusion::datasource::MemTable;
use datafusion::logical_expr::{LogicalPlanBuilder, cast};
use std::sync::Arc;

impl Resolver<'_> {
    pub fn read(&mut self, source: &Source) -> Result<Resolved> {
        let loaded = self.sources.read(source)?;
        self.loaded(loaded)
    }

    /// Fresh names over a plan from outside.
    pub fn loaded(&mut self, loaded: &Loaded) -> Result<Resolved> {
        let mut columns = Vec::with_capacity(loaded.fields.len());
        let mut exprs = Vec::with_capacity(loaded.fields.len());
        for (field, source) in loaded.fields.iter().zip(loaded.plan.schema().columns()) {
            let data_type = inner_type(field.data_type());
            let column = Column {
                qualifier: loaded.qualifier.clone(),
                metadata: field.metadata().get(METADATA_KEY).cloned(),
                ..self.new_column(field.name(), data_type.clone(), field.is_nullable())
            };
            let mut expr = datafusion::logical_expr::Expr::Column(source);
            if is_other_instant(field.data_type()) {
                expr = cast(expr, data_type);
            }
            exprs.push(expr.alias(&column.id));
            columns.push(column);
        }
        let builder = LogicalPlanBuilder::from(loaded.plan.clone()).project(exprs).map_err(engine_failure)?;
        Ok(Resolved::new(builder.build().map_err(engine_failure)?, columns))
    }

    /// Rows the client sent, cast to the schema it gave.
    pub fn local(&mut self, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Resolved> {
        let Some(first) = batches.first() else {
            let empty = RecordBatch::new_empty(Arc::clone(schema));
            return self.local(schema, &[empty]);
        };
        let stored = first.schema();
        let table = MemTable::try_new(Arc::clone(&stored), vec![batches.to_vec()]).map_err(engine_failure)?;
        let mut loaded = crate::load::from_provider(Arc::new(table), Vec::new())?;
        loaded.fields = schema
            .fields()
            .iter()
            .zip(stored.fields())
            .map(|(wanted, have)| {
                have.as_ref()
                    .clone()
                    .with_name(wanted.name())
                    .with_metadata(wanted.metadata().clone())
                    .with_nullable(wanted.is_nullable())
            })
            .collect();
        let resolved = self.loaded(&loaded)?;
        self.cast_columns(resolved, schema.fields().iter().map(|field| inner_type(field.data_type())).collect())
    }

    /// The relation with its columns cast where they differ.
    pub fn cast_columns(&mut self, input: Resolved, types: Vec<DataType>) -> Result<Resolved> {
        let unchanged = input.columns.iter().zip(&types).all(|(column, wanted)| &column.data_type == wanted);
        if unchanged {
            return Ok(input);
        }
        let mut outputs = Vec::new();
        for (column, wanted) in input.columns.clone().iter().zip(types) {
            let name = column.name.clone();
            let typed = self.implicit(Typed::of_column(column), &wanted)?;
            let nullable = typed.nullable && column.nullable;
            outputs.push(typed.named(&name).nullable(nullable));
        }
        self.project_typed(input, outputs)
    }

    pub fn values(&mut self, rows: &[Vec<Expr>]) -> Result<Resolved> {
        let width = rows.first().map_or(0, Vec::len);
        let mut typed_rows: Vec<Vec<Typed>> = Vec::new();
        for row in rows {
            if row.len() != width {
                return Err(failures::form(format!("the rows of VALUES differ in width: {width} and {}", row.len())));
            }
            typed_rows.push(self.exprs(row, &super::Scope::of(&[]))?);
        }
        let mut types = Vec::new();
        for index in 0..width {
            let all: Vec<Typed> = typed_rows.iter().map(|row| row[index].clone()).collect();
            types.push(self.common_type("VALUES", &all)?);
        }
        let mut columns = Vec::new();
        for (index, data_type) in types.iter().enumerate() {
            let nullable = typed_rows.iter().any(|row| row[index].nullable);
            columns.push(self.new_column(&format!("col{}", index + 1), data_type.clone(), nullable));
        }
        let mut exprs = Vec::new();
        for row in typed_rows {
            let row = row.into_iter().zip(&types).map(|(typed, wanted)| self.implicit(typed, wanted).map(|t| t.expr));
            exprs.push(row.collect::<Result<Vec<_>>>()?);
        }
        let builder = LogicalPlanBuilder::values(exprs).map_err(engine_failure)?;
        let names: Vec<_> = builder.schema().columns();
        let renamed = names.into_iter().zip(&columns);
        let renamed = renamed.map(|(name, column)| datafusion::logical_expr::Expr::Column(name).alias(&column.id));
        let plan =
            builder.project(renamed.collect::<Vec<_>>()).and_then(LogicalPlanBuilder::build).map_err(engine_failure)?;
        Ok(Resolved::new(plan, columns))
    }

    pub fn range(&mut self, start: i64, end: i64, step: i64, partitions: Option<i64>) -> Result<Resolved> {
        if step == 0 {
            return Err(failures::form("the step of a range is not 0"));
        }
        if partitions.is_some_and(|partitions| partitions < 1) {
            return Err(failures::form("a range has at least one partition"));
        }
        let table = crate::rows::RangeTable::new(start, end, step, partitions);
        let loaded = crate::load::from_provider(Arc::new(table), Vec::new())?;
        self.loaded(&loaded)
    }

    pub fn table_function(&mut self, name: &str, arguments: &[Expr]) -> Result<Resolved> {
        let scope = super::Scope::of(&[]);
        if name.eq_ignore_ascii_case("range") {
            let numbers = self.exprs(arguments, &scope)?;
            let numbers: Option<Vec<i64>> = numbers.iter().map(Typed::integer).collect();
            return match numbers.as_deref() {
                Some([end]) => self.range(0, *end, 1, None),
                Some([start, end]) => self.range(*start, *end, 1, None),
                Some([start, end, step]) => self.range(*start, *end, *step, None),
                Some([start, end, step, partitions]) => self.range(*start, *end, *step, Some(*partitions)),
                _ => Err(failures::form("range takes one to four constant whole numbers")),
            };
        }
        // A generator over one row.
        let one_row = LogicalPlanBuilder::empty(true).build().map_err(engine_failure)?;
        let input = Resolved::new(one_row, Vec::new());
        let call = Expr::function(name, arguments.to_vec());
        let typed = self.expr(&call, &scope)?;
        if typed.generator.is_none() {
            return Err(Failure::unsupported(format!("the table function {name}")));
        }
        self.project(input, &[call])
    }
}

/// The type as the engine computes with it: instants in UTC, Spark's layout throughout.
pub(crate) fn inner_type(data_type: &DataType) -> DataType {
    let field = |field: &Arc<Field>| Arc::new(field.as_ref().clone().with_data_type(inner_type(field.data_type())));
    match brickyard_lake::conform_type(data_type) {
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(unit, Some("UTC".into())),
        DataType::List(item) => DataType::List(field(&item)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect()),
        DataType::Map(entries, sorted) => DataType::Map(field(&entries), sorted),
        other => other,
    }
}

/// Types that a plan must convert, and not only label: other layouts, other zones.
fn is_other_instant(data_type: &DataType) -> bool {
    &inner_type(data_type) != data_type
}
