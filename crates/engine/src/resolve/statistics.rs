//! `describe`, `summary`, covariance, correlation, quantiles: relations of one or a few rows.

use super::{Column, Resolved, Resolver, Typed};
use crate::failures;
use arrow::datatypes::DataType;
use brickyard_error::Result;
use brickyard_functions::types::{is_numeric, list_of};
use brickyard_spec::Expr;
use datafusion::common::ScalarValue;

const DESCRIBE: [&str; 5] = ["count", "mean", "stddev", "min", "max"];
const SUMMARY: [&str; 8] = ["count", "mean", "stddev", "min", "25%", "50%", "75%", "max"];

impl Resolver<'_> {
    pub fn describe(&mut self, input: Resolved, names: &[String]) -> Result<Resolved> {
        let chosen = self.chosen(&input, names)?;
        let columns = if names.is_empty() { describable(chosen) } else { chosen };
        self.statistics(input, &columns, &DESCRIBE)
    }

    pub fn summary(&mut self, input: Resolved, statistics: &[String]) -> Result<Resolved> {
        let statistics: Vec<&str> =
            if statistics.is_empty() { SUMMARY.to_vec() } else { statistics.iter().map(String::as_str).collect() };
        let columns = describable(input.columns.clone());
        self.statistics(input, &columns, &statistics)
    }

    /// One aggregate of everything, then a row for each statistic.
    fn statistics(&mut self, input: Resolved, columns: &[Column], statistics: &[&str]) -> Result<Resolved> {
        let mut cells: Vec<Typed> = Vec::new();
        for statistic in statistics {
            for column in columns {
                cells.push(self.statistic(&input, column, statistic)?);
            }
        }
        if cells.is_empty() {
            let names = statistics.iter().map(|name| vec![Expr::literal(*name).alias("summary")]).collect::<Vec<_>>();
            let values = self.values(&names)?;
            return self.renamed_all(values, &["summary".to_owned()]);
        }
        let row = self.aggregate_whole(input, cells)?;
        // The cells of the one row, arranged: an array of structs, one for each statistic.
        let mut rows = Vec::new();
        for (index, statistic) in statistics.iter().enumerate() {
            let name = Typed::literal(ScalarValue::from(*statistic), *statistic);
            let mut items = vec![("summary".to_owned(), name)];
            for (offset, _) in columns.iter().enumerate() {
                let cell = &row.columns[index * columns.len() + offset];
                items.push((format!("c{offset}"), Typed::of_column(cell).nullable(true)));
            }
            rows.push(self.struct_of(items));
        }
        let array = self.array_of(rows)?;
        let mut names = vec!["summary".to_owned()];
        names.extend(columns.iter().map(|column| column.name.clone()));
        let generator = super::Generator {
            kind: super::typed::GeneratorKind::Inline,
            is_outer: false,
            argument: Box::new(array.clone()),
            names,
        };
        let mut resolved = self.generate(row, vec![Typed { generator: Some(generator), ..array }])?;
        for column in &mut resolved.columns {
            column.nullable = true;
        }
        Ok(resolved)
    }

    /// A statistic of a column as text; null where the type has none.
    fn statistic(&mut self, input: &Resolved, column: &Column, statistic: &str) -> Result<Typed> {
        let scope = input.scope();
        let exactly = super::project::exactly(column);
        let number = || match column.data_type {
            // Strings count where they are numbers.
            DataType::Utf8 => Expr::Cast {
                expr: Box::new(exactly.clone()),
                target: brickyard_spec::CastTarget::Type(DataType::Float64),
                is_try: true,
            },
            _ => exactly.clone(),
        };
        let has_numbers = is_numeric(&column.data_type) || column.data_type == DataType::Utf8;
        let call = match statistic {
            "count" => Expr::function("count", vec![exactly]),
            "min" | "max" => Expr::function(statistic, vec![exactly]),
            "mean" | "stddev" if has_numbers => {
                Expr::function(if statistic == "mean" { "avg" } else { statistic }, vec![number()])
            }
            "count_distinct" => Expr::Function { name: "count".to_owned(), arguments: vec![exactly], distinct: true },
            "approx_count_distinct" => Expr::function(statistic, vec![exactly]),
            "mean" | "stddev" => return self.null_of_type(&DataType::Utf8),
            percent => {
                let fraction =
                    percent.strip_suffix('%').and_then(|number| number.parse::<f64>().ok()).map(|p| p / 100.0);
                let fraction = fraction.filter(|fraction| (0.0..=1.0).contains(fraction));
                let fraction =
                    fraction.ok_or_else(|| failures::form(format!("{percent} is not a recognised statistic")))?;
                if !has_numbers {
                    return self.null_of_type(&DataType::Utf8);
                }
                Expr::function("percentile_approx", vec![number(), Expr::literal(fraction)])
            }
        };
        let typed = self.expr(&call, &scope)?;
        self.implicit(typed, &DataType::Utf8)
    }

    pub fn two_column_statistic(&mut self, input: Resolved, kind: &str, first: &str, second: &str) -> Result<Resolved> {
        let columns = self.chosen(&input, &[first.to_owned(), second.to_owned()])?;
        if let Some(column) = columns.iter().find(|column| !is_numeric(&column.data_type)) {
            return Err(failures::form(format!("{kind} needs numeric columns, and {} is none", column.name)));
        }
        let function = if kind == "corr" { "corr" } else { "covar_samp" };
        let call = Expr::function(function, columns.iter().map(super::project::exactly).collect());
        let typed = self.expr(&call, &input.scope())?.named(kind);
        self.aggregate_whole(input, vec![typed])
    }

    /// One row: for each column an array of the quantiles.
    pub fn approx_quantile(
        &mut self,
        input: Resolved,
        names: &[String],
        probabilities: &[f64],
        relative_error: f64,
    ) -> Result<Resolved> {
        let columns = self.chosen(&input, names)?;
        let accuracy = if relative_error > 0.0 { (1.0 / relative_error).min(1e6) as i32 } else { i32::MAX };
        let mut quantiles = Vec::new();
        for column in &columns {
            let mut cells = Vec::new();
            for probability in probabilities {
                let double = super::project::exactly(column).cast(DataType::Float64);
                let call = Expr::function(
                    "percentile_approx",
                    vec![double, Expr::literal(*probability), Expr::literal(accuracy)],
                );
                cells.push(call);
            }
            let scope = input.scope();
            quantiles.push(self.expr(&Expr::function("array", cells), &scope)?);
        }
        let nested = self.array_of(quantiles)?;
        let double_lists = list_of(list_of(DataType::Float64, false), false);
        let typed = Typed { data_type: double_lists, ..nested }.named("approx_quantile");
        self.aggregate_whole(input, vec![typed])
    }
}

/// Numbers and strings.
fn describable(columns: Vec<Column>) -> Vec<Column> {
    let suits = |column: &Column| is_numeric(&column.data_type) || column.data_type == DataType::Utf8;
    columns.into_iter().filter(suits).collect()
}
