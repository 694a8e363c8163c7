//! The plain-SQL cases of `gold/sql`, recorded from real Spark 4.2: schema, rows, what `show` prints, errors.

use crate::{Bench, bench, sql, values};
use brickyard_engine::types::to_json;
use serde_json::{Value as Json, json};
use std::path::Path;

/// Cases where Brickyard differs, and why. A case that agrees must leave this table.
const KNOWN_GAPS: &[(&str, &str)] = &[
    ("aggregates/spread", "corr differs in the last bit: another formula"),
    ("arithmetic/math", "exp(1) differs in the last bit: Java's StrictMath"),
    ("show/intervals", "the units of an interval's type are not kept"),
];

/// What differs, in words; nothing when all agrees.
async fn difference(bench: &Bench, case: &Json) -> Option<String> {
    let text = case["sql"].as_str().unwrap();
    let frame = sql(&bench.session, text).await;
    let answered = match frame {
        Ok(frame) => match frame.collect().await {
            Ok(batches) => Ok((frame, batches)),
            Err(failure) => Err(failure),
        },
        Err(failure) => Err(failure),
    };
    let (frame, batches) = match (answered, case.get("error")) {
        (Ok(answered), None) => answered,
        (Err(failure), None) => return Some(format!("fails: {failure}")),
        (Ok(_), Some(error)) => return Some(format!("succeeds, and should fail with {}", error["condition"])),
        (Err(failure), Some(error)) => return wrong_error(&failure, error),
    };
    let schema = to_json(&frame.schema());
    if schema != case["schema"] {
        let fields = schema["fields"].as_array().unwrap().iter().zip(case["schema"]["fields"].as_array().unwrap());
        let differing: Vec<String> =
            fields.filter(|(a, b)| a != b).map(|(a, b)| format!("\n      {a}\n      {b}")).collect();
        return Some(format!("schema: {}", differing.concat()));
    }
    let mut rows: Vec<Json> = Vec::new();
    for batch in &batches {
        for row in 0..batch.num_rows() {
            rows.push(batch.columns().iter().map(|column| values::value(column, row)).collect());
        }
    }
    if !agree(&Json::Array(rows.clone()), &case["rows"]) {
        return Some(format!("rows: {}\n      not {}", Json::Array(rows), case["rows"]));
    }
    let shown = frame.show_string(20, 20, false).await.unwrap() + "\n";
    if json!(shown) != case["show"] {
        return Some(format!("show:\n{shown}\n      not\n{}", case["show"].as_str().unwrap()));
    }
    None
}

/// Equal, but for the last bit of fractions: `serde_json` may read one beside the nearest.
fn agree(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agree(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| agree(a, b)))
        }
        (Json::Number(x), Json::Number(y)) if x.is_f64() && y.is_f64() => {
            let (x, y) = (x.as_f64().unwrap(), y.as_f64().unwrap());
            x.to_bits().abs_diff(y.to_bits()) <= 1
        }
        _ => a == b,
    }
}

fn wrong_error(failure: &brickyard_error::Failure, error: &Json) -> Option<String> {
    let Some(condition) = failure.condition() else {
        return Some(format!("no condition, and should be {}: {failure}", error["condition"]));
    };
    let mut parameters = json!(condition.parameters);
    // Our own catalog's default stands where Spark's does.
    if error["parameters"].get("searchPath").is_none() {
        parameters.as_object_mut().unwrap().remove("searchPath");
    }
    let found = json!([condition.class, condition.sql_state, parameters]);
    let wanted = json!([error["condition"], error["sqlState"], error["parameters"]]);
    (found != wanted).then(|| format!("error: {found}\n      not {wanted}"))
}

#[tokio::test]
async fn sql_answers_as_spark_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../gold/sql");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut total, mut problems) = (0, Vec::new());
    for file in files {
        let group = file.file_stem().unwrap().to_string_lossy().into_owned();
        let gold: Json = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let bench = bench().await;
        for view in gold["setup"].as_array().unwrap() {
            sql(&bench.session, view.as_str().unwrap()).await.unwrap();
        }
        for case in gold["cases"].as_array().unwrap().iter().filter(|case| case.get("sql").is_some()) {
            total += 1;
            let name = format!("{group}/{}", case["name"].as_str().unwrap());
            let gap = KNOWN_GAPS.iter().find(|(known, _)| *known == name);
            match (difference(&bench, case).await, gap) {
                (None, Some((_, why))) => problems.push(format!("{name}: agrees now, though \"{why}\"")),
                (Some(difference), None) => problems.push(format!("{name}: {difference}")),
                _ => {}
            }
        }
    }
    assert!(total > 100, "only {total} cases were found");
    assert!(problems.is_empty(), "{} of {total} cases:\n  {}", problems.len(), problems.join("\n  "));
}
