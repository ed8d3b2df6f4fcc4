//! Typed rows of a training set, made from Arrow's columns.

use arrow::record_batch::RecordBatch;
use featurestore_schema::Dtype;

use super::OfflineError;
use super::cells::{CellError, Cells, instant};
use crate::codec::RowError;
use crate::error::Error;
use crate::key::EntityKey;
use crate::lookup::Status;
use crate::service::{FeatureService, OfflineRow, ServiceRows};
use crate::time::Timestamp;
use crate::types::ValueRef;
use crate::view::ColumnDefinition;

/// A row of a training set: a row of the spine, and its features as they were at its time.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TrainingRow<S: FeatureService> {
    /// The entity; nothing where a join key of the row is null, which matches no feature.
    pub key: Option<S::Key>,
    /// The row's time.
    pub timestamp: Timestamp,
    /// The features.
    pub features: S,
}

/// What the columns of a typed result are; see `Plan::typed_rows`.
#[derive(Debug)]
pub(super) struct TypedShape {
    keys: Vec<(&'static str, Dtype)>,
    views: usize,
    features: Vec<(&'static str, Dtype)>,
}

impl TypedShape {
    pub(super) fn of<S: FeatureService>() -> Self {
        let service = S::definition();
        let feature = |feature: &crate::service::ServiceFeature| {
            let dtype = feature
                .definition(service)
                .map_or(Dtype::String, ColumnDefinition::dtype);
            (feature.name(), dtype)
        };
        Self {
            keys: service.join_keys(),
            views: service.views().len(),
            features: service.features().iter().map(feature).collect(),
        }
    }

    /// Appends the rows of `batch`.
    pub(super) fn read<S: FeatureService>(
        &self,
        batch: &RecordBatch,
        rows: &mut Vec<TrainingRow<S>>,
    ) -> Result<(), Error> {
        let mut columns = batch.columns().iter();
        let mut cells = |name: &str, dtype| {
            let column = columns
                .next()
                .ok_or_else(|| failure(name, &"it is not there"))?;
            Cells::new(column, dtype).map_err(|error| failure(name, &error))
        };
        let keys = self.keys.iter().map(|(name, dtype)| cells(name, *dtype));
        let keys: Vec<Cells<'_>> = keys.collect::<Result<_, _>>()?;
        let times = cells("the spine's time", Dtype::I64)?;
        let mut views = Vec::with_capacity(self.views);
        for _ in 0..self.views {
            views.push((
                cells("an event timestamp", Dtype::I64)?,
                cells("a TTL", Dtype::Bool)?,
            ));
        }
        let features = self
            .features
            .iter()
            .map(|(name, dtype)| cells(name, *dtype));
        let features: Vec<Cells<'_>> = features.collect::<Result<_, _>>()?;
        let names: Vec<&'static str> = self.features.iter().map(|(name, _)| *name).collect();
        let mut found = Vec::with_capacity(self.views);
        let mut values: Vec<Option<ValueRef<'_>>> = Vec::with_capacity(features.len());
        let service = format!("service {}", S::definition().name());
        for row in 0..batch.num_rows() {
            let place = || format!("row {} of the spine", rows.len() + 1);
            found.clear();
            for (event, live) in &views {
                found.push(
                    offline_row(event, live, row).map_err(|error| failure("a view", &error))?,
                );
            }
            values.clear();
            for (cells, name) in features.iter().zip(&names) {
                let value = cells.get(row).map_err(|error| match error {
                    CellError::Value(error) => {
                        let column = (*name).to_owned();
                        Error::row(RowError::Value { column, error }, &service, place())
                    }
                    other => failure(name, &other),
                })?;
                values.push(value);
            }
            let features = S::from_rows(&mut ServiceRows::offline(&found, &values, &names))
                .map_err(|error| Error::row(error, &service, place()))?;
            let timestamp = instant(&times, row)
                .map_err(|error| failure("the spine's time", &error))?
                .unwrap_or_default();
            rows.push(TrainingRow {
                key: self.key::<S>(&keys, row)?,
                timestamp,
                features,
            });
        }
        Ok(())
    }

    fn key<S: FeatureService>(
        &self,
        cells: &[Cells<'_>],
        row: usize,
    ) -> Result<Option<S::Key>, Error> {
        let mut parts = Vec::with_capacity(cells.len());
        for (cells, (name, _)) in cells.iter().zip(&self.keys) {
            match cells.get(row) {
                Ok(Some(value)) => parts.push(value),
                Ok(None) => return Ok(None),
                Err(CellError::Value(error)) => {
                    let key = (*name).to_owned();
                    return Err(Error::Key { key, error });
                }
                Err(other) => return Err(failure(name, &other)),
            }
        }
        S::Key::from_parts(&parts).map(Some).map_err(|error| {
            let names: Vec<&str> = self.keys.iter().map(|(name, _)| *name).collect();
            let key = names.join(", ");
            Error::Key { key, error }
        })
    }
}

fn offline_row(event: &Cells<'_>, live: &Cells<'_>, row: usize) -> Result<OfflineRow, CellError> {
    let event_timestamp = instant(event, row)?;
    let status = match (event_timestamp, live.get(row)?) {
        (None, _) => Status::Missing,
        (Some(_), Some(ValueRef::Bool(true))) => Status::Found,
        (Some(_), _) => Status::Expired,
    };
    Ok(OfflineRow {
        status,
        event_timestamp,
    })
}

fn failure(column: &str, error: &dyn std::fmt::Display) -> Error {
    OfflineError::Query {
        doing: format!("reading `{column}` of the training set"),
        reason: error.to_string(),
    }
    .into()
}
