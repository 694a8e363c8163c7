//! The stages that make a formula's features: texts are indexed and encoded, interactions multiplied, all assembled.

use super::plumbing::{AttributeRewriter, ColumnPruner};
use super::resolve::ResolvedFormula;
use crate::feature::interaction::Interaction;
use crate::feature::size_hint::SizeHint;
use crate::feature::stage::{Stage, Staged};
use crate::feature::{
    OneHotEncoderModel, StringIndexerModel, VectorAssembler, one_hot, string_indexer, vector_assembler,
};
use crate::random::mix;
use crate::{Params, Transformer, Value};
use brickyard_error::Result;
use std::collections::BTreeMap;

/// What is known of a column that takes part.
#[derive(Debug, Clone)]
pub enum Known {
    /// The categories of a text, in the order of their indices.
    Text(Vec<String>),
    Vector {
        size: usize,
    },
    Number,
}

/// Builds the stages in order.
pub struct Encoding<'a> {
    params: &'a Params,
    known: &'a BTreeMap<String, Known>,
    stages: Vec<Box<dyn Transformer>>,
    /// Columns that only stages see.
    temporary: Vec<String>,
    /// Beginnings of slot names to be replaced.
    prefixes: Vec<(String, String)>,
    names: u64,
}

impl<'a> Encoding<'a> {
    pub fn new(params: &'a Params, known: &'a BTreeMap<String, Known>) -> Self {
        Self { params, known, stages: Vec::new(), temporary: Vec::new(), prefixes: Vec::new(), names: 0 }
    }

    /// The stages of a formula; `indexed_label` are the categories of a label that is indexed.
    pub fn stages(
        mut self,
        formula: &ResolvedFormula,
        indexed_label: Option<Vec<String>>,
    ) -> Result<Vec<Box<dyn Transformer>>> {
        let features = self.params.text("featuresCol")?;
        let indexed = self.index(formula)?;
        let encoded = self.encode(formula, &indexed)?;
        self.add(VectorAssembler::new(self.with_invalid(
            self.own(vector_assembler::SPECS),
            [("inputCols", Value::Texts(encoded)), ("outputCol", Value::Text(features.clone()))],
        )?));
        let (rewriter, pruner) = (self.uid("vectorAttrRewriter"), self.uid("columnPruner"));
        self.add(AttributeRewriter::staged(&rewriter, &features, self.prefixes.clone()));
        self.add(ColumnPruner::staged(&pruner, self.temporary.clone()));
        if let Some(labels) = indexed_label {
            let params = Params::new(self.uid("strIdx"), string_indexer::SPECS);
            let columns = [
                ("inputCol", Value::Text(formula.label.clone())),
                ("outputCol", Value::Text(self.params.text("labelCol")?)),
            ];
            let params = self.with_invalid(params, columns)?;
            self.add(StringIndexerModel::new(params, vec![labels]));
        }
        Ok(self.stages)
    }

    /// Texts get a column of indices, vectors a known size; where each column is then found.
    fn index(&mut self, formula: &ResolvedFormula) -> Result<BTreeMap<String, String>> {
        let mut found = BTreeMap::new();
        for column in formula.terms.iter().flatten() {
            if found.contains_key(column) {
                continue;
            }
            match self.known.get(column) {
                Some(Known::Text(labels)) => {
                    let index = self.temporary("stridx");
                    let params = Params::new(self.uid("strIdx"), string_indexer::SPECS);
                    let order = Value::Text(self.params.text("stringIndexerOrderType")?);
                    let columns = [
                        ("inputCol", Value::Text(column.clone())),
                        ("outputCol", Value::Text(index.clone())),
                        ("stringOrderType", order),
                    ];
                    let params = self.with_invalid(params, columns)?;
                    self.add(StringIndexerModel::new(params, vec![labels.clone()]));
                    self.prefixes.push((format!("{index}_"), format!("{column}_")));
                    found.insert(column.clone(), index);
                }
                Some(Known::Vector { size }) => {
                    let mut params = self.own(SizeHint::SPECS);
                    params.set("handleInvalid", Value::Text("optimistic".to_owned()))?;
                    params.set("inputCol", Value::Text(column.clone()))?;
                    params.set("size", Value::Int(*size as i64))?;
                    self.add(Staged::new(params, SizeHint));
                    found.insert(column.clone(), column.clone());
                }
                _ => drop(found.insert(column.clone(), column.clone())),
            }
        }
        Ok(found)
    }

