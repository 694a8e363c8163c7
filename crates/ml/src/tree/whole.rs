//! The inner loop of boosting: a row brings the cells of a bin, two or four whole numbers, and these are added as they
//! are. No product, one or two wide additions an update, all features of a panel in one run over the rows.

use super::binned::{BinSpec, BinnedPart, PANEL};
use super::histogram::{Entry, side_by_side};
use crate::linear::vectorized::{Kernel, run};

/// Entries between a row's prefetch and its use.
const AHEAD: usize = 32;

/// As [`super::histogram::add_rows`], for rows whose values are what they add to each of their bins, once `cells_of` has
/// spread them out. Nothing is drawn twice.
///
/// # Panics
/// If `cells` is shorter than the features' bins, or `values` than the part's rows.
pub fn add_rows<V: Copy, const WIDTH: usize>(
    spec: &BinSpec,
    rows: &BinnedPart,
    values: &[V],
    cells_of: impl Fn(V) -> [i64; WIDTH] + Copy,
    entries: &[Entry],
    features: &[u32],
    cells: &mut [i64],
) {
    let bins_of = |features: &[u32]| features.iter().map(|feature| spec.bins(*feature)).sum::<usize>();
    let mut rest = cells.as_chunks_mut::<WIDTH>().0;
    for features in side_by_side(features, PANEL) {
        let (cells, following) = rest.split_at_mut(bins_of(features));
        rest = following;
        Run { spec, rows, values, cells_of, entries, features }.add_features(cells);
    }
}

struct Run<'a, V, C> {
    spec: &'a BinSpec,
    rows: &'a BinnedPart,
    values: &'a [V],
    cells_of: C,
    entries: &'a [Entry],
    features: &'a [u32],
}

impl<V: Copy, C> Run<'_, V, C> {
    /// The number of features as a constant: loops over them are written out by the compiler.
    fn add_features<const WIDTH: usize>(&self, cells: &mut [[i64; WIDTH]])
    where
        C: Fn(V) -> [i64; WIDTH],
    {
        match self.features.len() {
            1 => run(Adding::<_, _, 1, WIDTH> { run: self, cells }),
            2 => run(Adding::<_, _, 2, WIDTH> { run: self, cells }),
            3 => run(Adding::<_, _, 3, WIDTH> { run: self, cells }),
            4 => run(Adding::<_, _, 4, WIDTH> { run: self, cells }),
            5 => run(Adding::<_, _, 5, WIDTH> { run: self, cells }),
            6 => run(Adding::<_, _, 6, WIDTH> { run: self, cells }),
            7 => run(Adding::<_, _, 7, WIDTH> { run: self, cells }),
            8 => run(Adding::<_, _, 8, WIDTH> { run: self, cells }),
            9 => run(Adding::<_, _, 9, WIDTH> { run: self, cells }),
            10 => run(Adding::<_, _, 10, WIDTH> { run: self, cells }),
            11 => run(Adding::<_, _, 11, WIDTH> { run: self, cells }),
            12 => run(Adding::<_, _, 12, WIDTH> { run: self, cells }),
            13 => run(Adding::<_, _, 13, WIDTH> { run: self, cells }),
            14 => run(Adding::<_, _, 14, WIDTH> { run: self, cells }),
            15 => run(Adding::<_, _, 15, WIDTH> { run: self, cells }),
            _ => run(Adding::<_, _, 16, WIDTH> { run: self, cells }),
        }
    }

    /// Asks for a later row's bins and values: entries skip rows, which the hardware does not foresee.
    #[inline(always)]
    fn prefetch(&self, panel: &[u8], entry: Option<&Entry>) {
        #[cfg(target_arch = "x86_64")]
        if let Some(entry) = entry {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let row = entry.row();
            // SAFETY: hints, which read nothing.
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(self.values.as_ptr().wrapping_add(row).cast());
                _mm_prefetch::<_MM_HINT_T0>(panel.as_ptr().wrapping_add(row * self.rows.stride).cast());
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (panel, entry);
    }
}

/// A run of as many features as the compiler knows of.
struct Adding<'a, 'b, V, C, const F: usize, const WIDTH: usize> {
    run: &'a Run<'b, V, C>,
    cells: &'a mut [[i64; WIDTH]],
}

