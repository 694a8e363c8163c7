//! One module an area; each row is `NAME = "ID", status, retry, "title"`, its page is `docs/errors/ID.md`.

use crate::Code;

macro_rules! codes {
    ($($name:ident = $id:literal, $status:ident, $retry:ident, $title:literal;)*) => {
        $(
            #[doc = $title]
            pub static $name: crate::Code = crate::Code {
                id: $id,
                status: crate::Status::$status,
                retry: crate::Retry::$retry,
                title: $title,
                page: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors/", $id, ".md")),
            };
        )*
        pub(crate) static ALL: &[&crate::Code] = &[$(&$name),*];
    };
}

pub mod auth;
pub mod cluster;
pub mod data;
pub mod ml;
pub mod python;
pub mod server;
pub mod serving;
pub mod spark;
pub mod sql;
pub mod tracking;
pub mod web;

/// Every code, for `brickyard explain` and for tests.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [
        server::ALL,
        auth::ALL,
        ml::ALL,
        sql::ALL,
        data::ALL,
        spark::ALL,
        python::ALL,
        tracking::ALL,
        serving::ALL,
        cluster::ALL,
        web::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The code with this id, in any letter case.
pub fn by_id(id: &str) -> Option<&'static Code> {
    all().find(|code| code.id.eq_ignore_ascii_case(id))
}
