//! Building the tables of a saved operator: named columns with Spark's nullability, and columns of lists.

use arrow_array::builder::{Float64Builder, Int32Builder, ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result};
use std::sync::Arc;

/// A column of a saved table.
#[derive(Debug, Clone)]
pub struct Column {
    name: String,
    nullable: bool,
    values: ArrayRef,
    is_old: bool,
}

/// The Arrow field metadata key of vectors and matrices that Spark keeps as classes of its old package; the value is
/// [`OLD_PACKAGE`]. The writer of files names the classes in the footer.
pub const PACKAGE_KEY: &str = "SPARK::udt::package";

/// `org.apache.spark.mllib.linalg`.
pub const OLD_PACKAGE: &str = "org.apache.spark.mllib.linalg";

impl Column {
    /// A column that Spark declares NOT NULL: a Scala primitive.
    pub fn required(name: &str, values: ArrayRef) -> Self {
        Self { name: name.to_owned(), nullable: false, values, is_old: false }
    }

    /// A column that Spark declares nullable: objects, vectors, lists, strings.
    pub fn optional(name: &str, values: ArrayRef) -> Self {
        Self { name: name.to_owned(), nullable: true, values, is_old: false }
    }

    /// With its vectors and matrices, or those in its lists, as classes of Spark's old package.
    pub fn of_old_package(self) -> Self {
        Self { is_old: true, ..self }
    }

    fn field(&self) -> Field {
        let field = Field::new(&self.name, self.values.data_type().clone(), self.nullable);
        let package = self.is_old.then(|| (PACKAGE_KEY.to_owned(), OLD_PACKAGE.to_owned()));
        field.with_metadata(package.into_iter().collect())
    }
}

/// The columns as a table; all of the same length.
pub fn table(columns: impl IntoIterator<Item = Column>) -> Result<RecordBatch> {
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) =
        columns.into_iter().map(|column| (column.field(), column.values)).unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|error| Failure::internal("building a table of a saved model").because(error))
}

/// `list<double not null>`, one list a row.
pub fn double_lists<L: AsRef<[f64]>>(lists: impl IntoIterator<Item = L>) -> ArrayRef {
    let element = Field::new_list_field(DataType::Float64, false);
    let mut builder = ListBuilder::new(Float64Builder::new()).with_field(element);
    for list in lists {
        builder.values().append_slice(list.as_ref());
        builder.append(true);
    }
    Arc::new(builder.finish())
}

/// `list<int not null>`, one list a row.
pub fn int_lists<L: AsRef<[i32]>>(lists: impl IntoIterator<Item = L>) -> ArrayRef {
    let element = Field::new_list_field(DataType::Int32, false);
    let mut builder = ListBuilder::new(Int32Builder::new()).with_field(element);
    for list in lists {
        builder.values().append_slice(list.as_ref());
        builder.append(true);
    }
    Arc::new(builder.finish())
}

/// `list<string>`, one list a row.
pub fn text_lists<L: AsRef<[String]>>(lists: impl IntoIterator<Item = L>) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for list in lists {
        list.as_ref().iter().for_each(|text| builder.values().append_value(text));
        builder.append(true);
    }
    Arc::new(builder.finish())
}

/// `list<list<string>>`, one list of lists a row.
pub fn nested_text_lists<L: AsRef<[Vec<String>]>>(lists: impl IntoIterator<Item = L>) -> ArrayRef {
    let mut builder = ListBuilder::new(ListBuilder::new(StringBuilder::new()));
    for outer in lists {
        for inner in outer.as_ref() {
            inner.iter().for_each(|text| builder.values().values().append_value(text));
            builder.values().append(true);
        }
        builder.append(true);
    }
    Arc::new(builder.finish())
}
