//! Models that keep some slots of a vector: what the selectors learn.

use super::moments::other_size;
use super::stage::Stage;
use crate::hash_order;
use crate::linalg::{VectorBuilder, VectorColumn, VectorRef, vector_type};
use crate::param::ParamSpec;
use crate::persist::{Column, Saved, int_lists, table};
use crate::schema::{self, Attr, Slots};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Input, Output, Params, RawInput, RawKind, Value};
use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::fmt::Debug;
use std::marker::PhantomData;

/// The selector whose model it is.
pub trait Selector: Debug + Send + Sync + 'static {
    const MODEL_CLASS: &'static str;
    const SPECS: &'static [ParamSpec];
    /// Whether slots without attributes are numbers in the output's metadata, or categories.
    const NUMBERS: bool;
}

/// Keeps the slots that were selected.
#[derive(Debug)]
pub struct SelectedSlots<S> {
    /// In the order in which they were selected.
    selected: Vec<i32>,
    /// The same, ascending.
    kept: Vec<usize>,
    of: PhantomData<fn() -> S>,
}

impl<S: Selector> SelectedSlots<S> {
    pub fn new(selected: Vec<i32>) -> Self {
        let mut kept: Vec<usize> = selected.iter().map(|slot| (*slot).max(0) as usize).collect();
        kept.sort_unstable();
        Self { selected, kept, of: PhantomData }
    }

    fn check(&self, size: usize) -> Result<()> {
        match self.kept.last() {
            Some(last) if *last >= size => Err(other_size(last + 1, size)),
            _ => Ok(()),
        }
    }
}

impl<S: Selector> Stage for SelectedSlots<S> {
    const CLASS: &'static str = S::MODEL_CLASS;
    const SPECS: &'static [ParamSpec] = S::SPECS;

    fn inputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        let input = Input::vector(&params.text("featuresCol")?);
        input.find(schema)?;
        Ok(vec![input])
    }

    fn raw_inputs(&self, params: &Params) -> Result<Vec<RawInput>> {
        Ok(vec![RawInput::new(params.text("featuresCol")?, RawKind::Vector)])
    }

    fn outputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Field>> {
        let slots = match schema::slots(schema::field(schema, &params.text("featuresCol")?)?) {
            Slots::Known(attrs) => {
                self.check(attrs.len())?;
                self.kept.iter().map(|slot| attrs[*slot].clone()).collect()
            }
            _ if S::NUMBERS => vec![Attr::Numeric { name: None }; self.kept.len()],
            _ => vec![Attr::Nominal { name: None, values: Vec::new() }; self.kept.len()],
        };
        let mut metadata = schema::slots_metadata(&Slots::Known(slots));
        // A category of which nothing is known has no values.
        let nominal = metadata.get_mut("ml_attr").and_then(|group| group["attrs"].get_mut("nominal"));
        for attribute in nominal.and_then(serde_json::Value::as_array_mut).into_iter().flatten() {
            if let Some(attribute) = attribute.as_object_mut() {
                attribute.retain(|key, values| key != "vals" || values.as_array().is_none_or(|all| !all.is_empty()));
            }
        }
        Ok(vec![schema::with_metadata(Field::new(params.text("outputCol")?, vector_type(), true), &metadata)])
    }

    fn transform(&self, params: &Params, batch: &RecordBatch) -> Result<Output> {
        let input = Input::vector(&params.text("featuresCol")?).read(batch)?;
        let vectors = VectorColumn::new(input.as_ref())?;
        let mut chosen = VectorBuilder::with_capacity(vectors.rows(), vectors.rows() * self.kept.len());
        for row in 0..vectors.rows() {
            if vectors.is_null(row) {
                return Err(invalid_row(format!("{} met a null vector", Self::CLASS)));
            }
            let vector = vectors.get(row);
            self.check(vector.size())?;
            match vector {
                VectorRef::Dense(values) => chosen.push_dense(self.kept.iter().map(|slot| values[*slot])),
                VectorRef::Sparse { indices, values, .. } => {
                    let entry = |(place, slot): (usize, &usize)| {
                        let found = indices.binary_search(&(*slot as i32)).ok()?;
                        Some((place as i32, values[found]))
                    };
                    chosen.push_sparse(self.kept.len(), self.kept.iter().enumerate().filter_map(entry));
                }
            }
        }
        Ok(Output::all(vec![chosen.finish()]))
    }

    fn attribute(&self, params: &Params, name: &str, _: &[Value]) -> Result<Attribute> {
        match name {
            "selectedFeatures" => Ok(self.selected.iter().map(|slot| i64::from(*slot)).collect::<Vec<_>>().into()),
            "toString" => {
                let class = Self::CLASS.rsplit('.').next().unwrap_or_default();
                let (uid, count) = (params.uid(), self.selected.len());
                Ok(Attribute::text(format!("{class}: uid={uid}, numSelectedFeatures={count}")))
            }
            _ => Err(no_attribute(Self::CLASS, name)),
        }
    }

    fn load(saved: &Saved) -> Result<Self> {
        let selected = saved.rows("data")?.int_list("selectedFeatures")?;
        let selected: Option<Vec<i32>> = selected.into_iter().map(|slot| i32::try_from(slot).ok()).collect();
        match selected.filter(|selected| selected.iter().all(|slot| *slot >= 0)) {
            Some(selected) => Ok(Self::new(selected)),
            None => Err(saved.damaged("selectedFeatures are no slots")),
        }
    }

    fn save(&self, saved: Saved) -> Result<Saved> {
        let rows = table([Column::optional("selectedFeatures", int_lists([&self.selected]))])?;
        Ok(saved.with_table("data", rows))
    }
}

