//! Every option of the platform in one typed table: its flag, its environment variable, its key in the TOML file, its
//! default and its meaning. A flag wins over the environment, the environment over the file, the file over the default.

use brickyard_auth::Mode;
use brickyard_engine::{PythonOptions, PythonUsers};
use brickyard_error::{Failure, Result, codes};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// One row of the table. The flag is `--{key}`, the variable `BRICKYARD_{KEY}`, the TOML key `{key}`.
#[derive(Debug)]
pub struct Setting {
    pub key: &'static str,
    /// What stands for the value in `--help`.
    pub value_name: &'static str,
    pub default: &'static str,
    pub help: &'static str,
    /// Values to complete, where there are few.
    pub choices: &'static [&'static str],
}

impl Setting {
    pub fn variable(&self) -> String {
        format!("BRICKYARD_{}", self.key.replace('-', "_").to_uppercase())
    }
}

const fn setting(
    key: &'static str,
    value_name: &'static str,
    default: &'static str,
    help: &'static str,
    choices: &'static [&'static str],
) -> Setting {
    Setting { key, value_name, default, help, choices }
}

pub static SETTINGS: &[Setting] = &[
    setting("data-dir", "DIR", ".brickyard", "Folder for metadata, tables and artifacts", &[]),
    setting(
        "http",
        "ADDR",
        "127.0.0.1:8080",
        "Address of HTTP: web page, MLflow, endpoints; port 0 takes a free one",
        &[],
    ),
    setting("grpc", "ADDR", "127.0.0.1:15002", "Address of Spark Connect; port 0 takes a free one", &[]),
    setting(
        "auth",
        "MODE",
        "none",
        "What a request must bring: nothing, or a token of `brickyard token create`",
        &["none", "token"],
    ),
    setting(
        "executors",
        "COUNT",
        "0",
        "Executor processes to start beside the server; 0 runs everything in process",
        &[],
    ),
    setting("threads", "COUNT", "0", "Threads for queries and training; 0 takes every core", &[]),
    setting(
        "memory-limit",
        "BYTES",
        "0",
        "Memory for queries, as 4GiB or a number of bytes; 0 takes 3/4 of the machine's",
        &[],
    ),
    setting(
        "python",
        "PATH",
        "python3",
        "Python that runs users' functions; it needs pyspark-client, pandas, pyarrow",
        &[],
    ),
    setting(
        "python-users",
        "NAMES",
        "",
        "Who may run Python functions: everyone, or names by commas; empty: everyone without a login, else nobody",
        &[],
    ),
    setting("python-memory", "BYTES", "0", "Memory of one Python worker; 0 sets no limit", &[]),
    setting("python-timeout", "SECONDS", "0", "How long a Python function may give no rows; 0 sets no limit", &[]),
    setting("max-body", "BYTES", "16MiB", "Largest body of a scoring request", &[]),
    setting("log-format", "FORMAT", "text", "How the log is written", &["text", "json"]),
    setting(
        "log",
        "FILTER",
        "info",
        "What is logged: error, warn, info, debug, or a filter such as brickyard_train=debug",
        &[],
    ),
    setting("address-file", "FILE", "", "File that gets the real addresses as JSON once the server is ready", &[]),
];

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Flag,
    Variable,
    File(PathBuf),
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Flag => f.write_str("flag"),
            Source::Variable => f.write_str("environment"),
            Source::File(path) => write!(f, "{}", path.display()),
            Source::Default => f.write_str("default"),
        }
    }
}

