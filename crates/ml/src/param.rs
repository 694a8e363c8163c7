//! Hyper-parameters: Spark's name, kind, default, check and documentation of each in one place.

use crate::{Matrix, Vector};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use std::collections::BTreeMap;
use std::fmt;

/// A parameter or attribute value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    Ints(Vec<i64>),
    Doubles(Vec<f64>),
    Texts(Vec<String>),
    /// `labelsArray`, `splitsArray`: lists of lists.
    NestedTexts(Vec<Vec<String>>),
    NestedDoubles(Vec<Vec<f64>>),
    Vector(Vector),
    Matrix(Matrix),
}

/// The declared type of a parameter; clients may send an int for a double and the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bool,
    /// 32-bit in Spark.
    Int,
    /// 64-bit: seeds.
    Long,
    Double,
    Text,
    Ints,
    Doubles,
    Texts,
    NestedDoubles,
    Vector,
    Matrix,
}

/// How a parameter's default is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Default {
    /// Has none: reading it unset is an error, unless the algorithm asks with an optional getter.
    None,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(&'static str),
    /// A list of numbers.
    Doubles(&'static [f64]),
    EmptyInts,
    EmptyTexts,
    /// A list, one text a line.
    Lines(&'static str),
    /// `<uid>__output`, as Spark's `outputCol`.
    Output,
}

/// One parameter of an operator.
#[derive(Debug, Clone, Copy)]
pub struct ParamSpec {
    pub name: &'static str,
    pub kind: Kind,
    pub default: Default,
    pub doc: &'static str,
    /// True when the value is allowed.
    pub check: fn(&Value) -> bool,
}

impl ParamSpec {
    pub const fn new(name: &'static str, kind: Kind, default: Default, doc: &'static str) -> Self {
        Self { name, kind, default, doc, check: |_| true }
    }

    pub const fn checked(mut self, check: fn(&Value) -> bool) -> Self {
        self.check = check;
        self
    }
}

/// The parameters of one operator instance: the specs of its class and what was set.
#[derive(Debug, Clone)]
pub struct Params {
    uid: String,
    specs: &'static [ParamSpec],
    set: BTreeMap<&'static str, Value>,
}

impl Params {
    pub fn new(uid: impl Into<String>, specs: &'static [ParamSpec]) -> Self {
        Self { uid: uid.into(), specs, set: BTreeMap::new() }
    }

    /// The same values for another class: what it knows is kept (a model takes its estimator's parameters).
    pub fn carry_to(&self, specs: &'static [ParamSpec]) -> Params {
        let known = specs.iter().filter_map(|spec| self.set.get(spec.name).map(|value| (spec.name, value.clone())));
        Params { uid: self.uid.clone(), specs, set: known.collect() }
    }

    pub fn uid(&self) -> &str {
        &self.uid
    }

    pub fn set_uid(&mut self, uid: impl Into<String>) {
        self.uid = uid.into();
    }

    pub fn specs(&self) -> &'static [ParamSpec] {
        self.specs
    }

    /// The parameters that were set, by name.
    pub fn set_values(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.set.iter().map(|(name, value)| (*name, value))
    }

    /// The defaults, by name, whether or not they are overridden.
    pub fn defaults(&self) -> impl Iterator<Item = (&'static str, Value)> {
        self.specs.iter().filter_map(|spec| Some((spec.name, self.default_of(spec)?)))
    }

    pub fn is_set(&self, name: &str) -> bool {
        self.set.contains_key(name)
    }

    /// Sets a parameter, coerced to its declared kind and checked.
    pub fn set(&mut self, name: &str, value: Value) -> Result<()> {
        let spec = self.spec(name)?;
        let given = value.to_string();
        let value = coerce(value, spec.kind).filter(|value| (spec.check)(value));
        let value = value.ok_or_else(|| {
            let text = format!("{} parameter {name} given invalid value {given}.", self.uid);
            let condition = Condition::new("_LEGACY_ERROR_TEMP_3101", "XXKST", SparkException::IllegalArgument);
            Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text).with_condition(condition.with("message", &given))
        })?;
        self.set.insert(spec.name, value);
        Ok(())
    }

    pub fn clear(&mut self, name: &str) {
        self.set.remove(name);
    }

    /// The value set, else the default.
    pub fn get(&self, name: &str) -> Option<Value> {
        let spec = self.specs.iter().find(|spec| spec.name == name)?;
        self.set.get(name).cloned().or_else(|| self.default_of(spec))
    }

    pub fn bool(&self, name: &str) -> Result<bool> {
        match self.get(name) {
            Some(Value::Bool(value)) => Ok(value),
            _ => Err(self.missing(name)),
        }
    }

    pub fn int(&self, name: &str) -> Result<i64> {
        match self.get(name) {
            Some(Value::Int(value)) => Ok(value),
            _ => Err(self.missing(name)),
        }
    }

    pub fn double(&self, name: &str) -> Result<f64> {
        match self.get(name) {
            Some(Value::Double(value)) => Ok(value),
            _ => Err(self.missing(name)),
        }
    }

    pub fn text(&self, name: &str) -> Result<String> {
        self.optional_text(name).ok_or_else(|| self.missing(name))
    }

    /// `None` when unset without a default, or set to the empty string (Spark's way to unset a column).
    pub fn optional_text(&self, name: &str) -> Option<String> {
        match self.get(name) {
            Some(Value::Text(value)) if !value.is_empty() => Some(value),
            _ => None,
        }
    }

    pub fn texts(&self, name: &str) -> Result<Vec<String>> {
        match self.get(name) {
            Some(Value::Texts(values)) => Ok(values),
            _ => Err(self.missing(name)),
        }
    }

    /// The columns of a stage that takes either `inputCol` or `inputCols`: pass the single and the plural name.
    pub fn one_or_many(&self, one: &str, many: &str) -> Result<Vec<String>> {
        match (self.is_set(many), self.set.get(one)) {
            (true, None) => self.texts(many),
            (false, Some(_)) => Ok(vec![self.text(one)?]),
            (true, Some(_)) => Err(Failure::new(
                &codes::ml::PARAMETER_OUT_OF_RANGE,
                format!("{} has both {one} and {many} set; set one of them", self.uid),
            )),
            (false, None) => match self.get(many) {
                Some(Value::Texts(values)) => Ok(values),
                _ => Ok(vec![self.text(one)?]),
            },
        }
    }

    fn default_of(&self, spec: &ParamSpec) -> Option<Value> {
        match spec.default {
            Default::None => None,
            Default::Bool(value) => Some(Value::Bool(value)),
            Default::Int(value) => Some(Value::Int(value)),
            Default::Double(value) => Some(Value::Double(value)),
            Default::Text(value) => Some(Value::Text(value.to_owned())),
            Default::Doubles(values) => Some(Value::Doubles(values.to_vec())),
            Default::EmptyInts => Some(Value::Ints(Vec::new())),
            Default::EmptyTexts => Some(Value::Texts(Vec::new())),
            Default::Lines(lines) => Some(Value::Texts(lines.lines().map(ToOwned::to_owned).collect())),
            Default::Output => Some(Value::Text(format!("{}__output", self.uid))),
        }
    }

    fn spec(&self, name: &str) -> Result<&'static ParamSpec> {
        self.specs
            .iter()
            .find(|spec| spec.name == name)
            .ok_or_else(|| Failure::new(&codes::ml::PARAMETER_UNKNOWN, format!("{} has no parameter {name}", self.uid)))
    }

    fn missing(&self, name: &str) -> Failure {
        let text = format!("Failed to find a default value for {name}");
        Failure::new(&codes::ml::PARAMETER_MISSING, text)
    }
}

