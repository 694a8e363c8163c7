//! Training blocks as files that every process of the machine reads, and the cache of those an executor has opened.

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema};
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use brickyard_error::{Failure, Result};
use brickyard_ml::Block;
use brickyard_ml::runner::Partition;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

/// A training set on disk: one Arrow file a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockFiles {
    /// Unique; keys the executors' caches.
    pub id: String,
    pub folder: PathBuf,
    /// Number of the first row of each block, in block order.
    pub first_rows: Vec<u64>,
}

impl BlockFiles {
    /// Writes blocks below `folder`.
    pub fn write(folder: &Path, blocks: &[Block]) -> Result<Self> {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let folder = folder.join(format!("training-{id}"));
        std::fs::create_dir_all(&folder).map_err(|error| disk(&folder, error))?;
        for (index, block) in blocks.iter().enumerate() {
            write_block(&path(&folder, index), block)?;
        }
        Ok(Self { id, folder, first_rows: blocks.iter().map(|block| block.first_row).collect() })
    }

    pub fn remove(&self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::warn!(folder = %self.folder.display(), %error, "training blocks were not removed");
        }
    }

    /// The partition of a block, from the cache of this process or its file.
    pub fn partition(&self, index: usize) -> Result<Arc<Mutex<Partition>>> {
        let mut cache = CACHE.lock();
        if let Some(partition) = cache.partitions.get(&(self.id.clone(), index)) {
            return Ok(partition.clone());
        }
        cache.make_room_for(&self.id);
        drop(cache);
        let partition = Arc::new(Mutex::new(Partition::new(self.read(index)?)));
        let mut cache = CACHE.lock();
        Ok(cache.partitions.entry((self.id.clone(), index)).or_insert(partition).clone())
    }

    fn read(&self, index: usize) -> Result<Block> {
        let path = path(&self.folder, index);
        let file = File::open(&path).map_err(|error| disk(&path, error))?;
        let mut reader = FileReader::try_new(file, None).map_err(|error| damaged(&path, error))?;
        let batch = reader.next().ok_or_else(|| Failure::internal(format!("{} is empty", path.display())))?;
        let batch = batch.map_err(|error| damaged(&path, error))?;
        Ok(Block {
            partition: index as u32,
            first_row: self.first_rows.get(index).copied().unwrap_or_default(),
            rows: batch.num_rows(),
            columns: batch.columns().to_vec(),
        })
    }
}

/// Training sets that an executor keeps at a time.
const SETS_KEPT: usize = 4;

static CACHE: LazyLock<Mutex<Cache>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Cache {
    partitions: HashMap<(String, usize), Arc<Mutex<Partition>>>,
    /// Sets by age, the oldest first.
    sets: VecDeque<String>,
}

impl Cache {
    fn make_room_for(&mut self, set: &str) {
        if self.sets.iter().any(|known| known == set) {
            return;
        }
        self.sets.push_back(set.to_owned());
        while self.sets.len() > SETS_KEPT {
            let Some(oldest) = self.sets.pop_front() else { return };
            self.partitions.retain(|(id, _), _| *id != oldest);
        }
    }
}

fn write_block(path: &Path, block: &Block) -> Result<()> {
    let fields = block.columns.iter().enumerate();
    let fields: Vec<Field> =
        fields.map(|(index, column)| Field::new(format!("input{index}"), column.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(block.rows));
    let batch = RecordBatch::try_new_with_options(schema.clone(), block.columns.clone(), &options);
    let file = File::create(path).map_err(|error| disk(path, error))?;
    let written = batch.and_then(|batch| {
        let mut writer = FileWriter::try_new(file, &schema)?;
        writer.write(&batch)?;
        writer.finish()
    });
    written.map_err(|error| damaged(path, error))
}

fn path(folder: &Path, index: usize) -> PathBuf {
    folder.join(format!("block-{index:06}.arrow"))
}

fn disk(path: &Path, error: std::io::Error) -> Failure {
    Failure::internal(format!("training block {}: {error}", path.display())).because(error)
}

fn damaged(path: &Path, error: arrow::error::ArrowError) -> Failure {
    Failure::internal(format!("training block {}: {error}", path.display())).because(error)
}
