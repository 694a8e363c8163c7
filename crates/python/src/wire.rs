//! The worker's framing, as `pyspark.worker` of PySpark 4.2 reads and writes it: numbers are big-endian, texts and
//! pickles come after their length, rows are Arrow streams.

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::Schema;
use arrow::ipc::reader::StreamDecoder;
use arrow::ipc::root_as_message;
use arrow::ipc::writer::StreamWriter;
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use brickyard_spec::PythonFunction;
use std::path::Path;
use tokio::io::{AsyncRead, AsyncReadExt};

const END_OF_DATA: i32 = -1;
const EXCEPTION: i32 = -2;
const TIMING: i32 = -3;
const END_OF_STREAM: i32 = -4;
const ARROW_STREAM: i32 = -6;

/// Bytes of the times and of the spilled amounts that follow [`TIMING`].
const TIMES_BYTES: usize = 6 * 8;
/// Begins every message of an Arrow stream.
const CONTINUATION: i32 = -1;

/// What a worker is told before any rows.
pub struct Task<'a> {
    /// Where files of the session are imported from.
    pub folder: &'a Path,
    /// Names of archives in the folder that are imported from.
    pub includes: &'a [String],
    pub settings: Vec<(&'static str, String)>,
    /// The arguments' types as JSON, for functions of rows.
    pub input_type: Option<String>,
    /// Of one way.
    pub functions: Vec<(&'a PythonFunction, Vec<Argument>)>,
}

/// Which column of the input an argument is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Argument {
    pub column: usize,
    /// Of a named argument.
    pub name: Option<String>,
}

impl Argument {
    pub fn at(column: usize) -> Self {
        Self { column, name: None }
    }
}

impl Task<'_> {
    pub fn encode(&self) -> Result<Vec<u8>> {
        let Some((first, _)) = self.functions.first() else { return Err(Failure::internal("a task of no function")) };
        let context = serde_json::json!({
            "isBarrier": false, "stageId": 0, "partitionId": 0, "attemptNumber": 0, "taskAttemptId": 0, "cpus": 1,
            "resources": {}, "localProperties": {},
        });
        let mut head = Head::default();
        head.number(0); // the partition
        head.text(&first.version);
        head.text(&context.to_string());
        head.text(&self.folder.to_string_lossy());
        head.number(self.includes.len() as i32);
        self.includes.iter().for_each(|name| head.text(name));
        head.flag(false); // no encrypted broadcasts
        head.number(0); // no broadcasts
        head.number(first.way as i32);
        head.number(self.settings.len() as i32);
        for (name, value) in &self.settings {
            head.text(name);
            head.text(value);
        }
        head.number(i32::from(self.input_type.is_some()));
        if let Some(json) = &self.input_type {
            head.text("input_type");
            head.text(json);
        }
        head.number(self.functions.len() as i32);
        for (function, arguments) in &self.functions {
            head.number(arguments.len() as i32);
            for argument in arguments {
                head.number(argument.column as i32);
                head.flag(argument.name.is_some());
                if let Some(name) = &argument.name {
                    head.text(name);
                }
            }
            head.number(1); // functions called one on the other
            head.bytes(&function.command);
            head.0.extend(0_i64.to_be_bytes()); // nothing is profiled
        }
        Ok(head.0)
    }
}

#[derive(Default)]
struct Head(Vec<u8>);

impl Head {
    fn number(&mut self, number: i32) {
        self.0.extend(number.to_be_bytes());
    }

    fn flag(&mut self, flag: bool) {
        self.0.push(u8::from(flag));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as i32);
        self.0.extend(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }
}

/// A number between the parts of the input: how many tables a group has, or 0 after the last group.
pub fn number(number: i32) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

/// Ends the input.
pub fn end_of_stream() -> Vec<u8> {
    number(END_OF_STREAM)
}

/// Batches as one Arrow stream, a piece for every batch and one for the end.
pub struct Batches(StreamWriter<Vec<u8>>);

impl Batches {
    pub fn begin(schema: &Schema) -> Result<Self> {
        StreamWriter::try_new(Vec::new(), schema).map(Self).map_err(arrow_failure)
    }

