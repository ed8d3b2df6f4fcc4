//! How features go with the label of a training set.

use featurestore::arrow::array::{Array as _, AsArray as _};
use featurestore::arrow::compute::cast;
use featurestore::arrow::datatypes::{DataType, Float64Type};
use featurestore::arrow::record_batch::RecordBatch;

/// What is needed for Pearson's coefficient of two columns, over rows that have both.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    rows: f64,
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

/// The coefficients of numbers with a label.
#[derive(Debug)]
pub(crate) struct Correlations {
    label: &'static str,
    columns: Vec<(String, Sums)>,
}

impl Correlations {
    /// Of these features with the column `label`; those that are no numbers are left out.
    pub(crate) fn new<'a>(label: &'static str, features: impl Iterator<Item = &'a str>) -> Self {
        let columns = features.map(|name| (name.to_owned(), Sums::default()));
        Self {
            label,
            columns: columns.collect(),
        }
    }

    /// Takes in a batch of a training set.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        let numbers = |name: &str| -> anyhow::Result<Option<_>> {
            let column = batch
                .column_by_name(name)
                .ok_or_else(|| anyhow::anyhow!("the training set has no column `{name}`"))?;
            Ok(if column.data_type().is_numeric() {
                Some(cast(column, &DataType::Float64)?)
            } else {
                None
            })
        };
        let Some(label) = numbers(self.label)? else {
            anyhow::bail!("the label `{}` is no number", self.label);
        };
        let label = label.as_primitive::<Float64Type>();
        for (name, sums) in &mut self.columns {
            let Some(feature) = numbers(name)? else {
                continue;
            };
            let feature = feature.as_primitive::<Float64Type>();
            for row in 0..batch.num_rows() {
                if !feature.is_null(row) && !label.is_null(row) {
                    sums.add(feature.value(row), label.value(row));
                }
            }
        }
        Ok(())
    }

    /// Of each feature its rows and its coefficient, where it is a number and not always the same.
    pub(crate) fn of_features(&self) -> impl Iterator<Item = (&str, f64, Option<f64>)> {
        let columns = self.columns.iter();
        columns.map(|(name, sums)| (name.as_str(), sums.rows, sums.coefficient()))
    }
}

impl Sums {
    fn add(&mut self, x: f64, y: f64) {
        self.rows += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.yy += y * y;
        self.xy += x * y;
    }

    fn coefficient(&self) -> Option<f64> {
        let spread = |square: f64, sum: f64| self.rows * square - sum * sum;
        let both = (spread(self.xx, self.x) * spread(self.yy, self.y)).sqrt();
        (both > 0.0).then(|| (self.rows * self.xy - self.x * self.y) / both)
    }
}
