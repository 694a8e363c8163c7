//! The room's rules over a store in memory, with a clock of our own.

use crate::rows::*;
use crate::{
    ExperimentQuery, LoggedModelQuery, LoggedModelRequest, MetricOrder, ModelUri, RegistryQuery, RunQuery, RunRequest,
    Tracking, VersionRequest,
};
use brickyard_error::codes;
use brickyard_meta::Meta;
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

struct Room {
    tracking: Tracking,
    _folder: tempfile::TempDir,
}

impl std::ops::Deref for Room {
    type Target = Tracking;
    fn deref(&self) -> &Tracking {
        &self.tracking
    }
}

/// A new room whose clock goes on a millisecond at every look.
async fn room() -> Room {
    let folder = tempfile::tempdir().unwrap();
    let clock = AtomicI64::new(1_000);
    let clock = Arc::new(move || clock.fetch_add(1, Ordering::Relaxed));
    let meta = Meta::in_memory().await.unwrap();
    let tracking = Tracking::open_with_clock(meta, folder.path(), clock).await.unwrap();
    Room { tracking, _folder: folder }
}

fn pair(key: &str, value: &str) -> Pair {
    Pair { key: key.into(), value: value.into() }
}

fn metric(key: &str, value: f64, timestamp_ms: i64, step: i64) -> MetricEntry {
    let metric = MetricRow { key: key.into(), value, timestamp_ms, step };
    MetricEntry { metric, model_id: None, dataset_name: None, dataset_digest: None }
}

fn all_runs(filter: &str, order_by: &[&str]) -> RunQuery {
    RunQuery {
        experiment_ids: vec!["0".into()],
        filter: filter.into(),
        order_by: order_by.iter().map(|order| (*order).to_owned()).collect(),
        view: View::ActiveOnly,
        max_results: None,
        page_token: None,
    }
}

#[tokio::test]
async fn the_latest_metric_has_the_greatest_step_then_time_then_value() {
    // Values logged as (value, time, step), in order, and the one that counts.
    type Logged = &'static [(f64, i64, i64)];
    let rows: [(Logged, f64); 6] = [
        (&[(1.0, 10, 0), (2.0, 20, 0)], 2.0),
        (&[(1.0, 10, 5), (2.0, 20, 0)], 1.0),
        (&[(3.0, 10, 0), (2.0, 10, 0)], 3.0),
        (&[(2.0, 10, 0), (3.0, 10, 0)], 3.0),
        (&[(1.0, 10, -1), (2.0, 5, -2)], 1.0),
        (&[(f64::INFINITY, 10, 0)], f64::MAX),
    ];
    let room = room().await;
    for (logged, latest) in rows {
        for one_batch in [true, false] {
            let run = room.create_run(RunRequest::default()).await.unwrap();
            let entries: Vec<_> = logged.iter().map(|(value, time, step)| metric("m", *value, *time, *step)).collect();
            let batches = if one_batch { vec![entries] } else { entries.into_iter().map(|one| vec![one]).collect() };
            for metrics in batches {
                room.log(&run.run_id, Batch { metrics, ..Batch::default() }).await.unwrap();
            }
            let found = room.run(&run.run_id).await.unwrap().metrics;
            assert_eq!(found.iter().map(|m| m.value).collect::<Vec<_>>(), [latest], "{logged:?}");
        }
    }
}

#[tokio::test]
async fn a_metric_logged_twice_is_kept_once_and_nan_is_kept() {
    let room = room().await;
    let run = room.create_run(RunRequest::default()).await.unwrap().run_id;
    for value in [f64::NAN, 1.0, f64::NAN, 1.0] {
        room.log(&run, Batch { metrics: vec![metric("m", value, 1, 1)], ..Batch::default() }).await.unwrap();
    }
    let history = room.metric_history(&run, "m", None, None).await.unwrap().rows;
    assert_eq!(history.len(), 2);
    assert_eq!(history.iter().filter(|m| m.value.is_nan()).count(), 1);
}