fn coerce(value: Value, kind: Kind) -> Option<Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    match (kind, value) {
        (Kind::Bool, value @ Value::Bool(_)) => Some(value),
        (Kind::Int, Value::Int(value)) => i32::try_from(value).ok().map(|value| Value::Int(value.into())),
        (Kind::Long, value @ Value::Int(_)) => Some(value),
        (Kind::Int | Kind::Long, Value::Double(value)) if value.fract() == 0.0 && value.abs() <= EXACT => {
            Some(Value::Int(value as i64))
        }
        (Kind::Double, value @ Value::Double(_)) => Some(value),
        (Kind::Double, Value::Int(value)) => Some(Value::Double(value as f64)),
        (Kind::Text, value @ Value::Text(_)) => Some(value),
        (Kind::Ints, value @ Value::Ints(_)) => Some(value),
        (Kind::Ints, Value::Doubles(values)) if values.iter().all(|value| value.fract() == 0.0) => {
            Some(Value::Ints(values.into_iter().map(|value| value as i64).collect()))
        }
        (Kind::Doubles, value @ Value::Doubles(_)) => Some(value),
        (Kind::Doubles, Value::Ints(values)) => Some(Value::Doubles(values.into_iter().map(|v| v as f64).collect())),
        (Kind::Texts, value @ Value::Texts(_)) => Some(value),
        (Kind::NestedDoubles, value @ Value::NestedDoubles(_)) => Some(value),
        (Kind::Vector, value @ Value::Vector(_)) => Some(value),
        (Kind::Matrix, value @ Value::Matrix(_)) => Some(value),
        // An empty list has no element type on the wire.
        (Kind::Ints, Value::Texts(values)) if values.is_empty() => Some(Value::Ints(vec![])),
        (Kind::Doubles, Value::Texts(values)) if values.is_empty() => Some(Value::Doubles(vec![])),
        (Kind::Texts, Value::Ints(values)) if values.is_empty() => Some(Value::Texts(vec![])),
        _ => None,
    }
}

