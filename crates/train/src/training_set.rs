//! The rows of a training: a query's result, cast to what the algorithm reads, cut into numbered blocks.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::{concat_batches, interleave_record_batch};
use arrow::datatypes::{DataType, Float64Type, Schema};
use brickyard_error::{Failure, Result, codes};
use brickyard_ml::linalg::is_vector_type;
use brickyard_ml::runner::PARTITION_ROWS;
use brickyard_ml::{Block, Input, InputKind, schema};
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{ExprSchemable, ident};
use datafusion::prelude::Expr;
use rayon::prelude::*;
use std::sync::Arc;

/// Blocks of [`PARTITION_ROWS`] rows in row order, the last one shorter; with groups, as many groups as fit.
pub struct TrainingSet {
    pub blocks: Vec<Block>,
    pub rows: u64,
    /// Memory that the rows hold.
    pub bytes: usize,
}

impl TrainingSet {
    /// Runs the query once, on all cores, and keeps the input columns.
    ///
    /// Partitions of the query are laid end to end in their order, so the same query gives the same blocks.
    pub async fn collect(frame: &DataFrame, inputs: &[Input]) -> Result<Self> {
        let schema = frame.schema().as_arrow().clone();
        let columns = inputs.iter().enumerate().map(|(index, input)| column(index, input, frame, &schema));
        let columns = columns.collect::<Result<Vec<Expr>>>()?;
        let narrow = frame.clone().select(columns).map_err(engine)?;
        let read = Arc::new(narrow.schema().as_arrow().clone());
        let partitions = narrow.collect_partitioned().await.map_err(engine)?;
        let batches: Vec<RecordBatch> = partitions.into_iter().flatten().collect();
        match inputs.iter().position(|input| input.kind == InputKind::Group) {
            Some(group) => Self::grouped(&batches, group),
            None => Self::cut(&read, batches),
        }
    }

    /// Rows by rising group, those of a group in their order. A block ends where a group does.
    fn grouped(batches: &[RecordBatch], group: usize) -> Result<Self> {
        let mut rows: Vec<(f64, (usize, usize))> = Vec::new();
        for (number, batch) in batches.iter().enumerate() {
            let groups = batch.column(group).as_primitive::<Float64Type>();
            // Null is no number either; whoever reads the groups says so.
            let of = |row: usize| if groups.is_valid(row) { groups.value(row) + 0.0 } else { f64::NAN };
            rows.extend((0..batch.num_rows()).map(|row| (of(row), (number, row))));
        }
        rows.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut set = TrainingSet { blocks: Vec::new(), rows: 0, bytes: 0 };
        let batches: Vec<&RecordBatch> = batches.iter().collect();
        let mut push = |places: &[(usize, usize)]| {
            set.push(interleave_record_batch(&batches, places).map_err(|error| engine(error.into()))?);
            Ok::<_, Failure>(())
        };
        let mut waiting: Vec<(usize, usize)> = Vec::new();
        for run in rows.chunk_by(|one, next| one.0 == next.0) {
            if !waiting.is_empty() && waiting.len() + run.len() > PARTITION_ROWS {
                push(&std::mem::take(&mut waiting))?;
            }
            waiting.extend(run.iter().map(|(_, place)| *place));
        }
        if !waiting.is_empty() {
            push(&waiting)?;
        }
        Ok(set)
    }

    fn cut(schema: &Arc<Schema>, batches: Vec<RecordBatch>) -> Result<Self> {
        let (mut blocks, mut waiting, mut waiting_rows) = (Vec::new(), Vec::new(), 0);
        for batch in batches {
            let mut start = 0;
            while start < batch.num_rows() {
                let length = (PARTITION_ROWS - waiting_rows).min(batch.num_rows() - start);
                waiting.push(batch.slice(start, length));
                waiting_rows += length;
                start += length;
                if waiting_rows == PARTITION_ROWS {
                    blocks.push(std::mem::take(&mut waiting));
                    waiting_rows = 0;
                }
            }
        }
        if !waiting.is_empty() {
            blocks.push(waiting);
        }
        let blocks: Vec<RecordBatch> = blocks.par_iter().map(|parts| joined(schema, parts)).collect::<Result<_>>()?;
        let mut set = TrainingSet { blocks: Vec::new(), rows: 0, bytes: 0 };
        blocks.into_iter().for_each(|block| set.push(block));
        Ok(set)
    }

    fn push(&mut self, whole: RecordBatch) {
        self.bytes += whole.get_array_memory_size();
        self.blocks.push(Block {
            partition: self.blocks.len() as u32,
            first_row: self.rows,
            rows: whole.num_rows(),
            columns: whole.columns().to_vec(),
        });
        self.rows += whole.num_rows() as u64;
    }
}

fn joined(schema: &Arc<Schema>, batches: &[RecordBatch]) -> Result<RecordBatch> {
    concat_batches(schema, batches).map_err(|error| engine(error.into()))
}