#[tokio::test]
async fn histories_come_in_pages_and_samples() {
    let room = room().await;
    let run = room.create_run(RunRequest::default()).await.unwrap().run_id;
    let metrics = (0..100).map(|step| metric("m", step as f64, step, step)).collect();
    room.log(&run, Batch { metrics, ..Batch::default() }).await.unwrap();
    let first = room.metric_history(&run, "m", Some(60), None).await.unwrap();
    let second = room.metric_history(&run, "m", Some(60), first.next_token.as_deref()).await.unwrap();
    assert_eq!((first.rows.len(), second.rows.len(), second.next_token), (60, 40, None));

    for (max_rows, steps, expected) in [
        (1, None, vec![99]),
        (2, None, vec![0, 99]),
        (4, None, vec![0, 33, 66, 99]),
        (3, Some((10, 12)), vec![10, 11, 12]),
        (500, Some((97, 1000)), vec![97, 98, 99]),
    ] {
        let interval = Interval { steps, max_rows };
        let found = room.metric_samples(vec![run.clone()], "m", interval).await.unwrap();
        let found: Vec<i64> = found.iter().map(|row| row.metric.step).collect();
        assert_eq!(found, expected, "{interval:?}");
    }
}

#[tokio::test]
async fn a_refused_batch_writes_nothing() {
    let room = room().await;
    let run = room.create_run(RunRequest::default()).await.unwrap().run_id;
    room.log_params(&run, vec![pair("lr", "0.1")]).await.unwrap();
    room.log_params(&run, vec![pair("lr", "0.1")]).await.unwrap();
    let bad = [
        Batch { params: vec![pair("new", "1"), pair("lr", "0.2")], ..Batch::default() },
        Batch { params: vec![pair("new", "1"), pair("new", "1")], ..Batch::default() },
        Batch { params: vec![pair("new", &"x".repeat(6001))], ..Batch::default() },
        Batch { params: (0..101).map(|i| pair(&format!("p{i}"), "")).collect(), ..Batch::default() },
        Batch { metrics: (0..1001).map(|i| metric("m", 0.0, i, i)).collect(), ..Batch::default() },
        Batch {
            metrics: (0..950).map(|i| metric("m", 0.0, i, i)).collect(),
            params: (0..51).map(|i| pair(&format!("p{i}"), "")).collect(),
            ..Batch::default()
        },
        Batch { metrics: vec![metric("m", 1.0, -1, 0)], ..Batch::default() },
        Batch { metrics: vec![metric("m", 1.0, 1, 0)], tags: vec![pair("../t", "")], ..Batch::default() },
    ];
    for batch in bad {
        let batch = Batch { tags: [batch.tags.clone(), vec![pair("seen", "1")]].concat(), ..batch };
        let failure = room.log(&run, batch).await.unwrap_err();
        assert_eq!(failure.code(), &codes::tracking::INVALID, "{failure}");
    }
    let run = room.run(&run).await.unwrap();
    assert_eq!(run.params, [pair("lr", "0.1")]);
    assert!(run.metrics.is_empty());
    assert!(run.tags.iter().all(|tag| tag.key == "mlflow.runName"));
}

#[tokio::test]
async fn deleted_runs_and_experiments_take_nothing() {
    let room = room().await;
    let id = room.create_experiment("e", None, Vec::new()).await.unwrap().to_string();
    let request = || RunRequest { experiment_id: id.clone(), ..RunRequest::default() };
    let run = room.create_run(request()).await.unwrap().run_id;
    room.delete_experiment(&id).await.unwrap();
    assert!(room.delete_experiment(&id).await.is_err(), "twice");
    assert!(room.create_run(request()).await.is_err());
    assert!(room.set_tags(&run, vec![pair("a", "b")]).await.is_err());
    assert!(room.create_experiment("e", None, Vec::new()).await.is_err(), "the name stays taken");
    room.restore_experiment(&id).await.unwrap();
    room.set_tags(&run, vec![pair("a", "b"), pair("mlflow.runName", "renamed")]).await.unwrap();
    assert_eq!(room.run(&run).await.unwrap().name, "renamed");
    room.delete_run(&run).await.unwrap();
    assert!(room.log_params(&run, vec![pair("a", "b")]).await.is_err());
}

