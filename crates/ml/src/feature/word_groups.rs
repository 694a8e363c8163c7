//! `NGram`: every run of n neighbouring words as one text.

use super::stage::{Stage, register_stage};
use super::word_lists::WordLists;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::Saved;
use crate::{Input, Output, Params, RawInput, RawKind, Registry};
use arrow_array::RecordBatch;
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::Result;
use std::sync::Arc;

pub fn register(registry: &mut Registry) {
    register_stage::<WordGroups>(registry);
}

#[derive(Debug, std::default::Default)]
struct WordGroups;

fn element() -> Arc<Field> {
    Arc::new(Field::new_list_field(DataType::Utf8, true))
}

impl Stage for WordGroups {
    const CLASS: &'static str = "org.apache.spark.ml.feature.NGram";
    const SPECS: &'static [ParamSpec] = &[
        shared::INPUT_COL,
        ParamSpec::new("n", Kind::Int, Default::Int(2), "words of a group (>= 1)").checked(check::positive),
        shared::OUTPUT_COL,
    ];

    fn inputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        Ok(vec![WordLists::input(&params.text("inputCol")?, schema)?])
    }

    fn raw_inputs(&self, params: &Params) -> Result<Vec<RawInput>> {
        Ok(vec![RawInput::new(params.text("inputCol")?, RawKind::Words)])
    }

    fn outputs(&self, params: &Params, _: &Schema) -> Result<Vec<Field>> {
        Ok(vec![Field::new(params.text("outputCol")?, DataType::List(element()), true)])
    }

    fn transform(&self, params: &Params, batch: &RecordBatch) -> Result<Output> {
        let size = params.int("n")? as usize;
        let lists = WordLists::read(&params.text("inputCol")?, batch)?;
        let mut groups = ListBuilder::new(StringBuilder::new()).with_field(element());
        let (mut words, mut group) = (Vec::new(), String::new());
        for row in 0..lists.rows() {
            words.clear();
            words.extend(lists.row(row)?.map(|word| word.unwrap_or("null")));
            for window in words.windows(size) {
                group.clear();
                for (place, word) in window.iter().enumerate() {
                    group.push_str(if place > 0 { " " } else { "" });
                    group.push_str(word);
                }
                groups.values().append_value(&group);
            }
            groups.append(true);
        }
        Ok(Output::all(vec![Arc::new(groups.finish())]))
    }

    fn load(_: &Saved) -> Result<Self> {
        Ok(WordGroups)
    }
}
