//! An endpoint's configuration: which versions it serves, and what share of the requests each gets.

use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};

/// One model version behind an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedEntity {
    /// Unique in the endpoint; for example `delays-3`.
    pub name: String,
    /// The registered model.
    pub model: String,
    pub version: u64,
    /// Share of the requests, 0 to 100; the shares of an endpoint add up to 100.
    pub traffic_percent: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointConfig {
    pub name: String,
    pub served: Vec<ServedEntity>,
    pub creator: String,
    pub created_ms: i64,
    pub updated_ms: i64,
    /// Counts configuration changes from 1.
    pub config_version: u64,
}

impl EndpointConfig {
    pub(crate) fn check(&self) -> Result<()> {
        let invalid = |text: String| Err(Failure::new(&codes::serving::CONFIG_INVALID, text));
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        if self.name.is_empty() || self.name.len() > 63 || !self.name.chars().all(allowed) {
            return invalid(format!(
                "endpoint name {:?}: use 1 to 63 letters, digits, dashes and underscores",
                self.name
            ));
        }
        if self.served.is_empty() {
            return invalid(format!("endpoint {} serves nothing; give one model version", self.name));
        }
        let total: u32 = self.served.iter().map(|entity| entity.traffic_percent).sum();
        if total != 100 {
            return invalid(format!("the traffic of endpoint {} adds up to {total} %, not to 100 %", self.name));
        }
        let mut names: Vec<&str> = self.served.iter().map(|entity| entity.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() != self.served.len() {
            return invalid(format!("two served entities of endpoint {} have the same name", self.name));
        }
        Ok(())
    }

    /// The entity that the `number`th request goes to: shares are exact over any hundred requests in a row, and
    /// spread within them (multiplying by 37, coprime to 100, visits every residue).
    pub(crate) fn route(&self, number: u64) -> usize {
        let mut point = (number.wrapping_mul(37) % 100) as u32;
        for (index, entity) in self.served.iter().enumerate() {
            if point < entity.traffic_percent {
                return index;
            }
            point -= entity.traffic_percent;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(shares: &[u32]) -> EndpointConfig {
        let entity = |(index, share): (usize, &u32)| ServedEntity {
            name: format!("m-{index}"),
            model: "m".into(),
            version: index as u64,
            traffic_percent: *share,
        };
        let served = shares.iter().enumerate().map(entity).collect();
        EndpointConfig {
            name: "e".into(),
            served,
            creator: "ada".into(),
            created_ms: 0,
            updated_ms: 0,
            config_version: 1,
        }
    }

    #[test]
    fn shares_are_exact_over_a_hundred_requests() {
        for shares in [&[100][..], &[90, 10], &[1, 99], &[33, 33, 34], &[0, 100]] {
            let config = config(shares);
            let mut counts = vec![0; shares.len()];
            (1_000..1_100).for_each(|number| counts[config.route(number)] += 1);
            assert_eq!(counts, shares);
        }
    }

    #[test]
    fn bad_configurations_are_refused() {
        assert!(config(&[100]).check().is_ok());
        assert!(config(&[50]).check().is_err());
        assert!(config(&[]).check().is_err());
        assert!(EndpointConfig { name: "a b".into(), ..config(&[100]) }.check().is_err());
    }
}
