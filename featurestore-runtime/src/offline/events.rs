//! Events that are read for window views: what is asked of an engine, and what its batches hold.

use std::cell::RefCell;
use std::collections::BTreeSet;

use arrow::array::{Array as _, AsArray, Int64Array};
use arrow::datatypes::{DataType, Int64Type};
use arrow::record_batch::RecordBatch;

use super::OfflineError;
use super::cells::{CellError, Cells};
use crate::time::Timestamp;
use crate::types::ValueRef;
use crate::view::windows::{ResolvedWindows, event_id};
use crate::view::{EventSourceDefinition, ViewDefinition};
use crate::windows::EventId;

/// The events of window views that have one event source and the same join keys.
#[derive(Debug, Clone)]
pub(crate) struct EventsOf {
    pub(crate) views: Vec<&'static ViewDefinition>,
    /// Only of entities that have an event at this time or later; of all where there is none.
    pub(crate) since: Option<Timestamp>,
    /// When events are to have settled.
    pub(crate) until: Timestamp,
    /// Whether the rows that are kept out are looked for: those of the interval without a key or that the source's
    /// declaration rejects, and, where it has no beginning, those without a time.
    pub(crate) rejected: Option<Rejected>,
    /// The latest time that is not of the future, where events of later ones are to be counted.
    pub(crate) horizon: Option<Timestamp>,
}

/// Which of the rows that are kept out are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejected {
    /// All of them.
    All,
    /// A few, as examples.
    Some,
}

/// Events of the future: how many there are, and a few of them, without columns.
#[derive(Debug, Default)]
pub(crate) struct AheadEvents {
    pub(crate) rows: u64,
    pub(crate) examples: Vec<RecordBatch>,
}

/// What takes events, on the thread that reads them.
pub(crate) type TakeEvents = Box<dyn FnOnce(EventRows<'_>) + Send>;

/// Events, sorted by join keys, event time and place in the source.
///
/// A batch has the join keys; the event time in microseconds, the created time in microseconds or null,
/// and the place, numbers of 64 bits; then [`columns`](Self::columns).
pub(crate) struct EventRows<'a> {
    /// The indices of the source's columns that are read.
    pub(crate) columns: Vec<usize>,
    /// How many there are.
    pub(crate) rows: u64,
    /// How many are kept out, where that was asked.
    pub(crate) rejected: u64,
    pub(crate) ahead: AheadEvents,
    pub(crate) pages: &'a dyn EventPages,
}

/// Reads events, as often as it is asked.
pub(crate) trait EventPages {
    /// At most `most` rows from the `first` on.
    fn rows(&self, first: u64, most: u64) -> Result<Vec<RecordBatch>, OfflineError>;

    /// The same of the rows that are kept out, in any order: join keys, event and created time in microseconds, or
    /// null, and all of the source's columns.
    fn rejected(&self, first: u64, most: u64) -> Result<Vec<RecordBatch>, OfflineError>;
}

/// The indices of an event source's columns that are read for window views.
pub(crate) fn columns_of<'a>(
    source: &EventSourceDefinition,
    windows: impl Iterator<Item = &'a ResolvedWindows>,
) -> Vec<usize> {
    let mut columns: BTreeSet<usize> = source.id().iter().copied().collect();
    columns.extend(source.deleted());
    columns.extend(windows.flat_map(ResolvedWindows::read_columns));
    columns.into_iter().collect()
}

/// A batch of events. Its first columns are keys of whoever asked; then come times, place and columns.
pub(crate) struct EventBatch<'a> {
    source: &'static EventSourceDefinition,
    times: &'a Int64Array,
    created: &'a Int64Array,
    places: &'a Int64Array,
    /// Of each of the source's columns what is read of it.
    columns: Vec<Option<Cells<'a>>>,
}

impl<'a> EventBatch<'a> {
    /// Of a batch in which event times are at the index `first`; `columns` are the source's that follow.
    pub(crate) fn new(
        batch: &'a RecordBatch,
        source: &'static EventSourceDefinition,
        first: usize,
        columns: &[usize],
    ) -> Result<Self, OfflineError> {
        let number = |index: usize| {
            let column = batch.columns().get(index);
            let column = column.filter(|column| *column.data_type() == DataType::Int64);
            let column = column.map(AsArray::as_primitive::<Int64Type>);
            column.ok_or_else(|| broken(source, "a batch of events lacks times and places"))
        };
        let mut read: Vec<Option<Cells<'a>>> = source.columns().iter().map(|_| None).collect();
        for (index, column) in columns.iter().enumerate() {
            let found = batch.columns().get(first + 3 + index);
            let declared = source.columns().get(*column);
            let Some((found, declared)) = found.zip(declared) else {
                return Err(broken(source, "a batch of events lacks columns"));
            };
            let cells = Cells::new(found, declared.dtype());
            read[*column] =
                Some(cells.map_err(|error| unreadable(source, declared.name(), error))?);
        }
        Ok(Self {
            source,
            times: number(first)?,
            created: number(first + 1)?,
            places: number(first + 2)?,
            columns: read,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.times.len()
    }

    /// The event times, microseconds since 1970.
    pub(crate) fn times(&self) -> &'a [i64] {
        self.times.values()
    }

    /// When the source wrote a row, where it says so.
    pub(crate) fn created(&self, row: usize) -> Option<i64> {
        (!self.created.is_null(row)).then(|| self.created.value(row))
    }

    /// A row's place in its source.
    #[allow(clippy::cast_sign_loss)] // places are counted from 0
    pub(crate) fn place(&self, row: usize) -> u64 {
        self.places.value(row) as u64
    }

    /// A row's id.
    pub(crate) fn id(&self, row: usize) -> Result<EventId, OfflineError> {
        let id = self.each(row, |value| event_id(self.source, &value))?;
        id.ok_or_else(|| broken(self.source, "an event without an id was not rejected"))
    }

    /// Whether a row takes its event back.
    pub(crate) fn is_deleted(&self, row: usize) -> Result<bool, OfflineError> {
        let Some(column) = self.source.deleted() else {
            return Ok(false);
        };
        self.each(row, |value| value(column) == Some(ValueRef::Bool(true)))
    }

    /// What `take` makes of a row, whose values it asks for by the columns' indices: nothing for a null.
    pub(crate) fn each<'s, T>(
        &'s self,
        row: usize,
        take: impl FnOnce(&dyn Fn(usize) -> Option<ValueRef<'s>>) -> T,
    ) -> Result<T, OfflineError> {
        let fault = RefCell::new(None);
        let taken = take(&|column| {
            let value = match self.columns.get(column) {
                Some(Some(cells)) => cells.get(row),
                _ => Err(CellError::Absent),
            };
            value.unwrap_or_else(|error| {
                fault.replace(Some((column, error)));
                None
            })
        });
        match fault.into_inner() {
            None => Ok(taken),
            Some((column, error)) => {
                let column = self.source.columns().get(column);
                let name = column.map_or("?", |column| column.name());
                Err(unreadable(self.source, name, error))
            }
        }
    }
}

fn broken(source: &EventSourceDefinition, what: &str) -> OfflineError {
    OfflineError::internal(format!("event source `{}`: {what}", source.name()))
}

fn unreadable(source: &EventSourceDefinition, column: &str, error: CellError) -> OfflineError {
    let doing = format!(
        "reading column `{column}` of event source `{}`",
        source.name()
    );
    OfflineError::cell(doing, error)
}
