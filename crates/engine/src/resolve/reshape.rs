//! Columns added, renamed, dropped, filled; other names and other schemas.

use super::scope::split_name;
use super::source::inner_type;
use super::{Column, Resolved, Resolver, Scope, Typed};
use crate::failures;
use crate::rows::scalar_of;
use arrow::datatypes::{DataType, SchemaRef};
use brickyard_error::Result;
use brickyard_functions::types::is_numeric;
use brickyard_spec::{Expr, Literal, Unpivot};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr as PlanExpr, lit, when};

impl Resolver<'_> {
    pub fn alias(&mut self, mut input: Resolved, name: &str, columns: &[String]) -> Result<Resolved> {
        if !columns.is_empty() && columns.len() != input.columns.len() {
            return Err(failures::form(format!(
                "{name} has {} columns and gets {} names",
                input.columns.len(),
                columns.len()
            )));
        }
        for (index, column) in input.columns.iter_mut().enumerate() {
            column.qualifier = vec![name.to_owned()];
            if let Some(renamed) = columns.get(index) {
                column.name = renamed.clone();
            }
        }
        input.hidden.clear();
        input.below = None;
        Ok(input)
    }

    pub fn with_columns(&mut self, input: Resolved, columns: &[Expr]) -> Result<Resolved> {
        let scope = input.scope();
        let mut added: Vec<Typed> = Vec::new();
        for expr in columns {
            added.push(self.expr(expr, &scope)?);
        }
        failures::require_unique_names(added.iter().map(|typed| typed.sql.as_str()))?;
        let mut outputs: Vec<Typed> = input.columns.iter().map(Typed::of_column).collect();
        for typed in added {
            let existing: Vec<usize> = positions(&input.columns, &typed.sql);
            match existing.as_slice() {
                [] => outputs.push(typed),
                several => several.iter().for_each(|index| outputs[*index] = typed.clone()),
            }
        }
        if outputs.iter().any(|typed| typed.has_aggregate() && !typed.has_window()) {
            return self.aggregate_whole(input, outputs);
        }
        if outputs.iter().any(|typed| typed.generator.is_some()) {
            return self.generate(input, outputs);
        }
        self.project_typed(input, outputs)
    }

    pub fn with_columns_renamed(&mut self, input: Resolved, renames: &[(String, String)]) -> Result<Resolved> {
        let mut outputs: Vec<Typed> = input.columns.iter().map(Typed::of_column).collect();
        let mut names: Vec<String> = input.columns.iter().map(|column| column.name.clone()).collect();
        for (from, to) in renames {
            for (index, name) in names.iter_mut().enumerate() {
                if name.eq_ignore_ascii_case(from) {
                    *name = to.clone();
                    let renamed = Typed::of_column(&input.columns[index]);
                    outputs[index] = renamed.named(to);
                }
            }
        }
        self.project_typed(input, outputs)
    }

    pub fn drop_columns(&mut self, input: Resolved, columns: &[Expr], names: &[String]) -> Result<Resolved> {
        let mut dropped: Vec<String> = Vec::new();
        for name in names {
            let found = input.columns.iter().filter(|column| column.name.eq_ignore_ascii_case(name));
            dropped.extend(found.map(|column| column.id.clone()));
        }
        for expr in columns {
            // What cannot be resolved is not there, and need not be dropped.
            if let Ok(Typed { column: Some(column), .. }) = self.expr(expr, &input.scope()) {
                dropped.push(column.id);
            }
        }
        let kept: Vec<Column> = input.columns.iter().filter(|column| !dropped.contains(&column.id)).cloned().collect();
        if kept.len() == input.columns.len() {
            return Ok(input);
        }
        let outputs = kept.into_iter().map(|column| (column.expr(), column)).collect();
        self.projection(input, outputs)
    }

    pub fn renamed_all(&mut self, input: Resolved, names: &[String]) -> Result<Resolved> {
        if names.len() != input.columns.len() {
            return Err(failures::form(format!(
                "toDF gets {} names for {} columns; give one name for each column",
                names.len(),
                input.columns.len()
            )));
        }
        let outputs = input.columns.iter().zip(names).map(|(column, name)| {
            let typed = Typed::of_column(column);
            if &column.name == name { typed } else { typed.named(name) }
        });
        let outputs = outputs.collect();
        self.project_typed(input, outputs)
    }

    /// `df.to(schema)`: columns by name, cast; those that are absent are null.
    pub fn with_schema(&mut self, input: Resolved, schema: &SchemaRef) -> Result<Resolved> {
        let mut outputs = Vec::new();
        for field in schema.fields() {
            let wanted = inner_type(field.data_type());
            let found = input.columns.iter().find(|column| column.name.eq_ignore_ascii_case(field.name()));
            let typed = match found {
                Some(column) => self.implicit(Typed::of_column(column), &wanted)?.named(field.name()),
                None if field.is_nullable() => self.null_of_type(&wanted)?.named(field.name()),
                None => {
                    return Err(failures::unresolved_column(
                        std::slice::from_ref(field.name()),
                        &input.scope().names(),
                    ));
                }
            };
            outputs.push(typed);
        }
        self.project_typed(input, outputs)
    }

    pub fn null_of_type(&mut self, data_type: &DataType) -> Result<Typed> {
        self.implicit(Typed::literal(ScalarValue::Null, "NULL"), data_type)
    }

    /// The columns of these names; all when there are none.
    pub fn chosen(&self, input: &Resolved, names: &[String]) -> Result<Vec<Column>> {
        if names.is_empty() {
            return Ok(input.columns.clone());
        }
        let scope = input.scope();
        let mut chosen = Vec::new();
        for name in names {
            let parts = split_name(name);
            match scope.find(&parts)? {
                Some(found) => chosen.push(found.column.clone()),
                None => return Err(failures::unresolved_column(&parts, &scope.names())),
            }
        }
        Ok(chosen)
    }

    // ---- nulls -----------------------------------------------------------------------------------------------------

    pub fn fill_na(&mut self, input: Resolved, names: &[String], values: &[Literal]) -> Result<Resolved> {
        let chosen = self.chosen(&input, names)?;
        let mut outputs = Vec::new();
        for column in input.columns.clone() {
            let position = chosen.iter().position(|other| other.id == column.id);
            let value =
                position.and_then(|position| if values.len() == 1 { values.first() } else { values.get(position) });
            let typed = match value {
                Some(value) => self.filled(&column, value)?,
                None => Typed::of_column(&column),
            };
            outputs.push(typed);
        }
        self.project_typed(input, outputs)
    }

    /// Spark fills columns of the value's kind only: numbers, strings or booleans.
    fn filled(&mut self, column: &Column, value: &Literal) -> Result<Typed> {
        let (scalar, sql) = scalar_of(value)?;
        let typed = Typed::of_column(column);
        let of_a_kind = match (scalar.data_type(), &column.data_type) {
            (a, b) if is_numeric(&a) && is_numeric(b) => true,
            (DataType::Utf8, DataType::Utf8) | (DataType::Boolean, DataType::Boolean) => true,
            _ => false,
        };
        if !of_a_kind {
            return Ok(typed);
        }
        let value = self.implicit(Typed::literal(scalar, sql), &column.data_type)?;
        let present = match column.data_type {
            DataType::Float32 | DataType::Float64 => {
                let nan = datafusion::functions::math::expr_fn::isnan(column.expr());
                when(nan, lit(ScalarValue::Null)).otherwise(column.expr()).map_err(failures::engine_failure)?
            }
            _ => column.expr(),
        };
        let expr = datafusion::functions::core::expr_fn::coalesce(vec![present, value.expr]);
        let mut filled = Typed::new(expr, column.data_type.clone(), false, column.name.clone()).named(&column.name);
        filled.metadata = None;
        Ok(filled)
    }

    pub fn drop_na(&mut self, input: Resolved, names: &[String], min_non_nulls: Option<usize>) -> Result<Resolved> {
        let chosen = self.chosen(&input, names)?;
        let present = |column: &Column| {
            let not_null = column.expr().is_not_null();
            match column.data_type {
                DataType::Float32 | DataType::Float64 => {
                    not_null.and(datafusion::functions::math::expr_fn::isnan(column.expr()).is_not_true())
                }
                _ => not_null,
            }
        };
        let condition = match min_non_nulls {
            None => chosen.iter().map(present).reduce(PlanExpr::and),
            Some(least) => {
                let mut total = lit(0i64);
                for column in &chosen {
                    let one =
                        when(present(column), lit(1i64)).otherwise(lit(0i64)).map_err(failures::engine_failure)?;
                    total = total + one;
                }
                Some(total.gt_eq(lit(least as i64)))
            }
        };
        match condition {
            Some(condition) => {
                self.filter_typed(input, Typed::new(condition, DataType::Boolean, false, "atleastnnonnulls"))
            }
            None => Ok(input),
        }
    }

    pub fn replace_na(
        &mut self,
        input: Resolved,
        names: &[String],
        replacements: &[(Literal, Literal)],
    ) -> Result<Resolved> {
        let chosen = self.chosen(&input, names)?;
        let mut outputs = Vec::new();
        for column in input.columns.clone() {
            let typed = Typed::of_column(&column);
            if !chosen.iter().any(|other| other.id == column.id) {
                outputs.push(typed);
                continue;
            }
            let mut pairs = Vec::new();
            for (old, new) in replacements {
                let ((old, old_sql), (new, new_sql)) = (scalar_of(old)?, scalar_of(new)?);
                let kinds = (old.data_type(), &column.data_type);
                let of_a_kind = (is_numeric(&kinds.0) && is_numeric(kinds.1)) || kinds.0 == *kinds.1 || old.is_null();
                if of_a_kind {
                    let old = self.implicit(Typed::literal(old, old_sql), &column.data_type)?;
                    let new = self.implicit(Typed::literal(new, new_sql), &column.data_type)?;
                    pairs.push((old.expr, new.expr));
                }
            }
            let mut cases = pairs.into_iter();
            let Some((old, new)) = cases.next() else {
                outputs.push(typed);
                continue;
            };
            let mut case = when(column.expr().eq(old), new);
            for (old, new) in cases {
                case = case.when(column.expr().eq(old), new);
            }
            let expr = case.otherwise(column.expr()).map_err(failures::engine_failure)?;
            outputs.push(Typed::new(expr, column.data_type.clone(), true, "").named(&column.name));
        }
        self.project_typed(input, outputs)
    }

    /// A row for each of the value columns: its name and its value, beside the ids.
    pub fn unpivot(&mut self, input: Resolved, unpivot: &Unpivot) -> Result<Resolved> {
        let scope = input.scope();
        let ids = self.expand_stars(&unpivot.ids, &scope)?;
        let ids = self.exprs(&ids, &scope)?;
        let values = match &unpivot.values {
            Some(values) => {
                let values = self.expand_stars(values, &scope)?;
                self.exprs(&values, &scope)?
            }
            None => {
                let is_id =
                    |column: &Column| ids.iter().any(|id| id.column.as_ref().is_some_and(|c| c.id == column.id));
                input.columns.iter().filter(|column| !is_id(column)).map(Typed::of_column).collect()
            }
        };
        let common = self.common_type("UNPIVOT", &values)?;
        let mut structs = Vec::new();
        for value in values {
            let name = Typed::literal(ScalarValue::from(value.sql.as_str()), "name");
            let value = self.implicit(value, &common)?;
            structs.push(self.struct_of(vec![("name".to_owned(), name), ("value".to_owned(), value)]));
        }
        let array = self.array_of(structs)?;
        let names = vec![unpivot.variable_column.clone(), unpivot.value_column.clone()];
        let generator = super::Generator {
            kind: super::typed::GeneratorKind::Inline,
            is_outer: false,
            argument: Box::new(array.clone()),
            names,
        };
        let mut outputs = ids;
        outputs.push(Typed { generator: Some(generator), ..array });
        self.generate(input, outputs)
    }

    /// A column of the scope by its name in the plan.
    pub fn exact_column(&self, id: &str, scope: &Scope) -> Option<Typed> {
        let found = scope.columns.iter().chain(scope.hidden).find(|column| column.id == id);
        found.map(Typed::of_column).or_else(|| scope.outer.and_then(|outer| self.exact_column(id, outer)))
    }
}

fn positions(columns: &[Column], name: &str) -> Vec<usize> {
    let matching = columns.iter().enumerate().filter(|(_, column)| column.name.eq_ignore_ascii_case(name));
    matching.map(|(index, _)| index).collect()
}
