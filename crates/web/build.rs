//! Makes sure that there is a page to embed. Building the real one takes Node and is no business of cargo's.

use std::path::Path;

const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Brickyard</title>\n\
    <p>The web page was not built into this binary. Run <code>make web</code>, then build again. \
    Everything else works without it.</p>\n</html>\n";

fn main() -> std::io::Result<()> {
    let dist = Path::new("../../web/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    let index = dist.join("index.html");
    if !index.exists() {
        std::fs::create_dir_all(dist)?;
        std::fs::write(index, NOT_BUILT)?;
    }
    Ok(())
}
