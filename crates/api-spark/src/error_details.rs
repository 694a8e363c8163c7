//! A failure as Spark clients read it: a gRPC status with Spark's exception class, error condition and SQLSTATE, and
//! the full text for [`ErrorLog`], which clients ask for by the error's id.

use crate::proto::FetchErrorDetailsResponse;
use crate::proto::fetch_error_details_response::{Error, SparkThrowable};
use brickyard_error::{Condition, Failure, SparkException, Status as Kind};
use std::collections::{BTreeMap, HashMap, VecDeque};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// gRPC headers carry a message twice, and many clients take 8 KiB of headers.
const LARGEST_MESSAGE_BYTES: usize = 2560;
/// Errors kept for each session.
const ERRORS_KEPT: usize = 100;

/// What a client is told about a failure.
#[derive(Debug, Clone, PartialEq)]
pub struct SparkError {
    /// JVM class names, the most specific first, then its ancestors.
    pub classes: &'static [&'static str],
    pub error_class: Option<String>,
    pub sql_state: Option<String>,
    pub parameters: BTreeMap<String, String>,
    pub message: String,
    code: Code,
}

impl SparkError {
    pub fn of(failure: &Failure) -> Self {
        let code = grpc_code(failure);
        let Some(condition) = failure.condition() else {
            return Self {
                classes: classes(default_exception(failure.status())),
                error_class: None,
                sql_state: None,
                parameters: BTreeMap::new(),
                message: failure.to_string(),
                code,
            };
        };
        let is_named = !condition.class.starts_with("_LEGACY");
        Self {
            classes: classes(condition.exception),
            error_class: is_named.then(|| condition.class.clone()),
            sql_state: is_named.then(|| condition.sql_state.clone()),
            parameters: condition.parameters.clone(),
            message: spark_message(condition, failure),
            code,
        }
    }

    /// The status that ends a call; `error_id` lets the client ask for the whole of it.
    pub fn status(&self, error_id: &str) -> Status {
        let text = |value: &str| value.to_owned();
        let json = |value: serde_json::Value| value.to_string();
        let mut metadata = HashMap::from([
            (text("classes"), json(self.classes.into())),
            (text("errorId"), text(error_id)),
            (text("messageParameters"), json(serde_json::json!(self.parameters))),
        ]);
        metadata.extend(self.error_class.clone().map(|class| (text("errorClass"), class)));
        metadata.extend(self.sql_state.clone().map(|state| (text("sqlState"), state)));
        if metadata["messageParameters"].len() > LARGEST_MESSAGE_BYTES {
            metadata.remove("messageParameters");
        }
        let reason = self.classes.first().copied().unwrap_or_default();
        let details = ErrorDetails::with_error_info(reason, "org.apache.spark", metadata);
        Status::with_error_details(self.code, shortened(&self.message), details)
    }

    fn details(&self) -> Error {
        Error {
            error_type_hierarchy: self.classes.iter().map(|class| (*class).to_owned()).collect(),
            message: self.message.clone(),
            spark_throwable: Some(SparkThrowable {
                error_class: self.error_class.clone(),
                sql_state: self.sql_state.clone(),
                message_parameters: self.parameters.clone().into_iter().collect(),
                ..SparkThrowable::default()
            }),
            ..Error::default()
        }
    }
}

/// The last errors of a session, by id.
#[derive(Default)]
pub struct ErrorLog(VecDeque<(String, SparkError)>);

impl ErrorLog {
    /// Remembers the failure and gives the status that names it.
    pub fn record(&mut self, failure: &Failure) -> Status {
        let error = SparkError::of(failure);
        let id = uuid::Uuid::new_v4().to_string();
        let status = error.status(&id);
        if self.0.len() == ERRORS_KEPT {
            self.0.pop_front();
        }
        self.0.push_back((id, error));
        status
    }

    /// The whole error, or an answer without one if it is forgotten.
    pub fn details(&self, id: &str) -> FetchErrorDetailsResponse {
        let found = self.0.iter().find(|(known, _)| known == id);
        let errors: Vec<Error> = found.map(|(_, error)| error.details()).into_iter().collect();
        FetchErrorDetailsResponse { root_error_idx: (!errors.is_empty()).then_some(0), errors, ..Default::default() }
    }
}

/// A failure outside any session.
pub fn status_of(failure: &Failure) -> Status {
    SparkError::of(failure).status("")
}

/// `[CLASS] message SQLSTATE: state [our code]`; conditions that Spark has no name for show no class.
fn spark_message(condition: &Condition, failure: &Failure) -> String {
    let Condition { class, sql_state, .. } = condition;
    let (message, code) = (failure.message(), failure.code().id);
    if class.starts_with("_LEGACY") || message.starts_with(&format!("[{class}]")) {
        return format!("{message} [{code}]");
    }
    format!("[{class}] {message} SQLSTATE: {sql_state} [{code}]")
}

/// Never `UNAVAILABLE`: clients would ask for the same result again for ten minutes, and an execution that has failed
/// stays failed.
fn grpc_code(failure: &Failure) -> Code {
    match failure.status() {
        Kind::Unauthenticated => Code::Unauthenticated,
        Kind::PermissionDenied => Code::PermissionDenied,
        _ => Code::Internal,
    }
}

