//! The tables and views that a run makes, and what their columns are called. Each step leaves one,
//! so that each can spill by itself.
//!
//! | made by | name | a row is | columns |
//! |---|---|---|---|
//! | the spine | [`SPINE_ROWS`], [`SPINE_NUMBERED_ROWS`] where it is in no file | one of the spine | its own |
//! | | [`SPINE_COLUMNS`] | one of the spine | [`ROW`], [`COLUMN`] of those that are needed |
//! | | [`SPINE_KEYS`], a view of it | the same | also [`KEY`] and [`REQUEST`] in their dtypes, [`ASKED`], [`ASKED_NANOS`] where a group compares in nanoseconds, [`ASKED_WHOLE`] where one is of windows |
//! | a source that is read twice | [`source`] | one of the source | its own |
//! | a sorted search | [`key_numbers`], dropped | a key that the spine has | [`KEY`]; its `rowid` is its [`SHORT_KEY`] |
//! | a search | [`found`] | one of the spine that found one | [`ROW`], [`ASKED`] and [`EVENT`] in the group's unit, [`FEATURE`] |
//! | .. of one group, with a narrow spine | [`found_with_spine`], of which [`found`] is a view | one of the spine | [`ROW`], [`COLUMN`], [`EVENT`] or null, [`FEATURE`] |
//! | .. by unique keys | [`by_key`], of which [`found`] is a view | one of the source | [`KEY`], [`EVENT`], [`CREATED`], [`PLACE`], [`FEATURE`] |
//! | a sweep | [`events`] | an event | [`SHORT_KEY`], [`EVENT`] and [`CREATED`] in microseconds, [`PLACE`], [`FEATURE`] |
//! | | [`asked`] | one of the spine that has keys | [`SHORT_KEY`], [`ASKED`] in microseconds, [`ROW`] |
//! | | [`swept`], of which [`found`] is a view | the same | [`ROW`], [`ASKED`] in microseconds, [`FEATURE`] |
//! | | [`EVENT_SOURCE`] | a row of an event source that has no numbers | the source's columns |
//! | all events of window views | [`ALL_EVENTS`] | an event | [`KEY`], [`EVENT`] and [`CREATED`] in microseconds, [`PLACE`], [`FEATURE`] |
//! | | [`REJECTED_EVENTS`] | a row of their source that is kept out | the same without the place; [`FEATURE`] for each of the source's columns |
//! | expressions | [`COMPUTED_OF`], dropped | one of the spine | [`COLUMN`], of what typed rows are made of |
//! | | [`COMPUTED`] | the same | [`ROW`], [`FEATURE`] of those that are computed |
//! | the result | [`TRAINING_SET`] | one of the result | [`COLUMN`] |
//! | values that SQL has no words for | `values_`, dropped; `unfit_` | a value of a source; one that is rejected | [`UNFIT`] |
//! | the latest rows | [`CHOSEN`], dropped | a key, or those with a null in one | [`PLACE`] of the latest, [`VALID_PLACE`] of the latest valid one; [`NULL_KEY`], [`WITH_TIME`], [`WITHOUT_TIME`] |
//! | | [`latest`] | an entity's latest row, and its latest valid one where that is another | [`KEY`], [`EVENT`] and [`CREATED`] in microseconds, [`FEATURE`]; where rows are judged [`VALID`] and [`NEWEST`] |
//! | | [`strays`] | one without a key or a time | the same, but for how it is judged |
//! | | [`ahead`] | one of the future | the same as of strays |
//!
//! A number follows where there are several: `join_key_0`. A group is known by its index.

/// How many rows of a table are in memory at once: a row group of `DuckDB`'s.
pub(crate) const PAGE: u64 = 122_880;

