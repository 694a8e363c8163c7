//! The inner loop of training: rows of a node into the node's histogram.

use super::binned::{BinSpec, Binned};
use super::cells::Cell;

/// Bits of an [`entry`] that hold the row.
const ROW_BITS: u32 = 24;

/// A row of a partition with the number of times that the bootstrap drew it, below 256.
#[inline]
pub fn entry(row: usize, drawn: u32) -> u32 {
    row as u32 | drawn << ROW_BITS
}

#[inline]
pub fn row_of(entry: u32) -> usize {
    (entry & ((1 << ROW_BITS) - 1)) as usize
}

#[inline]
fn drawn(entry: u32) -> i64 {
    i64::from(entry >> ROW_BITS)
}

/// Features that one run over the rows takes: their base addresses stay in registers.
const AT_ONCE: usize = 8;

/// Adds rows to a node's histogram: for each feature of `features` in turn `spec.bins(feature)` bins of cells.
///
/// # Panics
/// If `cells` is shorter than that, or a row of `entries` is not of `rows`.
pub fn add_rows(spec: &BinSpec, rows: &Binned, entries: &[u32], features: &[u32], cells: &mut [i64]) {
    let mut rest = cells;
    for chunk in features.chunks(AT_ONCE) {
        let width: usize = chunk.iter().map(|feature| spec.bins(*feature)).sum::<usize>() * spec.cell.width();
        let (cells, following) = rest.split_at_mut(width);
        rest = following;
        match chunk.len() {
            1 => add_chunk::<1>(spec, rows, entries, chunk, cells),
            2 => add_chunk::<2>(spec, rows, entries, chunk, cells),
            3 => add_chunk::<3>(spec, rows, entries, chunk, cells),
            4 => add_chunk::<4>(spec, rows, entries, chunk, cells),
            5 => add_chunk::<5>(spec, rows, entries, chunk, cells),
            6 => add_chunk::<6>(spec, rows, entries, chunk, cells),
            7 => add_chunk::<7>(spec, rows, entries, chunk, cells),
            _ => add_chunk::<8>(spec, rows, entries, chunk, cells),
        }
    }
}

/// Columns of bins that a kernel adds to, and where each one's cells start.
struct Places<const F: usize> {
    columns: [usize; F],
    starts: [usize; F],
}

fn add_chunk<const F: usize>(spec: &BinSpec, rows: &Binned, entries: &[u32], features: &[u32], cells: &mut [i64]) {
    let width = spec.cell.width();
    let mut places = Places { columns: [0; F], starts: [0; F] };
    let mut start = 0;
    for (slot, feature) in features.iter().enumerate() {
        places.columns[slot] = *feature as usize;
        places.starts[slot] = start;
        start += spec.bins(*feature) * width;
    }
    assert!(start <= cells.len() && features.iter().all(|feature| (*feature as usize) < rows.class_at));
    assert!(rows.panel.len() == rows.rows * rows.stride);
    assert!(entries.iter().all(|entry| row_of(*entry) < rows.rows));
    match spec.cell {
        Cell::Classes { classes: 2 } => add_classes::<F, 2>(rows, entries, &places, 2, cells),
        Cell::Classes { classes } => add_classes::<F, 0>(rows, entries, &places, classes, cells),
        Cell::WeightedClasses { classes, .. } => add_weighted_classes(rows, entries, &places, classes, cells),
        Cell::Values { .. } => add_values::<F, 4>(rows, entries, &places, cells),
        Cell::WeightedValues { .. } => add_values::<F, 6>(rows, entries, &places, cells),
    }
}

/// The bins and, in the same cache line, the class of a row.
#[inline(always)]
fn panel_row(rows: &Binned, row: usize) -> &[u8] {
    // SAFETY: `add_chunk` asserted that every entry's row is below `rows.rows`, and that the panel has `stride` bytes
    // for each of them.
    unsafe { rows.panel.get_unchecked(row * rows.stride..(row + 1) * rows.stride) }
}

#[inline(always)]
fn class_of(rows: &Binned, panel: &[u8]) -> usize {
    // SAFETY: a row of the panel is `stride` ≥ `class_at` + 2 bytes long.
    let bytes = unsafe { [*panel.get_unchecked(rows.class_at), *panel.get_unchecked(rows.class_at + 1)] };
    usize::from(u16::from_le_bytes(bytes))
}

#[inline(always)]
fn bin_at(panel: &[u8], column: usize) -> usize {
    // SAFETY: `add_chunk` asserted that columns are below `class_at`, which is below a row's length.
    usize::from(unsafe { *panel.get_unchecked(column) })
}

#[inline(always)]
fn add_to(cells: &mut [i64], place: usize, value: i64) {
    debug_assert!(place < cells.len());
    // SAFETY: place = start + bin × width + c, with bin below the feature's bins and c below width by the invariant of
    // `Binned`; `add_chunk` asserted that all features' bins × width fit in `cells`.
    unsafe { *cells.get_unchecked_mut(place) += value }
}

/// `CLASSES` is the number of classes if known when compiling, else 0.
#[inline(never)]
fn add_classes<const F: usize, const CLASSES: usize>(
    rows: &Binned,
    entries: &[u32],
    places: &Places<F>,
    classes: usize,
    cells: &mut [i64],
) {
    let classes = if CLASSES > 0 { CLASSES } else { classes };
    for entry in entries {
        let panel = panel_row(rows, row_of(*entry));
        let (class, drawn) = (class_of(rows, panel), drawn(*entry));
        for slot in 0..F {
            let bin = bin_at(panel, places.columns[slot]);
            add_to(cells, places.starts[slot] + bin * classes + class, drawn);
        }
    }
}

#[inline(never)]
fn add_weighted_classes<const F: usize>(
    rows: &Binned,
    entries: &[u32],
    places: &Places<F>,
    classes: usize,
    cells: &mut [i64],
) {
    for entry in entries {
        let row = row_of(*entry);
        let panel = panel_row(rows, row);
        let (class, drawn) = (class_of(rows, panel), drawn(*entry));
        let weight = rows.values[row] * drawn;
        for slot in 0..F {
            let place = places.starts[slot] + bin_at(panel, places.columns[slot]) * (classes + 1);
            add_to(cells, place, drawn);
            add_to(cells, place + 1 + class, weight);
        }
    }
}

/// `VALUES` numbers a row.
#[inline(never)]
fn add_values<const F: usize, const VALUES: usize>(
    rows: &Binned,
    entries: &[u32],
    places: &Places<F>,
    cells: &mut [i64],
) {
    let (all, _) = rows.values.as_chunks::<VALUES>();
    for entry in entries {
        let row = row_of(*entry);
        let (panel, drawn) = (panel_row(rows, row), drawn(*entry));
        let values = all[row].map(|value| value * drawn);
        for slot in 0..F {
            let place = places.starts[slot] + bin_at(panel, places.columns[slot]) * (VALUES + 1);
            add_to(cells, place, drawn);
            for (index, value) in values.iter().enumerate() {
                add_to(cells, place + 1 + index, *value);
            }
        }
    }
}