#[tokio::test]
async fn run_searches() {
    let room = room().await;
    // name, loss, depth, kind
    let runs = [
        ("a", Some(3.0), "5", Some("x")),
        ("b", Some(f64::NAN), "10", None),
        ("c", None, "7", Some("Xy")),
        ("d", Some(1.0), "6", None),
    ];
    for (name, loss, depth, kind) in runs {
        let request = RunRequest { name: Some(name.into()), user: "ada".into(), ..RunRequest::default() };
        let run = room.create_run(request).await.unwrap().run_id;
        let batch = Batch {
            metrics: loss.map(|loss| metric("loss", loss, 1, 0)).into_iter().collect(),
            params: vec![pair("max depth", depth)],
            tags: kind.map(|kind| pair("kind", kind)).into_iter().collect(),
        };
        room.log(&run, batch).await.unwrap();
        if name == "d" {
            let dataset = DatasetRow {
                name: "flights".into(),
                digest: "d1".into(),
                source_type: "local".into(),
                source: "{}".into(),
                schema: None,
                profile: None,
            };
            let tags = vec![pair("mlflow.data.context", "train")];
            room.log_inputs(&run, vec![RunDataset { dataset, tags }], vec!["m-1".into()]).await.unwrap();
            room.end_run(&run, RunStatus::Finished).await.unwrap();
        }
    }
    let rows: [(&str, &[&str], &str); 22] = [
        ("", &[], "dcba"),
        ("", &["metrics.loss ASC"], "dabc"),
        ("", &["metrics.loss DESC"], "adbc"),
        ("", &["params.`max depth`"], "badc"),
        ("", &["tags.kind DESC"], "acdb"),
        ("", &["attributes.end_time", "run_name"], "dabc"),
        ("metrics.loss > 0", &[], "da"),
        ("metrics.loss != 3", &[], "db"),
        ("metrics.loss = 0", &[], ""),
        ("params.`max depth` != '10'", &["run_name ASC"], "acd"),
        ("params.\"max depth\" IS NULL", &[], ""),
        ("tags.kind IS NULL", &[], "db"),
        ("tags.kind IS NOT NULL", &[], "ca"),
        ("tags.kind LIKE 'x%'", &[], "a"),
        ("tags.kind ILIKE 'x%'", &[], "ca"),
        ("attributes.run_name = 'b'", &[], "b"),
        ("run_name LIKE '%' AND status = 'FINISHED'", &[], "d"),
        ("user_id = 'ada' AND status != 'FINISHED'", &[], "cba"),
        ("datasets.name = 'flights' AND dataset.context = 'train'", &[], "d"),
        ("datasets.name IN ('x', 'flights')", &[], "d"),
        ("dataset.context = 'eval'", &[], ""),
        ("start_time > 0 AND metrics.loss <= 1", &[], "d"),
    ];
    for (filter, order_by, expected) in rows {
        let found = room.search_runs(all_runs(filter, order_by)).await.unwrap();
        let names: String = found.rows.iter().map(|run| run.name.as_str()).collect();
        assert_eq!(names, expected, "{filter} {order_by:?}");
    }
    let mut query = RunQuery { max_results: Some(3), ..all_runs("", &["run_name"]) };
    let first = room.search_runs(query.clone()).await.unwrap();
    query.page_token = first.next_token.clone();
    let second = room.search_runs(query.clone()).await.unwrap();
    assert_eq!((first.rows.len(), second.rows.len(), second.next_token), (3, 1, None));
    for (token, max_results) in
        [(Some("nonsense"), None), (None, Some(0)), (None, Some(50_001)), (Some("row--1"), None)]
    {
        let query = RunQuery { page_token: token.map(str::to_owned), max_results, ..all_runs("", &[]) };
        assert!(room.search_runs(query).await.is_err(), "{token:?} {max_results:?}");
    }
    let many_joins: Vec<String> = (0..30).map(|i| format!("metrics.m{i}")).collect();
    let many: Vec<&str> = many_joins.iter().map(String::as_str).collect();
    assert_eq!(room.search_runs(all_runs("", &many)).await.unwrap().rows.len(), 4);
    let long = vec!["metrics.loss < 9"; 100].join(" AND ");
    assert_eq!(room.search_runs(all_runs(&long, &[])).await.unwrap().rows.len(), 2);
}

#[tokio::test]
async fn experiment_searches() {
    let room = room().await;
    for name in ["b1", "a1", "A2"] {
        room.create_experiment(name, None, vec![pair("team", name)]).await.unwrap();
    }
    let rows: [(&str, &[&str], &str); 8] = [
        ("", &[], "A2 a1 b1 Default"),
        ("name LIKE 'a%'", &[], "a1"),
        ("name ILIKE 'a%'", &["name ASC"], "A2 a1"),
        ("tags.team = 'b1'", &[], "b1"),
        ("tags.team IS NULL", &[], "Default"),
        ("experiment_id IN ('0', '1')", &["experiment_id"], "Default b1"),
        ("experiment_id = '1'", &[], "b1"),
        ("creation_time < 1", &[], ""),
    ];
    for (filter, order_by, expected) in rows {
        let query = ExperimentQuery {
            filter: filter.into(),
            order_by: order_by.iter().map(|order| (*order).to_owned()).collect(),
            view: View::ActiveOnly,
            max_results: None,
            page_token: None,
        };
        let found = room.search_experiments(query).await.unwrap().rows;
        let names: Vec<&str> = found.iter().map(|experiment| experiment.name.as_str()).collect();
        assert_eq!(names.join(" "), expected, "{filter} {order_by:?}");
    }
}

