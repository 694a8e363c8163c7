//! `brickyard config --show`

use crate::options::Resolved;
use brickyard_error::Result;

pub fn run(resolved: &Resolved) -> Result<()> {
    let mut rows = vec![vec!["OPTION".to_owned(), "VALUE".to_owned(), "FROM".to_owned()]];
    rows.extend(resolved.rows().map(|(setting, value, source)| {
        let value = if value.is_empty() { "-" } else { value };
        vec![setting.key.to_owned(), value.to_owned(), source.to_string()]
    }));
    super::print(super::table(&rows))
}
