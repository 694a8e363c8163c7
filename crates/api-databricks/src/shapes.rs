//! Serving endpoints as the SDK sends and reads them.

use brickyard_error::{Failure, Result, codes};
use brickyard_ml::InputKind;
use brickyard_serving::{Endpoints, ServedEntity, Status};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Debug, Deserialize)]
pub struct CreateRequest {
    pub name: String,
    pub config: ConfigRequest,
}

#[derive(Debug, Deserialize)]
pub struct ConfigRequest {
    #[serde(default, alias = "served_models")]
    served_entities: Vec<EntityRequest>,
    traffic_config: Option<TrafficRequest>,
}

#[derive(Debug, Deserialize)]
struct EntityRequest {
    name: Option<String>,
    #[serde(alias = "model_name")]
    entity_name: String,
    /// A number, or `@alias`; without, the latest version.
    #[serde(default, alias = "model_version")]
    entity_version: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct TrafficRequest {
    #[serde(default)]
    routes: Vec<RouteRequest>,
}

#[derive(Debug, Deserialize)]
struct RouteRequest {
    #[serde(alias = "served_entity_name")]
    served_model_name: String,
    traffic_percentage: u32,
}

/// The versions a request names, with their shares: without routes, a single one gets everything.
pub async fn served(endpoints: &Endpoints, request: ConfigRequest) -> Result<Vec<ServedEntity>> {
    let mut served = Vec::with_capacity(request.served_entities.len());
    for entity in request.served_entities {
        let version = match &entity.entity_version {
            Some(Value::String(version)) => version.clone(),
            Some(Value::Number(version)) => version.to_string(),
            _ => String::new(),
        };
        let uri = match version.as_str() {
            "" => format!("models:/{}", entity.entity_name),
            alias if alias.starts_with('@') => format!("models:/{}{alias}", entity.entity_name),
            number => format!("models:/{}/{number}", entity.entity_name),
        };
        let mut found = endpoints.entity(&uri).await?;
        if let Some(name) = entity.name {
            found.name = name;
        }
        served.push(found);
    }
    let routes = request.traffic_config.map(|traffic| traffic.routes).unwrap_or_default();
    if routes.is_empty() {
        if served.len() > 1 {
            let text = "several versions need traffic_config.routes with a share for each";
            return Err(Failure::new(&codes::serving::CONFIG_INVALID, text));
        }
        return Ok(served);
    }
    served.iter_mut().for_each(|entity| entity.traffic_percent = 0);
    for route in routes {
        let entity = served.iter_mut().find(|entity| entity.name == route.served_model_name).ok_or_else(|| {
            let text = format!("a route names {}, which is not served", route.served_model_name);
            Failure::new(&codes::serving::CONFIG_INVALID, text)
        })?;
        entity.traffic_percent = route.traffic_percentage;
    }
    Ok(served)
}

pub fn endpoint_json(status: &Status) -> Value {
    let config = &status.config;
    let entity = |entity: &ServedEntity| {
        json!({
            "name": entity.name,
            "entity_name": entity.model,
            "entity_version": entity.version.to_string(),
            "creator": config.creator,
            "creation_timestamp": config.created_ms,
            "workload_size": "Small",
            "scale_to_zero_enabled": false,
            "state": { "deployment": "DEPLOYMENT_READY", "deployment_state_message": "" },
        })
    };
    let model = |entity: &ServedEntity| {
        json!({
            "name": entity.name,
            "model_name": entity.model,
            "model_version": entity.version.to_string(),
            "creator": config.creator,
            "creation_timestamp": config.created_ms,
            "state": { "deployment": "DEPLOYMENT_READY", "deployment_state_message": "" },
        })
    };
    let route = |entity: &ServedEntity| {
        json!({
            "served_model_name": entity.name,
            "served_entity_name": entity.name,
            "traffic_percentage": entity.traffic_percent,
        })
    };
    json!({
        "id": config.name,
        "name": config.name,
        "creator": config.creator,
        "creation_timestamp": config.created_ms,
        "last_updated_timestamp": config.updated_ms,
        "permission_level": "CAN_MANAGE",
        "state": { "ready": "READY", "config_update": "NOT_UPDATING" },
        "config": {
            "served_entities": config.served.iter().map(entity).collect::<Vec<_>>(),
            "served_models": config.served.iter().map(model).collect::<Vec<_>>(),
            "traffic_config": { "routes": config.served.iter().map(route).collect::<Vec<_>>() },
            "config_version": config.config_version,
        },
        "metrics": {
            "requests": status.latency.requests,
            "errors": status.latency.errors,
            "rows": status.latency.rows,
            "p50_ms": status.latency.p50_ms,
            "p99_ms": status.latency.p99_ms,
        },
    })
}

/// How to call an endpoint: the columns its model reads.
pub fn openapi_json(status: &Status) -> Value {
    let name = &status.config.name;
    let schema = |kind: InputKind| match kind {
        InputKind::Vector => json!({ "type": "array", "items": { "type": "number" } }),
        InputKind::Number | InputKind::Group => json!({ "type": "number", "nullable": true }),
        InputKind::Any => json!({ "nullable": true }),
    };
    let columns = status.inputs.iter().map(|input| (input.column.clone(), schema(input.kind)));
    let properties: Map<String, Value> = columns.collect();
    let required: Vec<&str> = status.inputs.iter().map(|input| input.column.as_str()).collect();
    let record = json!({ "type": "object", "properties": properties, "required": required });
    let body = json!({
        "type": "object",
        "properties": { "dataframe_records": { "type": "array", "items": record } },
    });
    let path = format!("/serving-endpoints/{name}/invocations");
    let operation = json!({
        "post": {
            "requestBody": { "required": true, "content": { "application/json": { "schema": body } } },
            "responses": { "200": { "description": "predictions, in the order of the rows" } },
        },
    });
    json!({
        "openapi": "3.1.0",
        "info": { "title": name, "version": status.config.config_version.to_string() },
        "paths": Map::from_iter([(path, operation)]),
    })
}
