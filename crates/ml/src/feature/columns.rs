//! The input and output columns of stages that take one column or many, and what all stages do with them.

use crate::Params;
use brickyard_error::{Failure, Result, codes};

/// The columns as (input, output) pairs: `inputCols` with `outputCols`, or `inputCol` with `outputCol`.
///
/// # Errors
/// Both forms are set, or neither, or the lists differ in length; Spark's words.
pub fn pairs(params: &Params) -> Result<Vec<(String, String)>> {
    let wrong = |code, text: String| Err(Failure::new(code, text));
    let class = params.uid().split('_').next().unwrap_or_default();
    match (params.is_set("inputCol"), params.is_set("inputCols")) {
        (true, true) => wrong(
            &codes::ml::PARAMETER_OUT_OF_RANGE,
            format!(
                "requirement failed: {class} requires exactly one of inputCol, inputCols Params to be set, but both are set."
            ),
        ),
        (false, false) => wrong(
            &codes::ml::PARAMETER_MISSING,
            format!(
                "requirement failed: {class} requires exactly one of inputCol, inputCols Params to be set, but none is set."
            ),
        ),
        (true, false) => Ok(vec![(params.text("inputCol")?, params.text("outputCol")?)]),
        (false, true) => {
            let (inputs, outputs) = (params.texts("inputCols")?, params.texts("outputCols")?);
            if inputs.len() != outputs.len() {
                let text = format!(
                    "requirement failed: The number of input columns {} must be the same as the number of output columns {}.",
                    inputs.len(),
                    outputs.len()
                );
                return wrong(&codes::ml::PARAMETER_OUT_OF_RANGE, text);
            }
            Ok(inputs.into_iter().zip(outputs).collect())
        }
    }
}
