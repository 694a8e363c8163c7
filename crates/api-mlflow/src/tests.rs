//! Scenarios of requests and answers, as clients of MLflow 3.17 send them.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use brickyard_meta::Meta;
use brickyard_tracking::Tracking;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::collections::HashMap;
use tower::ServiceExt;

/// A server with what earlier answers gave: `$run` in a path or a body stands for what was kept under `run`.
struct Scenario {
    router: Router,
    kept: HashMap<&'static str, String>,
    _folder: tempfile::TempDir,
}

impl Scenario {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tracking = Tracking::open(Meta::in_memory().await.unwrap(), folder.path()).await.unwrap();
        Scenario { router: crate::router(tracking), kept: HashMap::new(), _folder: folder }
    }

    fn filled(&self, text: &str) -> String {
        self.kept.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
    }

    async fn send(&self, method: &str, path: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        let request = Request::builder().method(method).uri(self.filled(path)).body(Body::from(body)).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.into_body().collect().await.unwrap().to_bytes().to_vec())
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { Vec::new() } else { self.filled(&body.to_string()).into_bytes() };
        let (status, answer) = self.send(method, path, body).await;
        (status, serde_json::from_slice(&answer).unwrap_or(Value::Null))
    }

    /// Sends, and keeps the text at a JSON pointer under a name.
    async fn keep(&mut self, name: &'static str, method: &str, path: &str, body: Value, pointer: &str) {
        let (status, answer) = self.ask(method, path, &body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        self.kept.insert(name, answer.pointer(pointer).and_then(Value::as_str).unwrap().to_owned());
    }

    /// Sends each and compares the status and the fields that are expected.
    async fn check(&self, steps: &[(&str, &str, Value, u16, Value)]) {
        for (method, path, body, status, expected) in steps {
            let (found_status, found) = self.ask(method, path, body).await;
            assert_eq!(found_status, *status, "{method} {path} {body}: {found}");
            let expected: Value = serde_json::from_str(&self.filled(&expected.to_string())).unwrap();
            assert!(contains(&found, &expected), "{method} {path} {body}:\nfound    {found}\nexpected {expected}");
        }
    }
}

/// Whether everything expected is in what was found; objects may have more fields.
fn contains(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            expected.iter().all(|(key, expected)| found.get(key).is_some_and(|found| contains(found, expected)))
        }
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len()
                && found.iter().zip(expected).all(|(found, expected)| contains(found, expected))
        }
        _ => found == expected,
    }
}

const V2: &str = "/api/2.0/mlflow";

#[tokio::test]
async fn probes() {
    let scenario = Scenario::new().await;
    assert_eq!(scenario.send("GET", "/health", vec![]).await, (200, b"OK".to_vec()));
    assert_eq!(scenario.send("GET", "/version", vec![]).await, (200, b"3.17.2".to_vec()));
    let info = json!({"store_type": "SqlStore", "multipart_uploads_enabled": false});
    for base in ["/api", "/ajax-api"] {
        scenario.check(&[("GET", &format!("{base}/3.0/mlflow/server-info"), Value::Null, 200, info.clone())]).await;
    }
}

