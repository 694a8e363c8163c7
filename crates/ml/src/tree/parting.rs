//! Parting the rows of a node between its children, each side in its order: sixteen rows at a time where the processor can.

use super::binned::READ_BEYOND;
use super::histogram::Entry;
use super::rows::LeftBins;

/// Moves the entries that go left to the front, and those that go right behind them, each in their order; returns how
/// many go left. `column` has a bin for each row of the part, and [`READ_BEYOND`] bytes more.
pub fn part(entries: &mut [Entry], spare: &mut Vec<Entry>, column: &[u8], left: LeftBins) -> usize {
    if spare.len() < entries.len() {
        spare.resize(entries.len(), Entry::default());
    }
    debug_assert!(entries.iter().all(|entry| entry.row() + READ_BEYOND < column.len()));
    let mut parting = Parting { entries, spare, done: 0, lefts: 0 };
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the processor has the instructions, as was just asked.
        unsafe { parting.by_sixteen(column, left) };
    }
    match left {
        LeftBins::UpTo(last) => parting.one_by_one(column, |bin| bin <= last),
        LeftBins::Set(_) => {
            let goes_left: [bool; 256] = std::array::from_fn(|bin| left.contains(bin as u8));
            parting.one_by_one(column, |bin| goes_left[usize::from(bin)]);
        }
    }
    parting.finish()
}

/// Invariant: `lefts` ≤ `done` ≤ `entries.len()` ≤ `spare.len()`; the first `done` entries are parted, their lefts in
/// front, their rights in `spare`.
struct Parting<'a> {
    entries: &'a mut [Entry],
    spare: &'a mut [Entry],
    done: usize,
    lefts: usize,
}

impl Parting<'_> {
    #[inline]
    fn one_by_one(&mut self, column: &[u8], goes_left: impl Fn(u8) -> bool) {
        let (mut lefts, mut rights) = (self.lefts, self.done - self.lefts);
        for index in self.done..self.entries.len() {
            let entry = self.entries[index];
            // SAFETY: an entry's row is one of the part's, and a column has them all.
            let left = usize::from(goes_left(unsafe { *column.get_unchecked(entry.row()) }));
            // SAFETY: lefts ≤ index < entries.len(), and rights ≤ index < spare.len().
            unsafe {
                *self.entries.get_unchecked_mut(lefts) = entry;
                *self.spare.get_unchecked_mut(rights) = entry;
            }
            lefts += left;
            rights += 1 - left;
        }
        (self.done, self.lefts) = (self.entries.len(), lefts);
    }

    /// Parts as many entries as sixteen divides: fetches their bins, and packs those that go either way.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f")]
    fn by_sixteen(&mut self, column: &[u8], left: LeftBins) {
        use std::arch::x86_64::{
            __m512i, _mm512_and_si512, _mm512_cmple_epu32_mask, _mm512_i32gather_epi32, _mm512_loadu_si512,
            _mm512_maskz_compress_epi32, _mm512_set1_epi32, _mm512_storeu_si512, _mm512_test_epi32_mask,
        };
        let (row_bits, bin_bits) = (_mm512_set1_epi32(0xffff), _mm512_set1_epi32(0xff));
        let (last, goes_left) = match left {
            LeftBins::UpTo(last) => (_mm512_set1_epi32(i32::from(last)), None),
            LeftBins::Set(_) => {
                (bin_bits, Some(std::array::from_fn::<i32, 256, _>(|bin| i32::from(left.contains(bin as u8)))))
            }
        };
        let (mut done, mut lefts) = (self.done, self.lefts);
        while done + 16 <= self.entries.len() {
            // SAFETY: sixteen entries from `done` on are there. Their rows are the part's, and a column has a byte for
            // each and three more, so four bytes may be read at each row; a table of 256 has an element for each bin.
            let (entries, goes) = unsafe {
                let entries = _mm512_loadu_si512(self.entries.as_ptr().add(done).cast::<__m512i>());
                let rows = _mm512_and_si512(entries, row_bits);
                let bins = _mm512_and_si512(_mm512_i32gather_epi32::<1>(rows, column.as_ptr().cast()), bin_bits);
                let goes = match &goes_left {
                    None => _mm512_cmple_epu32_mask(bins, last),
                    Some(table) => {
                        let goes = _mm512_i32gather_epi32::<4>(bins, table.as_ptr());
                        _mm512_test_epi32_mask(goes, goes)
                    }
                };
                (entries, goes)
            };
            // SAFETY: lefts ≤ done, so what is written over in front was read before; rights ≤ done, and `spare` is as
            // long as `entries`.
            unsafe {
                let front = self.entries.as_mut_ptr().add(lefts).cast::<__m512i>();
                _mm512_storeu_si512(front, _mm512_maskz_compress_epi32(goes, entries));
                let back = self.spare.as_mut_ptr().add(done - lefts).cast::<__m512i>();
                _mm512_storeu_si512(back, _mm512_maskz_compress_epi32(!goes, entries));
            }
            lefts += goes.count_ones() as usize;
            done += 16;
        }
        (self.done, self.lefts) = (done, lefts);
    }

    fn finish(self) -> usize {
        let rights = self.entries.len() - self.lefts;
        self.entries[self.lefts..].copy_from_slice(&self.spare[..rights]);
        self.lefts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parting_is_stable() {
        let bin = |row: usize| (row * 37 + row / 5) as u8;
        let entry = |row: usize| Entry::new(row as u16, 1 + (row % 5) as u8, 7);
        for count in [0, 1, 15, 16, 17, 100, 1000] {
            let column: Vec<u8> = (0..3 * count + READ_BEYOND).map(bin).collect();
            for left in [LeftBins::UpTo(0), LeftBins::UpTo(99), LeftBins::UpTo(255), LeftBins::of_categories(1..=77)] {
                let entries: Vec<Entry> = (0..count).map(|index| entry(3 * index)).collect();
                let goes = |entry: &&Entry| left.contains(bin(entry.row()));
                let mut expected: Vec<Entry> = entries.iter().filter(goes).copied().collect();
                let lefts = expected.len();
                expected.extend(entries.iter().filter(|entry| !goes(entry)));
                let mut parted = entries.clone();
                assert_eq!(part(&mut parted, &mut Vec::new(), &column, left), lefts, "{count} {left:?}");
                assert_eq!(parted, expected, "{count} {left:?}");
            }
        }
    }
}
