//! The inner loop of boosting: rows bring just the cells of a bin, two or four whole numbers, and these are added as they
//! are. No product, one or two wide additions an update, all features of a panel in one run over the rows.

use super::binned::{BinSpec, BinnedPart};
use super::cells::Cell;
use super::histogram::Entry;

/// Features that one run over the rows takes: as many as a panel of 16 bytes has.
const AT_ONCE: usize = 16;

/// Entries between a row's prefetch and its use.
const AHEAD: usize = 32;

/// As [`super::histogram::add_rows`], for cells that rows bring whole. Nothing is drawn twice.
///
/// # Panics
/// If `cells` is shorter than the features' bins, or `values` than the part's rows.
pub fn add_rows(
    spec: &BinSpec,
    rows: &BinnedPart,
    values: &[i64],
    entries: &[Entry],
    features: &[u32],
    cells: &mut [i64],
) {
    let mut rest = cells;
    for chunk in features.chunks(AT_ONCE) {
        let width: usize = chunk.iter().map(|feature| spec.bins(*feature)).sum::<usize>() * spec.cell.width();
        let (cells, following) = rest.split_at_mut(width);
        rest = following;
        match spec.cell {
            Cell::Gradients => add_features::<2>(spec, rows, values, entries, chunk, cells),
            _ => add_features::<4>(spec, rows, values, entries, chunk, cells),
        }
    }
}

/// The number of features as a constant: loops over them are written out by the compiler.
fn add_features<const WIDTH: usize>(
    spec: &BinSpec,
    rows: &BinnedPart,
    values: &[i64],
    entries: &[Entry],
    features: &[u32],
    cells: &mut [i64],
) {
    let run = Run { spec, rows, values: values.as_chunks::<WIDTH>().0, entries, features };
    let cells = cells.as_chunks_mut::<WIDTH>().0;
    match features.len() {
        1 => run.add::<1>(cells),
        2 => run.add::<2>(cells),
        3 => run.add::<3>(cells),
        4 => run.add::<4>(cells),
        5 => run.add::<5>(cells),
        6 => run.add::<6>(cells),
        7 => run.add::<7>(cells),
        8 => run.add::<8>(cells),
        9 => run.add::<9>(cells),
        10 => run.add::<10>(cells),
        11 => run.add::<11>(cells),
        12 => run.add::<12>(cells),
        13 => run.add::<13>(cells),
        14 => run.add::<14>(cells),
        15 => run.add::<15>(cells),
        _ => run.add::<16>(cells),
    }
}

struct Run<'a, const WIDTH: usize> {
    spec: &'a BinSpec,
    rows: &'a BinnedPart,
    values: &'a [[i64; WIDTH]],
    entries: &'a [Entry],
    features: &'a [u32],
}

impl<const WIDTH: usize> Run<'_, WIDTH> {
    #[inline(never)]
    fn add<const F: usize>(&self, cells: &mut [[i64; WIDTH]]) {
        let (rows, stride) = (self.rows, self.rows.stride);
        let (mut columns, mut starts, mut start) = ([0; F], [0; F], 0);
        for (slot, feature) in self.features.iter().take(F).enumerate() {
            columns[slot] = *feature as usize;
            starts[slot] = start;
            start += self.spec.bins(*feature);
        }
        assert!(start <= cells.len() && columns.iter().all(|column| *column < stride));
        assert!(rows.panel.len() == rows.rows * stride && self.values.len() >= rows.rows);
        debug_assert!(self.entries.iter().all(|entry| entry.row() < rows.rows));
        let side_by_side = columns.iter().enumerate().all(|(slot, column)| *column == columns[0] + slot);
        for (index, entry) in self.entries.iter().enumerate() {
            self.prefetch(self.entries.get(index + AHEAD));
            let row = entry.row();
            // SAFETY: an entry's row is below `rows.rows` by the invariant of the memo that has the entries, and the panel
            // has `stride` bytes for each row, the values one array, as was asserted.
            let (panel, added) =
                unsafe { (rows.panel.get_unchecked(row * stride..(row + 1) * stride), self.values.get_unchecked(row)) };
            for slot in 0..F {
                let column = if side_by_side { columns[0] + slot } else { columns[slot] };
                // SAFETY: columns are below a row's length, as was asserted.
                let place = starts[slot] + usize::from(unsafe { *panel.get_unchecked(column) });
                debug_assert!(place < cells.len());
                // SAFETY: a bin is below its feature's bins by the invariant of `BinnedPart`, and all features' bins fit,
                // as was asserted.
                let cell = unsafe { cells.get_unchecked_mut(place) };
                cell.iter_mut().zip(added).for_each(|(cell, added)| *cell += added);
            }
        }
    }

    /// Asks for a later row's bins and values: entries skip rows, which the hardware does not foresee.
    #[inline(always)]
    fn prefetch(&self, entry: Option<&Entry>) {
        #[cfg(target_arch = "x86_64")]
        if let Some(entry) = entry {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let row = entry.row();
            // SAFETY: hints, which read nothing.
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(self.values.as_ptr().wrapping_add(row).cast());
                _mm_prefetch::<_MM_HINT_T0>(self.rows.panel.as_ptr().wrapping_add(row * self.rows.stride).cast());
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = entry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::bins::FeatureBins;

    #[test]
    fn sums_are_those_of_a_plain_loop() {
        let (features, rows) = (19, 300);
        let bins = (0..features).map(|feature| FeatureBins::Ordered { categories: 3 + feature });
        let spec = BinSpec::new(bins.collect(), Cell::Gradients, false);
        let stride = 32;
        let bin = |row: usize, feature: usize| (row * 7 + feature * 5 + row / 3) % (3 + feature);
        let mut part = BinnedPart { rows, stride, panel: vec![0; rows * stride], ..BinnedPart::default() };
        for row in 0..rows {
            (0..features).for_each(|feature| part.panel[row * stride + feature] = bin(row, feature) as u8);
        }
        let values: Vec<i64> = (0..2 * rows as i64).map(|value| value * 31 - 4000).collect();
        let entries: Vec<Entry> = (0..rows).step_by(2).map(|row| Entry::new(row as u16, 1, 0)).collect();
        for chosen in [(0..19).collect::<Vec<u32>>(), vec![3], vec![0, 2, 5, 6, 7, 9, 11, 12, 13, 15, 18]] {
            let count: usize = chosen.iter().map(|feature| spec.bins(*feature)).sum();
            let (mut cells, mut expected, mut start) = (vec![0; 2 * count], vec![0; 2 * count], 0);
            add_rows(&spec, &part, &values, &entries, &chosen, &mut cells);
            for feature in &chosen {
                for row in (0..rows).step_by(2) {
                    let place = start + bin(row, *feature as usize);
                    (0..2).for_each(|cell| expected[2 * place + cell] += values[2 * row + cell]);
                }
                start += spec.bins(*feature);
            }
            assert_eq!(cells, expected, "{chosen:?}");
        }
    }
}