/// Rows of a spine that are in no file of their own.
pub(crate) const SPINE_ROWS: &str = "spine_rows";
/// The same with numbers of its own.
pub(crate) const SPINE_NUMBERED_ROWS: &str = "spine_numbered_rows";
/// Those of the spine's columns that are read once.
pub(crate) const SPINE_COLUMNS: &str = "spine_columns";
/// The spine's keys and times.
pub(crate) const SPINE_KEYS: &str = "spine_keys";
/// When an entity was known first, in microseconds.
pub(crate) const SINCE: &str = "known_since";
/// A time that known entities are asked at, in microseconds.
pub(crate) const STEP: &str = "step_time";
/// The result, in the spine's order.
pub(crate) const TRAINING_SET: &str = "training_set";
/// What expressions are computed of, in the spine's order.
pub(crate) const COMPUTED_OF: &str = "computed_of";
/// What they give.
pub(crate) const COMPUTED: &str = "computed";
/// The place of each entity's latest row.
pub(crate) const CHOSEN: &str = "chosen_rows";
/// The events of window views, sorted by key and time.
pub(crate) const ALL_EVENTS: &str = "all_events";
/// The rows of their source that are kept out, or some of them.
pub(crate) const REJECTED_EVENTS: &str = "rejected_events";
/// An event source whose rows have no numbers.
pub(crate) const EVENT_SOURCE: &str = "event_source";
/// A row's number in the spine.
pub(crate) const ROW: &str = "spine_row";
/// A column of the spine or of the result.
pub(crate) const COLUMN: &str = "column_";
/// A join key's value.
pub(crate) const KEY: &str = "join_key_";
/// A request field's value.
pub(crate) const REQUEST: &str = "request_";
/// A number, or a short value, that stands for all of a row's keys.
pub(crate) const SHORT_KEY: &str = "short_key";
/// The time of a row of the spine, in microseconds, or in the unit that a group compares in.
pub(crate) const ASKED: &str = "asked_at";
/// The same in nanoseconds.
pub(crate) const ASKED_NANOS: &str = "asked_at_nanos";
/// The same for windows, in whole microseconds: one before where what is before the row's time is asked for.
pub(crate) const ASKED_WHOLE: &str = "asked_at_whole";
/// The latest event time that a row of the spine can use.
pub(crate) const LAST_EVENT: &str = "last_event";
/// The last order that it can use.
pub(crate) const LAST_ORDER: &str = "last_order";
/// A row's event time.
pub(crate) const EVENT: &str = "row_event";
/// The event time of a row that is within the TTL; whether it is.
pub(crate) const LIVE: &str = "row_live";
/// A value that the evaluator looks at, or rejects.
pub(crate) const UNFIT: &str = "unfit_value";
/// Whether a row's values satisfy what its view declares.
pub(crate) const VALID: &str = "row_valid";
/// Whether it is its entity's latest, valid or not.
pub(crate) const NEWEST: &str = "row_newest";
/// A row's created time.
pub(crate) const CREATED: &str = "row_created";
/// A row's place in its source.
pub(crate) const PLACE: &str = "row_place";
/// The file that a row is in, for people.
pub(crate) const FILE: &str = "row_file";
/// Its place there, from 1.
pub(crate) const SHOWN_PLACE: &str = "row_of_file";
/// What rows are compared by.
pub(crate) const ORDER: &str = "row_order";
/// The largest order of a valid row, and its place.
pub(crate) const VALID_ORDER: &str = "valid_order";
/// See [`VALID_ORDER`].
pub(crate) const VALID_PLACE: &str = "valid_place";
/// A feature's value.
pub(crate) const FEATURE: &str = "feature_";
/// Which join key is the first that is null.
pub(crate) const NULL_KEY: &str = "null_key";
/// How many rows have a time, and how many have none.
pub(crate) const WITH_TIME: &str = "with_time";
/// See [`WITH_TIME`].
pub(crate) const WITHOUT_TIME: &str = "without_time";

/// The rows of a source that has no numbers of them, or that several groups read.
pub(crate) fn source(index: usize) -> String {
    format!("source_{index}")
}

/// The numbers of a group's keys.
pub(crate) fn key_numbers(group: usize) -> String {
    format!("key_numbers_{group}")
}

/// What a group has found.
pub(crate) fn found(group: usize) -> String {
    format!("found_{group}")
}

/// The same with all of the spine's rows.
pub(crate) fn found_with_spine(group: usize) -> String {
    format!("found_with_spine_{group}")
}

/// The rows of a group whose keys are unique.
pub(crate) fn by_key(group: usize) -> String {
    format!("by_key_{group}")
}

/// The events of a group of window views, sorted by key and time.
pub(crate) fn events(group: usize) -> String {
    format!("events_{group}")
}

/// The spine's rows that such a group is asked for, sorted in the same way.
pub(crate) fn asked(group: usize) -> String {
    format!("asked_{group}")
}

/// What the sweep of such a group found.
pub(crate) fn swept(group: usize) -> String {
    format!("swept_{group}")
}

/// The latest rows of the views of a part.
pub(crate) fn latest(part: usize) -> String {
    format!("latest_rows_{part}")
}

/// Rows that belong to no entity, or to no time.
pub(crate) fn strays(part: usize) -> String {
    format!("stray_rows_{part}")
}

/// Rows of the future.
pub(crate) fn ahead(part: usize) -> String {
    format!("rows_ahead_{part}")
}
