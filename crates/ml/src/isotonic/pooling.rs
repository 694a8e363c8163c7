//! Pool adjacent violators (Best & Chakravarti, 1990): neighbours that fall are averaged until everything rises.

use super::points::Point;

/// Where the fitted function has its corners, and its values there; a pool has one corner at each end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Corners {
    pub boundaries: Vec<f64>,
    pub values: Vec<f64>,
}

/// Neighbouring points that share their mean.
struct Pool {
    first: f64,
    last: f64,
    weight: f64,
    weighted: f64,
}

impl Pool {
    fn mean(&self) -> f64 {
        self.weighted / self.weight
    }
}

/// The rising fit of points that ascend.
pub fn pool(points: &[Point]) -> Corners {
    let mut pools: Vec<Pool> = Vec::with_capacity(points.len());
    for point in points {
        let mut next =
            Pool { first: point.feature, last: point.feature, weight: point.weight, weighted: point.weighted };
        // Equal means are joined too: there is no corner between them.
        while let Some(before) = pools.pop_if(|before| before.mean() >= next.mean()) {
            next.first = before.first;
            next.weight += before.weight;
            next.weighted += before.weighted;
        }
        pools.push(next);
    }
    let mut corners = Corners::default();
    for pool in &pools {
        let ends = if pool.first < pool.last { 2 } else { 1 };
        for boundary in [pool.first, pool.last].into_iter().take(ends) {
            corners.boundaries.push(boundary);
            corners.values.push(pool.mean());
        }
    }
    corners
}

impl Corners {
    /// The function at `x`: constant beyond the corners, linear between them. NaN without corners.
    pub fn at(&self, x: f64) -> f64 {
        let above = self.boundaries.partition_point(|boundary| *boundary < x);
        let (Some(first), Some(last)) = (self.values.first(), self.values.last()) else { return f64::NAN };
        match self.boundaries.get(above) {
            Some(boundary) if *boundary == x => self.values[above],
            None => *last,
            Some(_) if above == 0 => *first,
            Some(boundary) => {
                let (x1, y1) = (self.boundaries[above - 1], self.values[above - 1]);
                y1 + (self.values[above] - y1) * (x - x1) / (boundary - x1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violators_are_averaged_and_the_rest_is_left() {
        let point = |feature: f64, label: f64, weight: f64| Point { feature, weight, weighted: weight * label };
        let points = [(1.0, 1.0, 1.0), (2.0, 5.0, 1.0), (3.0, 2.0, 2.0), (4.0, 6.0, 1.0), (5.0, 6.0, 1.0)];
        let corners = pool(&points.map(|(feature, label, weight)| point(feature, label, weight)));
        assert_eq!(corners.boundaries, [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(corners.values, [1.0, 3.0, 3.0, 6.0, 6.0]);
        for (x, y) in [(0.0, 1.0), (1.5, 2.0), (2.5, 3.0), (3.5, 4.5), (9.0, 6.0)] {
            assert_eq!(corners.at(x), y, "{x}");
        }
    }
}
