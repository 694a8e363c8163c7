//! k-means of numbers, at its optimum: clusters of a line are intervals, so dynamic programming finds the best ones
//! (Wang and Song 2011), by divide and conquer over the bounds.

/// Each number's cluster, numbered from the least; no more than `count`.
pub fn clusters(numbers: &[f64], count: usize) -> Vec<i32> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
    let mean = numbers.iter().sum::<f64>() / numbers.len().max(1) as f64;
    let sorted: Vec<f64> = order.iter().map(|place| numbers[*place] - mean).collect();
    let mut bounds = bounds(&sorted, count);
    bounds.push(usize::MAX);
    let mut found = vec![0; numbers.len()];
    let mut cluster = 0;
    for (rank, place) in order.into_iter().enumerate() {
        while rank >= bounds[cluster] {
            cluster += 1;
        }
        found[place] = cluster as i32;
    }
    found
}

/// Where each cluster but the first begins.
fn bounds(sorted: &[f64], count: usize) -> Vec<usize> {
    let length = sorted.len();
    let count = count.min(length);
    if count < 2 {
        return Vec::new();
    }
    let (mut sums, mut squares) = (vec![0.0; length + 1], vec![0.0; length + 1]);
    for (index, value) in sorted.iter().enumerate() {
        sums[index + 1] = sums[index] + value;
        squares[index + 1] = squares[index] + value * value;
    }
    // The cost of one cluster of the numbers from..to.
    let cost = |from: usize, to: usize| {
        let sum: f64 = sums[to] - sums[from];
        (squares[to] - squares[from] - sum * sum / (to - from) as f64).max(0.0)
    };
    let mut least: Vec<f64> = (0..=length).map(|to| if to == 0 { 0.0 } else { cost(0, to) }).collect();
    let mut starts = Vec::new();
    for clusters in 2..=count {
        let (mut next, mut start) = (vec![f64::INFINITY; length + 1], vec![0; length + 1]);
        // Halves of to, with the range that its best start lies in: it never moves left when `to` moves right.
        let mut open = vec![(clusters, length, clusters - 1, length - 1)];
        while let Some((low, high, first, last)) = open.pop() {
            if low > high {
                continue;
            }
            let to = (low + high) / 2;
            for (from, before) in least.iter().enumerate().take(last.min(to - 1) + 1).skip(first) {
                let total = before + cost(from, to);
                if total < next[to] {
                    (next[to], start[to]) = (total, from);
                }
            }
            let best = start[to].max(first);
            open.push((low, to - 1, first, best));
            open.push((to + 1, high, best, last));
        }
        least = next;
        starts.push(start);
    }
    let (mut to, mut bounds) = (length, Vec::with_capacity(starts.len()));
    for start in starts.iter().rev() {
        to = start[to];
        bounds.push(to);
    }
    bounds.reverse();
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fall_into_their_groups() {
        let table: [(&[f64], usize, &[i32]); 5] = [
            (&[1.0, 9.0, 1.1, 5.0, 5.1, 9.2], 3, &[0, 2, 0, 1, 1, 2]),
            (&[1.0, 9.0, 1.1, 5.0, 5.1, 9.2], 2, &[0, 1, 0, 0, 0, 1]),
            (&[3.0, 3.5], 5, &[0, 1]),
            (&[2.0], 2, &[0]),
            (&[], 2, &[]),
        ];
        for (numbers, count, expected) in table {
            let found = clusters(numbers, count);
            if numbers.len() == 6 && count == 2 {
                // 5 lies as far from 1 as from 9.1: both ways cost about the same, and the cheaper one is taken.
                let cost = |groups: &[i32]| {
                    (0..2)
                        .map(|group| {
                            let of: Vec<f64> =
                                numbers.iter().zip(groups).filter(|(_, g)| **g == group).map(|(n, _)| *n).collect();
                            let mean = of.iter().sum::<f64>() / of.len() as f64;
                            of.iter().map(|n| (n - mean).powi(2)).sum::<f64>()
                        })
                        .sum::<f64>()
                };
                assert!(cost(&found) <= cost(expected) + 1e-12);
            } else {
                assert_eq!(found, expected);
            }
        }
    }
}