#[tokio::test]
async fn a_run_as_the_wire_sees_it() {
    let mut scenario = Scenario::new().await;
    let create =
        json!({"experiment_id": "0", "run_name": "r", "start_time": "1700000000000", "user_id": "ada", "tags": []});
    scenario.keep("run", "POST", &format!("{V2}/runs/create"), create, "/run/info/run_id").await;
    let log = |path: &str| format!("{V2}/runs/{path}");
    let run = json!({"run": {
        "info": {
            "run_id": "$run", "run_uuid": "$run", "run_name": "r", "experiment_id": "0", "user_id": "ada",
            "status": "FINISHED", "start_time": 1_700_000_000_000_i64, "end_time": 1_700_000_000_001_i64,
            "artifact_uri": "mlflow-artifacts:/0/$run/artifacts", "lifecycle_stage": "active",
        },
        "data": {
            "metrics": [
                {"key": "a", "value": 0.30000000000000004, "timestamp": 5, "step": 2},
                {"key": "n", "value": "NaN", "timestamp": 5, "step": 0},
            ],
            "params": [{"key": "p", "value": "1"}],
            "tags": [{"key": "mlflow.runName", "value": "r"}, {"key": "t", "value": "x"}],
        },
        "inputs": {"dataset_inputs": [], "model_inputs": []},
        "outputs": {"model_outputs": []},
    }});
    let steps = [
        (
            "POST",
            log("log-metric"),
            json!({"run_uuid": "$run", "key": "a", "value": 1, "timestamp": 4, "step": 1}),
            200,
            json!({}),
        ),
        (
            "POST",
            log("log-batch"),
            json!({"run_id": "$run", "metrics": [
                {"key": "a", "value": 0.30000000000000004, "timestamp": "5", "step": "2"},
                {"key": "n", "value": "NaN", "timestamp": 5},
            ]}),
            200,
            json!({}),
        ),
        ("POST", log("log-parameter"), json!({"run_id": "$run", "key": "p", "value": "1"}), 200, json!({})),
        (
            "POST",
            log("set-tag"),
            json!({"run_id": "$run", "run_uuid": "$run", "key": "t", "value": "x"}),
            200,
            json!({}),
        ),
        (
            "POST",
            log("update"),
            json!({"run_id": "$run", "status": "FINISHED", "end_time": 1_700_000_000_001_i64}),
            200,
            json!({"run_info": {"status": "FINISHED"}}),
        ),
        ("GET", log("get?run_id=$run&run_uuid=$run"), Value::Null, 200, run.clone()),
        (
            "POST",
            log("search"),
            json!({"experiment_ids": ["0"], "filter": "metrics.a < 1"}),
            200,
            json!({"runs": [run["run"]]}),
        ),
        (
            "GET",
            format!("{V2}/metrics/get-history?run_id=$run&metric_key=a&max_results=1"),
            Value::Null,
            200,
            json!({"metrics": [{"key": "a", "value": 1.0, "timestamp": 4, "step": 1}], "next_page_token": "row-1"}),
        ),
        (
            "GET",
            "/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=$run&run_id=$run&metric_key=n".into(),
            Value::Null,
            200,
            json!({"metrics": [{"key": "n", "value": "NaN", "run_id": "$run"}]}),
        ),
        (
            "POST",
            log("log-inputs"),
            json!({"run_id": "$run", "datasets": [{"tags": [{"key": "mlflow.data.context", "value": "c"}],
            "dataset": {"name": "d", "digest": "1", "source_type": "local", "source": "{}", "schema": null}}]}),
            200,
            json!({}),
        ),
        (
            "POST",
            "/api/2.0mlflow/experiments/search-datasets".into(),
            json!({"experiment_ids": ["0"]}),
            200,
            json!({"dataset_summaries": [{"experiment_id": "0", "name": "d", "digest": "1", "context": "c"}]}),
        ),
    ];
    for (method, path, body, status, expected) in steps {
        scenario.check(&[(method, &path, body, status, expected)]).await;
    }
}

