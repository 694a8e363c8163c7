//! Flights that never flew: columns of every kind, with missing values, and labels that depend on them.

use arrow_array::{ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray};
use brickyard_ml::random::{mix, unit};
use std::sync::Arc;

/// Column by column, all from the rows' numbers from `first` on. Fractions are eighths, which 32-bit floats hold too.
pub fn flights(first: u64, rows: u64) -> RecordBatch {
    let draw = |row: u64, what: u64| unit(mix(row * 31 + what));
    let rows: Vec<u64> = (first..first + rows).collect();
    let below = |row: u64, what: u64, count: u64| (draw(row, what) * count as f64) as u64;
    let carrier = |row: u64| ["AA", "UA", "DL", "WN", "B6"][below(row, 1, 5) as usize];
    // A skewed choice among forty.
    let origin = |row: u64| (draw(row, 2) * draw(row, 3) * 40.0) as u64;
    let hour = |row: u64| below(row, 4, 24) as i32;
    let distance = |row: u64| (draw(row, 5) * 8.0 * 2500.0).floor() / 8.0 + 100.0;
    let weather = |row: u64| (draw(row, 6) > 0.2).then(|| (draw(row, 7) * 80.0).floor() / 8.0 - 3.0);
    let flag = |row: u64| f64::from(u8::from(draw(row, 8) > 0.6));
    let count = |row: u64| below(row, 9, 6) as f64;
    let score = |row: u64| {
        let busy = f64::from(u8::from(hour(row) > 15)) * 1.5;
        let place = [0.8, -0.5, 0.3, -1.0][(origin(row) % 4) as usize];
        busy + place + weather(row).unwrap_or(8.0) * 0.3 - distance(row) / 1500.0 + flag(row) + count(row) * 0.2
    };
    let noisy = |row: u64| score(row) + (draw(row, 10) - 0.5) * 1.5;
    let numbers = |value: &dyn Fn(u64) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| value(*row))))
    };
    let texts = |value: &dyn Fn(u64) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| value(*row))))
    };
    let word = |row: u64| if noisy(row) > 1.8 { "late" } else { "on time" }.to_owned();
    let band = |row: u64| match noisy(row) {
        score if score > 2.6 => "very late",
        score if score > 1.2 => "late",
        _ => "on time",
    };
    let gauge = |row: u64| if draw(row, 11) > 0.15 { draw(row, 12) * 10.0 - 4.0 } else { f64::NAN };
    let columns: [(&str, ArrayRef); 14] = [
        ("carrier", texts(&|row| carrier(row).to_owned())),
        ("origin", texts(&|row| format!("airport {}", origin(row)))),
        ("hour", Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| hour(*row))))),
        ("distance", numbers(&distance)),
        ("weather", Arc::new(rows.iter().map(|row| weather(*row)).collect::<Float64Array>())),
        ("gauge", numbers(&gauge)),
        ("flag", numbers(&flag)),
        ("count", numbers(&count)),
        ("status", texts(&word)),
        ("band", texts(&|row| band(row).to_owned())),
        ("late", numbers(&|row| f64::from(u8::from(noisy(row) > 1.8)))),
        ("level", numbers(&|row| if noisy(row) > 2.6 { 2.0 } else { f64::from(u8::from(noisy(row) > 1.2)) })),
        ("minutes", numbers(&|row| 10.0 * noisy(row) + 30.0)),
        ("waiting", numbers(&|row| (noisy(row).max(-1.0) + 1.5).floor())),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}
