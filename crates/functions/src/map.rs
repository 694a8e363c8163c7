//! Maps: built, joined, read, by Spark's errors and nulls.

use crate::types::{map_fields, map_of};
use crate::udf::{Definition, Input, Types, kernel};
use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, Field, Fields};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use datafusion::common::ScalarValue;
use regex::Regex;
use std::collections::HashSet;
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_map", map_type, map),
    Definition::new("spark_map_get", map_value_type, map_get),
    Definition::new("spark_map_entries", entries_type, map_entries),
    Definition::new("spark_map_concat", |types| types.get(0).cloned(), map_concat),
    Definition::new("spark_map_from_entries", from_entries_type, map_from_entries),
    Definition::new("spark_map_filter", |types| types.get(0).cloned(), map_filter),
    Definition::new("spark_map_joint_keys", joint_keys_type, joint_keys),
    Definition::new("spark_map_values_at", values_at_type, values_at),
    Definition::new("spark_str_to_map", |_| Ok(map_of(DataType::Utf8, DataType::Utf8, true)), str_to_map),
];

fn list(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(element, true)))
}

fn map_type(types: &Types) -> Result<DataType> {
    let (DataType::List(key), DataType::List(value)) = (types.get(0)?, types.get(1)?) else {
        return Err(Failure::internal("a map of something that is no array"));
    };
    let fields = Fields::from(vec![
        Field::new("key", key.data_type().clone(), false),
        Field::new("value", value.data_type().clone(), true),
    ]);
    Ok(DataType::Map(Arc::new(Field::new("entries", DataType::Struct(fields), false)), false))
}

/// `(arrays of keys, arrays of values)`
fn map(input: &Input) -> Result<ArrayRef> {
    let (keys, values) = (input.lists(0)?, input.lists(1)?);
    let mut builder = Builder::default();
    for row in 0..input.rows {
        if keys.is_null(row) || values.is_null(row) {
            builder.append_null();
            continue;
        }
        let length = keys.value_length(row);
        if length != values.value_length(row) {
            return Err(Failure::new(&codes::sql::VALUE, "a map has as many values as keys"));
        }
        let (first_key, first_value) = (keys.value_offsets()[row], values.value_offsets()[row]);
        (0..length).for_each(|index| builder.push((first_key + index) as usize, (first_value + index) as usize));
        builder.append();
    }
    builder.finish(keys.values(), values.values(), &input.returns)
}

/// Maps made of keys and values that lie in other columns.
#[derive(Default)]
struct Builder {
    keys: Vec<u32>,
    values: Vec<u32>,
    lengths: Vec<usize>,
    valid: Vec<bool>,
    open: usize,
}

impl Builder {
    /// The places of a key and its value.
    fn push(&mut self, key: usize, value: usize) {
        self.keys.push(key as u32);
        self.values.push(value as u32);
        self.open += 1;
    }

    fn append(&mut self) {
        self.lengths.push(std::mem::take(&mut self.open));
        self.valid.push(true);
    }

    fn append_null(&mut self) {
        self.lengths.push(0);
        self.valid.push(false);
    }

    /// Fails for keys that are null or there twice.
    fn finish(self, keys: &ArrayRef, values: &ArrayRef, returns: &DataType) -> Result<ArrayRef> {
        let DataType::Map(entries, _) = returns else { return Err(Failure::internal("a map that is none")) };
        let DataType::Struct(fields) = entries.data_type() else { return Err(Failure::internal("a map of nothing")) };
        let keys = take(keys, &UInt32Array::from(self.keys), None).map_err(kernel)?;
        let values = take(values, &UInt32Array::from(self.values), None).map_err(kernel)?;
        if keys.logical_null_count() > 0 {
            let condition = Condition::new("NULL_MAP_KEY", "2200E", SparkException::SparkRuntime);
            return Err(Failure::new(&codes::sql::VALUE, "null is no key of a map").with_condition(condition));
        }
        reject_duplicates(&keys, &self.lengths)?;
        let pairs = StructArray::try_new(fields.clone(), vec![keys, values], None).map_err(kernel)?;
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        let map = MapArray::try_new(Arc::clone(entries), offsets, pairs, Some(NullBuffer::from(self.valid)), false);
        Ok(Arc::new(map.map_err(kernel)?))
    }
}

fn reject_duplicates(keys: &ArrayRef, lengths: &[usize]) -> Result<()> {
    let mut first = 0;
    for length in lengths {
        let mut seen = HashSet::new();
        for place in first..first + length {
            let key = ScalarValue::try_from_array(keys, place).map_err(kernel)?;
            if !seen.insert(key.clone()) {
                let condition = Condition::new("DUPLICATED_MAP_KEY", "23505", SparkException::SparkRuntime)
                    .with("key", key.to_string())
                    .with("mapKeyDedupPolicy", "\"spark.sql.mapKeyDedupPolicy\"");
                let text = format!("duplicate map key {key} was found; check the input data");
                return Err(Failure::new(&codes::sql::VALUE, text).with_condition(condition));
            }
        }
        first += length;
    }
    Ok(())
}

