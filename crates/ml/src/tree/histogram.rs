//! The inner loop of training: rows of a node into the node's histogram.

use super::binned::{BinSpec, BinnedPart, PANEL};
use super::cells::{Cell, limbs};
use super::whole;

/// A drawn row of a part: row, how often the bootstrap drew it, class (0 for regression).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(transparent)]
pub struct Entry(u32);

impl Entry {
    #[inline]
    pub fn new(row: u16, drawn: u8, class: u8) -> Self {
        Self(u32::from(row) | u32::from(drawn) << 16 | u32::from(class) << 24)
    }
    #[inline]
    pub fn row(self) -> usize {
        usize::from(self.0 as u16)
    }
    #[inline]
    pub fn drawn(self) -> i64 {
        i64::from((self.0 >> 16) as u8)
    }
    #[inline]
    pub fn class(self) -> usize {
        (self.0 >> 24) as usize
    }
}

/// Features that one run over the rows takes: their base addresses stay in registers.
const AT_ONCE: usize = 8;

/// Adds rows to a node's histogram: for each feature of `features` in turn `spec.bins(feature)` bins of cells. `values` is
/// what each row of the part brings beside its class.
///
/// # Panics
/// If `cells` is shorter than that.
pub fn add_rows(
    spec: &BinSpec,
    rows: &BinnedPart,
    values: &[i64],
    entries: &[Entry],
    features: &[u32],
    cells: &mut [i64],
) {
    if matches!(spec.cell, Cell::Moments { .. }) {
        let values = values.as_chunks::<4>().0;
        return whole::add_rows(spec, rows, values, |value| value, entries, features, cells);
    }
    let mut rest = cells;
    for chunk in side_by_side(features, AT_ONCE) {
        let width: usize = chunk.iter().map(|feature| spec.bins(*feature)).sum::<usize>() * spec.cell.width();
        let (cells, following) = rest.split_at_mut(width);
        rest = following;
        let work = Work { spec, rows, values, entries };
        match chunk.len() {
            1 => work.add::<1>(chunk, cells),
            2 => work.add::<2>(chunk, cells),
            3 => work.add::<3>(chunk, cells),
            4 => work.add::<4>(chunk, cells),
            5 => work.add::<5>(chunk, cells),
            6 => work.add::<6>(chunk, cells),
            7 => work.add::<7>(chunk, cells),
            _ => work.add::<8>(chunk, cells),
        }
    }
}

/// Features in runs of at most so many, each of one panel.
pub fn side_by_side(features: &[u32], at_once: usize) -> impl Iterator<Item = &[u32]> {
    let panels = features.chunk_by(|a, b| *a as usize / PANEL == *b as usize / PANEL);
    panels.flat_map(move |panel| panel.chunks(at_once))
}

/// Columns of bins that a kernel adds to, and where each one's cells start.
struct Places<'a, const F: usize> {
    panel: &'a [u8],
    columns: [usize; F],
    starts: [usize; F],
}

/// Rows of a node and what they bring.
#[derive(Clone, Copy)]
struct Work<'a> {
    spec: &'a BinSpec,
    rows: &'a BinnedPart,
    values: &'a [i64],
    entries: &'a [Entry],
}

impl Work<'_> {
    fn add<const F: usize>(self, features: &[u32], cells: &mut [i64]) {
        let Work { spec, rows, values, entries } = self;
        add_chunk::<F>(spec, rows, values, entries, features, cells);
    }
}

fn add_chunk<const F: usize>(
    spec: &BinSpec,
    rows: &BinnedPart,
    values: &[i64],
    entries: &[Entry],
    features: &[u32],
    cells: &mut [i64],
) {
    let width = spec.cell.width();
    let (panel, _) = rows.panel(features[0]);
    let mut places = Places { panel, columns: [0; F], starts: [0; F] };
    let mut start = 0;
    for (slot, feature) in features.iter().enumerate() {
        places.columns[slot] = *feature as usize % PANEL;
        places.starts[slot] = start;
        start += spec.bins(*feature) * width;
    }
    assert!(start <= cells.len() && places.columns.iter().all(|column| *column < rows.stride));
    debug_assert!(entries.iter().all(|entry| entry.row() < rows.rows && entry.class() < spec.cell.classes().max(1)));
    match spec.cell {
        Cell::Classes { classes: 2 } if rows.stride == 16 => add_classes::<F, 2, 16>(rows, entries, &places, 2, cells),
        Cell::Classes { classes: 2 } => add_classes::<F, 2, 0>(rows, entries, &places, 2, cells),
        Cell::Classes { classes } => add_classes::<F, 0, 0>(rows, entries, &places, classes, cells),
        Cell::WeightedClasses { classes, .. } => add_weighted_classes(rows, values, entries, &places, classes, cells),
        Cell::Values { .. } => add_values::<F, 2, 5>(rows, values, entries, &places, cells),
        Cell::WeightedValues { .. } => add_values::<F, 3, 7>(rows, values, entries, &places, cells),
        // These have a kernel of their own.
        Cell::Moments { .. } | Cell::Gradients => {}
    }
}

