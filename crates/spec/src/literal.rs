//! Constant values, by Spark's types.

use arrow_schema::{DataType, Fields};

/// A constant. Arrays, maps and structs hold literals of the element type they name.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A null of this type; `DataType::Null` for Spark's `void`.
    Null(DataType),
    Boolean(bool),
    Byte(i8),
    Short(i16),
    Int(i32),
    Long(i64),
    Float(f32),
    Double(f64),
    /// `unscaled * 10^-scale`.
    Decimal {
        unscaled: i128,
        precision: u8,
        scale: i8,
    },
    String(String),
    Binary(Vec<u8>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since the epoch, an instant.
    Timestamp(i64),
    /// Microseconds since the epoch of a wall clock without a zone.
    TimestampNtz(i64),
    CalendarInterval {
        months: i32,
        days: i32,
        microseconds: i64,
    },
    /// Months.
    YearMonthInterval(i32),
    /// Microseconds.
    DayTimeInterval(i64),
    Array {
        element: DataType,
        items: Vec<Literal>,
    },
    /// Keys and values pairwise.
    Map {
        key: DataType,
        value: DataType,
        keys: Vec<Literal>,
        values: Vec<Literal>,
    },
    Struct {
        fields: Fields,
        items: Vec<Literal>,
    },
}

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        Literal::String(text.to_owned())
    }
}

impl From<i32> for Literal {
    fn from(value: i32) -> Self {
        Literal::Int(value)
    }
}

impl From<f64> for Literal {
    fn from(value: f64) -> Self {
        Literal::Double(value)
    }
}

impl From<bool> for Literal {
    fn from(value: bool) -> Self {
        Literal::Boolean(value)
    }
}
