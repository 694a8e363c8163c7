//! What every cut of a feature's ordered bins is worth, side by side: sums from the left first, then a loop that is
//! compiled to vector instructions.

use super::params::Rules;
use super::split::Scale;
use crate::linear::vectorized::Kernel;

/// Bins of a feature at most.
const BINS: usize = 256;

/// Where no monotone constraint is near.
pub struct Gains<'a> {
    pub rules: &'a Rules,
    pub scale: Scale,
    /// Of the leaf.
    pub total: [i64; 2],
    /// What goes left before the first bin.
    pub first: [i64; 2],
    /// A cut after each.
    pub bins: &'a [[i64; 2]],
}

/// A cut: the last bin that goes left, and the cells of what does.
pub struct Cut {
    pub gain: f64,
    pub last: usize,
    pub left: [i64; 2],
}

impl Kernel for Gains<'_> {
    /// The cut that is worth most, the first of equals; `None` when the rules forbid all.
    type Output = Option<Cut>;

    #[inline(always)]
    fn run(self) -> Option<Cut> {
        let count = self.bins.len().min(BINS);
        let mut lefts = [[0i64; BINS]; 2];
        let mut left = self.first;
        for (last, bin) in self.bins[..count].iter().enumerate() {
            left = [left[0] + bin[0], left[1] + bin[1]];
            (lefts[0][last], lefts[1][last]) = (left[0], left[1]);
        }
        let mut gains = [f64::NEG_INFINITY; BINS];
        for last in 0..count {
            let left = [lefts[0][last], lefts[1][last]];
            let right = [self.total[0] - left[0], self.total[1] - left[1]];
            let (left, right) = (self.scale.sums(left), self.scale.sums(right));
            let allowed = (left.rows >= self.rules.min_rows)
                & (right.rows >= self.rules.min_rows)
                & (left.curvature >= self.rules.min_curvature)
                & (right.curvature >= self.rules.min_curvature);
            let gain = self.rules.free_worth(left, self.rules.l2) + self.rules.free_worth(right, self.rules.l2);
            gains[last] = if allowed { gain } else { f64::NEG_INFINITY };
        }
        let mut most = [f64::NEG_INFINITY; 8];
        for gains in gains[..count.next_multiple_of(8)].as_chunks::<8>().0 {
            most.iter_mut().zip(gains).for_each(|(most, gain)| *most = if *gain > *most { *gain } else { *most });
        }
        let most = most.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let last = gains[..count].iter().position(|gain| *gain == most && most > f64::NEG_INFINITY)?;
        Some(Cut { gain: most, last, left: [lefts[0][last], lefts[1][last]] })
    }
}