#[tokio::test]
async fn versions_count_up_and_aliases_follow() {
    let room = room().await;
    room.create_registered_model("delays", "", vec![pair("k", "v")]).await.unwrap();
    assert!(room.create_registered_model("delays", "", vec![]).await.is_err());
    let request = || VersionRequest { name: "delays".into(), source: "/models/x".into(), ..VersionRequest::default() };
    for expected in 1..=3 {
        assert_eq!(room.create_version(request()).await.unwrap().version, expected);
    }
    room.set_alias("delays", "champion", 3).await.unwrap();
    room.set_alias("delays", "old", 1).await.unwrap();
    assert!(room.set_alias("delays", "ghost", 9).await.is_err());
    room.delete_version("delays", 3).await.unwrap();
    assert!(room.version("delays", 3).await.is_err());
    assert!(room.version_by_alias("delays", "champion").await.is_err(), "the alias went with its version");
    assert_eq!(room.create_version(request()).await.unwrap().version, 4, "numbers are never reused");

    room.set_stage("delays", 1, "staging", false).await.unwrap();
    room.set_stage("delays", 2, "Staging", true).await.unwrap();
    assert_eq!(room.version("delays", 1).await.unwrap().stage, Stage::Archived);
    assert!(room.set_stage("delays", 1, "nowhere", false).await.is_err());
    assert!(room.set_stage("delays", 1, "Archived", true).await.is_err());

    room.rename_registered_model("delays", "late").await.unwrap();
    assert_eq!(room.version_by_alias("late", "old").await.unwrap().version, 1);
    assert_eq!(room.registered_model("late").await.unwrap().tags, [pair("k", "v")]);
    let found =
        room.search_versions(RegistryQuery { filter: "name = 'late'".into(), ..RegistryQuery::default() }).await;
    assert_eq!(found.unwrap().rows.len(), 3);
    room.delete_registered_model("late").await.unwrap();
    assert!(room.registered_model("late").await.is_err());
}

#[tokio::test]
async fn pending_versions_are_not_found_until_finished() {
    let room = room().await;
    let first = room.begin_version("my model", None, "ada").await.unwrap();
    let latest = ModelUri::parse("models:/my model").unwrap();
    assert!(room.resolve(&latest).await.is_err());
    room.artifacts().put_bytes(&first.path.join("metadata").unwrap(), Bytes::from_static(b"1")).await.unwrap();
    room.finish_version(&first).await.unwrap();
    let second = room.begin_version("my model", None, "ada").await.unwrap();
    assert_eq!((first.version, second.version), (1, 2));

    let found = room.resolve(&latest).await.unwrap();
    assert_eq!((found.version, found.location.read("metadata").await.unwrap()), (Some(1), Bytes::from_static(b"1")));
    assert_eq!(std::fs::read(found.location.local_path().join("metadata")).unwrap(), b"1");
    let pending = room.resolve(&ModelUri::parse("my model/2").unwrap()).await.unwrap_err();
    assert_eq!(pending.code(), &codes::tracking::NOT_READY);
    room.fail_version(&second, "the disk was full").await.unwrap();
    let failed = room.resolve(&ModelUri::parse("my model/2").unwrap()).await.unwrap_err();
    assert!(failed.message().contains("the disk was full"), "{failed}");
}