#[tokio::test]
async fn bodies_on_delete_and_patch() {
    let mut scenario = Scenario::new().await;
    let model = json!({"experiment_id": "0", "name": "clf", "params": [{"key": "lr", "value": "1"}]});
    scenario.keep("model", "POST", &format!("{V2}/logged-models"), model, "/model/info/model_id").await;
    let at = |path: &str| format!("{V2}/{path}");
    let steps = [
        (
            "PATCH",
            at("logged-models/$model"),
            json!({"status": "LOGGED_MODEL_READY"}),
            200,
            json!({"model": {"info": {"status": "LOGGED_MODEL_READY",
                "artifact_uri": "mlflow-artifacts:/0/models/$model/artifacts"},
                "data": {"params": [{"key": "lr", "value": "1"}], "metrics": []}}}),
        ),
        (
            "PATCH",
            at("logged-models/$model/tags"),
            json!({"tags": [{"key": "a b", "value": "1"}]}),
            200,
            json!({"model": {"info": {"tags": [{"key": "a b", "value": "1"}]}}}),
        ),
        ("DELETE", at("logged-models/$model/tags/a%20b"), Value::Null, 200, json!({})),
        (
            "POST",
            at("logged-models/search"),
            json!({"experiment_ids": ["0"], "filter": "name = 'clf'", "max_results": 1}),
            200,
            json!({"models": [{"info": {"model_id": "$model"}}]}),
        ),
        (
            "POST",
            at("registered-models/create"),
            json!({"name": "m", "tags": [{"key": "k", "value": "v"}]}),
            200,
            json!({"registered_model": {"name": "m", "tags": [{"key": "k", "value": "v"}], "latest_versions": []}}),
        ),
        (
            "POST",
            at("registered-models/create"),
            json!({"name": "m"}),
            400,
            json!({"error_code": "RESOURCE_ALREADY_EXISTS"}),
        ),
        (
            "POST",
            at("model-versions/create"),
            json!({"name": "m", "source": "models:/$model"}),
            200,
            json!({"model_version": {"version": "1", "status": "READY", "current_stage": "None",
                "model_id": "$model"}}),
        ),
        (
            "GET",
            at("model-versions/get-download-uri?name=m&version=1"),
            Value::Null,
            200,
            json!({"artifact_uri": "mlflow-artifacts:/0/models/$model/artifacts"}),
        ),
        (
            "GET",
            at("logged-models/$model"),
            Value::Null,
            200,
            json!({"model": {"info": {"tags": [
            {"key": "mlflow.modelVersions", "value": "[{\"name\":\"m\",\"version\":\"1\"}]"}]}}}),
        ),
        (
            "POST",
            at("registered-models/alias"),
            json!({"name": "m", "alias": "champion", "version": "1"}),
            200,
            json!({}),
        ),
        (
            "GET",
            at("registered-models/alias?name=m&alias=champion"),
            Value::Null,
            200,
            json!({"model_version": {"version": "1", "aliases": ["champion"]}}),
        ),
        ("DELETE", at("registered-models/alias"), json!({"name": "m", "alias": "champion"}), 200, json!({})),
        (
            "GET",
            at("registered-models/alias?name=m&alias=champion"),
            Value::Null,
            400,
            json!({"error_code": "INVALID_PARAMETER_VALUE"}),
        ),
        (
            "PATCH",
            at("model-versions/update"),
            json!({"name": "m", "version": 1, "description": "d"}),
            200,
            json!({"model_version": {"description": "d"}}),
        ),
        (
            "POST",
            at("model-versions/transition-stage"),
            json!({"name": "m", "version": "1", "stage": "production",
            "archive_existing_versions": "true"}),
            200,
            json!({"model_version": {"current_stage": "Production"}}),
        ),
        (
            "GET",
            at("registered-models/get-latest-versions?name=m&stages=Production"),
            Value::Null,
            200,
            json!({"model_versions": [{"version": "1"}]}),
        ),
        (
            "GET",
            at("model-versions/search?filter=name%3D%27m%27&order_by=version_number+DESC&max_results=5"),
            Value::Null,
            200,
            json!({"model_versions": [{"version": "1"}]}),
        ),
        ("DELETE", at("model-versions/delete"), json!({"name": "m", "version": "1"}), 200, json!({})),
        ("DELETE", at("registered-models/delete"), json!({"name": "m"}), 200, json!({})),
        ("DELETE", at("logged-models/$model"), Value::Null, 200, json!({})),
        ("GET", at("logged-models/$model"), Value::Null, 404, json!({"error_code": "RESOURCE_DOES_NOT_EXIST"})),
    ];
    for (method, path, body, status, expected) in steps {
        scenario.check(&[(method, &path, body, status, expected)]).await;
    }
}

