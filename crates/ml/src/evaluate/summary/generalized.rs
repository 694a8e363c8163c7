//! Summaries of generalized linear models, as R prints them.

use crate::evaluate::generalized_pass::{GeneralizedPass, GeneralizedSums};
use crate::evaluate::student::two_sided;
use crate::glm::{Distribution, FEATURE_NAMES};
use crate::linear::INVERSE_DIAGONAL;
use crate::special::erfc;
use crate::{Attribute, FitReport, Transformer, Value};
use brickyard_error::{Failure, Result, codes};

/// The fitted model, as far as the summary asks.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneralizedFit {
    pub pass: GeneralizedPass,
    has_intercept: bool,
    /// Coefficients, then the intercept if there is one.
    estimates: Vec<f64>,
    features_column: String,
}

impl GeneralizedFit {
    pub fn of(model: &dyn Transformer) -> Result<Self> {
        let params = model.params();
        let has_intercept = params.bool("fitIntercept")?;
        let (Attribute::Value(Value::Vector(coefficients)), Attribute::Value(Value::Double(intercept))) =
            (model.attribute("coefficients", &[])?, model.attribute("intercept", &[])?)
        else {
            return Err(Failure::internal("a generalized linear model lacks coefficients"));
        };
        let mut estimates = coefficients.to_dense();
        estimates.extend(has_intercept.then_some(intercept));
        let named = |param: &str| params.optional_text(param).is_some();
        let pass = GeneralizedPass {
            distribution: Distribution::of(params)?,
            weighted: named("weightCol"),
            offset: named("offsetCol"),
        };
        Ok(Self { pass, has_intercept, estimates, features_column: params.text("featuresCol")? })
    }
}

#[derive(Debug, Clone)]
pub struct GeneralizedSummary {
    sums: GeneralizedSums,
    fit: GeneralizedFit,
    /// Empty unless the normal equations were solved directly.
    inverse_diagonal: Vec<f64>,
    names: Vec<String>,
    /// Where the training had to find it.
    null_deviance: Option<f64>,
}

impl GeneralizedSummary {
    pub fn new(sums: GeneralizedSums, fit: GeneralizedFit, report: &FitReport) -> Self {
        let inverse_diagonal = match report.values.get(INVERSE_DIAGONAL) {
            Some(Value::Doubles(values)) => values.clone(),
            _ => Vec::new(),
        };
        let features = fit.estimates.len() - usize::from(fit.has_intercept);
        let names = match report.values.get(FEATURE_NAMES) {
            Some(Value::Texts(names)) if names.len() == features => names.clone(),
            _ => (0..features).map(|index| format!("{}_{index}", fit.features_column)).collect(),
        };
        let null_deviance = match report.values.get("nullDeviance") {
            Some(Value::Double(deviance)) => Some(*deviance),
            _ => sums.null_deviance(&fit.pass, fit.has_intercept),
        };
        Self { sums, fit, inverse_diagonal, names, null_deviance }
    }

    pub fn attribute(&self, name: &str) -> Result<Option<Attribute>> {
        let rows = self.sums.count as i64;
        Ok(Some(match name {
            "numInstances" => rows.into(),
            "rank" => (self.fit.estimates.len() as i64).into(),
            "degreesOfFreedom" | "residualDegreeOfFreedom" => self.degrees_of_freedom().into(),
            "residualDegreeOfFreedomNull" => (rows - i64::from(self.fit.has_intercept)).into(),
            "deviance" => self.sums.deviance.into(),
            "nullDeviance" => self.null_deviance()?.into(),
            "dispersion" => self.dispersion().into(),
            "aic" => self.aic()?.into(),
            "coefficientStandardErrors" => self.standard_errors("Std. Error of coefficients")?.into(),
            "tValues" => self.t_values("t-statistic")?.into(),
            "pValues" => self.p_values("p-value")?.into(),
            "toString" => Attribute::text(self.print()?),
            _ => return Ok(None),
        }))
    }

    fn degrees_of_freedom(&self) -> i64 {
        self.sums.count as i64 - self.fit.estimates.len() as i64
    }

    fn null_deviance(&self) -> Result<f64> {
        self.null_deviance.ok_or_else(|| {
            let text = "the null deviance of other rows than those of the training, with offsets";
            Failure::unsupported(text)
        })
    }

    fn dispersion(&self) -> f64 {
        if self.fit.pass.distribution.has_unit_dispersion {
            return 1.0;
        }
        self.sums.pearson / self.degrees_of_freedom() as f64
    }

    fn aic(&self) -> Result<f64> {
        let aic = self.sums.aic(self.fit.pass.distribution.family);
        let aic = aic.ok_or_else(|| none("No AIC available for the tweedie family".to_owned()))?;
        Ok(aic + 2.0 * self.fit.estimates.len() as f64)
    }

