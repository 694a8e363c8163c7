//! Python's part of a running plan.

use crate::context::Context;
use crate::conversation::{Pieces, converse};
use crate::groups::{Group, Groups, ORDER};
use crate::results::{Answers, Waiting, arrow_failure, beside, coalesced, fields_of};
use crate::wire::{Argument, Batches, Task, number};
use crate::{external, internal};
use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StructArray};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use brickyard_error::Result;
use brickyard_spec::{PythonFunction, PythonWay};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result as PlanResult, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{
    Distribution, EquivalenceProperties, LexRequirement, OrderingRequirements, PhysicalExpr, PhysicalSortRequirement,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
};
use futures::StreamExt;
use std::fmt;
use std::sync::Arc;
use tokio::sync::mpsc::channel;

/// Batches that Python may be ahead of those who read them.
const AHEAD: usize = 2;

/// A call with its arguments over the input's columns.
#[derive(Debug, Clone)]
pub(crate) struct PlannedCall {
    pub function: Arc<PythonFunction>,
    pub arguments: Vec<(Option<String>, Arc<dyn PhysicalExpr>)>,
}

/// An input as frames.
#[derive(Debug, Clone)]
pub(crate) struct PlannedFrame {
    pub names: Vec<String>,
    pub keys: Vec<Arc<dyn PhysicalExpr>>,
}

#[derive(Debug, Clone)]
pub(crate) enum Planned {
    Calls { calls: Vec<PlannedCall> },
    Map { function: Arc<PythonFunction>, frame: PlannedFrame },
    Groups { function: Arc<PythonFunction>, frame: PlannedFrame },
    Cogroups { function: Arc<PythonFunction>, frames: [PlannedFrame; 2] },
    Aggregates { keys: Vec<Arc<dyn PhysicalExpr>>, calls: Vec<PlannedCall> },
}

/// Sends its inputs' rows through workers, one for each partition.
#[derive(Debug)]
pub struct PythonExec {
    planned: Planned,
    inputs: Vec<Arc<dyn ExecutionPlan>>,
    context: Arc<Context>,
    properties: Arc<PlanProperties>,
}

impl PythonExec {
    pub(crate) fn new(
        planned: Planned,
        inputs: Vec<Arc<dyn ExecutionPlan>>,
        schema: SchemaRef,
        context: Arc<Context>,
    ) -> Self {
        let partitions = inputs.first().map_or(1, |input| input.output_partitioning().partition_count());
        let (partitioning, properties) = match (&planned, inputs.first()) {
            (Planned::Calls { .. }, Some(input)) => {
                let order = input.output_ordering().cloned();
                (input.output_partitioning().clone(), EquivalenceProperties::new_with_orderings(schema, order))
            }
            _ => (Partitioning::UnknownPartitioning(partitions), EquivalenceProperties::new(schema)),
        };
        let properties = PlanProperties::new(properties, partitioning, EmissionType::Incremental, Boundedness::Bounded);
        Self { planned, inputs, context, properties: Arc::new(properties) }
    }

    /// What the groups of each input are made by.
    fn keys(&self) -> Vec<Option<&[Arc<dyn PhysicalExpr>]>> {
        match &self.planned {
            Planned::Calls { .. } | Planned::Map { .. } => vec![None],
            Planned::Groups { frame, .. } => vec![Some(&frame.keys)],
            Planned::Cogroups { frames, .. } => frames.iter().map(|frame| Some(frame.keys.as_slice())).collect(),
            Planned::Aggregates { keys, .. } => vec![Some(keys)],
        }
    }

    /// The task's first bytes.
    fn head(&self, functions: Vec<(&PythonFunction, Vec<Argument>)>, arguments: Option<&Schema>) -> Result<Vec<u8>> {
        let workers = &self.context.workers;
        let folder = workers.folder()?;
        let is_rows = functions.iter().any(|(function, _)| function.way == PythonWay::Rows);
        let task = Task {
            folder: folder.path(),
            includes: &workers.includes(),
            settings: self.context.settings.clone(),
            input_type: arguments.filter(|_| is_rows).map(self.context.types_as_json),
            functions,
        };
        task.encode()
    }

    /// Starts a conversation; its rows.
    fn answers(&self, head: Vec<u8>, pieces: Pieces) -> Answers {
        let (rows, heard) = channel(AHEAD);
        let workers = Arc::clone(&self.context.workers);
        let talk = async move {
            let failed = rows.clone();
            if let Err(failure) = converse(workers, head, pieces, rows).await {
                // Nobody may wait for it any more.
                let _ = failed.send(Err(failure)).await;
            }
        };
        let talk = datafusion::common::runtime::SpawnedTask::spawn(talk);
        futures::stream::unfold((heard, talk), |(mut heard, talk)| async move {
            heard.recv().await.map(|batch| (batch, (heard, talk)))
        })
        .boxed()
    }

