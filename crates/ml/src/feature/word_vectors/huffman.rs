//! Huffman's tree of the words: frequent words have short paths, and each inner node is one decision to be learned.

use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The way from the root to each word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Paths {
    /// Where each word's steps begin; one more than there are words.
    starts: Vec<u32>,
    /// (inner node, whether the path turns to its second child).
    steps: Vec<(u32, bool)>,
}

impl Paths {
    /// `counts` holds how often each word occurs. Ties go to the node that was made first, so the tree is always the same.
    pub fn of(counts: &[u64]) -> Self {
        let words = counts.len();
        let mut parents = vec![(0_u32, false); (2 * words).saturating_sub(1)];
        let mut open: BinaryHeap<Reverse<(u64, usize)>> =
            counts.iter().enumerate().map(|(word, count)| Reverse((*count, word))).collect();
        let mut next = words;
        while let (Some(Reverse((one, first))), Some(Reverse((two, second)))) = (open.pop(), open.pop()) {
            parents[first] = (next as u32, false);
            parents[second] = (next as u32, true);
            open.push(Reverse((one + two, next)));
            next += 1;
        }
        let (mut starts, mut steps) = (vec![0], Vec::new());
        for word in 0..words {
            let begin = steps.len();
            let mut node = word;
            while node + 1 < next {
                let (parent, turn) = parents[node];
                steps.push((parent - words as u32, turn));
                node = parent as usize;
            }
            steps[begin..].reverse();
            starts.push(steps.len() as u32);
        }
        Self { starts, steps }
    }

    pub fn of_word(&self, word: u32) -> &[(u32, bool)] {
        &self.steps[self.starts[word as usize] as usize..self.starts[word as usize + 1] as usize]
    }

    /// Inner nodes: one less than there are words.
    pub fn nodes(&self) -> usize {
        self.starts.len().saturating_sub(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_words_have_short_paths_and_none_is_the_beginning_of_another() {
        let paths = Paths::of(&[50, 20, 10, 8, 7, 5]);
        let lengths: Vec<usize> = (0..6).map(|word| paths.of_word(word).len()).collect();
        assert_eq!(lengths, [1, 2, 4, 4, 4, 4]);
        assert_eq!(paths.nodes(), 5);
        for one in 0..6 {
            for other in (0..6).filter(|other| *other != one) {
                assert!(!paths.of_word(other).starts_with(paths.of_word(one)));
            }
        }
        assert_eq!(Paths::of(&[3]).of_word(0), []);
        assert_eq!(Paths::of(&[]).nodes(), 0);
    }
}
