//! Names of features for formats that want them, and numbers as they are written in text.

use crate::stage::Stage;
use arrow_schema::Schema;
use brickyard_ml::schema::{Slots, slots};

/// The names of a model's features: those of its vector's slots, else numbers. No name holds a space or one of the
/// characters that LightGBM and XGBoost refuse.
pub fn features(stage: &Stage<'_>, schema: Option<&Schema>, count: usize) -> Vec<String> {
    let field = stage.features().ok().zip(schema);
    let field = field.and_then(|(column, schema)| schema.field_with_name(&column).ok());
    let known = match field.map(slots) {
        Some(Slots::Known(attrs)) if attrs.len() == count => attrs,
        _ => Vec::new(),
    };
    let name = |slot: usize| {
        let name = known.get(slot).and_then(|attr| attr.name()).map(plain).filter(|name| !name.is_empty());
        name.unwrap_or_else(|| format!("f{slot}"))
    };
    let names: Vec<String> = (0..count).map(name).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    // Two slots of one name would be one feature.
    if sorted.len() == count { names } else { (0..count).map(|slot| format!("f{slot}")).collect() }
}

fn plain(name: &str) -> String {
    let refused = |character: char| character.is_whitespace() || "[]<>,:{}\"".contains(character);
    name.chars().map(|character| if refused(character) { '_' } else { character }).collect()
}