    fn standard_errors(&self, what: &str) -> Result<Vec<f64>> {
        if self.inverse_diagonal.is_empty() {
            return Err(none(format!("No {what} available for this GeneralizedLinearRegressionModel")));
        }
        let dispersion = self.dispersion();
        Ok(self.inverse_diagonal.iter().map(|entry| (entry * dispersion).sqrt()).collect())
    }

    fn t_values(&self, what: &str) -> Result<Vec<f64>> {
        let errors = self.standard_errors(what)?;
        Ok(self.fit.estimates.iter().zip(errors).map(|(estimate, error)| estimate / error).collect())
    }

    /// By the normal distribution where the dispersion is known, by Student's where it is estimated.
    fn p_values(&self, what: &str) -> Result<Vec<f64>> {
        let freedom = self.degrees_of_freedom() as f64;
        let normal = self.fit.pass.distribution.has_unit_dispersion;
        let two_sided =
            |t: f64| if normal { erfc(t.abs() * std::f64::consts::FRAC_1_SQRT_2) } else { two_sided(t, freedom) };
        Ok(self.t_values(what)?.into_iter().map(two_sided).collect())
    }

    /// The table that Spark prints, columns flush right.
    fn print(&self) -> Result<String> {
        let errors = self.standard_errors("summary")?;
        let (t_values, p_values) = (self.t_values("summary")?, self.p_values("summary")?);
        let mut order: Vec<usize> = (0..self.fit.estimates.len()).collect();
        if self.fit.has_intercept {
            order.rotate_right(1);
        }
        let mut table = vec![["Feature", "Estimate", "Std Error", "T Value", "P Value"].map(ToOwned::to_owned)];
        for index in order {
            let name = self.names.get(index).map_or("(Intercept)", String::as_str);
            let numbers = [self.fit.estimates[index], errors[index], t_values[index], p_values[index]].map(rounded);
            let [estimate, error, t, p] = numbers;
            table.push([name.to_owned(), estimate, error, t, p].map(cut));
        }
        let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; 5] = std::array::from_fn(width);
        let mut text = "Coefficients:\n".to_owned();
        for row in &table {
            let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
            text += &cells.join(" ");
            text.push('\n');
        }
        let family = self.fit.pass.distribution.family.name();
        let freedom = self.degrees_of_freedom();
        let null = format!("Null deviance: {} on {freedom} degrees of freedom", rounded(self.null_deviance()?));
        let residual = format!("Residual deviance: {} on {freedom} degrees of freedom", rounded(self.sums.deviance));
        let width = null.len().max(residual.len());
        let dispersion = rounded(self.dispersion());
        text += &format!("\n(Dispersion parameter for {family} family taken to be {dispersion})\n");
        text += &format!("{null:>width$}\n{residual:>width$}");
        if family != "tweedie" {
            text += &format!("\nAIC: {}", rounded(self.aic()?));
        }
        Ok(text)
    }
}

fn none(text: String) -> Failure {
    Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, text)
}

/// Four digits behind the point, half away from zero: the shortest decimal form is what is rounded, as Java's `BigDecimal`
/// does it, not the binary number that it stands for.
fn rounded(value: f64) -> String {
    const PLACES: usize = 4;
    let text = format!("{value}");
    let Some((whole, fraction)) = text.split_once('.').filter(|(_, fraction)| fraction.len() > PLACES) else {
        return if value.is_finite() { with_places(&text, PLACES) } else { text };
    };
    let (kept, rest) = fraction.split_at(PLACES);
    if rest < "5" {
        return format!("{whole}.{kept}");
    }
    let mut digits: Vec<u8> = format!("{whole}{kept}").into_bytes();
    let mut place = digits.len();
    while place > 0 {
        place -= 1;
        match digits[place] {
            b'9' => digits[place] = b'0',
            b'0'..=b'8' => {
                digits[place] += 1;
                break;
            }
            _ => {
                digits.insert(place + 1, b'1'); // behind the sign
                break;
            }
        }
        if place == 0 {
            digits.insert(0, b'1');
        }
    }
    let digits = String::from_utf8_lossy(&digits);
    let (whole, kept) = digits.split_at(digits.len() - PLACES);
    format!("{whole}.{kept}")
}

/// A short decimal number with zeros to this many places.
fn with_places(text: &str, places: usize) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}.{fraction:0<places$}")
}

/// Long cells end in dots.
fn cut(cell: String) -> String {
    if cell.chars().count() <= 20 {
        return cell;
    }
    cell.chars().take(17).chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_as_decimals() {
        let table = [
            (0.0, "0.0000"),
            (1.0, "1.0000"),
            (-0.25, "-0.2500"),
            (0.00005, "0.0001"),
            (0.00004999, "0.0000"),
            (2.00005, "2.0001"),
            (-9.99995, "-10.0000"),
            (99.99999, "100.0000"),
            (0.12345, "0.1235"),
            (5.909457965517241e30, "5909457965517241000000000000000.0000"),
        ];
        for (value, text) in table {
            assert_eq!(rounded(value), text);
        }
    }
}
