//! Functions that a client has pickled, for Python to run.

use crate::{Expr, Relation};
use arrow_schema::DataType;

/// A pickled function, and how Python is to call it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd)]
pub struct PythonFunction {
    pub name: String,
    pub way: PythonWay,
    /// The pickled function with its result type.
    pub command: Vec<u8>,
    /// Major and minor version of the Python that pickled it: `3.11`.
    pub version: String,
    /// Of a value; a struct for functions over whole tables.
    pub returns: DataType,
}

/// What a function takes and gives. The numbers are PySpark's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd)]
pub enum PythonWay {
    /// A value for each row's values; rows travel in batches.
    Rows = 101,
    /// A series for series.
    Series = 200,
    /// An iterator of series for an iterator of series.
    SeriesIterator = 204,
    /// An Arrow array for Arrow arrays.
    Arrays = 250,
    ArraysIterator = 251,
    /// A value for the series of a group.
    SeriesAggregate = 202,
    SeriesIteratorAggregate = 217,
    ArraysAggregate = 252,
    ArraysIteratorAggregate = 254,
    /// An iterator of frames for an iterator of frames.
    MapFrames = 205,
    /// An iterator of record batches for an iterator of record batches.
    MapBatches = 207,
    /// A frame for the frame of a group.
    GroupFrame = 201,
    GroupFrameIterator = 216,
    /// An Arrow table for the table of a group.
    GroupTable = 209,
    GroupTableIterator = 215,
    /// A frame for the frames of a group in two relations.
    CogroupFrames = 206,
    CogroupTables = 210,
}

impl PythonWay {
    const ALL: [PythonWay; 17] = [
        Self::Rows,
        Self::Series,
        Self::SeriesIterator,
        Self::Arrays,
        Self::ArraysIterator,
        Self::SeriesAggregate,
        Self::SeriesIteratorAggregate,
        Self::ArraysAggregate,
        Self::ArraysIteratorAggregate,
        Self::MapFrames,
        Self::MapBatches,
        Self::GroupFrame,
        Self::GroupFrameIterator,
        Self::GroupTable,
        Self::GroupTableIterator,
        Self::CogroupFrames,
        Self::CogroupTables,
    ];

    /// By PySpark's number. Pickled rows (100) travel as Arrow batches too.
    pub fn of(number: i32) -> Option<Self> {
        let number = if number == 100 { 101 } else { number };
        Self::ALL.into_iter().find(|way| *way as i32 == number)
    }

    pub fn is_scalar(self) -> bool {
        matches!(self, Self::Rows | Self::Series | Self::Arrays) || self.is_scalar_iterator()
    }

    /// One function alone sees the batches of a partition.
    pub fn is_scalar_iterator(self) -> bool {
        matches!(self, Self::SeriesIterator | Self::ArraysIterator)
    }

    pub fn is_aggregate(self) -> bool {
        matches!(self, Self::SeriesAggregate | Self::ArraysAggregate) || self.is_aggregate_iterator()
    }

    pub fn is_aggregate_iterator(self) -> bool {
        matches!(self, Self::SeriesIteratorAggregate | Self::ArraysIteratorAggregate)
    }
}

/// `df.groupBy(…).applyInPandas(…)`.
#[derive(Debug, Clone, PartialEq)]
pub struct PythonGroups {
    pub input: Relation,
    pub keys: Vec<Expr>,
    pub function: PythonFunction,
}

/// `a.groupBy(…).cogroup(b.groupBy(…)).applyInPandas(…)`.
#[derive(Debug, Clone, PartialEq)]
pub struct PythonCogroups {
    pub left: Relation,
    pub left_keys: Vec<Expr>,
    pub right: Relation,
    pub right_keys: Vec<Expr>,
    pub function: PythonFunction,
}
