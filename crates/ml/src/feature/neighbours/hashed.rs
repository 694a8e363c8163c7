//! What both families share: hashes as an array of vectors of one slot, and fitting, which needs the size of a vector.

use super::search;
use crate::feature::one_pass::{Learn, OnePass};
use crate::feature::stage::{Stage, Staged};
use crate::fit::{Merge, Pass};
use crate::linalg::{VectorColumn, VectorRef, dense_column, vector_type};
use crate::param::{Default, Kind, ParamSpec, check};
use crate::persist::Saved;
use crate::schema;
use crate::transform::{invalid_row, no_attribute};
use crate::{Argument, Attribute, Block, Input, Output, Params, RawInput, RawKind, Transformer, Value};
use arrow_array::{Array, ListArray, RecordBatch};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::sync::Arc;

pub const TABLES: ParamSpec =
    ParamSpec::new("numHashTables", Kind::Int, Default::Int(1), "number of hash tables (> 0)").checked(check::positive);

/// A family of hash functions with a distance that its buckets approximate.
pub trait Family: Debug + Send + Sync + Sized + 'static {
    const CLASS: &'static str;
    const MODEL_CLASS: &'static str;
    const SPECS: &'static [ParamSpec];
    /// Without the seed, which Spark's models do not know.
    const MODEL_SPECS: &'static [ParamSpec];

    /// Draws the functions for vectors of a size.
    fn draw(params: &Params, size: usize) -> Result<Self>;
    fn tables(&self) -> usize;
    /// Writes the hash of every table.
    fn hash(&self, params: &Params, vector: VectorRef<'_>, hashes: &mut [f64]) -> Result<()>;
    fn distance(&self, one: VectorRef<'_>, other: VectorRef<'_>) -> Result<f64>;
    fn load(saved: &Saved) -> Result<Self>;
    fn save(&self, saved: Saved) -> Result<Saved>;
}

/// Finds the size of the first vector.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FirstSize;

#[derive(Debug, std::default::Default, Serialize, Deserialize)]
pub struct Size(Option<u32>);

impl Merge for Size {
    const EXACT: bool = false;
    fn merge(&mut self, other: Self) {
        self.0 = self.0.or(other.0);
    }
}

impl Pass for FirstSize {
    const NAME: &'static str = "feature/first-size";
    type View = Block;
    type Memo = ();
    type Acc = Size;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Size {
        Size::default()
    }

    fn update(&self, acc: &mut Size, rows: &Block, (): &mut ()) -> Result<()> {
        if acc.0.is_none() && rows.rows > 0 {
            let vectors = rows.vectors(0)?;
            if vectors.is_null(0) {
                return Err(invalid_row("the first vector is null"));
            }
            acc.0 = Some(vectors.get(0).size() as u32);
        }
        Ok(())
    }
}

/// The estimator of a family.
pub struct Drawing<F>(std::marker::PhantomData<fn() -> F>);

impl<F: Family> Learn for Drawing<F> {
    const CLASS: &'static str = F::CLASS;
    const SPECS: &'static [ParamSpec] = F::SPECS;
    type Pass = FirstSize;

    fn inputs(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        let input = Input::vector(&params.text("inputCol")?);
        input.find(schema)?;
        Ok(vec![input])
    }

    fn begin(params: &Params, schema: &Schema) -> Result<OnePass<FirstSize>> {
        schema::no_such_columns(schema, [params.text("outputCol")?.as_str()])?;
        let params = params.clone();
        Ok(OnePass::new(FirstSize, move |size| {
            let empty = || Failure::new(&codes::ml::EMPTY_DATASET, "LSH was given no rows");
            let family = F::draw(&params, size.0.ok_or_else(empty)? as usize)?;
            let model: Box<dyn Transformer> = Box::new(Staged::new(params.carry_to(F::MODEL_SPECS), Hashed(family)));
            Ok(model)
        }))
    }
}

/// Appends the hashes of a vector.
#[derive(Debug)]
pub struct Hashed<F>(pub F);

/// `array<vector>`.
fn hashes_type() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(vector_type(), true)))
}

impl<F: Family> Hashed<F> {
    /// The hashes of a column, row by row, each as many as there are tables.
    pub fn hashes(&self, params: &Params, vectors: &VectorColumn<'_>) -> Result<Vec<f64>> {
        let tables = self.0.tables();
        let mut hashes = vec![0.0; vectors.rows() * tables];
        for (row, hashes) in hashes.chunks_exact_mut(tables.max(1)).enumerate() {
            if vectors.is_null(row) {
                return Err(invalid_row(format!("{} met a null vector", F::MODEL_CLASS)));
            }
            self.0.hash(params, vectors.get(row), hashes)?;
        }
        Ok(hashes)
    }
}

impl<F: Family> Stage for Hashed<F> {
    const CLASS: &'static str = F::MODEL_CLASS;
    const SPECS: &'static [ParamSpec] = F::MODEL_SPECS;

    fn inputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        Drawing::<F>::inputs(params, schema)
    }

    fn raw_inputs(&self, params: &Params) -> Result<Vec<RawInput>> {
        Ok(vec![RawInput::new(params.text("inputCol")?, RawKind::Vector)])
    }

    fn outputs(&self, params: &Params, _: &Schema) -> Result<Vec<Field>> {
        Ok(vec![Field::new(params.text("outputCol")?, hashes_type(), true)])
    }

    fn transform(&self, params: &Params, batch: &RecordBatch) -> Result<Output> {
        let input = Input::vector(&params.text("inputCol")?).read(batch)?;
        let hashes = self.hashes(params, &VectorColumn::new(input.as_ref())?)?;
        let lengths = std::iter::repeat_n(self.0.tables(), batch.num_rows());
        let element = Arc::new(Field::new_list_field(vector_type(), true));
        let lists = ListArray::new(element, OffsetBuffer::from_lengths(lengths), dense_column(1, hashes), None);
        debug_assert_eq!(lists.len(), batch.num_rows());
        Ok(Output::all(vec![Arc::new(lists)]))
    }

    fn attribute(&self, params: &Params, name: &str, _: &[Value]) -> Result<Attribute> {
        match name {
            "toString" => {
                let class = F::MODEL_CLASS.rsplit('.').next().unwrap_or_default();
                let (uid, tables) = (params.uid(), self.0.tables());
                Ok(Attribute::text(format!("{class}: uid={uid}, numHashTables={tables}")))
            }
            _ => Err(no_attribute(F::MODEL_CLASS, name)),
        }
    }

    fn method(&self, params: &Params, name: &str, arguments: &[Argument]) -> Result<RecordBatch> {
        use Argument::{Frame, Value as Given};
        match (name, arguments) {
            (
                "approxNearestNeighbors",
                [Frame(rows), Given(Value::Vector(key)), Given(Value::Int(count)), Given(Value::Text(column))],
            ) => search::nearest(self, params, rows, key, *count, column),
            ("approxSimilarityJoin", [Frame(left), Frame(right), Given(threshold), Given(Value::Text(column))]) => {
                let threshold = match threshold {
                    Value::Double(threshold) => *threshold,
                    // Clients send whole numbers as ints.
                    Value::Int(threshold) => *threshold as f64,
                    _ => return Err(no_attribute(F::MODEL_CLASS, name)),
                };
                search::join(self, params, [left, right], threshold, column)
            }
            _ => Err(no_attribute(F::MODEL_CLASS, name)),
        }
    }

    fn load(saved: &Saved) -> Result<Self> {
        Ok(Self(F::load(saved)?))
    }

    fn save(&self, saved: Saved) -> Result<Saved> {
        self.0.save(saved)
    }
}
