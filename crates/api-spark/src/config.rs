//! Settings of a session, as clients read and change them.

use crate::handles::invalid_plan;
use crate::proto::KeyValue;
use crate::proto::config_request::{Operation, operation::OpType};
use brickyard_engine::Session;
use brickyard_error::Result;

/// The pairs that answer an operation.
pub fn answer(session: &Session, operation: Option<Operation>) -> Result<Vec<KeyValue>> {
    let operation = operation.and_then(|operation| operation.op_type);
    let conf = session.conf();
    let pair = |key: &str, value: Option<String>| KeyValue { key: key.to_owned(), value };
    match operation.ok_or_else(|| invalid_plan("a configuration request without an operation"))? {
        OpType::Set(set) => {
            let is_silent = set.silent.unwrap_or(false);
            for KeyValue { key, value } in set.pairs {
                match conf.set(&key, &value.unwrap_or_default()) {
                    Err(failure) if !is_silent => return Err(failure),
                    _ => {}
                }
            }
            Ok(Vec::new())
        }
        OpType::Get(get) => get.keys.iter().map(|key| Ok(pair(key, Some(conf.get(key)?)))).collect(),
        OpType::GetWithDefault(get) => {
            let found =
                |asked: &KeyValue| pair(&asked.key, conf.get_option(&asked.key).or_else(|| asked.value.clone()));
            Ok(get.pairs.iter().map(found).collect())
        }
        OpType::GetOption(get) => Ok(get.keys.iter().map(|key| pair(key, conf.get_option(key))).collect()),
        OpType::GetAll(get) => {
            let prefix = get.prefix.unwrap_or_default();
            let within = |(key, value): (String, String)| Some(pair(key.strip_prefix(&prefix)?, Some(value)));
            Ok(conf.all().into_iter().filter_map(within).collect())
        }
        OpType::Unset(unset) => {
            unset.keys.iter().for_each(|key| conf.unset(key));
            Ok(Vec::new())
        }
        OpType::IsModifiable(asked) => {
            Ok(asked.keys.iter().map(|key| pair(key, Some(conf.is_modifiable(key).to_string()))).collect())
        }
    }
}