fn map_value_type(types: &Types) -> Result<DataType> {
    let fields = map_fields(types.get(0)?);
    fields.map(|(_, value)| value.data_type().clone()).ok_or_else(|| Failure::internal("a map that is none"))
}

/// The value of a key; null when it is not there.
fn map_get(input: &Input) -> Result<ArrayRef> {
    let array = input.array(0)?;
    let map = array.as_map();
    let wanted = input.array(1)?;
    let mut places = UInt32Builder::with_capacity(input.rows);
    for row in 0..input.rows {
        if map.is_null(row) || wanted.is_null(row) {
            places.append_null();
            continue;
        }
        let (first, last) = (map.value_offsets()[row] as usize, map.value_offsets()[row + 1] as usize);
        let keys = map.keys().slice(first, last - first);
        let needle = Scalar::new(wanted.slice(row, 1));
        let equal = arrow::compute::kernels::cmp::eq(&keys, &needle).map_err(kernel)?;
        let found = (0..equal.len()).find(|index| equal.is_valid(*index) && equal.value(*index));
        places.append_option(found.map(|index| (first + index) as u32));
    }
    take(map.values(), &places.finish(), None).map_err(kernel)
}

fn entries_type(types: &Types) -> Result<DataType> {
    let DataType::Map(entries, _) = types.get(0)? else { return Err(Failure::internal("a map that is none")) };
    Ok(list(entries.data_type().clone()))
}

fn map_entries(input: &Input) -> Result<ArrayRef> {
    let array = input.array(0)?;
    let map = array.as_map();
    let DataType::List(field) = &input.returns else { return Err(Failure::internal("entries are arrays")) };
    let entries: ArrayRef = Arc::new(map.entries().clone());
    let list = ListArray::try_new(Arc::clone(field), map.offsets().clone(), entries, map.nulls().cloned());
    Ok(Arc::new(list.map_err(kernel)?))
}

/// The entries of all; null where one is null.
fn map_concat(input: &Input) -> Result<ArrayRef> {
    let arrays = (0..input.len()).map(|index| input.array(index)).collect::<Result<Vec<_>>>()?;
    let maps: Vec<&MapArray> = arrays.iter().map(|array| array.as_map()).collect();
    let all = |column: fn(&MapArray) -> &ArrayRef| {
        let columns: Vec<&dyn Array> = maps.iter().map(|map| column(map).as_ref()).collect();
        concat(&columns).map_err(kernel)
    };
    let mut builder = Builder::default();
    for row in 0..input.rows {
        if maps.iter().any(|map| map.is_null(row)) {
            builder.append_null();
            continue;
        }
        let mut before = 0;
        for map in &maps {
            places(map, row).for_each(|place| builder.push(before + place, before + place));
            before += map.keys().len();
        }
        builder.append();
    }
    builder.finish(&all(MapArray::keys)?, &all(MapArray::values)?, &input.returns)
}

/// The entries of a row.
fn places(map: &MapArray, row: usize) -> std::ops::Range<usize> {
    map.value_offsets()[row] as usize..map.value_offsets()[row + 1] as usize
}

fn from_entries_type(types: &Types) -> Result<DataType> {
    let DataType::List(entry) = types.get(0)? else { return Err(Failure::internal("entries are arrays")) };
    match entry.data_type() {
        DataType::Struct(fields) if fields.len() == 2 => {
            Ok(map_of(fields[0].data_type().clone(), fields[1].data_type().clone(), true))
        }
        _ => Err(Failure::internal("entries are pairs")),
    }
}

/// Null where an entry is null.
fn map_from_entries(input: &Input) -> Result<ArrayRef> {
    let lists = input.lists(0)?;
    let entries = lists.values().as_struct();
    let mut builder = Builder::default();
    for row in 0..input.rows {
        let places = lists.value_offsets()[row] as usize..lists.value_offsets()[row + 1] as usize;
        if lists.is_null(row) || places.clone().any(|place| entries.is_null(place)) {
            builder.append_null();
            continue;
        }
        places.for_each(|place| builder.push(place, place));
        builder.append();
    }
    builder.finish(entries.column(0), entries.column(1), &input.returns)
}

