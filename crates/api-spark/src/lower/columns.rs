//! Relations that choose, add, rename and drop columns, and those that print.

use super::types::lower_type;
use super::{Lowering, required};
use crate::proto;
use arrow::datatypes::{DataType, Schema};
use brickyard_error::Result;
use brickyard_spec::{Node, Unpivot};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Lowering {
    pub(super) fn project(&mut self, project: proto::Project) -> Result<Node> {
        let exprs = self.expressions(project.expressions)?;
        match project.input {
            Some(input) => Ok(Node::Project { input: self.relation(*input)?, exprs }),
            None => Ok(Node::Project { input: Node::OneRow.into(), exprs }),
        }
    }

    pub(super) fn subquery_alias(&mut self, alias: proto::SubqueryAlias) -> Result<Node> {
        Ok(Node::Alias { input: self.input(alias.input)?, name: alias.alias, columns: Vec::new() })
    }

    pub(super) fn with_columns(&mut self, with: proto::WithColumns) -> Result<Node> {
        let columns = with.aliases.into_iter().map(|alias| self.alias(alias)).collect::<Result<_>>()?;
        Ok(Node::WithColumns { input: self.input(with.input)?, columns })
    }

    #[allow(deprecated, reason = "clients before 4.0 send a map")]
    pub(super) fn with_columns_renamed(&mut self, renamed: proto::WithColumnsRenamed) -> Result<Node> {
        let sorted: BTreeMap<_, _> = renamed.rename_columns_map.into_iter().collect();
        let listed = renamed.renames.into_iter().map(|rename| (rename.col_name, rename.new_col_name));
        let renames = sorted.into_iter().chain(listed).collect();
        Ok(Node::WithColumnsRenamed { input: self.input(renamed.input)?, renames })
    }

    pub(super) fn drop_columns(&mut self, drop: proto::Drop) -> Result<Node> {
        let columns = self.expressions(drop.columns)?;
        Ok(Node::Drop { input: self.input(drop.input)?, columns, names: drop.column_names })
    }

    pub(super) fn rename_all(&mut self, to_df: proto::ToDf) -> Result<Node> {
        Ok(Node::ToDf { input: self.input(to_df.input)?, names: to_df.column_names })
    }

    pub(super) fn cast_to_schema(&mut self, to_schema: proto::ToSchema) -> Result<Node> {
        let schema = lower_type(required(to_schema.schema, "a cast of columns without a schema")?, self.parse_type)?;
        let DataType::Struct(fields) = schema else {
            return Err(crate::handles::invalid_plan("a schema that is no struct"));
        };
        Ok(Node::ToSchema { input: self.input(to_schema.input)?, schema: Arc::new(Schema::new(fields)) })
    }

    pub(super) fn unpivot(&mut self, unpivot: proto::Unpivot) -> Result<Node> {
        Ok(Node::Unpivot(Unpivot {
            ids: self.expressions(unpivot.ids)?,
            values: unpivot.values.map(|values| self.expressions(values.values)).transpose()?,
            variable_column: unpivot.variable_column_name,
            value_column: unpivot.value_column_name,
            input: self.input(unpivot.input)?,
        }))
    }

    pub(super) fn show_string(&mut self, show: proto::ShowString) -> Result<Node> {
        Ok(Node::ShowString {
            rows: natural(show.num_rows),
            truncate: natural(show.truncate),
            vertical: show.vertical,
            input: self.input(show.input)?,
        })
    }

    pub(super) fn html_string(&mut self, html: proto::HtmlString) -> Result<Node> {
        let (rows, truncate) = (natural(html.num_rows), natural(html.truncate));
        Ok(Node::HtmlString { input: self.input(html.input)?, rows, truncate })
    }
}

fn natural(number: i32) -> usize {
    usize::try_from(number).unwrap_or(0)
}