#[tokio::test]
async fn artifacts_through_the_proxy() {
    let mut scenario = Scenario::new().await;
    scenario.keep("run", "POST", &format!("{V2}/runs/create"), json!({"experiment_id": "0"}), "/run/info/run_id").await;
    let proxy = "/api/2.0/mlflow-artifacts/artifacts";
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|i| i as u8).collect();
    let (status, _) = scenario.send("PUT", &format!("{proxy}/0/$run/artifacts/m/a%20b.bin"), bytes.clone()).await;
    assert_eq!(status, 200);
    assert_eq!(scenario.send("GET", &format!("{proxy}/0/$run/artifacts/m/a%20b.bin"), vec![]).await, (200, bytes));
    let file = |path: &str| json!({"path": path, "is_dir": false, "file_size": 3_000_000});
    let steps = [
        (
            "GET",
            format!("{proxy}?path=0/$run/artifacts"),
            Value::Null,
            200,
            json!({"files": [{"path": "m", "is_dir": true}]}),
        ),
        ("GET", format!("{proxy}?path=0/$run/artifacts/m"), Value::Null, 200, json!({"files": [file("a b.bin")]})),
        ("GET", format!("{proxy}?path=nothing"), Value::Null, 200, json!({"files": []})),
        (
            "GET",
            format!("{V2}/artifacts/list?run_id=$run&path=m"),
            Value::Null,
            200,
            json!({"root_uri": "mlflow-artifacts:/0/$run/artifacts", "files": [file("m/a b.bin")]}),
        ),
        ("GET", format!("{proxy}?path=../x"), Value::Null, 400, json!({"error_code": "INVALID_PARAMETER_VALUE"})),
        ("PUT", format!("{proxy}/%2e%2e/x"), Value::Null, 400, json!({"error_code": "INVALID_PARAMETER_VALUE"})),
        ("GET", format!("{proxy}/0%2f..%2f..%2fx"), Value::Null, 400, json!({"error_code": "INVALID_PARAMETER_VALUE"})),
        (
            "GET",
            format!("{proxy}/0/$run/artifacts/m"),
            Value::Null,
            404,
            json!({"error_code": "RESOURCE_DOES_NOT_EXIST"}),
        ),
        (
            "POST",
            "/api/2.0/mlflow-artifacts/mpu/create/0/x".into(),
            json!({"path": "x", "num_parts": 2}),
            501,
            json!({"error_code": "NOT_IMPLEMENTED"}),
        ),
        ("DELETE", format!("{proxy}/0/$run/artifacts/m"), Value::Null, 200, json!({})),
        ("GET", format!("{proxy}?path=0/$run/artifacts"), Value::Null, 200, json!({"files": []})),
    ];
    for (method, path, body, status, expected) in steps {
        scenario.check(&[(method, &path, body, status, expected)]).await;
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_at_once() {
    let scenario = Scenario::new().await;
    let rows = [
        ("POST", "runs/create", json!("text"), 400, "INVALID_PARAMETER_VALUE"),
        ("POST", "runs/create", json!({"experiment_id": 0}), 400, "INVALID_PARAMETER_VALUE"),
        ("POST", "runs/create", json!({"experiment_id": "7"}), 404, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", "runs/search", json!({"filter": "a OR b"}), 400, "INVALID_PARAMETER_VALUE"),
        ("POST", "runs/search", json!({"run_view_type": "SOME"}), 400, "INVALID_PARAMETER_VALUE"),
        ("POST", "runs/log-batch", json!({"run_id": "x", "metrics": [{"key": "a"}]}), 400, "INVALID_PARAMETER_VALUE"),
        (
            "POST",
            "runs/log-batch",
            json!({"run_id": "x", "tags": [{"key": "a", "value": "v".repeat(1_000_001)}]}),
            400,
            "INVALID_PARAMETER_VALUE",
        ),
        (
            "GET",
            "metrics/get-history-bulk-interval?run_ids=x&metric_key=a&start_step=1",
            Value::Null,
            400,
            "INVALID_PARAMETER_VALUE",
        ),
        ("GET", "experiments/get?experiment_id=x", Value::Null, 400, "INVALID_PARAMETER_VALUE"),
        ("GET", "traces/get?trace_id=x", Value::Null, 501, "NOT_IMPLEMENTED"),
        ("PATCH", "logged-models/m-1", json!({"status": "LOGGED_MODEL_LOST"}), 400, "INVALID_PARAMETER_VALUE"),
        ("GET", "nowhere", Value::Null, 404, "ENDPOINT_NOT_FOUND"),
    ];
    for base in ["/api", "/ajax-api"] {
        for (method, path, body, status, code) in &rows {
            let path = format!("{base}/2.0/mlflow/{path}");
            scenario.check(&[(method, &path, body.clone(), *status, json!({"error_code": code}))]).await;
        }
    }
}

#[tokio::test]
async fn the_principal_is_the_user_who_logged_in() {
    let folder = tempfile::tempdir().unwrap();
    let tracking = Tracking::open(Meta::in_memory().await.unwrap(), folder.path()).await.unwrap();
    let ada = brickyard_auth::Principal { name: "ada".into() };
    for (principal, expected) in [(brickyard_auth::Principal::local(), "claimed"), (ada, "ada")] {
        let router = crate::router(tracking.clone());
        let mut request =
            Request::post(format!("{V2}/runs/create")).body(Body::from(r#"{"user_id":"claimed"}"#)).unwrap();
        request.extensions_mut().insert(principal);
        let answer = router.oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer.pointer("/run/info/user_id"), Some(&json!(expected)));
    }
}
