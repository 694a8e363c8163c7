//! A task of a worker from its first byte to its last: the input goes in while rows come out.

use crate::wire::{Answer, end_of_stream};
use crate::workers::Workers;
use arrow::array::RecordBatch;
use brickyard_error::{Failure, Result, codes};
use futures::StreamExt;
use futures::stream::BoxStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncWriteExt, BufReader, BufWriter};
use tokio::net::UnixStream;
use tokio::sync::mpsc::Sender;

/// Bytes of the input, as the worker reads them.
pub(crate) type Pieces = BoxStream<'static, Result<Vec<u8>>>;

const BUFFER_BYTES: usize = 1 << 16;

/// Sends the head and the pieces to a worker, and hands its rows on until the last, or until nobody wants them.
pub(crate) async fn converse(
    workers: Arc<Workers>,
    head: Vec<u8>,
    pieces: Pieces,
    rows: Sender<Result<RecordBatch>>,
) -> Result<()> {
    let mut hired = workers.hire().await?;
    let is_free = task(hired.stream()?, head, pieces, rows, workers.time_limit()).await?;
    if is_free {
        hired.go_home();
    }
    Ok(())
}

/// Whether the worker has done its task and waits for another.
async fn task(
    worker: &mut UnixStream,
    head: Vec<u8>,
    mut pieces: Pieces,
    rows: Sender<Result<RecordBatch>>,
    limit: Option<Duration>,
) -> Result<bool> {
    let (from, to) = worker.split();
    let mut answer = Answer::new(BufReader::with_capacity(BUFFER_BYTES, from));
    let mut to = BufWriter::with_capacity(BUFFER_BYTES, to);
    let has_all = AtomicBool::new(false);
    let tell = async {
        // A worker that hangs up has said why, or is found to be gone.
        let mut listens = to.write_all(&head).await.is_ok();
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            listens = listens && to.write_all(&piece).await.is_ok();
        }
        listens = listens && to.write_all(&end_of_stream()).await.is_ok();
        if listens && to.flush().await.is_ok() {
            has_all.store(true, Ordering::Relaxed);
        }
        Ok::<(), Failure>(())
    };
    let hear = async {
        loop {
            let next = answer.next();
            tokio::pin!(next);
            let batch = loop {
                let Some(limit) = limit else { break next.await };
                match tokio::time::timeout(limit, &mut next).await {
                    Ok(batch) => break batch,
                    Err(_) if has_all.load(Ordering::Relaxed) => return Err(too_long()),
                    Err(_) => {}
                }
            };
            let Some(batch) = batch? else { return Ok(()) };
            if rows.send(Ok(batch)).await.is_err() {
                return Ok(());
            }
        }
    };
    {
        tokio::pin!(tell, hear);
        let mut told = false;
        loop {
            tokio::select! {
                biased;
                heard = &mut hear => break heard?,
                result = &mut tell, if !told => {
                    result?;
                    told = true;
                }
            }
        }
    }
    Ok(answer.is_whole)
}

fn too_long() -> Failure {
    let text = "a Python function gave no rows for longer than --python-timeout; let it do less at a time";
    Failure::new(&codes::python::TIME_LIMIT, text)
}
