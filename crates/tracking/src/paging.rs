//! Pages of a search: the token a client hands back is opaque to it, and the next row's position to us.

use crate::invalid;
use brickyard_error::Result;
use brickyard_meta::filter::{Page, Paged};

/// Rows of a page, and the token of the next page, if there is one.
#[derive(Debug, Clone, PartialEq)]
pub struct PageOf<Row> {
    pub rows: Vec<Row>,
    pub next_token: Option<String>,
}

const TOKEN_PREFIX: &str = "row-";

/// The page that a client asks for.
///
/// # Errors
/// When the token is none of ours, or `max_results` is not between 1 and `at_most`.
pub(crate) fn page(max_results: Option<i64>, default: i64, at_most: i64, token: Option<&str>) -> Result<Page> {
    let limit = max_results.unwrap_or(default);
    if !(1..=at_most).contains(&limit) {
        return Err(invalid(format!(
            "invalid value for request parameter max_results, expected 1 to {at_most}, got {limit}"
        )));
    }
    Ok(Page { offset: offset(token)?, limit })
}

fn offset(token: Option<&str>) -> Result<i64> {
    let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(0) };
    let offset = token.strip_prefix(TOKEN_PREFIX).and_then(|digits| digits.parse::<u32>().ok());
    offset.map(i64::from).ok_or_else(|| invalid("invalid page token, pass the one of the last answer unchanged"))
}

impl<Row> From<Paged<Row>> for PageOf<Row> {
    fn from(paged: Paged<Row>) -> Self {
        PageOf { rows: paged.rows, next_token: paged.next_offset.map(|offset| format!("{TOKEN_PREFIX}{offset}")) }
    }
}
