//! A fitted ALS: scores of user and item pairs, and recommendations.

use super::gram::Factors;
use super::ids::{self, Ids};
use super::params::{ALS_MODEL, MODEL_SPECS};
use super::recommend::{Panels, Scored, best};
use crate::persist::{Column, Rows, Saved, table};
use crate::schema::no_such_columns;
use crate::transform::no_attribute;
use crate::{Attribute, Input, Output, Params, RawInput, RawKind, Transformer, Value};
use arrow_array::cast::AsArray;
use arrow_array::types::Float32Type;
use arrow_array::{Array, ArrayRef, BooleanArray, Float32Array, Int32Array, ListArray, RecordBatch, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Fields, Schema};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

/// Spark's `ALSModel`.
#[derive(Debug, Clone)]
pub struct AlsModel {
    params: Params,
    learned: Arc<[Known; 2]>,
}

/// The ids of one side and their factors.
#[derive(Debug, Clone)]
struct Known {
    ids: Ids,
    factors: Factors,
}

const USERS: usize = 0;
const ITEMS: usize = 1;
/// The parameter that names the column of each side.
const COLUMNS: [&str; 2] = ["userCol", "itemCol"];

impl AlsModel {
    pub(super) fn new(params: Params, users: (Ids, Factors), items: (Ids, Factors)) -> Self {
        let known = |(ids, factors)| Known { ids, factors };
        Self { params, learned: Arc::new([known(users), known(items)]) }
    }

    pub(super) fn load(saved: &Saved) -> Result<Self> {
        let rank = usize::try_from(saved.extra_int("rank")?).unwrap_or(0);
        let side = |folder: &str| factors_from(&saved.rows(folder)?, rank);
        Ok(Self::new(saved.params(MODEL_SPECS)?, side("userFactors")?, side("itemFactors")?))
    }

    fn rank(&self) -> usize {
        self.learned[USERS].factors.rank
    }

    fn drops_unknown(&self) -> Result<bool> {
        Ok(self.params.text("coldStartStrategy")?.to_lowercase() == "drop")
    }

    /// NaN where the user or the item is unknown. Products are added up in the order of the factors, in single
    /// precision, as Spark does.
    fn scores(&self, users: &[i32], items: &[i32]) -> Vec<f32> {
        let factor = |side: usize, id: i32| {
            let known = &self.learned[side];
            known.ids.place(id).map(|place| known.factors.of(place))
        };
        let score = |(user, item): (&i32, &i32)| match (factor(USERS, *user), factor(ITEMS, *item)) {
            (Some(user), Some(item)) => user.iter().zip(item).fold(0.0, |sum, (a, b)| sum + a * b),
            _ => f32::NAN,
        };
        users.iter().zip(items).map(score).collect()
    }

    /// The best of the other side for ids of one side; unknown ids get no row, and repeated ones only one.
    fn recommend(&self, side: usize, wanted_ids: Option<&[i64]>, arguments: &[Value]) -> Result<Attribute> {
        let [Value::Int(count)] = arguments else {
            return Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, "recommendations take their number"));
        };
        let (known, others) = (&self.learned[side], &self.learned[1 - side]);
        let places: Vec<usize> = match wanted_ids {
            None => (0..known.ids.len()).collect(),
            Some(wanted) => {
                let place = |id: &i64| i32::try_from(*id).ok().and_then(|id| known.ids.place(id));
                let mut places: Vec<usize> = wanted.iter().filter_map(place).collect();
                places.sort_unstable();
                places.dedup();
                places
            }
        };
        let sources: Vec<&[f32]> = places.iter().map(|place| known.factors.of(*place)).collect();
        let found = best(&sources, &Panels::of(&others.factors), usize::try_from(*count).unwrap_or(0));
        let ids: Vec<i32> = places.iter().map(|place| known.ids.as_slice()[*place]).collect();
        self.recommendations(side, ids, &found, &others.ids).map(Attribute::Frame)
    }

    fn recommendations(&self, side: usize, ids: Vec<i32>, found: &[Vec<Scored>], others: &Ids) -> Result<RecordBatch> {
        let columns = [self.params.text(COLUMNS[side])?, self.params.text(COLUMNS[1 - side])?];
        let fields = Fields::from(vec![
            Field::new(&columns[1], DataType::Int32, true),
            Field::new("rating", DataType::Float32, true),
        ]);
        let other_ids = found.iter().flatten().map(|(place, _)| others.as_slice()[*place as usize]);
        let children: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from_iter_values(other_ids)),
            Arc::new(Float32Array::from_iter_values(found.iter().flatten().map(|(_, score)| *score))),
        ];
        let entries = StructArray::new(fields.clone(), children, None);
        let element = Arc::new(Field::new_list_field(DataType::Struct(fields), true));
        let lists =
            ListArray::new(element, OffsetBuffer::from_lengths(found.iter().map(Vec::len)), Arc::new(entries), None);
        let schema = Schema::new(vec![
            Field::new(&columns[0], DataType::Int32, false),
            Field::new("recommendations", lists.data_type().clone(), true),
        ]);
        RecordBatch::try_new(Arc::new(schema), vec![Arc::new(Int32Array::from(ids)), Arc::new(lists)])
            .map_err(|error| Failure::internal("building recommendations").because(error))
    }

    fn factors_table(&self, side: usize) -> Result<RecordBatch> {
        let known = &self.learned[side];
        let element = Arc::new(Field::new_list_field(DataType::Float32, false));
        let lengths = std::iter::repeat_n(self.rank(), known.ids.len());
        let values = Arc::new(Float32Array::from(known.factors.values.clone()));
        table([
            Column::required("id", Arc::new(Int32Array::from(known.ids.as_slice().to_vec()))),
            Column::optional(
                "features",
                Arc::new(ListArray::new(element, OffsetBuffer::from_lengths(lengths), values, None)),
            ),
        ])
    }
}