impl fmt::Display for Value {
    /// As Spark prints it in messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
            let items: Vec<String> = items.iter().map(ToString::to_string).collect();
            write!(f, "[{}]", items.join(","))
        }
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(value) => write!(f, "{value}"),
            Value::Double(value) => write!(f, "{value:?}"),
            Value::Text(value) => f.write_str(value),
            Value::Ints(values) => list(f, values),
            Value::Doubles(values) => {
                let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
                list(f, &values)
            }
            Value::Texts(values) => list(f, values),
            Value::NestedTexts(values) => write!(f, "{values:?}"),
            Value::NestedDoubles(values) => write!(f, "{values:?}"),
            Value::Vector(value) => write!(f, "{value}"),
            Value::Matrix(value) => write!(f, "{value:?}"),
        }
    }
}

/// Checks that several operators share.
pub mod check {
    use super::Value;

    pub fn at_least_zero(value: &Value) -> bool {
        matches!(value, Value::Int(0..)) || matches!(value, Value::Double(value) if *value >= 0.0)
    }
    pub fn positive(value: &Value) -> bool {
        matches!(value, Value::Int(1..)) || matches!(value, Value::Double(value) if *value > 0.0)
    }
    /// In [0, 1].
    pub fn fraction(value: &Value) -> bool {
        matches!(value, Value::Double(value) if (0.0..=1.0).contains(value))
    }
    /// `keep`, `skip` or `error`.
    pub fn handle_invalid(value: &Value) -> bool {
        matches!(value, Value::Text(value) if ["keep", "skip", "error"].contains(&value.as_str()))
    }
}

/// Parameters that several operators share, by Spark's name.
pub mod shared {
    use super::{Default, Kind, ParamSpec, check};

