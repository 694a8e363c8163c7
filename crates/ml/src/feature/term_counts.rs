//! How often each word occurs, and in how many rows: the pass behind `CountVectorizer`.

use super::word_lists::WordLists;
use crate::Block;
use crate::fit::{Merge, Pass};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// Counts the words of input 0.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CountTerms {
    /// Name of the input, for messages.
    pub column: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct TermCounts {
    pub documents: u64,
    pub of: HashMap<String, TermCount>,
}

#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub struct TermCount {
    pub occurrences: u64,
    pub documents: u64,
    /// The last row that counted among `documents`, plus one: within a block only.
    #[serde(skip)]
    seen_in: u64,
}

impl Merge for TermCounts {
    const EXACT: bool = true;
    fn merge(&mut self, other: Self) {
        self.documents += other.documents;
        for (term, more) in other.of {
            let count = self.of.entry(term).or_default();
            count.occurrences += more.occurrences;
            count.documents += more.documents;
        }
    }
}

impl Pass for CountTerms {
    const NAME: &'static str = "feature/term-counts";
    type View = Block;
    type Memo = ();
    type Acc = TermCounts;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> TermCounts {
        TermCounts::default()
    }

    fn update(&self, acc: &mut TermCounts, rows: &Block, (): &mut ()) -> Result<()> {
        let lists = WordLists::of(&self.column, rows.column(0)?)?;
        let mut block: HashMap<&str, TermCount> = HashMap::new();
        for row in 0..lists.rows() {
            for word in lists.row(row)? {
                let count = block.entry(word.unwrap_or("null")).or_default();
                count.occurrences += 1;
                if count.seen_in != row as u64 + 1 {
                    count.seen_in = row as u64 + 1;
                    count.documents += 1;
                }
            }
        }
        acc.documents += lists.rows() as u64;
        for (term, more) in block {
            let count = match acc.of.get_mut(term) {
                Some(count) => count,
                None => acc.of.entry(term.to_owned()).or_default(),
            };
            count.occurrences += more.occurrences;
            count.documents += more.documents;
        }
        Ok(())
    }
}
