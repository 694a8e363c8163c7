//! Names of tables, views, schemas: one to three parts.

use std::fmt;

/// The parts of a name as written, for example `["main", "default", "flights"]`; missing parts are the session's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectName(pub Vec<String>);

impl ObjectName {
    pub fn bare(name: impl Into<String>) -> Self {
        Self(vec![name.into()])
    }

    pub fn parts(&self) -> &[String] {
        &self.0
    }

    /// The last part: the name of the object itself.
    pub fn name(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }
}

impl fmt::Display for ObjectName {
    /// As Spark quotes it in messages: `` `main`.`flights` ``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            let dot = if index > 0 { "." } else { "" };
            write!(f, "{dot}`{}`", part.replace('`', "``"))?;
        }
        Ok(())
    }
}