/// How slots are chosen by the p-values of their tests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mode {
    /// So many of the smallest.
    Top(usize),
    /// Those below a bound.
    Below(f64),
    /// Benjamini and Hochberg's procedure (1995) for a false discovery rate.
    FalseDiscovery(f64),
}

/// The chosen slots: in the order of their p-values where those are ranked, of equals the first slot; else in the order
/// in which Spark groups the tests by slot.
pub fn choose(p_values: &[f64], mode: Mode) -> Vec<i32> {
    let mut ranked: Vec<usize> = (0..p_values.len()).collect();
    // NaN is the largest, as when Spark sorts.
    let key = |slot: &usize| if p_values[*slot].is_nan() { f64::INFINITY } else { p_values[*slot] };
    ranked.sort_by(|a, b| key(a).total_cmp(&key(b)).then(a.cmp(b)));
    let slots = |chosen: &[usize]| chosen.iter().map(|slot| *slot as i32).collect();
    match mode {
        Mode::Top(count) => slots(&ranked[..count.min(ranked.len())]),
        Mode::Below(bound) => {
            let hashes: Vec<i32> = (0..p_values.len() as i32).collect();
            let grouped = hash_order::grouped(&hashes).into_iter();
            slots(&grouped.filter(|slot| p_values[*slot] < bound).collect::<Vec<usize>>())
        }
        Mode::FalseDiscovery(rate) => {
            let step = rate / p_values.len() as f64;
            let holds = |(place, slot): (usize, &usize)| p_values[*slot] <= step * (place as f64 + 1.0);
            let last = ranked.iter().enumerate().filter(|pair| holds(*pair)).map(|(place, _)| place + 1).next_back();
            slots(&ranked[..last.unwrap_or(0)])
        }
    }
}

/// Fails with Spark's words where a threshold does not suit its mode.
pub fn requirement(holds: bool, text: impl FnOnce() -> String) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, format!("requirement failed: {}", text())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_chooses_by_p_value() {
        let p_values = [0.5, 0.01, f64::NAN, 0.01, 0.04];
        let rows = [
            (Mode::Top(3), vec![1, 3, 4]),
            (Mode::Top(9), vec![1, 3, 4, 0, 2]),
            (Mode::Below(0.04), vec![1, 3]),
            (Mode::Below(0.6), vec![4, 0, 1, 3]),
            (Mode::FalseDiscovery(0.05), vec![1, 3]),
            (Mode::FalseDiscovery(0.07), vec![1, 3, 4]),
            (Mode::FalseDiscovery(0.001), vec![]),
        ];
        for (mode, expected) in rows {
            assert_eq!(choose(&p_values, mode), expected, "{mode:?}");
        }
    }
}
