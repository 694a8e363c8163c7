//! Names for runs and models that came without one: adjective-noun-number.

const ADJECTIVES: &[&str] = &[
    "able", "amber", "ample", "bold", "brave", "brick", "bright", "brisk", "calm", "clean", "clear", "clever", "cosy",
    "crisp", "deft", "eager", "fair", "fast", "fine", "firm", "fresh", "glad", "grand", "honest", "keen", "kind",
    "light", "lively", "loyal", "lucky", "merry", "neat", "nimble", "noble", "polite", "proud", "quick", "quiet",
    "rapid", "red", "royal", "rusty", "serene", "sharp", "silent", "smart", "solid", "steady", "stout", "sunny",
    "swift", "tidy", "upbeat", "vivid", "warm", "wise", "witty", "zesty",
];
const NOUNS: &[&str] = &[
    "arch", "badger", "beam", "bear", "beetle", "bison", "bridge", "cat", "clam", "crab", "crane", "crow", "deer",
    "dome", "dove", "duck", "eel", "elk", "falcon", "finch", "fox", "gable", "goat", "goose", "gull", "hare", "hawk",
    "heron", "horse", "ibex", "jay", "kiln", "koi", "lark", "lion", "lynx", "mole", "moth", "mule", "newt", "otter",
    "owl", "panda", "pier", "puma", "quail", "ram", "raven", "robin", "seal", "shrew", "sloth", "snail", "stork",
    "swan", "tiger", "toad", "tower", "trout", "vault", "wall", "whale", "wolf", "wren", "yak",
];

/// A new name; two calls rarely give the same.
pub(crate) fn random() -> String {
    let mut random = uuid::Uuid::new_v4().as_u128();
    let mut below = |bound: usize| {
        let pick = usize::try_from(random % bound as u128).unwrap_or_default();
        random /= bound as u128;
        pick
    };
    let adjective = ADJECTIVES[below(ADJECTIVES.len())];
    let noun = NOUNS[below(NOUNS.len())];
    format!("{adjective}-{noun}-{}", below(1000))
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_have_three_parts_and_fit_twenty_letters() {
        for _ in 0..200 {
            let name = super::random();
            assert_eq!(name.split('-').count(), 3, "{name}");
            assert!(name.len() <= 20, "{name}");
        }
    }
}
