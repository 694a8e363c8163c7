//! Statements over models and endpoints, by the server's platform.

use super::{nothing, strings};
use crate::{Frame, Platform, Session};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use brickyard_spec::Statement;
use std::sync::Arc;

pub(super) async fn run(session: &Arc<Session>, statement: Statement) -> Result<Frame> {
    let platform: Option<Arc<dyn Platform>> = session.engine().shared().platform.read().clone();
    let platform = platform.ok_or_else(|| Failure::unsupported("models and endpoints without a server"))?;
    match statement {
        Statement::CreateEndpoint { name, model, or_replace } => {
            platform.create_endpoint(&name, &model, or_replace, session.user()).await?;
            nothing(session)
        }
        Statement::DropEndpoint { name, if_exists } => {
            if !platform.drop_endpoint(&name, session.user()).await? && !if_exists {
                let condition = Condition::new("ENDPOINT_NOT_FOUND", "42704", SparkException::Analysis);
                let text = format!("there is no endpoint {name}; SHOW ENDPOINTS lists what there is");
                let failure = Failure::new(&codes::sql::UNRESOLVED, text);
                return Err(failure.with_condition(condition.with("endpointName", format!("`{name}`"))));
            }
            nothing(session)
        }
        Statement::ShowEndpoints => {
            let endpoints = platform.endpoints().await?;
            let rows = endpoints.into_iter().map(|endpoint| vec![endpoint.name, endpoint.model, endpoint.state]);
            strings(session, &["name", "model", "state"], rows.collect())
        }
        Statement::ShowModels => {
            let models = platform.models().await?;
            let rows = models.into_iter().map(|model| {
                let version = model.latest_version.map_or(String::new(), |version| version.to_string());
                let aliases: Vec<String> =
                    model.aliases.iter().map(|(alias, version)| format!("{alias}={version}")).collect();
                vec![model.name, version, aliases.join(", ")]
            });
            strings(session, &["name", "latest_version", "aliases"], rows.collect())
        }
        _ => Err(Failure::internal("no statement over models or endpoints")),
    }
}
