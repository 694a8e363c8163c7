//! Exported files: what they hold, and the cases that `tests/exchange` compares with other runtimes.

#[cfg(test)]
mod it {
    mod cases;
    mod data;
    mod files;
    mod fitting;
    mod graphs;
    mod refusals;
}