#[tokio::test]
async fn every_source_resolves_to_its_files() {
    let room = room().await;
    let run = room.create_run(RunRequest::default()).await.unwrap();
    let stored = crate::ArtifactPath::parse(run.artifact_uri.trim_start_matches("mlflow-artifacts:/")).unwrap();
    room.artifacts().put_bytes(&stored.join("plain/MLmodel").unwrap(), Bytes::from_static(b"run")).await.unwrap();
    let logged = LoggedModelRequest {
        experiment_id: "0".into(),
        name: Some("clf".into()),
        source_run_id: Some(run.run_id.clone()),
        ..LoggedModelRequest::default()
    };
    let logged = room.create_logged_model(logged).await.unwrap();
    let folder = crate::ArtifactPath::parse(logged.artifact_uri.trim_start_matches("mlflow-artifacts:/")).unwrap();
    room.artifacts().put_bytes(&folder.join("MLmodel").unwrap(), Bytes::from_static(b"logged")).await.unwrap();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("MLmodel"), b"local").unwrap();
    room.create_registered_model("m", "", vec![]).await.unwrap();
    let rows = [
        (format!("runs:/{}/plain", run.run_id), "run"),
        (format!("{}/plain", run.artifact_uri), "run"),
        (format!("mlflow-artifacts://localhost:5000/{}/plain", stored.as_str()), "run"),
        (format!("runs:/{}/clf", run.run_id), "logged"),
        (format!("models:/{}", logged.model_id), "logged"),
        (outside.path().display().to_string(), "local"),
        (format!("file://{}", outside.path().display()), "local"),
        ("models:/m/4".to_owned(), "logged"),
    ];
    for (position, (source, content)) in rows.into_iter().enumerate() {
        let request = VersionRequest { name: "m".into(), source: source.clone(), ..VersionRequest::default() };
        let version = room.create_version(request).await.unwrap();
        assert_eq!(version.version, position as i64 + 1);
        let uri = ModelUri::parse(&format!("models:/m/{}", version.version)).unwrap();
        let location = room.resolve(&uri).await.unwrap().location;
        assert_eq!(location.read("MLmodel").await.unwrap(), content, "{source}");
        assert_eq!(location.files().await.unwrap().len(), 1, "{source}");
        assert!(location.read("../MLmodel").await.is_err());
    }
    for bad in ["", "runs:/nope/x", "models:/m/99", "models:/m-00000000000000000000000000000000", "/a/../b"] {
        let request = VersionRequest { name: "m".into(), source: bad.into(), ..VersionRequest::default() };
        let failure = room.create_version(request).await.unwrap_err();
        assert_eq!(failure.code(), &codes::tracking::INVALID, "{bad}");
    }
}

#[tokio::test]
async fn prompts_and_models_are_searched_apart() {
    let room = room().await;
    room.create_registered_model("model", "", vec![]).await.unwrap();
    room.create_registered_model("prompt", "", vec![pair("mlflow.prompt.is_prompt", "true")]).await.unwrap();
    for (filter, expected) in [("", "model"), ("tags.`mlflow.prompt.is_prompt` = 'true'", "prompt")] {
        let query = RegistryQuery { filter: filter.into(), ..RegistryQuery::default() };
        let found = room.search_registered_models(query).await.unwrap().rows;
        assert_eq!(found.iter().map(|model| model.name.as_str()).collect::<Vec<_>>(), [expected]);
    }
}

#[tokio::test]
async fn logged_models_carry_the_metrics_measured_on_them() {
    let room = room().await;
    let run = room.create_run(RunRequest::default()).await.unwrap().run_id;
    let mut ids = Vec::new();
    for (loss, dataset) in [(0.5, "train"), (0.1, "eval")] {
        let request = LoggedModelRequest {
            experiment_id: "0".into(),
            name: Some(dataset.into()),
            params: vec![pair("lr", "1")],
            ..LoggedModelRequest::default()
        };
        let model = room.create_logged_model(request).await.unwrap();
        let entry = MetricEntry {
            model_id: Some(model.model_id.clone()),
            dataset_name: Some(dataset.into()),
            ..metric("loss", loss, 1, 0)
        };
        room.log(&run, Batch { metrics: vec![entry], ..Batch::default() }).await.unwrap();
        ids.push(model.model_id);
    }
    let unknown = MetricEntry { model_id: Some("m-unknown".into()), ..metric("loss", 9.0, 2, 0) };
    room.log(&run, Batch { metrics: vec![unknown], ..Batch::default() }).await.unwrap();
    assert_eq!(room.run(&run).await.unwrap().metrics[0].value, 9.0);

    let by_loss = |descending| MetricOrder { field_name: "metrics.loss".into(), descending, dataset: None };
    let on = |name: &str| vec![(name.to_owned(), None)];
    let rows = [
        ("", vec![], vec![], "eval train"),
        ("", vec![], vec![by_loss(true)], "train eval"),
        ("metrics.loss < 0.3", vec![], vec![], "eval"),
        ("metrics.loss < 0.3", on("train"), vec![], ""),
        ("", on("train"), vec![], "train"),
        ("params.lr = '1' AND name LIKE 't%'", vec![], vec![], "train"),
    ];
    for (filter, datasets, order_by, expected) in rows {
        let query = LoggedModelQuery {
            experiment_ids: vec!["0".into()],
            filter: filter.into(),
            datasets,
            order_by,
            ..LoggedModelQuery::default()
        };
        let found = room.search_logged_models(query).await.unwrap().rows;
        let names: Vec<&str> = found.iter().map(|model| model.name.as_str()).collect();
        assert_eq!(names.join(" "), expected, "{filter}");
    }
    room.delete_logged_model(&ids[0]).await.unwrap();
    assert!(room.logged_model(&ids[0]).await.is_err());
}
