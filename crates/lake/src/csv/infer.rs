//! Spark's CSV inference: each column starts at the narrowest type and widens as rows contradict it.

use super::column;
use super::dialect::Dialect;
use super::fields::Fields;
use super::share::Share;
use crate::paths::unreadable;
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use brickyard_error::{Failure, Result};
use std::sync::Arc;

/// The lattice, narrow to wide; `join` says where two meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guess {
    Nothing,
    Int,
    Long,
    Double,
    Date,
    Timestamp,
    Boolean,
    Text,
}

impl Guess {
    fn of(text: &str) -> Guess {
        match text {
            _ if text.parse::<i32>().is_ok() => Guess::Int,
            _ if text.parse::<i64>().is_ok() => Guess::Long,
            _ if column::double(text).is_some() => Guess::Double,
            _ if column::date(text).is_some() => Guess::Date,
            _ if column::timestamp_micros(text).is_some() => Guess::Timestamp,
            _ if column::boolean(text).is_some() => Guess::Boolean,
            _ => Guess::Text,
        }
    }

    fn join(self, other: Guess) -> Guess {
        use Guess::{Date, Double, Int, Long, Nothing, Text, Timestamp};
        match (self, other) {
            (a, b) if a == b => a,
            (Nothing, b) => b,
            (a, Nothing) => a,
            (Int, Long) | (Long, Int) => Long,
            (Int | Long, Double) | (Double, Int | Long) => Double,
            (Date, Timestamp) | (Timestamp, Date) => Timestamp,
            _ => Text,
        }
    }

    /// Widens by one field. The common case, a field of the type already guessed, costs one parse.
    fn widen(self, text: &str) -> Guess {
        let same = match self {
            Guess::Int => text.parse::<i32>().is_ok(),
            Guess::Long => text.parse::<i64>().is_ok(),
            Guess::Double => column::double(text).is_some(),
            Guess::Date => column::date(text).is_some(),
            Guess::Timestamp => column::timestamp_micros(text).is_some(),
            Guess::Boolean => column::boolean(text).is_some(),
            Guess::Text => true,
            Guess::Nothing => false,
        };
        if same { self } else { self.join(Guess::of(text)) }
    }

    fn data_type(self) -> DataType {
        match self {
            Guess::Int => DataType::Int32,
            Guess::Long => DataType::Int64,
            Guess::Double => DataType::Float64,
            Guess::Date => DataType::Date32,
            Guess::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Guess::Boolean => DataType::Boolean,
            Guess::Nothing | Guess::Text => DataType::Utf8,
        }
    }
}

/// Reads every row, on all cores, and tells the columns' types.
pub(super) async fn infer(names: &[String], dialect: &Arc<Dialect>, parts: Vec<Vec<Share>>) -> Result<SchemaRef> {
    let columns = names.len();
    let tasks = parts.into_iter().map(|shares| {
        let dialect = dialect.clone();
        tokio::task::spawn_blocking(move || {
            let mut guesses = vec![Guess::Nothing; columns];
            for share in &shares {
                widen(&mut guesses, share, &dialect)?;
            }
            Ok::<_, Failure>(guesses)
        })
    });
    let mut guesses = vec![Guess::Nothing; columns];
    for part in futures::future::join_all(tasks).await {
        let part = part.map_err(|error| Failure::internal("inferring a schema").because(error))?;
        guesses.iter_mut().zip(part?).for_each(|(guess, other)| *guess = guess.join(other));
    }
    let fields = names.iter().zip(guesses).map(|(name, guess)| Field::new(name, guess.data_type(), true));
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

fn widen(guesses: &mut [Guess], share: &Share, dialect: &Dialect) -> Result<()> {
    let mut lines = share.open(dialect)?;
    let mut fields = Fields::new(dialect);
    while let Some(line) = lines.next().map_err(|error| unreadable(&share.path, error))? {
        let line = fields.split(line);
        for (index, guess) in guesses.iter_mut().enumerate() {
            if *guess != Guess::Text
                && let Some(text) = line.get(index).filter(|text| !dialect.is_null(text))
            {
                *guess = guess.widen(text);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_widen_as_in_spark() {
        let rows: &[(&[&str], Guess)] = &[
            (&["1", "2"], Guess::Int),
            (&["1", "3000000000"], Guess::Long),
            (&["1", "2.5"], Guess::Double),
            (&["1", "NaN"], Guess::Double),
            (&["2013-01-01"], Guess::Date),
            (&["2013-01-01", "2013-01-01 10:00:00"], Guess::Timestamp),
            (&["true", "FALSE"], Guess::Boolean),
            (&["true", "1"], Guess::Text),
            (&["1", "x"], Guess::Text),
            (&["1", "2013-01-01"], Guess::Text),
            (&["1", "", "NA"], Guess::Int),
        ];
        for (texts, expected) in rows {
            let texts = texts.iter().filter(|text| !text.is_empty() && **text != "NA");
            assert_eq!(texts.clone().fold(Guess::Nothing, |guess, text| guess.widen(text)), *expected, "{texts:?}");
        }
    }
}