    fn calls(&self, calls: &[PlannedCall], input: SendableRecordBatchStream) -> Result<SendableRecordBatchStream> {
        let arguments = Arguments::of(calls, &input.schema())?;
        let head = self.head(arguments.functions(calls), Some(&arguments.schema))?;
        let (waiting, batch_rows) = (Waiting::default(), self.context.batch_rows);
        let sent = Arc::clone(&waiting);
        let pieces = async_stream::try_stream! {
            let mut input = input;
            let mut rows = Batches::begin(&arguments.schema)?;
            while let Some(batch) = input.next().await {
                for batch in slices(&batch.map_err(internal)?, batch_rows) {
                    let piece = rows.batch(&arguments.evaluate(&batch)?)?;
                    sent.lock().push_back(batch);
                    yield piece;
                }
            }
            yield rows.end()?;
        };
        Ok(beside(waiting, self.answers(head, pieces.boxed()), self.schema()))
    }

    fn map(
        &self,
        function: &PythonFunction,
        frame: &PlannedFrame,
        input: SendableRecordBatchStream,
    ) -> Result<SendableRecordBatchStream> {
        let layout = Layout::of(frame, &input.schema(), function.way)?;
        let head = self.head(vec![(function, vec![Argument::at(0)])], None)?;
        let batch_rows = self.context.batch_rows;
        let pieces = async_stream::try_stream! {
            let mut input = input;
            let mut rows = Batches::begin(&layout.schema)?;
            while let Some(batch) = input.next().await {
                for batch in slices(&batch.map_err(internal)?, batch_rows) {
                    yield rows.batch(&layout.lay_out(&batch)?)?;
                }
            }
            yield rows.end()?;
        };
        Ok(fields_of(self.answers(head, pieces.boxed()), self.schema(), batch_rows))
    }

    fn groups(
        &self,
        function: &PythonFunction,
        frame: &PlannedFrame,
        input: SendableRecordBatchStream,
    ) -> Result<SendableRecordBatchStream> {
        let layout = Layout::of(frame, &input.schema(), function.way)?;
        let head = self.head(vec![(function, layout.arguments())], None)?;
        let mut groups = Groups::new(input, frame.keys.clone())?;
        let pieces = async_stream::try_stream! {
            while let Some(group) = groups.next().await? {
                yield number(1);
                yield layout.table(&group.batches)?;
            }
            yield number(0);
        };
        Ok(fields_of(self.answers(head, pieces.boxed()), self.schema(), self.context.batch_rows))
    }

    fn cogroups(
        &self,
        function: &PythonFunction,
        frames: &[PlannedFrame; 2],
        inputs: [SendableRecordBatchStream; 2],
    ) -> Result<SendableRecordBatchStream> {
        let [left, right] = inputs;
        let layouts = [
            Layout::of(&frames[0], &left.schema(), function.way)?,
            Layout::of(&frames[1], &right.schema(), function.way)?,
        ];
        let arguments = layouts.iter().flat_map(Layout::arguments).collect();
        let head = self.head(vec![(function, arguments)], None)?;
        let [left_frame, right_frame] = frames.clone();
        let (mut left, mut right) = (Groups::new(left, left_frame.keys)?, Groups::new(right, right_frame.keys)?);
        let pieces = async_stream::try_stream! {
            let (mut a, mut b) = (left.next().await?, right.next().await?);
            while a.is_some() || b.is_some() {
                let key = |group: &Option<Group>| group.as_ref().map(|group| group.key.clone());
                let smallest = [key(&a), key(&b)].into_iter().flatten().min();
                let of = |group: Option<Group>| match group {
                    Some(group) if Some(&group.key) == smallest.as_ref() => (group.batches, None),
                    other => (Vec::new(), other),
                };
                let ((of_left, left_rest), (of_right, right_rest)) = (of(a), of(b));
                yield number(2);
                yield layouts[0].table(&of_left)?;
                yield layouts[1].table(&of_right)?;
                a = match left_rest { Some(group) => Some(group), None => left.next().await? };
                b = match right_rest { Some(group) => Some(group), None => right.next().await? };
            }
            yield number(0);
        };
        Ok(fields_of(self.answers(head, pieces.boxed()), self.schema(), self.context.batch_rows))
    }

