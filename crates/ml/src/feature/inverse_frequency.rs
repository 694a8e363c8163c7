//! `IDF`: terms that few documents have weigh more.

use super::mapped::{Mapped, RowMap, VectorMap, push_values};
use super::moments::other_size;
use super::one_pass::OnePass;
use crate::Block;
use crate::fit::{Merge, Pass};
use crate::linalg::{VectorRef, vector_column};
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::{Column, Saved, table};
use crate::schema::{self, Slots};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Estimator, Input, Operator, Params, Registry, Transformer, Vector};
use arrow_array::builder::{Int64Builder, ListBuilder};
use arrow_array::{ArrayRef, Int64Array};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.feature.IDF";

pub fn register(registry: &mut Registry) {
    registry
        .operator(
            CLASS,
            |uid| Operator::estimator(InverseFrequency { params: Params::new(uid, Frequencies::SPECS) }),
            |_, saved| Ok(Operator::estimator(InverseFrequency { params: saved.params(Frequencies::SPECS)? })),
        )
        .loadable(Frequencies::CLASS, |_, saved| Ok(Operator::transformer(Mapped::<Frequencies>::load(saved)?)))
        .pass::<CountDocuments>();
}

/// The estimator.
#[derive(Debug)]
struct InverseFrequency {
    params: Params,
}

impl Estimator for InverseFrequency {
    type Fit = OnePass<CountDocuments>;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let input = Input::vector(&self.params.text("inputCol")?);
        input.find(schema)?;
        Ok(vec![input])
    }

    fn begin(&self, schema: &Schema, _rows: u64) -> Result<Self::Fit> {
        schema::no_such_columns(schema, [self.params.text("outputCol")?.as_str()])?;
        let params = self.params.clone();
        let least = params.int("minDocFreq")?;
        Ok(OnePass::new(CountDocuments, move |documents| {
            let model: Box<dyn Transformer> = Box::new(Mapped::new(params, Frequencies::learn(documents, least)?));
            Ok(model)
        }))
    }
}

/// Counts, for every slot, the rows in which it is not zero.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct CountDocuments;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Documents {
    rows: u64,
    /// Empty before the first row.
    with_term: Vec<u64>,
}

impl Merge for Documents {
    const EXACT: bool = true;
    fn merge(&mut self, other: Self) {
        if self.rows == 0 {
            *self = other;
            return;
        }
        self.rows += other.rows;
        self.with_term.iter_mut().zip(other.with_term).for_each(|(count, more)| *count += more);
    }
}

impl Pass for CountDocuments {
    const NAME: &'static str = "feature/document-frequencies";
    type View = Block;
    type Memo = ();
    type Acc = Documents;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Documents {
        Documents::default()
    }

    fn update(&self, acc: &mut Documents, rows: &Block, (): &mut ()) -> Result<()> {
        let vectors = rows.vectors(0)?;
        for row in 0..vectors.rows() {
            if vectors.is_null(row) {
                return Err(invalid_row("IDF met a null vector"));
            }
            let vector = vectors.get(row);
            if acc.rows == 0 {
                acc.with_term = vec![0; vector.size()];
            }
            if vector.size() != acc.with_term.len() {
                return Err(other_size(acc.with_term.len(), vector.size()));
            }
            acc.rows += 1;
            match vector {
                VectorRef::Dense(values) => {
                    acc.with_term.iter_mut().zip(values).for_each(|(count, value)| *count += u64::from(*value > 0.0));
                }
                VectorRef::Sparse { indices, values, .. } => {
                    let entries = indices.iter().zip(values).filter(|(_, value)| **value > 0.0);
                    entries.for_each(|(slot, _)| acc.with_term[*slot as usize] += 1);
                }
            }
        }
        Ok(())
    }
}

/// What was learned.
#[derive(Debug)]
struct Frequencies {
    idf: Vec<f64>,
    documents_with_term: Vec<i64>,
    documents: i64,
}

impl Frequencies {
    /// ln((m + 1) / (d + 1)); 0 for a term that too few documents have.
    fn learn(documents: Documents, least: i64) -> Result<Self> {
        if documents.rows == 0 {
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, "Haven't seen any document yet."));
        }
        let counts: Vec<i64> = documents.with_term.iter().map(|count| *count as i64).collect();
        let kept = |count: &i64| if *count >= least { *count } else { 0 };
        let idf = |count: &i64| {
            if *count >= least { ((documents.rows as f64 + 1.0) / (*count as f64 + 1.0)).ln() } else { 0.0 }
        };
        Ok(Self {
            idf: counts.iter().map(idf).collect(),
            documents_with_term: counts.iter().map(kept).collect(),
            documents: documents.rows as i64,
        })
    }
}

impl VectorMap for Frequencies {
    const CLASS: &'static str = "org.apache.spark.ml.feature.IDFModel";
    const SPECS: &'static [ParamSpec] = &[
        shared::INPUT_COL,
        ParamSpec::new("minDocFreq", Kind::Int, Default::Int(0), "documents a term must be in to count (>= 0)")
            .checked(check::at_least_zero),
        shared::OUTPUT_COL,
    ];

    fn slots(&self, _: &Params, _: &Field) -> Result<Slots> {
        Ok(Slots::Size(self.idf.len()))
    }

    fn prepare<'a>(&'a self, _: &Params, _: &Schema) -> Result<RowMap<'a>> {
        Ok(Box::new(move |vector, mapped| {
            if vector.size() != self.idf.len() {
                return Err(other_size(self.idf.len(), vector.size()));
            }
            push_values(vector, mapped, |slot, value| value * self.idf[slot]);
            Ok(())
        }))
    }

    fn attribute(&self, _: &Params, name: &str) -> Result<Attribute> {
        match name {
            "idf" => Ok(Vector::Dense(self.idf.clone()).into()),
            "docFreq" => Ok(self.documents_with_term.clone().into()),
            "numDocs" => Ok(self.documents.into()),
            _ => Err(no_attribute(Self::CLASS, name)),
        }
    }

    fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        Ok(Self {
            idf: rows.vector("idf")?.to_dense(),
            documents_with_term: rows.int_list("docFreq")?,
            documents: rows.int("numDocs")?,
        })
    }

    fn save(&self, saved: Saved) -> Result<Saved> {
        let mut counts =
            ListBuilder::new(Int64Builder::new()).with_field(Field::new_list_field(DataType::Int64, false));
        counts.values().append_slice(&self.documents_with_term);
        counts.append(true);
        let counts: ArrayRef = Arc::new(counts.finish());
        let rows = table([
            Column::optional("idf", vector_column([Some(&Vector::Dense(self.idf.clone()))])),
            Column::optional("docFreq", counts),
            Column::required("numDocs", Arc::new(Int64Array::from(vec![self.documents]))),
        ])?;
        Ok(saved.with_table("data", rows))
    }
}