fn default_exception(kind: Kind) -> SparkException {
    match kind {
        Kind::InvalidArgument => SparkException::IllegalArgument,
        Kind::Unsupported => SparkException::UnsupportedOperation,
        Kind::NotFound | Kind::AlreadyExists => SparkException::Analysis,
        _ => SparkException::Spark,
    }
}

fn classes(exception: SparkException) -> &'static [&'static str] {
    macro_rules! runtime {
        ($($class:literal),*) => {
            &[
                $($class,)*
                "java.lang.RuntimeException",
                "java.lang.Exception",
                "java.lang.Throwable",
                "java.lang.Object",
            ]
        };
    }
    const ANALYSIS: &str = "org.apache.spark.sql.AnalysisException";
    match exception {
        SparkException::Analysis => &[ANALYSIS, "java.lang.Exception", "java.lang.Throwable", "java.lang.Object"],
        SparkException::Parse => &[
            "org.apache.spark.sql.catalyst.parser.ParseException",
            ANALYSIS,
            "java.lang.Exception",
            "java.lang.Throwable",
            "java.lang.Object",
        ],
        SparkException::Arithmetic => {
            runtime!("org.apache.spark.SparkArithmeticException", "java.lang.ArithmeticException")
        }
        SparkException::NumberFormat => runtime!(
            "org.apache.spark.SparkNumberFormatException",
            "java.lang.NumberFormatException",
            "java.lang.IllegalArgumentException"
        ),
        SparkException::DateTime => {
            runtime!("org.apache.spark.SparkDateTimeException", "java.time.DateTimeException")
        }
        SparkException::IllegalArgument => {
            runtime!("org.apache.spark.SparkIllegalArgumentException", "java.lang.IllegalArgumentException")
        }
        SparkException::ArrayIndexOutOfBounds => runtime!(
            "org.apache.spark.SparkArrayIndexOutOfBoundsException",
            "java.lang.ArrayIndexOutOfBoundsException",
            "java.lang.IndexOutOfBoundsException"
        ),
        SparkException::UnsupportedOperation => {
            runtime!("org.apache.spark.SparkUnsupportedOperationException", "java.lang.UnsupportedOperationException")
        }
        SparkException::SparkRuntime => runtime!("org.apache.spark.SparkRuntimeException"),
        SparkException::SparkNoSuchElement => {
            runtime!("org.apache.spark.SparkNoSuchElementException", "java.util.NoSuchElementException")
        }
        SparkException::Spark => {
            &["org.apache.spark.SparkException", "java.lang.Exception", "java.lang.Throwable", "java.lang.Object"]
        }
        SparkException::Python => runtime!("org.apache.spark.api.python.PythonException"),
    }
}

fn shortened(message: &str) -> String {
    if message.len() <= LARGEST_MESSAGE_BYTES {
        return message.to_owned();
    }
    let end = (0..=LARGEST_MESSAGE_BYTES).rev().find(|end| message.is_char_boundary(*end)).unwrap_or(0);
    format!("{}...", &message[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use brickyard_error::codes;

    #[test]
    fn messages_are_written_as_in_spark() {
        let plain = Failure::new(&codes::spark::INVALID_PLAN, "a plan without a root");
        let named = |class: &str| {
            let condition = Condition::new(class, "42703", SparkException::Analysis).with("objectName", "`x`");
            Failure::new(&codes::spark::INVALID_PLAN, "A column cannot be resolved.").with_condition(condition)
        };
        let rows = [
            (plain, "a plan without a root [BY-SPARK-0001]"),
            (
                named("UNRESOLVED_COLUMN"),
                "[UNRESOLVED_COLUMN] A column cannot be resolved. SQLSTATE: 42703 [BY-SPARK-0001]",
            ),
            (named("_LEGACY_ERROR_TEMP_1"), "A column cannot be resolved. [BY-SPARK-0001]"),
        ];
        for (failure, text) in rows {
            assert_eq!(SparkError::of(&failure).message, text);
        }
    }

    #[test]
    fn a_status_carries_what_a_client_needs_and_the_log_has_the_rest() {
        let long = "é".repeat(4000);
        let condition = Condition::new("DIVIDE_BY_ZERO", "22012", SparkException::Arithmetic);
        let failure = Failure::new(&codes::spark::INVALID_PLAN, long.clone()).with_condition(condition);
        let mut log = ErrorLog::default();
        let status = log.record(&failure);
        assert!(status.message().len() < LARGEST_MESSAGE_BYTES + 4);
        let details = status.get_details_error_info().unwrap();
        assert_eq!(details.reason, "org.apache.spark.SparkArithmeticException");
        assert_eq!(details.metadata["errorClass"], "DIVIDE_BY_ZERO");
        assert_eq!(details.metadata["sqlState"], "22012");
        let whole = log.details(&details.metadata["errorId"]);
        assert_eq!(whole.root_error_idx, Some(0));
        assert!(whole.errors[0].message.contains(&long));
        assert_eq!(log.details("unknown").errors, []);
    }
}
