//! The order in which Spark's hash tables list what is in them. Maps and sets that it saves, or writes into metadata,
//! come in that order, and so do rules and slots that it never sorts.

/// Hashes as Java's `hashCode` gives them, where they are not Scala's.
pub mod java {
    pub fn double(value: f64) -> i32 {
        let bits = if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() };
        (bits ^ (bits >> 32)) as i32
    }
}

/// Hashes as Scala's `##` gives them: equal numbers of any type have equal hashes.
pub mod scala {
    /// Of a whole number.
    pub fn long(value: i64) -> i32 {
        match i32::try_from(value) {
            Ok(small) => small,
            Err(_) => (value ^ ((value as u64) >> 32) as i64) as i32,
        }
    }

    /// Of a double: of the whole number or the float that it equals, if any.
    pub fn double(value: f64) -> i32 {
        let whole = value as i64;
        if whole as f64 == value && whole != i64::MAX {
            return long(whole);
        }
        if f64::from(value as f32) == value {
            return (value as f32).to_bits() as i32;
        }
        super::java::double(value)
    }

    /// Of a string: Java's `hashCode`.
    pub fn text(value: &str) -> i32 {
        value.encode_utf16().fold(0, |hash: i32, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
    }

    /// Of a sequence whose elements have these hashes. Those that rise by equal steps hash as the range that they equal
    /// (`MurmurHash3.arrayHash`).
    pub fn sequence(hashes: &[i32]) -> i32 {
        let seed = text("Seq") as u32;
        let mixed = |seed: u32, hashes: &[i32]| hashes.iter().fold(seed, |state, hash| mix(state, *hash as u32));
        let [first, second, rest @ ..] = hashes else {
            return finished(mixed(seed, hashes), hashes.len());
        };
        let step = second.wrapping_sub(*first);
        let mut last = *second;
        for hash in rest {
            if step == 0 || hash.wrapping_sub(last) != step {
                return finished(mixed(seed, hashes), hashes.len());
            }
            last = *hash;
        }
        finished(mixed(seed, &[*first, step, last]), 0)
    }

    fn finished(state: u32, length: usize) -> i32 {
        super::avalanche(state ^ length as u32) as i32
    }

    fn mix(state: u32, value: u32) -> u32 {
        (state ^ super::scrambled(value)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
    }
}

/// The places of keys with these hashes, given in the order in which they were added, in an immutable map or set of
/// Scala 2.13: of up to four keys as added, of more as a trie of 32 branches lists them.
pub fn immutable(hashes: &[i32]) -> Vec<usize> {
    let places: Vec<usize> = (0..hashes.len()).collect();
    if hashes.len() <= 4 {
        return places;
    }
    let improved: Vec<u32> = hashes.iter().map(|hash| improved(*hash as u32)).collect();
    let mut listed = Vec::with_capacity(places.len());
    list_node(&improved, places, 0, &mut listed);
    listed
}

/// A node lists its own keys, then its sub-nodes: where several keys share a branch.
fn list_node(hashes: &[u32], places: Vec<usize>, shift: u32, listed: &mut Vec<usize>) {
    if shift >= u32::BITS {
        return listed.extend(places); // Equal hashes.
    }
    let mut branches: Vec<Vec<usize>> = vec![Vec::new(); 32];
    for place in places {
        branches[(hashes[place] >> shift & 31) as usize].push(place);
    }
    listed.extend(branches.iter().filter(|branch| branch.len() == 1).flatten());
    for branch in branches.into_iter().filter(|branch| branch.len() > 1) {
        list_node(hashes, branch, shift + 5, listed);
    }
}

/// `scala.collection.Hashing.improve`.
fn improved(hash: u32) -> u32 {
    let hash = hash.wrapping_add(!(hash << 9));
    let hash = hash ^ (hash >> 14);
    let hash = hash.wrapping_add(hash << 4);
    hash ^ (hash >> 10)
}

/// The places of different keys with these hashes in a mutable map of Scala 2.13 that grew as they were added: by bucket,
/// and in a bucket by hash.
pub fn mutable(hashes: &[i32]) -> Vec<usize> {
    let mut buckets = 16;
    while hashes.len() >= buckets * 3 / 4 {
        buckets *= 2;
    }
    let improved = |place: &usize| hashes[*place] ^ (hashes[*place] as u32 >> 16) as i32;
    let mut places: Vec<usize> = (0..hashes.len()).collect();
    places.sort_by_key(|place| (improved(place) as usize & (buckets - 1), improved(place)));
    places
}

/// The places of different keys with these hashes, given in the order in which they were added, in the table with open
/// addresses by which Spark groups rows (`AppendOnlyMap`).
pub fn grouped(hashes: &[i32]) -> Vec<usize> {
    let mut table: Vec<Option<usize>> = vec![None; 64];
    for place in 0..hashes.len() {
        insert(&mut table, hashes, place);
        if place + 1 > table.len() * 7 / 10 {
            let larger = vec![None; table.len() * 2];
            for place in std::mem::replace(&mut table, larger).into_iter().flatten() {
                insert(&mut table, hashes, place);
            }
        }
    }
    table.into_iter().flatten().collect()
}

fn insert(table: &mut [Option<usize>], hashes: &[i32], place: usize) {
    let mask = table.len() - 1;
    let mut position = murmur(hashes[place] as u32) as usize & mask;
    for step in 1.. {
        if table[position].is_none() {
            table[position] = Some(place);
            return;
        }
        position = (position + step) & mask;
    }
}

/// Murmur3 of four bytes, as Guava's `murmur3_32().hashInt`.
fn murmur(value: u32) -> u32 {
    let state = scrambled(value).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    avalanche(state ^ 4)
}

fn scrambled(value: u32) -> u32 {
    value.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
}

fn avalanche(state: u32) -> u32 {
    let state = (state ^ (state >> 16)).wrapping_mul(0x85eb_ca6b);
    let state = (state ^ (state >> 13)).wrapping_mul(0xc2b2_ae35);
    state ^ (state >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Orders that Spark 4.2 wrote into saved vector indexers and encoders.
    #[test]
    fn maps_of_numbers_come_in_scalas_order() {
        let rows: [(&[f64], &[f64]); 4] = [
            (&[3.0, -1.0, 2.0], &[3.0, -1.0, 2.0]),
            (&[0.0, 1.0, 2.0, 5.0, 7.0], &[0.0, 5.0, 1.0, 2.0, 7.0]),
            (&[0.25, 1.5, 2.5, 5.5, 9.0], &[1.5, 9.0, 5.5, 0.25, 2.5]),
            (&[0.5, 0.0, 1.0 / 3.0, 4.0 / 9.0, 2.0 / 3.0], &[0.0, 2.0 / 3.0, 1.0 / 3.0, 0.5, 4.0 / 9.0]),
        ];
        for (added, listed) in rows {
            let hashes: Vec<i32> = added.iter().map(|value| scala::double(*value)).collect();
            let found: Vec<f64> = immutable(&hashes).into_iter().map(|place| added[place]).collect();
            assert_eq!(found, listed);
        }
    }

    /// Orders that Spark 4.2 wrote into saved target encoders of up to four categories.
    #[test]
    fn mutable_maps_come_by_bucket() {
        let all = f64::from(i32::MAX);
        let rows: [(&[f64], &[f64]); 2] =
            [(&[1.0, all, 2.0, 0.0], &[0.0, all, 1.0, 2.0]), (&[0.0, all, 1.0, -1.0], &[-1.0, 0.0, all, 1.0])];
        for (added, listed) in rows {
            let hashes: Vec<i32> = added.iter().map(|value| scala::double(*value)).collect();
            let found: Vec<f64> = mutable(&hashes).into_iter().map(|place| added[place]).collect();
            assert_eq!(found, listed);
        }
    }

    #[test]
    fn groups_come_in_the_order_of_their_table() {
        assert_eq!(grouped(&[0, 1, 2, 3, 4]), [4, 0, 1, 3, 2]);
        let many: Vec<i32> = (0..100).collect();
        let mut found = grouped(&many);
        found.sort_unstable();
        assert_eq!(found, (0..100).collect::<Vec<usize>>());
    }

    /// What a JVM answers.
    #[test]
    fn hashes_are_scalas() {
        let doubles =
            [(1.0, 1), (-7.0, -7), (-0.0, 0), (1e10, 1_410_065_410), (0.5, 1_056_964_608), (0.1, -1_507_852_285)];
        let others = [(f64::NAN, 2_146_959_360), (f64::INFINITY, 2_139_095_040), (1e300, -164_130_400)];
        for (value, hash) in doubles.into_iter().chain(others) {
            assert_eq!(scala::double(value), hash, "{value}");
        }
        assert_eq!([scala::long(5), scala::long(1 << 31), scala::long(-1 << 40)], [5, i32::MIN, -256]);
        assert_eq!([scala::text(""), scala::text("Seq"), scala::text("Zürich")], [0, 83_007, -1_482_116_162]);
        let texts: Vec<i32> = ["y", "t", "x"].into_iter().map(scala::text).collect();
        let sequences: [(&[i32], i32); 7] = [
            (&[], 473_519_988),
            (&[97], -960_107_790),
            (&[97, 98], -2_026_639_483),
            (&texts, 877_622_225),
            (&[1, 2, 3], 1_836_368_899),
            (&[5, 5, 5], -630_240_855),
            (&[1, 2, 4], 1_213_857_136),
        ];
        for (hashes, hash) in sequences {
            assert_eq!(scala::sequence(hashes), hash, "{hashes:?}");
        }
    }
}