/// The effective text of every setting, and where it came from.
#[derive(Debug, Clone, Default)]
pub struct Resolved(BTreeMap<&'static str, (String, Source)>);

impl Resolved {
    /// Lays flags over environment over file over defaults.
    ///
    /// # Errors
    /// The file cannot be read, is no TOML, or has a key that is not in the table.
    pub fn new(
        flag: &dyn Fn(&str) -> Option<String>,
        variable: &dyn Fn(&str) -> Option<String>,
        file: Option<(PathBuf, &str)>,
    ) -> Result<Self> {
        let from_file = file.map(|(path, text)| parse_file(&path, text).map(|values| (path, values))).transpose()?;
        let effective = |setting: &Setting| {
            if let Some(value) = flag(setting.key) {
                return (value, Source::Flag);
            }
            if let Some(value) = variable(&setting.variable()) {
                return (value, Source::Variable);
            }
            match &from_file {
                Some((path, values)) if values.contains_key(setting.key) => {
                    (values[setting.key].clone(), Source::File(path.clone()))
                }
                _ => (setting.default.to_owned(), Source::Default),
            }
        };
        Ok(Self(SETTINGS.iter().map(|setting| (setting.key, effective(setting))).collect()))
    }

    /// Settings in the table's order, with value and source.
    pub fn rows(&self) -> impl Iterator<Item = (&'static Setting, &str, &Source)> {
        SETTINGS.iter().filter_map(|setting| {
            let (value, source) = self.0.get(setting.key)?;
            Some((setting, value.as_str(), source))
        })
    }

    fn text(&self, key: &str) -> &str {
        self.0.get(key).map_or("", |(value, _)| value.as_str())
    }

    fn parsed<T>(&self, key: &str, what: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
        let (value, source) = self.0.get(key).ok_or_else(|| Failure::internal(format!("no setting {key}")))?;
        parse(value).ok_or_else(|| {
            let text = format!("{key} is {value:?} (from {source}); it is {what}");
            Failure::new(&codes::server::OPTION_INVALID, text)
        })
    }
}

fn parse_file(path: &std::path::Path, text: &str) -> Result<BTreeMap<String, String>> {
    let invalid = |what: String| Failure::new(&codes::server::OPTION_INVALID, format!("{}: {what}", path.display()));
    let table: toml::Table = text.parse().map_err(|error| invalid(format!("{error}")))?;
    let mut values = BTreeMap::new();
    for (key, value) in table {
        if !SETTINGS.iter().any(|setting| setting.key == key) {
            return Err(invalid(format!("there is no option {key}; `brickyard config --show` lists them")));
        }
        let text = match value {
            toml::Value::String(text) => text,
            other => other.to_string(),
        };
        values.insert(key, text);
    }
    Ok(values)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// What the server runs with.
#[derive(Debug, Clone)]
pub struct Options {
    pub data_dir: PathBuf,
    pub http: SocketAddr,
    pub grpc: SocketAddr,
    pub auth: Mode,
    pub executors: usize,
    /// At least one.
    pub threads: usize,
    pub memory_limit_bytes: usize,
    pub python: PythonOptions,
    pub max_body_bytes: usize,
    pub log_format: LogFormat,
    pub log_filter: String,
    pub address_file: Option<PathBuf>,
}

impl Options {
    /// Types the resolved texts, and refuses an open door.
    pub fn new(resolved: &Resolved) -> Result<Self> {
        let address = |key| resolved.parsed(key, "an address such as 127.0.0.1:8080", |text| text.parse().ok());
        let count = |key| resolved.parsed(key, "a whole number", |text| text.parse::<usize>().ok());
        let size = |key| resolved.parsed(key, "a size such as 512MiB", bytes);
        let auth = resolved.parsed("auth", "none or token", |text| match text {
            "none" => Some(Mode::None),
            "token" => Some(Mode::Token),
            _ => None,
        })?;
        let log_format = resolved.parsed("log-format", "text or json", |text| match text {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => None,
        })?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let data_dir = std::path::absolute(resolved.text("data-dir"))
            .map_err(|error| Failure::new(&codes::server::OPTION_INVALID, "data-dir is no path").because(error))?;
        let options = Self {
            data_dir,
            http: address("http")?,
            grpc: address("grpc")?,
            auth,
            executors: count("executors")?,
            threads: Some(count("threads")?).filter(|threads| *threads > 0).unwrap_or(cores),
            memory_limit_bytes: match size("memory-limit")? {
                0 => crate::machine::memory_bytes() / 4 * 3,
                limit => limit,
            },
            python: PythonOptions {
                program: PathBuf::from(resolved.text("python")),
                users: python_users(resolved.text("python-users"), auth),
                memory_bytes: size("python-memory")? as u64,
                time_limit: match count("python-timeout")? {
                    0 => None,
                    seconds => Some(Duration::from_secs(seconds as u64)),
                },
                environment: worker_environment(),
            },
            max_body_bytes: size("max-body")?,
            log_format,
            log_filter: resolved.text("log").to_owned(),
            address_file: Some(resolved.text("address-file")).filter(|text| !text.is_empty()).map(PathBuf::from),
        };
        options.refuse_open_door()?;
        Ok(options)
    }

    fn refuse_open_door(&self) -> Result<()> {
        let open =
            [("http", self.http), ("grpc", self.grpc)].into_iter().find(|(_, address)| !address.ip().is_loopback());
        match open {
            Some((key, address)) if self.auth == Mode::None => Err(Failure::new(
                &codes::auth::OPEN_DOOR,
                format!(
                    "{key} address {address} can be reached from other machines, and no login is required; add --auth token, or use 127.0.0.1"
                ),
            )),
            _ => Ok(()),
        }
    }
}

fn python_users(names: &str, auth: Mode) -> PythonUsers {
    match (names.trim(), auth) {
        ("everyone", _) | ("", Mode::None) => PythonUsers::Everyone,
        ("", Mode::Token) => PythonUsers::Named(Vec::new()),
        (names, _) => PythonUsers::Named(names.split(',').map(|name| name.trim().to_owned()).collect()),
    }
}

/// What users' functions see of the server's environment: nothing that may be a secret.
fn worker_environment() -> Vec<(String, String)> {
    let seen = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "LD_LIBRARY_PATH"];
    let texts =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    texts.filter(|(name, _)| seen.contains(&name.as_str())).collect()
}

/// `512MiB`, `4GB`, `1000`.
fn bytes(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match text[digits.len()..].to_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return None,
    };
    digits.parse::<usize>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(flags: &[(&str, &str)], variables: &[(&str, &str)], file: &str) -> Result<Resolved> {
        let find = |pairs: &[(&str, &str)], key: &str| {
            pairs.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned())
        };
        let file = Some((PathBuf::from("brickyard.toml"), file));
        Resolved::new(&|key| find(flags, key), &|key| find(variables, key), file)
    }

    #[test]
    fn a_flag_wins_over_the_environment_over_the_file_over_the_default() {
        let resolved = resolve(
            &[("threads", "1")],
            &[("BRICKYARD_THREADS", "2"), ("BRICKYARD_EXECUTORS", "2")],
            "threads = 3\nexecutors = 3\nauth = \"token\"",
        )
        .unwrap();
        let options = Options::new(&resolved).unwrap();
        assert_eq!((options.threads, options.executors, options.auth), (1, 2, Mode::Token));
        let sources: Vec<String> = resolved.rows().map(|(_, _, source)| source.to_string()).collect();
        assert_eq!(sources[3..6], ["brickyard.toml", "environment", "flag"]);
        assert_eq!(sources[0], "default");
    }

    #[test]
    fn bad_options_say_what_they_may_be() {
        let rows = [
            (vec![("http", "nowhere")], "", "http is \"nowhere\" (from flag); it is an address such as 127.0.0.1:8080"),
            (vec![("auth", "maybe")], "", "auth is \"maybe\" (from flag); it is none or token"),
            (vec![("max-body", "12 parsecs")], "", "max-body is \"12 parsecs\""),
            (vec![("grpc", "0.0.0.0:15002")], "", "can be reached from other machines"),
            (vec![], "colour = 1", "there is no option colour"),
        ];
        for (flags, file, message) in rows {
            let failure = resolve(&flags, &[], file).and_then(|resolved| Options::new(&resolved)).unwrap_err();
            assert!(failure.to_string().contains(message), "{failure}");
        }
        let with_login = resolve(&[("grpc", "0.0.0.0:15002"), ("auth", "token")], &[], "").unwrap();
        assert!(Options::new(&with_login).is_ok());
    }

    #[test]
    fn who_may_run_python() {
        let named = |names: &[&str]| PythonUsers::Named(names.iter().map(|name| (*name).to_owned()).collect());
        let rows = [
            ("", Mode::None, PythonUsers::Everyone),
            ("", Mode::Token, named(&[])),
            ("everyone", Mode::Token, PythonUsers::Everyone),
            ("ada, bob", Mode::Token, named(&["ada", "bob"])),
            ("ada", Mode::None, named(&["ada"])),
        ];
        for (text, auth, expected) in rows {
            assert_eq!(python_users(text, auth), expected, "{text} {auth:?}");
        }
    }

    #[test]
    fn sizes() {
        let rows = [("1000", Some(1000)), ("2KiB", Some(2048)), ("4GiB", Some(4 << 30)), ("x", None), ("1TB", None)];
        for (text, expected) in rows {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }
}
