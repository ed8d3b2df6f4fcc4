//! Event sources: what `#[event_source]` makes of a struct.

use featurestore_schema::{Cadence, Dtype};

use super::super::definition::EventSourceParts;
use super::super::{ColumnDefinition, Drift, EventSourceDefinition, Source, ViewDefinition};
use crate::time::Timestamp;
use crate::types::ValueRef;

/// A struct that declares an event source: one value per event. Implemented by `#[event_source]`.
#[diagnostic::on_unimplemented(
    message = "FS0082: `{Self}` is not an event source",
    label = "not an event source",
    note = "declare it with `#[event_source(source = \"..\", timestamp = \"..\", id = \"..\")]`"
)]
pub trait EventSource: Sized + Send + Sync + 'static {
    #[doc(hidden)]
    const FACTS: EventFacts;

    /// The declaration.
    fn definition() -> &'static EventSourceDefinition;

    /// When it happened.
    fn event_timestamp(&self) -> Timestamp;

    /// When it was written at its source, where the declaration has that.
    fn created_timestamp(&self) -> Option<Timestamp>;

    /// The columns' values in declared order, nothing for a null.
    fn values(&self) -> Vec<Option<ValueRef<'_>>>;
}

/// What a window view's declaration takes of its event source's, when it is compiled.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct EventFacts {
    pub name: &'static str,
    pub source: Source,
    pub timestamp: &'static str,
    pub created: Option<&'static str>,
    pub cadence: Option<Cadence>,
    pub settling: i64,
    pub lateness: i64,
    pub retention: Option<i64>,
    pub drift: Drift,
    pub columns: &'static [EventColumn],
}

/// A column of an event source.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct EventColumn {
    pub name: &'static str,
    /// The name of the source's column.
    pub source_column: &'static str,
    pub dtype: Dtype,
    pub nullable: bool,
}

impl EventFacts {
    /// Of an event source of which nothing is known.
    pub const NONE: Self = Self {
        name: "",
        source: Source::Table(""),
        timestamp: "",
        created: None,
        cadence: None,
        settling: 0,
        lateness: 0,
        retention: None,
        drift: Drift::Deny,
        columns: &[],
    };

    /// The column of a place.
    #[must_use]
    pub const fn column(&self, place: usize) -> Option<EventColumn> {
        if place < self.columns.len() {
            Some(self.columns[place])
        } else {
            None
        }
    }

    /// The name that the column of a place has in the source.
    #[must_use]
    pub const fn source_column(&self, place: usize) -> &'static str {
        match self.column(place) {
            Some(column) => column.source_column,
            None => "",
        }
    }
}

impl EventSourceDefinition {
    pub(crate) const fn new(parts: EventSourceParts) -> Self {
        Self { parts }
    }

    /// Its name: `name = ".."`, else the struct's in snake case.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.parts.rows.name()
    }

    /// What its rows are: a view without join keys, whose columns are all fields but the event
    /// timestamp and the created timestamp.
    #[must_use]
    pub const fn rows(&self) -> &'static ViewDefinition {
        self.parts.rows
    }

    /// The name of the event timestamp: its field's.
    #[must_use]
    pub const fn timestamp(&self) -> &'static str {
        self.parts.timestamp
    }

    /// The name of the created timestamp, where there is one: its field's.
    #[must_use]
    pub const fn created(&self) -> Option<&'static str> {
        self.parts.created
    }

    /// The columns, in declared order.
    #[must_use]
    pub const fn columns(&self) -> &'static [ColumnDefinition] {
        self.parts.rows.columns()
    }

    /// The indices among [`columns`](Self::columns) of those that tell two events of one time apart.
    #[must_use]
    pub const fn id(&self) -> &'static [usize] {
        self.parts.id
    }

    /// The index among [`columns`](Self::columns) of the one that says whether a row takes its event
    /// back.
    #[must_use]
    pub const fn deleted(&self) -> Option<usize> {
        self.parts.deleted
    }

    /// How long after its event time a row may arrive and count, in microseconds.
    #[must_use]
    pub const fn lateness_micros(&self) -> i64 {
        self.parts.lateness
    }

    /// Whether events may be pushed.
    #[must_use]
    pub const fn is_pushed(&self) -> bool {
        self.parts.push
    }

    /// How long the log keeps events, in microseconds; for ever where it is not declared.
    #[must_use]
    pub const fn retention_micros(&self) -> Option<i64> {
        self.parts.retention
    }
}