/// `(map, for each entry whether it stays)`
fn map_filter(input: &Input) -> Result<ArrayRef> {
    let (array, stay) = (input.array(0)?, input.lists(1)?);
    let map = array.as_map();
    let flags = stay.values().as_boolean();
    let mut builder = Builder::default();
    for row in 0..input.rows {
        if map.is_null(row) {
            builder.append_null();
            continue;
        }
        let first_flag = stay.value_offsets()[row] as usize;
        for (index, place) in places(map, row).enumerate() {
            if flags.is_valid(first_flag + index) && flags.value(first_flag + index) {
                builder.push(place, place);
            }
        }
        builder.append();
    }
    builder.finish(map.keys(), map.values(), &input.returns)
}

fn joint_keys_type(types: &Types) -> Result<DataType> {
    let fields = map_fields(types.get(0)?);
    fields.map(|(key, _)| list(key.data_type().clone())).ok_or_else(|| Failure::internal("a map that is none"))
}

/// The keys of two maps, each once.
fn joint_keys(input: &Input) -> Result<ArrayRef> {
    let arrays = [input.array(0)?, input.array(1)?];
    let maps = [arrays[0].as_map(), arrays[1].as_map()];
    let keys = concat(&[maps[0].keys().as_ref(), maps[1].keys().as_ref()]).map_err(kernel)?;
    let (mut kept, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..input.rows {
        let is_valid = maps.iter().all(|map| map.is_valid(row));
        let before = kept.len();
        if is_valid {
            let mut seen = HashSet::new();
            let second = places(maps[1], row).map(|place| maps[0].keys().len() + place);
            for place in places(maps[0], row).chain(second) {
                if seen.insert(ScalarValue::try_from_array(&keys, place).map_err(kernel)?) {
                    kept.push(place as u32);
                }
            }
        }
        lengths.push(kept.len() - before);
        valid.push(is_valid);
    }
    listed(input, take(&keys, &UInt32Array::from(kept), None).map_err(kernel)?, lengths, valid)
}

fn listed(input: &Input, values: ArrayRef, lengths: Vec<usize>, valid: Vec<bool>) -> Result<ArrayRef> {
    let DataType::List(item) = &input.returns else { return Err(Failure::internal("a list that is none")) };
    let offsets = OffsetBuffer::from_lengths(lengths);
    let list = ListArray::try_new(Arc::clone(item), offsets, values, Some(NullBuffer::from(valid)));
    Ok(Arc::new(list.map_err(kernel)?))
}

fn values_at_type(types: &Types) -> Result<DataType> {
    Ok(list(map_value_type(types)?))
}

/// `(map, array of keys)`: the values of the keys, null for those that are not there.
fn values_at(input: &Input) -> Result<ArrayRef> {
    let (array, wanted) = (input.array(0)?, input.lists(1)?);
    let map = array.as_map();
    let (mut found, mut lengths, mut valid) = (UInt32Builder::new(), Vec::new(), Vec::new());
    for row in 0..input.rows {
        let is_valid = map.is_valid(row) && wanted.is_valid(row);
        valid.push(is_valid);
        lengths.push(if is_valid { wanted.value_length(row) as usize } else { 0 });
        if !is_valid {
            continue;
        }
        let key = |keys: &ArrayRef, place: usize| ScalarValue::try_from_array(keys, place).map_err(kernel);
        let entries = places(map, row).map(|place| Ok((key(map.keys(), place)?, place as u32)));
        let entries = entries.collect::<Result<std::collections::HashMap<_, _>>>()?;
        for place in wanted.value_offsets()[row]..wanted.value_offsets()[row + 1] {
            found.append_option(entries.get(&key(wanted.values(), place as usize)?).copied());
        }
    }
    listed(input, take(map.values(), &found.finish(), None).map_err(kernel)?, lengths, valid)
}

/// `(text, pattern between pairs, pattern between key and value)`
fn str_to_map(input: &Input) -> Result<ArrayRef> {
    let (texts, pairs, equals) = (input.strings(0)?, input.strings(1)?, input.strings(2)?);
    let (mut keys, mut values, mut builder) = (StringBuilder::new(), StringBuilder::new(), Builder::default());
    let pattern = |text: &str| {
        Regex::new(text)
            .map_err(|error| crate::failures::invalid_regular_expression("str_to_map", text, &error.to_string()))
    };
    let mut count = 0;
    for row in 0..input.rows {
        if texts.is_null(row) || pairs.is_null(row) || equals.is_null(row) {
            builder.append_null();
            continue;
        }
        let equals = pattern(equals.value(row))?;
        for pair in pattern(pairs.value(row))?.split(texts.value(row)) {
            let mut parts = equals.splitn(pair, 2);
            keys.append_value(parts.next().unwrap_or_default());
            values.append_option(parts.next());
            builder.push(count, count);
            count += 1;
        }
        builder.append();
    }
    let (keys, values): (ArrayRef, ArrayRef) = (Arc::new(keys.finish()), Arc::new(values.finish()));
    builder.finish(&keys, &values, &input.returns)
}
