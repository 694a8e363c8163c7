//! What a model reads and gives, for the page's forms; and how an endpoint has been answering.

use crate::answer::Answer;
use crate::cells::{Column, type_name};
use crate::{Page, Services};
use arrow::datatypes::{Field, Schema};
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use brickyard_error::Result;
use brickyard_ml::Transformer;
use brickyard_serving::LatencySummary;
use brickyard_tracking::{ModelUri, Selector};
use serde::Serialize;

#[derive(Serialize)]
struct Signature {
    inputs: Vec<InputColumn>,
    outputs: Vec<Column>,
}

#[derive(Serialize)]
struct InputColumn {
    #[serde(flatten)]
    column: Column,
    /// The model works without it.
    optional: bool,
}

#[derive(Serialize)]
struct EndpointDetail {
    #[serde(flatten)]
    signature: Signature,
    latency: LatencyBody,
}

#[derive(Serialize)]
struct LatencyBody {
    requests: u64,
    errors: u64,
    rows: u64,
    p50_ms: f64,
    p99_ms: f64,
}

impl From<LatencySummary> for LatencyBody {
    fn from(of: LatencySummary) -> Self {
        Self { requests: of.requests, errors: of.errors, rows: of.rows, p50_ms: of.p50_ms, p99_ms: of.p99_ms }
    }
}

pub fn routes() -> Router<Page> {
    Router::new()
        .route("/models/{name}/{version}/signature", get(model_signature))
        .route("/endpoints/{name}", get(endpoint_detail))
}

async fn model_signature(
    State(services): State<Services>,
    Path((name, version)): Path<(String, u64)>,
) -> Answer<Signature> {
    Ok(Json(signature(&services, name, version).await?))
}

/// The signature of the first version that the endpoint serves: all of them read the same rows.
async fn endpoint_detail(State(services): State<Services>, Path(name): Path<String>) -> Answer<EndpointDetail> {
    let status = services.endpoints.get(&name)?;
    let signature = match status.config.served.first() {
        Some(entity) => signature(&services, entity.model.clone(), entity.version).await?,
        None => Signature { inputs: Vec::new(), outputs: Vec::new() },
    };
    Ok(Json(EndpointDetail { signature, latency: status.latency.into() }))
}

async fn signature(services: &Services, name: String, version: u64) -> Result<Signature> {
    let uri = ModelUri::Registered { name, selector: Selector::Version(version) };
    let model = services.models.load_uri(&uri).await?;
    signature_of(model.transformer.as_ref())
}

fn signature_of(model: &dyn Transformer) -> Result<Signature> {
    let raw = model.raw_inputs()?;
    let fields: Vec<Field> = raw.iter().map(|input| Field::new(&input.column, input.kind.data_type(), true)).collect();
    let column = |field: &Field| Column { name: field.name().clone(), type_name: type_name(field.data_type()) };
    let inputs =
        fields.iter().zip(&raw).map(|(field, input)| InputColumn { column: column(field), optional: input.optional });
    Ok(Signature {
        inputs: inputs.collect(),
        outputs: model.outputs(&Schema::new(fields.clone()))?.iter().map(column).collect(),
    })
}