/// The bins of a row.
#[inline(always)]
fn panel_row(panel: &[u8], stride: usize, row: usize) -> &[u8] {
    // SAFETY: an entry's row is one of the part's by the invariant of `GroupRows`, whose entries these are, and a panel
    // has `stride` bytes for each row.
    unsafe { panel.get_unchecked(row * stride..(row + 1) * stride) }
}

#[inline(always)]
fn bin_at(panel: &[u8], column: usize) -> usize {
    // SAFETY: `add_chunk` asserted that columns are below a row's length.
    usize::from(unsafe { *panel.get_unchecked(column) })
}

#[inline(always)]
fn add_to(cells: &mut [i64], place: usize, value: i64) {
    debug_assert!(place < cells.len());
    // SAFETY: place = start + bin × width + c, with bin below the feature's bins and c below width by the invariant of
    // `BinnedPart`; `add_chunk` asserted that all features' bins × width fit in `cells`.
    unsafe { *cells.get_unchecked_mut(place) += value }
}

/// `CLASSES` and `STRIDE` are the number of classes and the bytes of a row where the compiler knows them, else 0: with
/// both, no product is left in the loop.
#[inline(never)]
fn add_classes<const F: usize, const CLASSES: usize, const STRIDE: usize>(
    rows: &BinnedPart,
    entries: &[Entry],
    places: &Places<'_, F>,
    classes: usize,
    cells: &mut [i64],
) {
    let classes = if CLASSES > 0 { CLASSES } else { classes };
    let stride = if STRIDE > 0 { STRIDE } else { rows.stride };
    for entry in entries {
        let panel = panel_row(places.panel, stride, entry.row());
        let (class, drawn) = (entry.class(), entry.drawn());
        for slot in 0..F {
            let bin = bin_at(panel, places.columns[slot]);
            add_to(cells, places.starts[slot] + bin * classes + class, drawn);
        }
    }
}

#[inline(never)]
fn add_weighted_classes<const F: usize>(
    rows: &BinnedPart,
    values: &[i64],
    entries: &[Entry],
    places: &Places<'_, F>,
    classes: usize,
    cells: &mut [i64],
) {
    for entry in entries {
        let row = entry.row();
        let panel = panel_row(places.panel, rows.stride, row);
        let (class, drawn) = (entry.class(), entry.drawn());
        let weight = values[row] * drawn;
        for slot in 0..F {
            let place = places.starts[slot] + bin_at(panel, places.columns[slot]) * (classes + 1);
            add_to(cells, place, drawn);
            add_to(cells, place + 1 + class, weight);
        }
    }
}

/// Entries between a row's prefetch and its use.
const AHEAD: usize = 16;

/// `VALUES` fixed-point numbers a row, and with them `WIDTH` = 1 + 2 × `VALUES` cells a bin.
#[inline(never)]
fn add_values<const F: usize, const VALUES: usize, const WIDTH: usize>(
    rows: &BinnedPart,
    values: &[i64],
    entries: &[Entry],
    places: &Places<'_, F>,
    cells: &mut [i64],
) {
    let (all, _) = values.as_chunks::<VALUES>();
    for (index, entry) in entries.iter().enumerate() {
        prefetch(all, entries.get(index + AHEAD));
        let row = entry.row();
        let (panel, drawn) = (panel_row(places.panel, rows.stride, row), entry.drawn());
        let mut added = [drawn; WIDTH];
        for (value, added) in all[row].iter().zip(added[1..].as_chunks_mut::<2>().0) {
            *added = limbs(*value).map(|limb| limb * drawn);
        }
        for slot in 0..F {
            let place = places.starts[slot] + bin_at(panel, places.columns[slot]) * WIDTH;
            debug_assert!(place + WIDTH <= cells.len());
            // SAFETY: as in `add_to`; a bin's cells stand together.
            let bin = unsafe { cells.get_unchecked_mut(place..place + WIDTH) };
            bin.iter_mut().zip(&added).for_each(|(cell, added)| *cell += added);
        }
    }
}

/// Asks for what a later row brings: entries skip rows, which the hardware does not foresee.
#[inline(always)]
fn prefetch<const VALUES: usize>(rows: &[[i64; VALUES]], entry: Option<&Entry>) {
    #[cfg(target_arch = "x86_64")]
    if let Some(entry) = entry {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a hint, which reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(rows.as_ptr().wrapping_add(entry.row()).cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (rows, entry);
}