    pub fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>> {
        self.0.write(batch).map_err(arrow_failure)?;
        Ok(std::mem::take(self.0.get_mut()))
    }

    pub fn end(mut self) -> Result<Vec<u8>> {
        self.0.finish().map_err(arrow_failure)?;
        Ok(std::mem::take(self.0.get_mut()))
    }
}

/// What a worker answers.
pub struct Answer<R> {
    from: R,
    /// Inside an Arrow stream.
    rows: Option<StreamDecoder>,
    /// The worker waits for its next task.
    pub is_whole: bool,
}

impl<R: AsyncRead + Unpin> Answer<R> {
    pub fn new(from: R) -> Self {
        Self { from, rows: None, is_whole: false }
    }

    /// The next rows; none after the last.
    ///
    /// # Errors
    /// What the function raised, with Python's trace; or the worker is gone.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let mark = self.number().await?;
            match (mark, &mut self.rows) {
                (EXCEPTION, _) => return Err(exception(&String::from_utf8_lossy(&self.bytes().await?))),
                (CONTINUATION, Some(_)) => {
                    if let Some(batch) = self.message().await? {
                        return Ok(Some(batch));
                    }
                }
                (ARROW_STREAM, None) => self.rows = Some(StreamDecoder::new()),
                (TIMING, None) => self.skip(TIMES_BYTES).await?,
                (END_OF_DATA, None) => {
                    for _ in 0..self.number().await? {
                        self.bytes().await?; // accumulators have no home here
                    }
                    self.is_whole = self.number().await? == END_OF_STREAM;
                    return Ok(None);
                }
                _ => return Err(Failure::internal(format!("a Python worker said {mark}"))),
            }
        }
    }

    /// The rest of a message of the Arrow stream, which has rows or the schema, or says that the stream is over.
    async fn message(&mut self) -> Result<Option<RecordBatch>> {
        let length = self.from.read_u32_le().await.map_err(gone)?;
        let Some(decoder) = self.rows.as_mut().filter(|_| length > 0) else {
            self.rows = None;
            return Ok(None);
        };
        let mut message = [CONTINUATION.to_le_bytes(), length.to_le_bytes()].concat();
        let head = message.len();
        message.resize(head + length as usize, 0);
        self.from.read_exact(&mut message[head..]).await.map_err(gone)?;
        let parsed = root_as_message(&message[head..]).map_err(|error| Failure::internal(error.to_string()))?;
        let (body, start) = (parsed.bodyLength() as usize, message.len());
        message.resize(start + body, 0);
        self.from.read_exact(&mut message[start..]).await.map_err(gone)?;
        decoder.decode(&mut Buffer::from_vec(message)).map_err(arrow_failure)
    }

    async fn number(&mut self) -> Result<i32> {
        self.from.read_i32().await.map_err(gone)
    }

    async fn bytes(&mut self) -> Result<Vec<u8>> {
        let length = usize::try_from(self.number().await?).unwrap_or_default();
        let mut bytes = vec![0; length];
        self.from.read_exact(&mut bytes).await.map_err(gone)?;
        Ok(bytes)
    }

    async fn skip(&mut self, bytes: usize) -> Result<()> {
        self.from.read_exact(&mut vec![0; bytes]).await.map_err(gone).map(|_| ())
    }
}

fn exception(trace: &str) -> Failure {
    let text = format!("An exception was thrown from the Python worker. Please see the stack trace below.\n{trace}");
    let condition = Condition::new("_LEGACY_ERROR_TEMP_PYTHON", "", SparkException::Python);
    Failure::new(&codes::python::EXCEPTION, text).with_condition(condition)
}

fn gone(error: std::io::Error) -> Failure {
    let text =
        "the Python worker that ran a function of the query is gone: it was killed, ran out of memory or crashed";
    Failure::new(&codes::python::WORKER_GONE, text).because(error)
}

fn arrow_failure(error: arrow::error::ArrowError) -> Failure {
    Failure::internal("rows between the query and Python").because(error)
}
