//! Locality sensitive hashing: vectors that are near each other fall into the same buckets. `BucketedRandomProjectionLSH`
//! for Euclidean distance, `MinHashLSH` for Jaccard's distance of sets.

mod hashed;
mod min_hash;
mod projection;
mod search;

use crate::Registry;

pub fn register(registry: &mut Registry) {
    registry.pass::<hashed::FirstSize>();
    projection::register(registry);
    min_hash::register(registry);
}