    fn aggregates(
        &self,
        keys: &[Arc<dyn PhysicalExpr>],
        calls: &[PlannedCall],
        input: SendableRecordBatchStream,
    ) -> Result<SendableRecordBatchStream> {
        let arguments = Arguments::of(calls, &input.schema())?;
        let head = self.head(arguments.functions(calls), None)?;
        let key_schema = Arc::new(Schema::new(self.schema().fields()[..keys.len()].to_vec()));
        let (waiting, whole) = (Waiting::default(), keys.is_empty());
        let sent = Arc::clone(&waiting);
        let mut groups = Groups::new(input, keys.to_vec())?;
        let pieces = async_stream::try_stream! {
            let options = RecordBatchOptions::new().with_row_count(Some(1));
            while let Some(group) = groups.next().await? {
                let columns = if whole { Vec::new() } else { group.key_columns };
                let key = RecordBatch::try_new_with_options(Arc::clone(&key_schema), columns, &options);
                let key = key.map_err(arrow_failure)?;
                sent.lock().push_back(key);
                yield number(1);
                let mut rows = Batches::begin(&arguments.schema)?;
                let mut bytes = Vec::new();
                for batch in &group.batches {
                    bytes.extend(rows.batch(&arguments.evaluate(batch)?)?);
                }
                bytes.extend(rows.end()?);
                yield bytes;
            }
            yield number(0);
        };
        let rows = beside(waiting, self.answers(head, pieces.boxed()), self.schema());
        Ok(coalesced(rows, self.context.batch_rows))
    }
}

/// The batch in pieces of at most so many rows; none where it has no rows.
fn slices(batch: &RecordBatch, rows: usize) -> Vec<RecordBatch> {
    let starts = (0..batch.num_rows()).step_by(rows.max(1));
    starts.map(|start| batch.slice(start, rows.min(batch.num_rows() - start))).collect()
}

/// The distinct arguments of calls as columns `_0`, `_1`, ….
struct Arguments {
    exprs: Vec<Arc<dyn PhysicalExpr>>,
    schema: SchemaRef,
}

impl Arguments {
    fn of(calls: &[PlannedCall], input: &Schema) -> Result<Self> {
        let mut exprs: Vec<Arc<dyn PhysicalExpr>> = Vec::new();
        for (_, argument) in calls.iter().flat_map(|call| &call.arguments) {
            if !exprs.contains(argument) {
                exprs.push(Arc::clone(argument));
            }
        }
        let field = |(place, expr): (usize, &Arc<dyn PhysicalExpr>)| {
            Ok(Field::new(format!("_{place}"), expr.data_type(input).map_err(internal)?, true))
        };
        let fields = exprs.iter().enumerate().map(field).collect::<Result<Vec<_>>>()?;
        Ok(Self { exprs, schema: Arc::new(Schema::new(fields)) })
    }

    fn functions<'c>(&self, calls: &'c [PlannedCall]) -> Vec<(&'c PythonFunction, Vec<Argument>)> {
        let place = |argument: &Arc<dyn PhysicalExpr>| self.exprs.iter().position(|expr| expr == argument);
        let argument = |(name, expr): &(Option<String>, Arc<dyn PhysicalExpr>)| Argument {
            column: place(expr).unwrap_or_default(),
            name: name.clone(),
        };
        calls.iter().map(|call| (call.function.as_ref(), call.arguments.iter().map(argument).collect())).collect()
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let column = |expr: &Arc<dyn PhysicalExpr>| {
            expr.evaluate(batch).and_then(|value| value.into_array(batch.num_rows())).map_err(internal)
        };
        let columns = self.exprs.iter().map(column).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options).map_err(arrow_failure)
    }
}

/// An input's columns by the names that Python sees, then keys that are no columns; in one struct for some ways.
struct Layout {
    schema: SchemaRef,
    fields: Fields,
    keys: Vec<(Arc<dyn PhysicalExpr>, usize)>,
    /// Columns of the input.
    values: usize,
    in_struct: bool,
}

impl Layout {
    fn of(frame: &PlannedFrame, input: &Schema, way: PythonWay) -> Result<Self> {
        let in_struct = matches!(
            way,
            PythonWay::MapFrames | PythonWay::MapBatches | PythonWay::GroupTable | PythonWay::GroupTableIterator
        );
        let column = |(field, name): (&Arc<Field>, &String)| field.as_ref().clone().with_name(name);
        let mut fields: Vec<Field> = input.fields().iter().zip(&frame.names).map(column).collect();
        let (values, mut keys) = (fields.len(), Vec::new());
        for key in &frame.keys {
            let column = key.downcast_ref::<datafusion::physical_expr::expressions::Column>();
            let place = match column {
                Some(column) => column.index(),
                None => {
                    let data_type = key.data_type(input).map_err(internal)?;
                    fields.push(Field::new(key.to_string(), data_type, true));
                    fields.len() - 1
                }
            };
            keys.push((Arc::clone(key), place));
        }
        let fields = Fields::from(fields);
        let schema = match in_struct {
            true => Schema::new(vec![Field::new("_0", DataType::Struct(fields.clone()), false)]),
            false => Schema::new(fields.clone()),
        };
        Ok(Self { schema: Arc::new(schema), fields, keys, values, in_struct })
    }