/// Rows of a folder of factors, in any order.
fn factors_from(rows: &Rows, rank: usize) -> Result<(Ids, Factors)> {
    let damaged = || rows.damaged(format!("its factors are not lists of {rank} floats, one for each id"));
    let given: Vec<i32> =
        rows.ints("id")?.into_iter().map(|id| i32::try_from(id).map_err(|_| damaged())).collect::<Result<_>>()?;
    let lists = rows.column("features")?;
    let lists = arrow_cast::cast(lists, &DataType::List(Arc::new(Field::new_list_field(DataType::Float32, true))));
    let lists = lists.map_err(|error| damaged().because(error))?;
    let lists = lists.as_list::<i32>();
    let numbers = lists.values().as_primitive::<Float32Type>();
    let ids = Ids::of(&given);
    if ids.len() != given.len() || rank == 0 || lists.null_count() + numbers.null_count() > 0 {
        return Err(damaged());
    }
    let mut values = vec![0.0; given.len() * rank];
    for (row, id) in given.iter().enumerate() {
        let range = lists.value_offsets()[row] as usize..lists.value_offsets()[row + 1] as usize;
        let factor = numbers.values().get(range).filter(|factor| factor.len() == rank).ok_or_else(damaged)?;
        let place = ids.place(*id).ok_or_else(damaged)?;
        values[place * rank..(place + 1) * rank].copy_from_slice(factor);
    }
    Ok((ids, Factors { rank, values }))
}

impl Transformer for AlsModel {
    fn class(&self) -> &'static str {
        ALS_MODEL
    }
    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }
    fn boxed(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        COLUMNS.iter().map(|param| ids::input(schema, &self.params.text(param)?)).collect()
    }

    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        COLUMNS.iter().map(|param| Ok(RawInput::new(self.params.text(param)?, RawKind::Number))).collect()
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        let column = self.params.text("predictionCol")?;
        no_such_columns(schema, [column.as_str()])?;
        Ok(vec![Field::new(column, DataType::Float32, false)])
    }

    fn may_skip(&self) -> bool {
        self.drops_unknown().unwrap_or(false)
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let ids_of = |param: &str| {
            let column = self.params.text(param)?;
            ids::read(&ids::input(batch.schema_ref(), &column)?.read(batch)?, &column)
        };
        let scores = self.scores(&ids_of(COLUMNS[USERS])?, &ids_of(COLUMNS[ITEMS])?);
        let keep =
            self.drops_unknown()?.then(|| BooleanArray::from_iter(scores.iter().map(|score| Some(!score.is_nan()))));
        Ok(Output { columns: vec![Arc::new(Float32Array::from(scores))], keep })
    }

    /// `recommendForUserSubset` and `recommendForItemSubset` take the ids asked for and the number.
    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        match (name, arguments) {
            ("toString", _) => {
                Ok(Attribute::text(format!("ALSModel: uid={}, rank={}", self.params.uid(), self.rank())))
            }
            ("uid", _) => Ok(Attribute::text(self.params.uid())),
            ("rank", _) => Ok((self.rank() as i64).into()),
            ("userFactors", _) => self.factors_table(USERS).map(Attribute::Frame),
            ("itemFactors", _) => self.factors_table(ITEMS).map(Attribute::Frame),
            ("recommendForAllUsers", _) => self.recommend(USERS, None, arguments),
            ("recommendForAllItems", _) => self.recommend(ITEMS, None, arguments),
            ("recommendForUserSubset", [Value::Ints(ids), rest @ ..]) => {
                self.recommend(USERS, Some(ids.as_slice()), rest)
            }
            ("recommendForItemSubset", [Value::Ints(ids), rest @ ..]) => {
                self.recommend(ITEMS, Some(ids.as_slice()), rest)
            }
            _ => Err(no_attribute(self.class(), name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let saved = Saved::of(ALS_MODEL, &self.params).with_extra("rank", self.rank() as i64);
        Ok(saved
            .with_table("userFactors", self.factors_table(USERS)?)
            .with_table("itemFactors", self.factors_table(ITEMS)?))
    }
}
