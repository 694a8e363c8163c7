//! `GET /api/2.0/preview/scim/v2/Me`: the SDK's `current_user.me()`.

use crate::DatabricksState;
use axum::routing::get;
use axum::{Extension, Json, Router};
use brickyard_auth::Principal;
use serde_json::{Value, json};

pub fn routes() -> Router<DatabricksState> {
    Router::new().route("/api/2.0/preview/scim/v2/Me", get(me))
}

async fn me(Extension(principal): Extension<Principal>) -> Json<Value> {
    let name = principal.name;
    Json(json!({ "id": name, "userName": name, "displayName": name, "active": true, "emails": [], "groups": [] }))
}
