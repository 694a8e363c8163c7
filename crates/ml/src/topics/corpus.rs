//! The documents as counts of terms.

use crate::Block;
use crate::fit::{Merge, Pass};
use crate::instances::{Features, check_size, empty_dataset};
use crate::linalg::VectorRef;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Checks the documents, and gathers them if they are wanted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CorpusPass {
    pub keeps_documents: bool,
}

/// Documents in row order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Corpus {
    /// The size of every vector seen; more than one is an error.
    sizes: Vec<u64>,
    /// Where each document ends among the entries.
    pub ends: Vec<u64>,
    pub terms: Vec<u32>,
    pub counts: Vec<f64>,
}

impl Merge for Corpus {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        let before = self.terms.len() as u64;
        self.sizes.extend(other.sizes);
        self.sizes.sort_unstable();
        self.sizes.dedup();
        self.ends.extend(other.ends.into_iter().map(|end| before + end));
        self.terms.extend(other.terms);
        self.counts.extend(other.counts);
    }
}

impl Corpus {
    pub fn of(ends: Vec<u64>, terms: Vec<u32>, counts: Vec<f64>) -> Self {
        Self { sizes: Vec::new(), ends, terms, counts }
    }

    pub fn documents(&self) -> usize {
        self.ends.len()
    }

    /// The entries of a document.
    pub fn document(&self, index: usize) -> std::ops::Range<usize> {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        start as usize..self.ends[index] as usize
    }
}

/// The number of terms, which all documents must have.
pub fn first_document(corpus: &Corpus) -> Result<usize> {
    match corpus.sizes[..] {
        [] => Err(empty_dataset()),
        [size] => Ok(size as usize),
        [first, second, ..] => check_size(second as usize, first as usize).map(|()| first as usize),
    }
}

impl Pass for CorpusPass {
    const NAME: &'static str = "lda.corpus";
    type View = Block;
    type Memo = ();
    type Acc = Corpus;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Corpus {
        Corpus::default()
    }

    fn update(&self, acc: &mut Corpus, block: &Block, (): &mut ()) -> Result<()> {
        if block.rows == 0 {
            return Ok(());
        }
        let features = Features::of(block, 0)?;
        acc.merge(Corpus { sizes: vec![features.size() as u64], ..Corpus::default() });
        for row in 0..block.rows {
            let document = features.row(row);
            let (VectorRef::Dense(values) | VectorRef::Sparse { values, .. }) = document;
            if values.iter().any(|count| *count < 0.0) {
                let text = "a document counts a term less than zero times; LDA wants counts of terms";
                return Err(Failure::new(&codes::ml::INVALID_ROW, text));
            }
            if !self.keeps_documents {
                continue;
            }
            match document {
                VectorRef::Dense(values) => {
                    for (term, count) in values.iter().enumerate().filter(|(_, count)| **count != 0.0) {
                        acc.terms.push(term as u32);
                        acc.counts.push(*count);
                    }
                }
                VectorRef::Sparse { indices, values, .. } => {
                    for (term, count) in indices.iter().zip(values).filter(|(_, count)| **count != 0.0) {
                        acc.terms.push(*term as u32);
                        acc.counts.push(*count);
                    }
                }
            }
            acc.ends.push(acc.terms.len() as u64);
        }
        Ok(())
    }
}