    /// The column of each term. Without an intercept the first text keeps all its categories, the others leave out the
    /// last.
    fn encode(&mut self, formula: &ResolvedFormula, indexed: &BTreeMap<String, String>) -> Result<Vec<String>> {
        let mut keeps_all = !formula.has_intercept;
        let (mut columns, mut encoded) = (Vec::new(), Vec::new());
        for term in &formula.terms {
            let [column] = term.as_slice() else {
                columns.push(self.interact(term, indexed)?);
                continue;
            };
            let Some(Known::Text(labels)) = self.known.get(column) else {
                columns.push(column.clone());
                continue;
            };
            let output = self.temporary("onehot");
            self.prefixes.push((format!("{output}_"), format!("{column}_")));
            columns.push(output.clone());
            let one = (indexed[column].clone(), output, self.categories(labels));
            if std::mem::take(&mut keeps_all) {
                self.one_hot(vec![one], false)?;
            } else {
                encoded.push(one);
            }
        }
        if !encoded.is_empty() {
            self.one_hot(encoded, true)?;
        }
        Ok(columns)
    }

    fn interact(&mut self, term: &[String], indexed: &BTreeMap<String, String>) -> Result<String> {
        let output = self.temporary("interaction");
        let mut params = Params::new(self.uid("interaction"), Interaction::SPECS);
        params.set("inputCols", Value::Texts(term.iter().map(|column| indexed[column].clone()).collect()))?;
        params.set("outputCol", Value::Text(output.clone()))?;
        self.add(Staged::new(params, Interaction));
        self.prefixes.push((format!("{output}_"), String::new()));
        Ok(output)
    }

    /// `handleInvalid = "keep"` indexes what is unseen, which makes one category more.
    fn categories(&self, labels: &[String]) -> usize {
        let keeps = self.params.optional_text("handleInvalid").as_deref() == Some("keep");
        labels.len() + usize::from(keeps)
    }

    fn one_hot(&mut self, columns: Vec<(String, String, usize)>, drop_last: bool) -> Result<()> {
        let mut params = self.own(one_hot::SPECS);
        params.set("inputCols", Value::Texts(columns.iter().map(|(input, _, _)| input.clone()).collect()))?;
        params.set("outputCols", Value::Texts(columns.iter().map(|(_, output, _)| output.clone()).collect()))?;
        params.set("dropLast", Value::Bool(drop_last))?;
        self.add(OneHotEncoderModel::new(params, columns.into_iter().map(|(_, _, size)| size).collect()));
        Ok(())
    }

    fn add(&mut self, stage: impl Transformer) {
        self.stages.push(Box::new(stage));
    }

    /// Parameters under the formula's own uid, which Spark gives to several stages.
    fn own(&self, specs: &'static [crate::ParamSpec]) -> Params {
        Params::new(self.params.uid(), specs)
    }

    fn with_invalid<const N: usize>(&self, mut params: Params, values: [(&str, Value); N]) -> Result<Params> {
        params.set("handleInvalid", Value::Text(self.params.text("handleInvalid")?))?;
        values.into_iter().try_for_each(|(name, value)| params.set(name, value))?;
        Ok(params)
    }

    fn temporary(&mut self, kind: &str) -> String {
        let name = self.uid(kind);
        self.temporary.push(name.clone());
        name
    }

    /// A name like Spark's, but the same for the same formula.
    fn uid(&mut self, kind: &str) -> String {
        self.names += 1;
        let key = self.params.uid().bytes().fold(self.names, |key, byte| mix(key ^ u64::from(byte)));
        format!("{kind}_{:012x}", key >> 16)
    }
}
