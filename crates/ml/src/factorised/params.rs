//! Parameters of factorisation machines.

use super::machine::Shape;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::{Params, Value};
use brickyard_error::Result;

pub const FACTOR_SIZE: ParamSpec =
    ParamSpec::new("factorSize", Kind::Int, Default::Int(8), "factors of each feature (> 0)").checked(check::positive);
pub const FIT_LINEAR: ParamSpec =
    ParamSpec::new("fitLinear", Kind::Bool, Default::Bool(true), "whether to fit the linear term");
pub const INIT_STD: ParamSpec = ParamSpec::new(
    "initStd",
    Kind::Double,
    Default::Double(0.01),
    "standard deviation of the factors that training starts from (> 0)",
)
.checked(check::positive);
pub const MINI_BATCH_FRACTION: ParamSpec = ParamSpec::new(
    "miniBatchFraction",
    Kind::Double,
    Default::Double(1.0),
    "fraction of the rows that each step looks at, in (0, 1]",
)
.checked(|value| matches!(value, Value::Double(fraction) if *fraction > 0.0 && *fraction <= 1.0));
pub const SOLVER: ParamSpec =
    ParamSpec::new("solver", Kind::Text, Default::Text("adamW"), "adamW, or gd (gradient descent)")
        .checked(|value| matches!(value, Value::Text(solver) if ["adamW", "gd"].contains(&solver.as_str())));
pub const STEP_SIZE: ParamSpec =
    ParamSpec::new("stepSize", Kind::Double, Default::Double(1.0), "size of the first step (> 0)")
        .checked(check::positive);
pub const THRESHOLDS: ParamSpec = shared::THRESHOLDS.checked(|value| {
    let Value::Doubles(thresholds) = value else { return false };
    thresholds.iter().all(|value| *value >= 0.0) && thresholds.iter().filter(|value| **value == 0.0).count() <= 1
});

/// The parts that the parameters ask for.
pub fn shape(params: &Params, width: usize) -> Result<Shape> {
    Ok(Shape {
        width,
        factors: params.int("factorSize")?.unsigned_abs() as usize,
        linear: params.bool("fitLinear")?,
        intercept: params.bool("fitIntercept")?,
    })
}
