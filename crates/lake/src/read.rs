//! `spark.read`: one request, a lazy frame with Spark's types.

use crate::spark_types::conform;
use crate::{Location, ResolvedDelta, csv, delta_scan, files, json, text};
use arrow_schema::SchemaRef;
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use datafusion::dataframe::DataFrame;
use datafusion::prelude::SessionContext;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What to read, as the client said it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadRequest {
    /// `csv`, `json`, `parquet`, `text`, `delta`; in any letter case.
    pub format: String,
    pub paths: Vec<String>,
    /// The user's schema; inferred when absent.
    pub schema: Option<SchemaRef>,
    pub options: BTreeMap<String, String>,
}

impl ReadRequest {
    /// An option by its name in any letter case.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool> {
        match self.option(name).map(str::to_lowercase).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Failure::new(
                &codes::data::OPTION_INVALID,
                format!("option {name} is {other}; it is true or false"),
            )),
        }
    }

    /// A one-character option, with Spark's spelling of tab.
    pub(crate) fn character(&self, names: &[&str], default: u8) -> Result<u8> {
        let Some(text) = names.iter().find_map(|name| self.option(name)) else { return Ok(default) };
        match text {
            "\\t" => Ok(b'\t'),
            _ if text.len() == 1 => Ok(text.as_bytes()[0]),
            _ => Err(Failure::new(
                &codes::data::OPTION_INVALID,
                format!("option {} is {text:?}; it is one ASCII character", names[0]),
            )),
        }
    }

    /// The locations, each of which exists.
    pub(crate) fn locations(&self) -> Result<Vec<Location>> {
        let mut paths = self.paths.clone();
        paths.extend(self.option("path").map(ToOwned::to_owned));
        if paths.is_empty() {
            return Err(Failure::new(&codes::data::PATH_NOT_FOUND, format!("a {} read needs a path", self.format)));
        }
        let locations: Vec<Location> = paths.iter().map(|path| Location::parse(path)).collect::<Result<_>>()?;
        locations.iter().try_for_each(Location::must_exist)?;
        Ok(locations)
    }
}

/// A lazy frame over the request's files; nothing but what inference needs is read yet.
pub async fn read(context: &SessionContext, request: &ReadRequest) -> Result<DataFrame> {
    let frame = match request.format.to_lowercase().as_str() {
        "csv" => csv::read(context, request).await?,
        "json" => json::read(context, request).await?,
        "parquet" => files::read_parquet(context, request).await?,
        "text" => text::read(context, request).await?,
        "delta" => read_delta(context, request).await?,
        other => {
            let condition = Condition::new("DATA_SOURCE_NOT_FOUND", "42K02", SparkException::Analysis);
            let text = format!("not supported: the data source {other}; there are csv, json, parquet, text and delta");
            return Err(
                Failure::new(&codes::server::UNSUPPORTED, text).with_condition(condition.with("provider", other))
            );
        }
    };
    conform(frame)
}

async fn read_delta(context: &SessionContext, request: &ReadRequest) -> Result<DataFrame> {
    let locations = request.locations()?;
    let [location] = locations.as_slice() else {
        return Err(Failure::unsupported("several paths in one Delta read; read each and union them"));
    };
    let version = match (request.option("versionAsOf"), request.option("timestampAsOf")) {
        (Some(version), _) => Some(crate::Version::Number(version.parse().map_err(|_| {
            Failure::new(&codes::data::OPTION_INVALID, format!("versionAsOf is {version:?}; it is a whole number"))
        })?)),
        (None, Some(_)) => return Err(Failure::unsupported("timestampAsOf on a path; use versionAsOf")),
        (None, None) => None,
    };
    let table = crate::catalog::open_delta(location.path(), version).await?;
    let provider = Arc::new(ResolvedDelta::new(&table)?);
    context.read_table(provider).map_err(|error| delta_scan::delta(error.into()))
}