    /// How many numbers follow, how many of them are keys, the keys' columns, the values' columns.
    fn arguments(&self) -> Vec<Argument> {
        let (keys, values) = (self.keys.len(), self.values);
        let counts = [1 + keys + values, keys];
        let places = self.keys.iter().map(|(_, place)| *place).chain(0..values);
        counts.into_iter().chain(places).map(Argument::at).collect()
    }

    fn lay_out(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
        for (key, place) in &self.keys {
            if *place >= self.values {
                let value = key.evaluate(batch).and_then(|value| value.into_array(batch.num_rows()));
                columns.push(value.map_err(internal)?);
            }
        }
        let rows = batch.num_rows();
        if self.in_struct {
            let rows = StructArray::try_new_with_length(self.fields.clone(), columns, None, rows);
            columns = vec![Arc::new(rows.map_err(arrow_failure)?)];
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options).map_err(arrow_failure)
    }

    /// The batches as one Arrow stream.
    fn table(&self, batches: &[RecordBatch]) -> Result<Vec<u8>> {
        let mut rows = Batches::begin(&self.schema)?;
        let mut bytes = Vec::new();
        for batch in batches {
            bytes.extend(rows.batch(&self.lay_out(batch)?)?);
        }
        if batches.is_empty() {
            bytes.extend(rows.batch(&RecordBatch::new_empty(Arc::clone(&self.schema)))?);
        }
        bytes.extend(rows.end()?);
        Ok(bytes)
    }
}

impl DisplayAs for PythonExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = match &self.planned {
            Planned::Calls { calls } | Planned::Aggregates { calls, .. } => {
                calls.iter().map(|call| call.function.name.as_str()).collect()
            }
            Planned::Map { function, .. } | Planned::Groups { function, .. } | Planned::Cogroups { function, .. } => {
                vec![&function.name]
            }
        };
        write!(f, "PythonExec: {}", names.join(", "))
    }
}

impl ExecutionPlan for PythonExec {
    fn name(&self) -> &str {
        "PythonExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inputs.iter().collect()
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        let of = |keys: Option<&[Arc<dyn PhysicalExpr>]>| match keys {
            None => Distribution::UnspecifiedDistribution,
            Some([]) => Distribution::SinglePartition,
            Some(keys) => Distribution::KeyPartitioned(keys.to_vec()),
        };
        self.keys().into_iter().map(of).collect()
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        let of = |keys: Option<&[Arc<dyn PhysicalExpr>]>| {
            let sorted = |key: &Arc<dyn PhysicalExpr>| PhysicalSortRequirement::new(Arc::clone(key), Some(ORDER));
            LexRequirement::new(keys?.iter().map(sorted)).map(OrderingRequirements::new)
        };
        self.keys().into_iter().map(of).collect()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![matches!(self.planned, Planned::Calls { .. }); self.inputs.len()]
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> PlanResult<TreeNodeRecursion>,
    ) -> PlanResult<TreeNodeRecursion> {
        for key in self.keys().into_iter().flatten().flatten() {
            visit(key)?;
        }
        if let Planned::Calls { calls } | Planned::Aggregates { calls, .. } = &self.planned {
            for (_, argument) in calls.iter().flat_map(|call| &call.arguments) {
                visit(argument)?;
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, inputs: Vec<Arc<dyn ExecutionPlan>>) -> PlanResult<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self::new(self.planned.clone(), inputs, self.schema(), Arc::clone(&self.context))))
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> PlanResult<SendableRecordBatchStream> {
        let streams = self.inputs.iter().map(|input| input.execute(partition, Arc::clone(&task)));
        let mut streams = streams.collect::<PlanResult<Vec<_>>>()?.into_iter();
        let rows = match (&self.planned, streams.next(), streams.next()) {
            (Planned::Calls { calls }, Some(input), None) => self.calls(calls, input),
            (Planned::Map { function, frame }, Some(input), None) => self.map(function, frame, input),
            (Planned::Groups { function, frame }, Some(input), None) => self.groups(function, frame, input),
            (Planned::Aggregates { keys, calls }, Some(input), None) => self.aggregates(keys, calls, input),
            (Planned::Cogroups { function, frames }, Some(left), Some(right)) => {
                self.cogroups(function, frames, [left, right])
            }
            _ => return internal_err!("a Python node with {} inputs", self.inputs.len()),
        };
        rows.map_err(external)
    }
}