impl<V: Copy, C: Fn(V) -> [i64; WIDTH], const F: usize, const WIDTH: usize> Kernel for Adding<'_, '_, V, C, F, WIDTH> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (run, cells) = (self.run, self.cells);
        let (rows, stride) = (run.rows, run.rows.stride);
        let (panel, first) = rows.panel(run.features[0]);
        let (mut columns, mut starts, mut start) = ([0; F], [0; F], 0);
        for (slot, feature) in run.features.iter().take(F).enumerate() {
            columns[slot] = *feature as usize % PANEL;
            starts[slot] = start;
            start += run.spec.bins(*feature);
        }
        assert!(start <= cells.len() && columns.iter().all(|column| *column < stride));
        assert!(panel.len() == rows.rows * stride && run.values.len() >= rows.rows);
        debug_assert!(run.entries.iter().all(|entry| entry.row() < rows.rows));
        let in_turn = columns.iter().enumerate().all(|(slot, column)| *column == first + slot);
        for (index, entry) in run.entries.iter().enumerate() {
            run.prefetch(panel, run.entries.get(index + AHEAD));
            let row = entry.row();
            // SAFETY: an entry's row is below `rows.rows` by the invariant of the memo that has the entries, and the panel
            // has `stride` bytes for each row, the values one place, as was asserted.
            let (bins, value) =
                unsafe { (panel.get_unchecked(row * stride..(row + 1) * stride), *run.values.get_unchecked(row)) };
            // A copy, so that it stays in a register whatever is written.
            let added = (run.cells_of)(value);
            for slot in 0..F {
                let column = if in_turn { first + slot } else { columns[slot] };
                // SAFETY: columns are below a row's length, as was asserted.
                let place = starts[slot] + usize::from(unsafe { *bins.get_unchecked(column) });
                debug_assert!(place < cells.len());
                // SAFETY: a bin is below its feature's bins by the invariant of `BinnedPart`, and all features' bins fit,
                // as was asserted.
                let cell = unsafe { cells.get_unchecked_mut(place) };
                *cell = std::array::from_fn(|part| cell[part] + added[part]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::bins::FeatureBins;
    use crate::tree::cells::Cell;

    #[test]
    fn sums_are_those_of_a_plain_loop() {
        let (features, rows) = (19, 300);
        let bins = (0..features).map(|feature| FeatureBins::Ordered { categories: 3 + feature });
        let spec = BinSpec::new(bins.collect(), Cell::Gradients, false);
        let stride = PANEL;
        let bin = |row: usize, feature: usize| (row * 7 + feature * 5 + row / 3) % (3 + feature);
        let mut part = BinnedPart { rows, stride, panels: vec![0; 2 * rows * stride], ..BinnedPart::default() };
        for row in 0..rows {
            for feature in 0..features {
                part.panels[(feature / PANEL * rows + row) * stride + feature % PANEL] = bin(row, feature) as u8;
            }
        }
        let values: Vec<[i32; 2]> = (0..rows as i32).map(|row| [row * 31 - 4000, row * 62 + 7]).collect();
        let cells_of = |[gradient, curvature]: [i32; 2]| [i64::from(gradient), i64::from(curvature) << 20 | 1];
        let entries: Vec<Entry> = (0..rows).step_by(2).map(|row| Entry::new(row as u16, 1, 0)).collect();
        for chosen in [(0..19).collect::<Vec<u32>>(), vec![3], vec![0, 2, 5, 6, 7, 9, 11, 12, 13, 15, 18]] {
            let count: usize = chosen.iter().map(|feature| spec.bins(*feature)).sum();
            let (mut cells, mut expected, mut start) = (vec![0; 2 * count], vec![0; 2 * count], 0);
            add_rows(&spec, &part, &values, cells_of, &entries, &chosen, &mut cells);
            for feature in &chosen {
                for row in (0..rows).step_by(2) {
                    let place = start + bin(row, *feature as usize);
                    (0..2).for_each(|cell| expected[2 * place + cell] += cells_of(values[row])[cell]);
                }
                start += spec.bins(*feature);
            }
            assert_eq!(cells, expected, "{chosen:?}");
        }
    }
}
