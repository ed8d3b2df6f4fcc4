//! What an explanation asks an engine, and what it gets.

use super::Place;
use crate::pit::Rejected;
use crate::time::Timestamp;
use crate::types::Value;
use crate::view::ViewDefinition;

/// The rows of a key, nearest to a time, of several views.
#[derive(Debug, Clone)]
pub(crate) struct RowsOfKey {
    pub(crate) views: Vec<ViewKey>,
    /// The time, in nanoseconds since 1970.
    pub(crate) at: i128,
}

/// A view, and the key whose rows are asked for.
#[derive(Debug, Clone)]
pub(crate) struct ViewKey {
    pub(crate) view: &'static ViewDefinition,
    /// In the order of the view's join keys.
    pub(crate) key: Vec<Value>,
    /// The indices of the features that are shown, among the view's columns.
    pub(crate) columns: Vec<usize>,
    /// The most rows that are shown of either side of the time.
    pub(crate) most: u64,
}

/// The rows of a view's source that have a key.
#[derive(Debug)]
pub(crate) struct KeyRows {
    /// What was read, for messages.
    pub(crate) source: String,
    /// How many there are.
    pub(crate) count: u64,
    /// How many of them have no usable event time.
    pub(crate) without_time: u64,
    /// The first and the last event time of the others.
    pub(crate) event_times: Option<(Timestamp, Timestamp)>,
    /// Those of the whole source, where no row has the key.
    pub(crate) source_times: Option<(Timestamp, Timestamp)>,
    /// Those that have not settled at the time, in the rule's order from the earliest on; at most
    /// as many as asked for.
    pub(crate) later: Vec<ExactRow>,
    /// The others, the latest first: one more than asked for at most, and where all of these are
    /// rejected, the latest that is not.
    pub(crate) known: Vec<ExactRow>,
}

/// A row with its times in nanoseconds since 1970, as they are compared.
#[derive(Debug)]
pub(crate) struct ExactRow {
    pub(crate) event: i128,
    pub(crate) created: Option<i128>,
    pub(crate) place: Place,
    /// The values of the features that were asked for.
    pub(crate) values: Vec<Option<Value>>,
    /// What keeps it from being a candidate.
    pub(crate) rejected: Option<Rejected>,
}
