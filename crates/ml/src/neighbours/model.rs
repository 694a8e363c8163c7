//! The rows that were remembered, and the nearest of them to other rows.

use super::graph::{Graph, Shape, Walks};
use super::search::{Found, Points};
use super::{NEIGHBOURS_MODEL, SPECS};
use crate::cluster::scale_to_unit;
use crate::instances::check_indices;
use crate::linalg::{VectorColumn, dense_column};
use crate::persist::{Column, Saved, int_lists, table};
use crate::schema::no_such_columns;
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Input, Output, Params, Transformer, Value};
use arrow_array::{ArrayRef, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Fields, Schema};
use brickyard_error::Result;
use std::sync::Arc;

/// The model of `NearestNeighbours`.
#[derive(Debug, Clone)]
pub struct NearestNeighboursModel {
    params: Params,
    learned: Arc<Learned>,
}

#[derive(Debug)]
struct Learned {
    ids: Vec<i64>,
    points: Points,
    /// Of an approximate search.
    graph: Option<(Graph, Walks)>,
}

fn fields() -> Fields {
    Fields::from(vec![Field::new("id", DataType::Int64, false), Field::new("distance", DataType::Float64, false)])
}

fn list_type() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(DataType::Struct(fields()), false)))
}

/// The shape of the graph of an approximate search.
fn shape_of(params: &Params) -> Result<Option<Shape>> {
    if params.text("algorithm")? == "exact" {
        return Ok(None);
    }
    Ok(Some(Shape { links: params.int("m")? as usize, breadth: params.int("efConstruction")? as usize }))
}

impl NearestNeighboursModel {
    /// With the graph of the points, if the search is approximate.
    pub(super) fn new(params: Params, ids: Vec<i64>, points: Points) -> Result<Self> {
        let graph = shape_of(&params)?.map(|shape| (Graph::of(&points, shape), Walks::new(points.count())));
        Ok(Self { params, learned: Arc::new(Learned { ids, points, graph }) })
    }

    pub(super) fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let ids = rows.ints("id")?;
        let vectors = rows.vectors("features")?;
        let size = vectors.first().map_or(0, crate::Vector::size);
        if size == 0 || vectors.iter().any(|vector| vector.size() != size) {
            return Err(rows.damaged("its points are missing or of different sizes"));
        }
        let values = vectors.iter().flat_map(crate::Vector::to_dense).collect();
        let (params, points) = (saved.params(SPECS)?, Points::new(size, values));
        let graph = match shape_of(&params)? {
            None => None,
            Some(shape) => {
                let rows = saved.rows("graph")?;
                let links = rows.int_lists("links")?.into_iter();
                let links = rows.ints("layer")?.into_iter().zip(rows.ints("point")?).zip(links);
                let links = links.map(|((layer, point), links)| (layer, point, links));
                let graph = Graph::from_rows(shape, points.count(), links);
                let graph = graph.ok_or_else(|| rows.damaged("its links are no graph of the points"))?;
                Some((graph, Walks::new(points.count())))
            }
        };
        Ok(Self { params, learned: Arc::new(Learned { ids, points, graph }) })
    }

    fn cosine(&self) -> Result<bool> {
        Ok(self.params.text("distanceMeasure")? == "cosine")
    }

    /// As told: the square root, or 1 - cosine from the squared distance of unit vectors.
    fn distance(&self, squared: f64) -> Result<f64> {
        Ok(if self.cosine()? { squared / 2.0 } else { squared.sqrt() })
    }

    fn column(&self, found: &[Vec<Found>]) -> Result<ArrayRef> {
        let ids = found.iter().flatten().map(|(place, _)| self.learned.ids[*place as usize]);
        let distances =
            found.iter().flatten().map(|(_, squared)| self.distance(*squared)).collect::<Result<Vec<_>>>()?;
        let children: Vec<ArrayRef> =
            vec![Arc::new(Int64Array::from_iter_values(ids)), Arc::new(Float64Array::from(distances))];
        let entries = StructArray::new(fields(), children, None);
        let element = Arc::new(Field::new_list_field(DataType::Struct(fields()), false));
        let lengths = OffsetBuffer::from_lengths(found.iter().map(Vec::len));
        Ok(Arc::new(ListArray::new(element, lengths, Arc::new(entries), None)))
    }
}

impl Transformer for NearestNeighboursModel {
    fn class(&self) -> &'static str {
        NEIGHBOURS_MODEL
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
        let features = Input::vector(&self.params.text("featuresCol")?);
        features.find(schema)?;
        Ok(vec![features])
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        let column = self.params.text("outputCol")?;
        no_such_columns(schema, [column.as_str()])?;
        Ok(vec![Field::new(column, list_type(), false)])
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let column = Input::vector(&self.params.text("featuresCol")?).read(batch)?;
        let vectors = VectorColumn::new(column.as_ref())?;
        let size = self.learned.points.size;
        let mut queries = vec![0.0; vectors.rows() * size];
        for (row, slots) in queries.chunks_exact_mut(size).enumerate() {
            if vectors.is_null(row) {
                return Err(invalid_row("a feature vector is null; drop such rows first"));
            }
            let (vector, found) = (vectors.get(row), vectors.get(row).size());
            if found != size {
                return Err(invalid_row(format!("a feature vector has size {found}, the model was trained on {size}")));
            }
            check_indices(vector)?;
            vector.write_dense(slots);
            if self.cosine()? {
                scale_to_unit(slots)?;
            }
        }
        let (wanted, points) = (self.params.int("k")? as usize, &self.learned.points);
        let found = match &self.learned.graph {
            None => points.nearest(&queries, wanted),
            Some((graph, walks)) => {
                graph.nearest(points, walks, &queries, wanted, self.params.int("efSearch")? as usize)
            }
        };
        Ok(Output::all(vec![self.column(&found)?]))
    }

    fn attribute(&self, name: &str, _: &[Value]) -> Result<Attribute> {
        let Learned { ids, points, .. } = self.learned.as_ref();
        match name {
            "toString" => {
                let (uid, rows) = (self.params.uid(), ids.len());
                let text = format!("NearestNeighboursModel: uid={uid}, rows={rows}, numFeatures={}", points.size);
                Ok(Attribute::text(text))
            }
            "uid" => Ok(Attribute::text(self.params.uid())),
            "numFeatures" => Ok((points.size as i64).into()),
            "numRows" => Ok((ids.len() as i64).into()),
            _ => Err(no_attribute(self.class(), name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let Learned { ids, points, graph } = self.learned.as_ref();
        let data = table([
            Column::required("id", Arc::new(Int64Array::from(ids.clone()))),
            Column::optional("features", dense_column(points.size, points.values.clone())),
        ])?;
        let saved = Saved::of(NEIGHBOURS_MODEL, &self.params).with_table("data", data);
        let Some((graph, _)) = graph else { return Ok(saved) };
        let (mut layers, mut places, mut links) = (Vec::new(), Vec::new(), Vec::new());
        for (layer, point, linked) in graph.rows() {
            layers.push(layer);
            places.push(point);
            links.push(linked);
        }
        let graph = table([
            Column::required("layer", Arc::new(Int32Array::from(layers))),
            Column::required("point", Arc::new(Int32Array::from(places))),
            Column::required("links", int_lists(links)),
        ])?;
        Ok(saved.with_table("graph", graph))
    }
}
