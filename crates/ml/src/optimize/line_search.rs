//! Line searches, each told again from its beginning whenever one more point is known: the code stays the textbook's loop
//! although nobody here can evaluate anything.

/// The objective along the search direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probe {
    pub step: f64,
    pub value: f64,
    pub slope: f64,
}

/// Why a search has no step to accept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pause {
    /// The objective is wanted at this step first.
    Need(f64),
    /// No acceptable step was found.
    Failed,
}

/// The points known so far, in the order in which the search asked for them.
struct Tape<'a> {
    known: &'a [Probe],
    next: usize,
}

impl<'a> Tape<'a> {
    fn new(known: &'a [Probe]) -> Self {
        Self { known, next: 0 }
    }

    fn at(&mut self, step: f64) -> Result<Probe, Pause> {
        let probe = self.known.get(self.next).copied().ok_or(Pause::Need(step))?;
        self.next += 1;
        Ok(probe)
    }
}

const SUFFICIENT_DECREASE: f64 = 1e-4;
const CURVATURE: f64 = 0.9;

/// A step that satisfies the strong Wolfe conditions, by bracketing and cubic interpolation
/// (Nocedal & Wright, algorithms 3.5 and 3.6). `start` is the objective at step 0.
pub fn strong_wolfe(start: Probe, first_step: f64, known: &[Probe]) -> Result<f64, Pause> {
    const MAX_BRACKETINGS: usize = 10;
    if start.slope > 0.0 {
        return Err(Pause::Failed);
    }
    let mut tape = Tape::new(known);
    let (mut step, mut low) = (first_step, start);
    for attempt in 0..MAX_BRACKETINGS {
        let probe = tape.at(step)?;
        if !probe.value.is_finite() {
            step /= 2.0;
            continue;
        }
        let too_high = probe.value > start.value + SUFFICIENT_DECREASE * step * start.slope;
        if too_high || (probe.value >= low.value && attempt > 0) {
            return zoom(start, low, probe, &mut tape);
        }
        if probe.slope.abs() <= CURVATURE * start.slope.abs() {
            return Ok(probe.step);
        }
        if probe.slope >= 0.0 {
            return zoom(start, probe, low, &mut tape);
        }
        low = probe;
        step *= 1.5;
    }
    Err(Pause::Failed)
}

/// Narrows a bracket that contains an acceptable step; `low` has the smaller value.
fn zoom(start: Probe, mut low: Probe, mut high: Probe, tape: &mut Tape<'_>) -> Result<f64, Pause> {
    const MAX_ZOOMS: usize = 10;
    for _ in 0..MAX_ZOOMS {
        let step = if low.step > high.step { interpolate(high, low) } else { interpolate(low, high) };
        let probe = tape.at(step)?;
        let too_high = probe.value > start.value + SUFFICIENT_DECREASE * probe.step * start.slope;
        if too_high || probe.value >= low.value {
            high = probe;
            continue;
        }
        if probe.slope.abs() <= CURVATURE * start.slope.abs() {
            return Ok(probe.step);
        }
        if probe.slope * (high.step - low.step) >= 0.0 {
            high = low;
        }
        low = probe;
    }
    Err(Pause::Failed)
}

/// The minimum of the cubic through both ends, kept a tenth of the interval away from them.
fn interpolate(left: Probe, right: Probe) -> f64 {
    let width = right.step - left.step;
    let first = left.slope + right.slope - 3.0 * (left.value - right.value) / (left.step - right.step);
    let second = (first * first - left.slope * right.slope).sqrt();
    let step = right.step - width * (right.slope + second - first) / (right.slope - left.slope + 2.0 * second);
    let (lower, upper) = (left.step + 0.1 * width, left.step + 0.9 * width);
    // Not `clamp`: a NaN (no real minimum) is passed on, as in breeze.
    if step < lower {
        lower
    } else if step > upper {
        upper
    } else {
        step
    }
}

/// A step by shrinking and growing, as in libLBFGS. `first_value` stands for the objective at the first step (breeze
/// takes the smooth part at step 0, so the first step is judged by its slope alone).
pub fn backtracking(
    start: Probe,
    first_value: f64,
    first_step: f64,
    shrink: f64,
    known: &[Probe],
) -> Result<f64, Pause> {
    const MAX_STEPS: usize = 20;
    const GROW: f64 = 2.1;
    const STEPS_ALLOWED: std::ops::RangeInclusive<f64> = 1e-10..=1e10;
    let mut tape = Tape::new(known);
    let mut probe = Probe { value: first_value, ..tape.at(first_step)? };
    let mut steps = 0;
    loop {
        let factor = if probe.value > start.value + probe.step * start.slope * SUFFICIENT_DECREASE {
            shrink
        } else if probe.slope < CURVATURE * start.slope {
            GROW
        } else if probe.slope > -CURVATURE * start.slope {
            shrink
        } else {
            return Ok(probe.step);
        };
        let step = probe.step * factor;
        steps += 1;
        if !STEPS_ALLOWED.contains(&step) {
            return Err(Pause::Failed);
        }
        if steps == MAX_STEPS {
            return Ok(probe.step);
        }
        probe = tape.at(step)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays evaluator for a search.
    fn run(function: impl Fn(f64) -> Probe, search: impl Fn(&[Probe]) -> Result<f64, Pause>) -> (Option<f64>, usize) {
        let mut known = Vec::new();
        loop {
            match search(&known) {
                Ok(step) => return (Some(step), known.len()),
                Err(Pause::Failed) => return (None, known.len()),
                Err(Pause::Need(step)) => known.push(function(step)),
            }
        }
    }

    /// `(x - minimum)²`
    fn parabola(minimum: f64) -> impl Fn(f64) -> Probe {
        move |step| Probe { step, value: (step - minimum).powi(2), slope: 2.0 * (step - minimum) }
    }

    #[test]
    fn strong_wolfe_brackets_and_zooms() {
        for (minimum, first_step, evaluations) in [(1.0, 1.0, 1), (1.0, 3.0, 2), (30.0, 1.0, 4)] {
            let function = parabola(minimum);
            let start = function(0.0);
            let (step, used) = run(&function, |known| strong_wolfe(start, first_step, known));
            let accepted = function(step.unwrap());
            assert!(accepted.slope.abs() <= CURVATURE * start.slope.abs(), "{accepted:?}");
            assert_eq!(used, evaluations, "minimum {minimum} from {first_step}");
        }
    }

    #[test]
    fn searches_end_without_a_step() {
        let rising = Probe { step: 0.0, value: 0.0, slope: 1.0 };
        assert_eq!(strong_wolfe(rising, 1.0, &[]), Err(Pause::Failed));
        let flat = |step| Probe { step, value: -step, slope: -1.0 };
        assert_eq!(run(flat, |known| strong_wolfe(flat(0.0), 1.0, known)), (None, 10));
        assert_eq!(run(flat, |known| backtracking(flat(0.0), 0.0, 1.0, 0.5, known)).1, 20);
    }

    #[test]
    fn backtracking_shrinks_until_the_value_falls() {
        let function = parabola(0.1);
        let start = function(0.0);
        let (step, _) = run(&function, |known| backtracking(start, start.value, 1.0, 0.5, known));
        assert!(function(step.unwrap()).value < start.value);
    }
}
