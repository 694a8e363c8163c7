//! `brickyard deploy models:/NAME@ALIAS --name ENDPOINT`: asks a running server, through its Databricks door.

use crate::cli::text;
use brickyard_error::{Failure, Result, codes};
use clap::{Arg, ArgMatches, Command};
use serde_json::{Value, json};

pub fn command() -> Command {
    Command::new("deploy")
        .about("Serve a registered model at an endpoint of a running server")
        .arg(
            Arg::new("model")
                .required(true)
                .value_name("MODEL")
                .help("models:/NAME, models:/NAME@ALIAS or models:/NAME/VERSION"),
        )
        .arg(Arg::new("name").long("name").value_name("ENDPOINT").help("The endpoint's name [default: the model's]"))
        .arg(
            Arg::new("server")
                .long("server")
                .value_name("URL")
                .help("The server [default: http://127.0.0.1:8080] [env: BRICKYARD_SERVER]"),
        )
        .arg(
            Arg::new("token")
                .long("token")
                .value_name("TOKEN")
                .help("An access token, where one is required [env: BRICKYARD_TOKEN]"),
        )
}

pub fn run(arguments: &ArgMatches, environment: &dyn Fn(&str) -> Option<String>) -> Result<()> {
    let given =
        |name: &str, variable: &str| arguments.get_one::<String>(name).cloned().or_else(|| environment(variable));
    let server = given("server", "BRICKYARD_SERVER").unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
    let client = Client { server: server.trim_end_matches('/').to_owned(), token: given("token", "BRICKYARD_TOKEN") };
    let (model, version) = model_and_version(text(arguments, "model"))?;
    let endpoint = arguments.get_one::<String>("name").cloned().unwrap_or_else(|| model.clone());
    let config = json!({ "served_entities": [{ "entity_name": model, "entity_version": version }] });

    super::block_on(async move {
        let path = format!("/api/2.0/serving-endpoints/{endpoint}");
        let exists = client.send(reqwest::Method::GET, &path, None).await?.0 == 200;
        let (status, answer) = if exists {
            client.send(reqwest::Method::PUT, &format!("{path}/config"), Some(config)).await?
        } else {
            let request = json!({ "name": endpoint, "config": config });
            client.send(reqwest::Method::POST, "/api/2.0/serving-endpoints", Some(request)).await?
        };
        if status != 200 {
            let message = answer.get("message").and_then(Value::as_str).unwrap_or("no reason was given");
            return Err(Failure::new(&codes::serving::CONFIG_INVALID, message));
        }
        let served = &answer["config"]["served_entities"][0];
        super::print(format!(
            "{endpoint} serves {} version {}\n\ncurl {}/serving-endpoints/{endpoint}/invocations -H 'Content-Type: application/json' -d '{{\"dataframe_records\": [{{…}}]}}'",
            served["entity_name"].as_str().unwrap_or_default(),
            served["entity_version"].as_str().unwrap_or_default(),
            client.server,
        ))
    })
}

/// `models:/delays@champion` → (`delays`, `@champion`)
fn model_and_version(text: &str) -> Result<(String, String)> {
    let rest = text.strip_prefix("models:/").unwrap_or(text);
    let (name, version) = match (rest.split_once('@'), rest.split_once('/')) {
        (Some((name, alias)), _) => (name, format!("@{alias}")),
        (None, Some((name, version))) => (name, version.to_owned()),
        (None, None) => (rest, String::new()),
    };
    if name.is_empty() {
        let text = format!("{text} names no model; write models:/NAME, models:/NAME@ALIAS or models:/NAME/VERSION");
        return Err(Failure::new(&codes::server::OPTION_INVALID, text));
    }
    Ok((name.to_owned(), version))
}

struct Client {
    server: String,
    token: Option<String>,
}

impl Client {
    async fn send(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Result<(u16, Value)> {
        let unreachable = |error: reqwest::Error| {
            let text = format!("no server answers at {}; start one with `brickyard up`, or give --server", self.server);
            Failure::new(&codes::server::UNREACHABLE, text).because(error)
        };
        let mut request = reqwest::Client::new().request(method, format!("{}{path}", self.server));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        let text = response.text().await.map_err(unreachable)?;
        Ok((status, serde_json::from_str(&text).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_by_name_alias_and_version() {
        let rows = [
            ("models:/delays@champion", Some(("delays", "@champion"))),
            ("models:/delays/3", Some(("delays", "3"))),
            ("delays", Some(("delays", ""))),
            ("models:/", None),
        ];
        for (text, expected) in rows {
            let expected = expected.map(|(name, version)| (name.to_owned(), version.to_owned()));
            assert_eq!(model_and_version(text).ok(), expected, "{text}");
        }
    }
}
