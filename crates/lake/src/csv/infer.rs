//! Spark's CSV inference: each column starts at the narrowest type and widens as rows contradict it.

use super::field;
use crate::spark_types::engine;
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use brickyard_error::Result;
use datafusion::arrow::array::{Array, AsArray};
use datafusion::dataframe::DataFrame;
use futures::StreamExt;
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
            _ if field::double(text).is_some() => Guess::Double,
            _ if field::date(text).is_some() => Guess::Date,
            _ if field::timestamp_micros(text).is_some() => Guess::Timestamp,
            _ if field::boolean(text).is_some() => Guess::Boolean,
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
            Guess::Double => field::double(text).is_some(),
            Guess::Date => field::date(text).is_some(),
            Guess::Timestamp => field::timestamp_micros(text).is_some(),
            Guess::Boolean => field::boolean(text).is_some(),
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

/// Reads the whole text frame, on all cores, and tells the columns' types.
pub(super) async fn infer(text: DataFrame, null: &str) -> Result<SchemaRef> {
    let names: Vec<String> = text.schema().fields().iter().map(|field| field.name().clone()).collect();
    let partitions = text.execute_stream_partitioned().await.map_err(engine)?;
    let columns = names.len();
    let tasks = partitions.into_iter().map(|mut partition| {
        let null = null.to_owned();
        tokio::spawn(async move {
            let mut guesses = vec![Guess::Nothing; columns];
            while let Some(batch) = partition.next().await {
                let batch = batch.map_err(engine)?;
                for (guess, column) in guesses.iter_mut().zip(batch.columns()) {
                    *guess = widen_by(*guess, column.as_ref(), &null);
                }
            }
            Ok::<_, brickyard_error::Failure>(guesses)
        })
    });
    let mut guesses = vec![Guess::Nothing; columns];
    for partition in futures::future::join_all(tasks).await {
        let partition =
            partition.map_err(|error| brickyard_error::Failure::internal("inferring a schema").because(error))?;
        guesses.iter_mut().zip(partition?).for_each(|(guess, other)| *guess = guess.join(other));
    }
    let fields = names.iter().zip(guesses).map(|(name, guess)| Field::new(name, guess.data_type(), true));
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

fn widen_by(mut guess: Guess, column: &dyn Array, null: &str) -> Guess {
    let Some(texts) = column.as_string_opt::<i32>() else { return Guess::Text };
    for text in texts.iter().flatten() {
        if guess == Guess::Text {
            break;
        }
        if !text.is_empty() && text != null {
            guess = guess.widen(text);
        }
    }
    guess
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
            let column = datafusion::arrow::array::StringArray::from(texts.to_vec());
            assert_eq!(widen_by(Guess::Nothing, &column, "NA"), *expected, "{texts:?}");
        }
    }
}
