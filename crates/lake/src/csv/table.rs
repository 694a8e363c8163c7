//! CSV files as a table: a scan parses only the columns that are asked for, in as many tasks as the session has
//! partitions.

use super::column::Column;
use super::dialect::{Dialect, Mode};
use super::fields::{Fields, Line};
use super::share::Share;
use crate::paths::unreadable;
use arrow_schema::SchemaRef;
use async_trait::async_trait;
use brickyard_error::{Condition, Failure, SparkException, codes};
use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files, how they are written, and the columns they hold.
#[derive(Debug)]
pub(super) struct CsvTable {
    pub files: Vec<PathBuf>,
    pub dialect: Arc<Dialect>,
    pub schema: SchemaRef,
}

#[async_trait]
impl TableProvider for CsvTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let external = |failure: Failure| DataFusionError::External(Box::new(failure));
        let partitions = session.config().target_partitions();
        let shares = Share::deal(&self.files, &self.dialect, partitions).map_err(external)?;
        let columns = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        Ok(Arc::new(CsvExec::new(self, shares, columns, limit)?))
    }
}

struct CsvExec {
    shares: Vec<Vec<Share>>,
    reader: Reader,
    properties: Arc<PlanProperties>,
}

/// What every task of a scan does.
#[derive(Clone)]
struct Reader {
    dialect: Arc<Dialect>,
    /// Of the files; the column for malformed rows is not among their fields.
    fields: usize,
    /// The field of each column that is read; none for malformed rows.
    columns: Vec<Option<usize>>,
    schema: SchemaRef,
    batch_rows: usize,
    limit: usize,
}

impl CsvExec {
    fn new(table: &CsvTable, shares: Vec<Vec<Share>>, columns: Vec<usize>, limit: Option<usize>) -> Result<Self> {
        let is_corrupt = |index: &usize| *table.schema.field(*index).name() == table.dialect.corrupt_column;
        let field = |index: usize| (!is_corrupt(&index)).then(|| index - (0..index).filter(is_corrupt).count());
        let schema = Arc::new(table.schema.project(&columns)?);
        let fields = (0..table.schema.fields().len()).filter(|index| !is_corrupt(index)).count();
        let reader = Reader {
            dialect: table.dialect.clone(),
            fields,
            columns: columns.into_iter().map(field).collect(),
            schema: schema.clone(),
            batch_rows: 8192,
            limit: limit.unwrap_or(usize::MAX),
        };
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(shares.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Self { shares, reader, properties: Arc::new(properties) })
    }
}

impl Reader {
    /// Sends the share's rows on, a batch at a time; false when nobody wants more.
    fn read(&self, share: &Share, rows_left: &mut usize, send: &mut dyn FnMut(RecordBatch) -> bool) -> Result<bool> {
        let external = |failure: Failure| DataFusionError::External(Box::new(failure));
        let mut lines = share.open(&self.dialect).map_err(external)?;
        let mut fields = Fields::new(&self.dialect);
        let mut columns: Vec<Column> =
            self.schema.fields().iter().map(|field| Column::new(field.data_type())).collect();
        let mut rows = 0;
        while *rows_left > 0 {
            let Some(text) = lines.next().map_err(|error| external(unreadable(&share.path, error)))? else { break };
            let line = fields.split(text);
            let is_good = self.is_good(&line, &columns);
            if !is_good && self.dialect.mode != Mode::Permissive {
                if self.dialect.mode == Mode::FailFast {
                    return Err(external(malformed(
                        &share.path,
                        &String::from_utf8_lossy(text),
                        &self.complaint(&line, &columns),
                    )));
                }
                continue;
            }
            for (column, field) in columns.iter_mut().zip(&self.columns) {
                match field {
                    Some(field) => column.push(line.get(*field).filter(|text| !self.dialect.is_null(text))),
                    None => column.push((!is_good).then(|| String::from_utf8_lossy(text)).as_deref()),
                }
            }
            rows += 1;
            *rows_left -= 1;
            if rows == self.batch_rows {
                if !send(self.batch(&mut columns, rows)?) {
                    return Ok(false);
                }
                rows = 0;
            }
        }
        Ok((rows == 0 || send(self.batch(&mut columns, rows)?)) && *rows_left > 0)
    }

    /// Whether a line has the form of its file. As in Spark, only columns that are read are looked at, and fields are
    /// counted when all are.
    fn is_good(&self, line: &Line, columns: &[Column]) -> bool {
        let is_of_interest = self.dialect.mode != Mode::Permissive || self.columns.contains(&None);
        !is_of_interest || (self.is_whole(line) && self.wrong_column(line, columns).is_none())
    }

    fn is_whole(&self, line: &Line) -> bool {
        line.len() == self.fields || (self.columns.len() < self.fields && !self.columns.contains(&None))
    }

    /// The first column whose field is not of its type.
    fn wrong_column(&self, line: &Line, columns: &[Column]) -> Option<usize> {
        let text = |column: usize| line.get(self.columns[column]?).filter(|text| !self.dialect.is_null(text));
        (0..columns.len()).find(|column| text(*column).is_some_and(|text| !columns[*column].reads(text)))
    }

    fn complaint(&self, line: &Line, columns: &[Column]) -> String {
        match self.wrong_column(line, columns) {
            _ if !self.is_whole(line) => format!("{} fields instead of {}", line.len(), self.fields),
            Some(column) => {
                let text = self.columns[column].and_then(|field| line.get(field)).unwrap_or_default();
                let field = self.schema.field(column);
                format!("column {} has {text:?}, which is no {}", field.name(), field.data_type())
            }
            None => "it is malformed".to_owned(),
        }
    }

    fn batch(&self, columns: &mut [Column], rows: usize) -> Result<RecordBatch> {
        let arrays = columns.iter_mut().map(Column::finish).collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)?)
    }
}

fn malformed(path: &Path, record: &str, complaint: &str) -> Failure {
    let text = format!(
        "malformed CSV record in {}: {complaint}: {record:?}; set mode PERMISSIVE or DROPMALFORMED to read on",
        path.display()
    );
    let condition = Condition::new("FAILED_READ_FILE.NO_HINT", "KD001", SparkException::Spark)
        .with("path", format!("file://{}", path.display()));
    Failure::new(&codes::data::MALFORMED_ROW, text).with_condition(condition)
}

impl ExecutionPlan for CsvExec {
    fn name(&self) -> &str {
        "CsvExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let Some(shares) = self.shares.get(partition).cloned() else {
            return internal_err!("partition {partition} of {}", self.shares.len());
        };
        let reader = self.reader.clone();
        let mut builder = RecordBatchReceiverStreamBuilder::new(reader.schema.clone(), 2);
        let sender = builder.tx();
        builder.spawn_blocking(move || {
            let mut rows_left = reader.limit;
            for share in &shares {
                if !reader.read(share, &mut rows_left, &mut |batch| sender.blocking_send(Ok(batch)).is_ok())? {
                    break;
                }
            }
            Ok(())
        });
        Ok(builder.build())
    }
}

impl fmt::Debug for CsvExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<_> = self.reader.schema.fields().iter().map(|field| field.name().as_str()).collect();
        write!(f, "CsvExec: {} partitions, columns={columns:?}", self.shares.len())
    }
}

impl DisplayAs for CsvExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
