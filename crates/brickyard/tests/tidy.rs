//! The architecture's invariants, checked over the workspace itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at once")]

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The floors, from the ground up; imports point down only.
const FLOORS: &[&[&str]] = &[
    &["error"],
    &["spec", "ml", "meta"],
    &["auth", "layout", "lake", "functions", "exchange", "python"],
    &["cluster"],
    &["engine", "tracking"],
    &["models"],
    &["train", "serving"],
    &["api-spark", "api-mlflow", "api-databricks", "api-scoring", "web"],
    &["server"],
    &["brickyard"],
];

/// Crates that know neither a runtime, nor an engine, nor a protocol.
const PURE: &[&str] = &["error", "spec", "ml", "exchange"];
const IMPURE_DEPENDENCIES: &[&str] =
    &["tokio", "tonic", "axum", "datafusion", "object_store", "sqlx", "hyper", "reqwest"];

/// The doors, and who else may know a protocol's library.
const DOORS: &[&str] = &["api-spark", "api-mlflow", "api-databricks", "api-scoring", "web"];
const KNOW_PROTOCOLS: &[&str] = &["server", "cluster"];
/// Protobuf alone: ONNX's files are messages.
const KNOW_MESSAGES: &[&str] = &["exchange"];

/// A crate of the workspace, as `cargo metadata` tells it.
struct Package {
    name: String,
    manifest_path: PathBuf,
    /// Names of what it depends on, but for tests and builds.
    dependencies: BTreeSet<String>,
}

fn workspace() -> Vec<Package> {
    let mut cargo = std::process::Command::new(env!("CARGO"));
    let output = cargo.args(["metadata", "--no-deps", "--format-version=1"]).current_dir(root()).output().unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let package = |package: &Value| {
        let used = package["dependencies"].as_array().unwrap().iter().filter(|dependency| dependency["kind"].is_null());
        Package {
            name: text(&package["name"]),
            manifest_path: PathBuf::from(text(&package["manifest_path"])),
            dependencies: used.map(|dependency| text(&dependency["name"])).collect(),
        }
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// The folder's name: `brickyard-ml` lives in `crates/ml`.
fn room(package: &Package) -> &str {
    package.name.strip_prefix("brickyard-").unwrap_or(&package.name)
}

fn floor(room: &str) -> usize {
    FLOORS.iter().position(|floor| floor.contains(&room)).unwrap_or_else(|| panic!("{room} has no floor in tidy.rs"))
}

#[test]
fn imports_point_down_and_doors_never_meet() {
    for package in &workspace() {
        let room = room(package);
        for below in package.dependencies.iter().filter_map(|name| name.strip_prefix("brickyard-")) {
            assert!(floor(below) < floor(room), "{room} imports {below}, which is not below it");
        }
    }
}

#[test]
fn the_ground_is_pure() {
    for package in workspace().iter().filter(|package| PURE.contains(&room(package))) {
        for name in IMPURE_DEPENDENCIES {
            assert!(!package.dependencies.contains(*name), "{} depends on {name}", package.name);
        }
        for file in rust_files(&root().join("crates").join(room(package)).join("src")) {
            let text = std::fs::read_to_string(&file).unwrap();
            for clock in ["SystemTime::now", "Instant::now", "Utc::now", "Local::now"] {
                assert!(!text.contains(clock), "{} reads the clock", file.display());
            }
        }
    }
}

#[test]
fn only_doors_know_protocols() {
    for package in &workspace() {
        let room = room(package);
        if DOORS.contains(&room) || KNOW_PROTOCOLS.contains(&room) {
            continue;
        }
        for name in ["axum", "tonic", "prost"] {
            if name == "prost" && KNOW_MESSAGES.contains(&room) {
                continue;
            }
            assert!(!package.dependencies.contains(name), "{room} depends on {name}, and is no door");
        }
    }
}

#[test]
fn only_meta_speaks_sql_and_only_lake_writes_delta() {
    for package in &workspace() {
        let room = room(package);
        assert!(room == "meta" || !package.dependencies.contains("sqlx"), "{room} speaks SQL to the store");
        assert!(room == "lake" || !package.dependencies.contains("deltalake-core"), "{room} knows Delta logs");
    }
}

#[test]
fn versions_live_in_the_workspace_table() {
    for package in &workspace() {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        let table: toml::Table = manifest.parse().unwrap();
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in table.get(section).and_then(|table| table.as_table()).into_iter().flatten() {
                let shared = value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
                assert!(shared, "{}: {name} names its own version", package.name);
            }
        }
    }
}

#[test]
fn every_file_opens_with_its_idea_and_none_is_a_giant() {
    for file in rust_files(&root().join("crates")) {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//!"), "{} does not open with its idea", file.display());
        let lines = text.lines().count();
        assert!(lines <= 900, "{} has {lines} lines; look for the second subject", file.display());
        for unfinished in ["todo!(", "unimplemented!(", "FIXME"] {
            let here = file.ends_with("tidy.rs");
            assert!(here || !text.contains(unfinished), "{} holds {unfinished}", file.display());
        }
    }
}

#[test]
fn main_is_short() {
    let main = std::fs::read_to_string(root().join("crates/brickyard/src/main.rs")).unwrap();
    assert!(main.lines().count() < 50);
}

#[test]
fn every_error_page_belongs_to_a_code() {
    for entry in std::fs::read_dir(root().join("docs/errors")).unwrap() {
        let path = entry.unwrap().path();
        let id = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(brickyard_error::codes::by_id(&id).is_some(), "{} explains no code", path.display());
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found
}
