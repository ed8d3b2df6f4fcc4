//! The columns that typed rows are made of, and what a service's compiled code makes of each row.

use arrow::record_batch::RecordBatch;
use featurestore_schema::Dtype;
use smallvec::SmallVec;

use super::OfflineError;
use super::cells::{CellError, Cells, instant};
use crate::codec::RowError;
use crate::key::KeyParts;
use crate::lookup::Status;
use crate::service::{Inputs, OfflineRow, ServiceColumn, ServiceDefinition, ServiceRows};
use crate::time::Timestamp;
use crate::types::{ValueError, ValueRef};

/// A page of what [`RowForm::Typed`](super::engine::RowForm::Typed) describes, column by column.
#[derive(Debug)]
pub(crate) struct TypedColumns<'a> {
    service: &'static ServiceDefinition,
    /// How many rows were in the pages before.
    before: u64,
    key_names: Vec<(&'static str, Dtype)>,
    keys: Vec<Cells<'a>>,
    times: Cells<'a>,
    request: Vec<Cells<'a>>,
    views: Vec<(Cells<'a>, Cells<'a>)>,
    features: Vec<Cells<'a>>,
    /// The names of the features that are read.
    names: Vec<&'static str>,
}

impl<'a> TypedColumns<'a> {
    pub(crate) fn new(
        service: &'static ServiceDefinition,
        page: &'a RecordBatch,
        before: u64,
    ) -> Result<Self, OfflineError> {
        let mut columns = page.columns().iter();
        let mut cells = |name: &str, dtype| {
            let column = columns
                .next()
                .ok_or_else(|| failure(name, CellError::Absent))?;
            Cells::new(column, dtype).map_err(|error| failure(name, error))
        };
        let key_names = service.join_keys();
        let keys = key_names.iter().map(|(name, dtype)| cells(name, *dtype));
        let keys = keys.collect::<Result<_, _>>()?;
        let times = cells("the spine's time", Dtype::I64)?;
        let request = service.request().iter();
        let request = request.map(|field| cells(field.name(), field.dtype()));
        let request = request.collect::<Result<_, _>>()?;
        let mut views = Vec::with_capacity(service.views().len());
        for _ in service.views() {
            views.push((
                cells("an event timestamp", Dtype::I64)?,
                cells("a TTL", Dtype::Bool)?,
            ));
        }
        let read = service.columns().iter();
        let features = read.map(|own| cells(own.name(), own.column().dtype()));
        Ok(Self {
            service,
            before,
            keys,
            times,
            request,
            views,
            features: features.collect::<Result<_, _>>()?,
            names: service.columns().iter().map(ServiceColumn::name).collect(),
            key_names,
        })
    }

    /// What is made of the row at an index. An error of the row names it.
    pub(crate) fn make<T>(
        &self,
        row: usize,
        make: impl FnOnce(&mut ServiceRows<'_>) -> Result<T, RowError>,
    ) -> Result<T, OfflineError> {
        let mut found = Vec::with_capacity(self.views.len());
        for (event, live) in &self.views {
            let read = offline_row(event, live, row);
            found.push(read.map_err(|error| failure("a view", error))?);
        }
        let mut values = Vec::with_capacity(self.features.len());
        for (cells, name) in self.features.iter().zip(&self.names) {
            values.push(self.value(cells, name, row)?);
        }
        let mut request: SmallVec<[Option<ValueRef<'_>>; 4]> = SmallVec::new();
        for (cells, field) in self.request.iter().zip(self.service.request()) {
            request.push(self.value(cells, field.name(), row)?);
        }
        let key = self.key(row)?;
        let inputs = Inputs {
            key: key.as_deref(),
            request: &request,
            as_of: self.time(row)?,
        };
        let mut rows = ServiceRows::offline(&found, &values, &self.names, inputs);
        make(&mut rows).map_err(|error| self.refused(error, row))
    }

    fn value<'c>(
        &self,
        cells: &'c Cells<'_>,
        name: &str,
        row: usize,
    ) -> Result<Option<ValueRef<'c>>, OfflineError> {
        cells.get(row).map_err(|error| match error {
            CellError::Value(error) => {
                let column = name.to_owned();
                self.refused(RowError::Value { column, error }, row)
            }
            other => failure(name, other),
        })
    }

    fn refused(&self, error: RowError, row: usize) -> OfflineError {
        OfflineError::TrainingRow {
            service: self.service.name(),
            row: self.before + row as u64 + 1,
            source: Box::new(error),
        }
    }

    /// The time of the row at an index.
    pub(crate) fn time(&self, row: usize) -> Result<Timestamp, OfflineError> {
        let time = instant(&self.times, row).and_then(|time| time.ok_or(CellError::Absent));
        time.map_err(|error| failure("the spine's time", error))
    }

    /// The values of the key's parts in the row at an index; nothing where one is null.
    pub(crate) fn key(&self, row: usize) -> Result<Option<KeyParts<'_>>, OfflineError> {
        let mut parts = KeyParts::new();
        for (cells, (name, _)) in self.keys.iter().zip(&self.key_names) {
            match cells.get(row) {
                Ok(Some(value)) => parts.push(value),
                Ok(None) => return Ok(None),
                Err(CellError::Value(error)) => {
                    let key = (*name).to_owned();
                    return Err(OfflineError::Key { key, source: error });
                }
                Err(other) => return Err(failure(name, other)),
            }
        }
        Ok(Some(parts))
    }

    /// The error of a key that its type refuses.
    pub(crate) fn refused_key(&self, error: ValueError) -> OfflineError {
        let names: Vec<&str> = self.key_names.iter().map(|(name, _)| *name).collect();
        let key = names.join(", ");
        OfflineError::Key { key, source: error }
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

fn failure(column: &str, error: CellError) -> OfflineError {
    OfflineError::cell(format!("reading `{column}` of the training set"), error)
}