/// An input as an expression of the kind asked for, under a name of its own: a column may be read twice.
fn column(index: usize, input: &Input, frame: &DataFrame, schema: &Schema) -> Result<Expr> {
    let field = schema::field(schema, &input.column)?;
    let column = ident(&input.column);
    let expr = match input.kind {
        InputKind::Any => column,
        InputKind::Vector if is_vector_type(field.data_type()) => column,
        InputKind::Vector => {
            let text = format!(
                "column {} must be of type vector but was actually of type {}; assemble it with VectorAssembler",
                input.column,
                spark_name(field.data_type())
            );
            return Err(Failure::new(&codes::ml::COLUMN_TYPE, text));
        }
        InputKind::Number | InputKind::Group if field.data_type() == &DataType::Float64 => column,
        InputKind::Number | InputKind::Group if is_number(field.data_type()) => {
            column.cast_to(&DataType::Float64, frame.schema()).map_err(engine)?
        }
        InputKind::Number | InputKind::Group => {
            let text = format!(
                "column {} must be of type numeric but was actually of type {}; index text with StringIndexer",
                input.column,
                spark_name(field.data_type())
            );
            return Err(Failure::new(&codes::ml::COLUMN_TYPE, text));
        }
    };
    Ok(expr.alias(format!("input{index}")))
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric() || matches!(data_type, DataType::Boolean | DataType::Null)
}

fn spark_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "string".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(_, _) => "timestamp".to_owned(),
        other => other.to_string().to_lowercase(),
    }
}

/// A failure of the query engine; one of ours inside it comes out as it is.
pub(crate) fn engine(error: DataFusionError) -> Failure {
    match Failure::find(&error) {
        Some(failure) => failure.repeat(),
        None => Failure::internal(format!("reading the training data: {}", error.strip_backtrace())).because(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Float64Array, Int32Array, StringArray};
    use datafusion::prelude::{SessionConfig, SessionContext};

    fn frame(rows: usize) -> DataFrame {
        let numbers = Int32Array::from_iter_values(0..rows as i32);
        let texts = StringArray::from_iter_values((0..rows).map(|row| row.to_string()));
        let batch =
            RecordBatch::try_from_iter([("n", Arc::new(numbers) as ArrayRef), ("s", Arc::new(texts) as ArrayRef)]);
        // As the engine's sessions are: rows keep their order.
        let config = SessionConfig::new().with_round_robin_repartition(false);
        SessionContext::new_with_config(config).read_batch(batch.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn rows_are_cut_into_numbered_blocks_of_numbers() {
        let rows = PARTITION_ROWS + 5;
        let set = TrainingSet::collect(&frame(rows), &[Input::number("n"), Input::number("n")]).await.unwrap();
        assert_eq!(set.rows, rows as u64);
        let shape: Vec<_> = set.blocks.iter().map(|block| (block.partition, block.first_row, block.rows)).collect();
        assert_eq!(shape, [(0, 0, PARTITION_ROWS), (1, PARTITION_ROWS as u64, 5)]);
        let last: &Float64Array = set.blocks[1].numbers(1).unwrap();
        assert_eq!(last.value(4), (rows - 1) as f64);
    }

    #[tokio::test]
    async fn groups_stay_together_in_blocks() {
        let rows = 3 * PARTITION_ROWS;
        let group = "CASE WHEN n = 7 THEN NULL ELSE n % 3000 END";
        let scattered = frame(rows).select_exprs(&[&format!("{group} AS g"), "n"]).unwrap();
        let set = TrainingSet::collect(&scattered, &[Input::number("n"), Input::group("g")]).await.unwrap();
        assert_eq!(set.rows, rows as u64);
        let (mut last, mut seen) = ((-1.0, -1.0), 0);
        for block in &set.blocks {
            assert!(block.rows <= PARTITION_ROWS && block.rows > PARTITION_ROWS - 34 || seen + block.rows == rows);
            let (numbers, groups) = (block.numbers(0).unwrap(), block.numbers(1).unwrap());
            assert!(groups.value(0) > last.0 || groups.is_null(0), "a group crosses blocks");
            for row in (0..block.rows).filter(|row| groups.is_valid(*row)) {
                let place = (groups.value(row), numbers.value(row));
                assert!(place > last, "rows come by group and number");
                last = place;
            }
            assert_eq!(block.first_row, seen as u64);
            seen += block.rows;
        }
        assert_eq!(set.blocks.last().unwrap().numbers(1).unwrap().null_count(), 1);
    }

    #[tokio::test]
    async fn columns_that_do_not_suit_say_the_next_step() {
        let rows = [
            (Input::number("absent"), "No such struct field `absent` in `n`, `s`. [BY-ML-0008]"),
            (Input::number("s"), "was actually of type string; index text with StringIndexer [BY-ML-0007]"),
            (Input::vector("n"), "assemble it with VectorAssembler [BY-ML-0007]"),
        ];
        for (input, message) in rows {
            let failure = TrainingSet::collect(&frame(3), &[input]).await.err().unwrap();
            assert!(failure.to_string().ends_with(message), "{failure}");
        }
    }
}