    pub const FEATURES_COL: ParamSpec =
        ParamSpec::new("featuresCol", Kind::Text, Default::Text("features"), "features column name");
    pub const LABEL_COL: ParamSpec =
        ParamSpec::new("labelCol", Kind::Text, Default::Text("label"), "label column name");
    pub const PREDICTION_COL: ParamSpec =
        ParamSpec::new("predictionCol", Kind::Text, Default::Text("prediction"), "prediction column name");
    pub const PROBABILITY_COL: ParamSpec = ParamSpec::new(
        "probabilityCol",
        Kind::Text,
        Default::Text("probability"),
        "column name for predicted class conditional probabilities",
    );
    pub const RAW_PREDICTION_COL: ParamSpec =
        ParamSpec::new("rawPredictionCol", Kind::Text, Default::Text("rawPrediction"), "raw prediction column name");
    pub const WEIGHT_COL: ParamSpec =
        ParamSpec::new("weightCol", Kind::Text, Default::None, "weight column name; unset means every row weighs 1");
    pub const INPUT_COL: ParamSpec = ParamSpec::new("inputCol", Kind::Text, Default::None, "input column name");
    pub const INPUT_COLS: ParamSpec = ParamSpec::new("inputCols", Kind::Texts, Default::None, "input column names");
    pub const OUTPUT_COL: ParamSpec = ParamSpec::new("outputCol", Kind::Text, Default::Output, "output column name");
    pub const OUTPUT_COLS: ParamSpec = ParamSpec::new("outputCols", Kind::Texts, Default::None, "output column names");
    pub const THRESHOLDS: ParamSpec = ParamSpec::new(
        "thresholds",
        Kind::Doubles,
        Default::None,
        "thresholds of the classes: the class with the largest probability / threshold is predicted",
    );
    pub const HANDLE_INVALID: ParamSpec = ParamSpec::new(
        "handleInvalid",
        Kind::Text,
        Default::Text("error"),
        "what to do with invalid rows: skip, error or keep",
    )
    .checked(check::handle_invalid);
    pub const TOL: ParamSpec = ParamSpec::new(
        "tol",
        Kind::Double,
        Default::Double(1e-6),
        "convergence tolerance of iterative algorithms (>= 0)",
    )
    .checked(check::at_least_zero);
    pub const REG_PARAM: ParamSpec =
        ParamSpec::new("regParam", Kind::Double, Default::Double(0.0), "regularization parameter (>= 0)")
            .checked(check::at_least_zero);
    pub const ELASTIC_NET_PARAM: ParamSpec = ParamSpec::new(
        "elasticNetParam",
        Kind::Double,
        Default::Double(0.0),
        "ElasticNet mixing, in [0, 1]: 0 is an L2 penalty, 1 is an L1 penalty",
    )
    .checked(check::fraction);
    pub const FIT_INTERCEPT: ParamSpec =
        ParamSpec::new("fitIntercept", Kind::Bool, Default::Bool(true), "whether to fit an intercept term");
    pub const STANDARDIZATION: ParamSpec = ParamSpec::new(
        "standardization",
        Kind::Bool,
        Default::Bool(true),
        "whether to standardize the training features before fitting the model",
    );
    pub const AGGREGATION_DEPTH: ParamSpec =
        ParamSpec::new("aggregationDepth", Kind::Int, Default::Int(2), "suggested depth for treeAggregate (>= 2)")
            .checked(|value| matches!(value, super::Value::Int(2..)));
    pub const MAX_BLOCK_SIZE_IN_MB: ParamSpec = ParamSpec::new(
        "maxBlockSizeInMB",
        Kind::Double,
        Default::Double(0.0),
        "maximum memory in MB for stacking input data into blocks; 0 means chosen by the engine",
    )
    .checked(check::at_least_zero);

    /// `maxIter` with the default of its class.
    pub const fn max_iter(default: i64) -> ParamSpec {
        ParamSpec::new("maxIter", Kind::Int, Default::Int(default), "maximum number of iterations (>= 0)")
            .checked(check::at_least_zero)
    }

    /// The default seed of a class: Java's `hashCode` of its full name.
    pub const fn class_seed(class: &str) -> i64 {
        let (bytes, mut hash, mut index) = (class.as_bytes(), 0i32, 0);
        while index < bytes.len() {
            hash = hash.wrapping_mul(31).wrapping_add(bytes[index] as i32);
            index += 1;
        }
        hash as i64
    }

    /// `seed` with the default of its class (Spark: a hash of the class name).
    pub const fn seed(default: i64) -> ParamSpec {
        ParamSpec::new("seed", Kind::Long, Default::Int(default), "random seed")
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident),* $(,)?) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Value::$variant(value.into())
            }
        })*
    };
}
from!(
    bool => Bool, i64 => Int, i32 => Int, f64 => Double, String => Text, &str => Text, Vec<i64> => Ints,
    Vec<f64> => Doubles, Vec<String> => Texts, Vector => Vector, Matrix => Matrix,
);
