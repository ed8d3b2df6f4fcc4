//! What can go wrong with the offline store.

use std::path::Path;

use featurestore_schema::{Dtype, alike, listing, meant};

use super::cells::CellError;
use crate::codec::RowError;
use crate::types::ValueError;
use crate::view::NotLocal;
use crate::view::windows::UnusableWindows;

/// An error of any kind that another one is caused by: an [`std::io::Error`], or what an engine's client said.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An offline store that did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfflineError {
    /// A file that is not there, or a glob that no file matches.
    #[error("{what} reads {path}, and {found}; put the file there, or {way_out}")]
    NoFile {
        /// The view, or the spine.
        what: String,
        /// The path, as it was looked for.
        path: String,
        /// What is there instead.
        found: &'static str,
        /// What else can be done.
        way_out: &'static str,
    },
    /// The address of a source, a spine or an output.
    #[error("{what}: {source}")]
    NotLocal {
        /// The view, the spine, or the training set.
        what: String,
        /// The address.
        source: NotLocal,
    },
    /// A file or query that can't be read.
    #[error("{what} can't read {source_text}: {reason}")]
    Unreadable {
        /// The view, or the spine.
        what: String,
        /// The file or query.
        source_text: String,
        /// What the engine says about it.
        reason: String,
        /// What it is caused by.
        source: Option<BoxError>,
    },
    /// A file that was replaced, written to, added or removed while a run read it. What came of
    /// it may have been of two files, so none of it is given.
    #[error(
        "{what} reads {file}, which changed while it was read, so nothing came of it; run it again when whoever writes the file is done"
    )]
    Changed {
        /// The view, or the spine.
        what: Box<str>,
        /// The file.
        file: Box<str>,
        /// What reading it ended with, where that was an error.
        source: Option<BoxError>,
    },
    /// A feature of a window that has no value for an entity.
    #[error("feature `{feature}` of view `{view}` has no value for {entity}: {reason}")]
    Unanswered {
        /// The view.
        view: &'static str,
        /// The feature.
        feature: &'static str,
        /// The entity.
        entity: String,
        /// Why not.
        reason: String,
    },
    /// A column that a view or the spine needs and that is not there.
    #[error(
        "{what} needs the {role} `{column}`, and {source_text} has no such column{}; it has {known}",
        hint.as_deref().map(|hint| format!(" ({hint})")).unwrap_or_default()
    )]
    NoColumn {
        /// The view, or the spine.
        what: String,
        /// What the column is for.
        role: &'static str,
        /// The column.
        column: Box<str>,
        /// The file or query.
        source_text: String,
        /// What it may have been meant to be, and how that is read.
        hint: Option<Box<str>>,
        /// What there is.
        known: Box<str>,
    },
    /// Two columns of one name, or whose names differ in case alone.
    #[error(
        "{what} reads {source_text}, which has {}, and they are taken for one; rename one of them where it is written",
        alike(first, second)
    )]
    Alike {
        /// The view, or the spine.
        what: Box<str>,
        /// The file or query.
        source_text: Box<str>,
        /// One column.
        first: Box<str>,
        /// The other.
        second: Box<str>,
    },
    /// Columns whose type in the source is not what the view declares.
    #[error("{}", messages.join("\n"))]
    Drift {
        /// A finished sentence per column.
        messages: Vec<String>,
    },
    /// Times that can't be compared exactly.
    #[error(
        "{what} needs exact times, and `{column}` of {file} has INT96 or zoned times with nanoseconds, the first in row {row}; DuckDB reads those to the microsecond. Write the column as TIMESTAMP(NANOS) without a zone (isAdjustedToUTC=false), or rounded up to microseconds"
    )]
    Finer {
        /// The view, or the spine.
        what: String,
        /// The column.
        column: String,
        /// The file.
        file: String,
        /// The first such row, from 1.
        row: u64,
    },
    /// A join key or the timestamp of the spine has the wrong type.
    #[error(
        "column `{column}` of {source_text} is {actual}, and {what} needs {expected}; cast it where the spine is made"
    )]
    SpineType {
        /// The column.
        column: Box<str>,
        /// The spine.
        source_text: String,
        /// Its type.
        actual: Box<str>,
        /// The service.
        what: String,
        /// The dtype that it must have.
        expected: Dtype,
    },
    /// A join key or the timestamp of the spine is text, and not all of it can be read as what it
    /// stands for.
    #[error(
        "column `{column}` of {source_text} is string, and service `{service}` needs {expected}: row {row} has `{value}`, which is none{}; mend the row or leave it out", if is_finer(value) { " (a second has six digits at most)" } else { "" }
    )]
    SpineValue {
        /// The column.
        column: Box<str>,
        /// The spine.
        source_text: Box<str>,
        /// The service.
        service: &'static str,
        /// The dtype that it must have.
        expected: Dtype,
        /// The first such row's place, from 1.
        row: u64,
        /// What it has.
        value: Box<str>,
    },
    /// Rows of the spine that don't say when they are.
    #[error(
        "{count} rows of {source_text} have no usable time in `{column}` (null, infinite, or beyond the calendar), the first of them row {first}; leave them out or mend them"
    )]
    SpineTime {
        /// How many.
        count: u64,
        /// The first one's place, from 1.
        first: u64,
        /// The column.
        column: String,
        /// The spine.
        source_text: String,
    },
    /// Rows that were given as the spine have other keys than the service.
    #[error(
        "the spine's rows have {given} as their key, and service `{service}` is asked with {wanted}; give them a key with these parts, in this order"
    )]
    SpineKey {
        /// The service.
        service: &'static str,
        /// The dtypes of the rows' key.
        given: String,
        /// The service's join keys.
        wanted: String,
    },
    /// A feature with the name of a column of the spine.
    #[error(
        "feature `{feature}` of service `{service}` has the name of a column of {source_text}; rename the field of the service (`#[from(.., column = ..)]` keeps its column) or the spine's column, or ask for `full_names` (--full-names)"
    )]
    Collision {
        /// The feature.
        feature: String,
        /// The service.
        service: &'static str,
        /// The spine.
        source_text: String,
    },
    /// A service none of whose views has all of its join keys.
    #[error(
        "no view of service `{service}` has all of its join keys ({keys}), so its entities are not known; ask for it with a spine that has them"
    )]
    NoEntities {
        /// The service.
        service: &'static str,
        /// Its join keys.
        keys: String,
    },
    /// Times in equal steps that are none.
    #[error("service `{service}` is asked for at times that are none: {reason}")]
    NoTimes {
        /// The service.
        service: &'static str,
        /// Why they are none, and the way out.
        reason: String,
    },
    /// A join key that is needed and was not given.
    #[error("join key `{key}` is missing; asked for are: {wanted}")]
    MissingKey {
        /// The join key.
        key: String,
        /// All that are needed.
        wanted: String,
    },
    /// A join key's value that does not fit its dtype.
    #[error("join key `{key}`: {source}")]
    Key {
        /// The join key.
        key: String,
        /// What is wrong with its value.
        source: ValueError,
    },
    /// A time to explain that no join compares.
    #[error(
        "the time to explain: {at} is more than 126,000 years from 1970, which no join compares; give an earlier one"
    )]
    ExplainedTime {
        /// The time.
        at: String,
    },
    /// A row of a training set that its struct refuses.
    #[error("the row of service {service} at row {row} of the spine: {source}")]
    TrainingRow {
        /// The service.
        service: &'static str,
        /// The row's place in the spine, from 1.
        row: u64,
        /// What is wrong with it.
        source: Box<RowError>,
    },
    /// A view over a table, where the store has no database.
    #[error(
        "view `{view}` reads table `{table}`, and the store has no DuckDB database to find it in; name the file with --database, FEATURESTORE_DATABASE, or `OfflineSettings::database`"
    )]
    NoTable {
        /// The view.
        view: &'static str,
        /// The table.
        table: &'static str,
    },
    /// The `DuckDB` file that has the tables can't be opened.
    #[error(
        "the database {path} can't be read: {reason}; it is named by --database, FEATURESTORE_DATABASE, or `OfflineSettings::database`"
    )]
    Database {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
        /// What it is caused by.
        source: Option<BoxError>,
    },
    /// A setting of the offline store that can't be used.
    #[error(
        "`{setting}` of the offline store is `{value}`, {reason}; it is set by --{flag}, FEATURESTORE_{variable}, or `OfflineSettings::{setting}`",
        flag = setting.replace('_', "-"),
        variable = setting.to_uppercase()
    )]
    Setting {
        /// The setting.
        setting: &'static str,
        /// What it is.
        value: String,
        /// What is wrong with it.
        reason: String,
        /// What it is caused by.
        source: Option<BoxError>,
    },
    /// What is larger than memory can't be written to a file.
    #[error(
        "what is larger than memory can't be spilled: {reason}; make room there, spill elsewhere (--temp-directory, FEATURESTORE_TEMP_DIRECTORY, or `OfflineSettings::temp_directory`), or raise `memory_limit`"
    )]
    Spill {
        /// The file, and what is wrong with it.
        reason: String,
        /// What it is caused by.
        source: Option<BoxError>,
    },
    /// The query failed while it ran.
    #[error("{doing}: {reason}")]
    Query {
        /// What was being done.
        doing: String,
        /// What the engine says about it.
        reason: String,
        /// What it is caused by.
        source: Option<BoxError>,
    },
    /// A result that can't be written.
    #[error("can't write {path}: {reason}")]
    Output {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
        /// What it is caused by.
        source: Option<BoxError>,
    },
    /// A view whose rows satisfy a check less often than it declares.
    #[error(
        "view `{view}`: {valid} of {rows} rows have a valid `{column}`, and it declares `mostly = {mostly}`; nothing was written. Mend the source, or ask for less. For one, {example}"
    )]
    Mostly {
        /// The view.
        view: &'static str,
        /// The column.
        column: &'static str,
        /// How many rows are valid.
        valid: u64,
        /// Of how many.
        rows: u64,
        /// The declared share.
        mostly: f64,
        /// A row that is not.
        example: String,
    },
    /// A window view whose events are all rejected.
    #[error(
        "view `{view}`: all {rows} rows of event source `{events}` are rejected, so no window would hold anything; mend the source, or what `{events}` declares of it. For one, {example}"
    )]
    NoEvents {
        /// The view.
        view: &'static str,
        /// The event source.
        events: &'static str,
        /// How many rows it has.
        rows: u64,
        /// One of them.
        example: String,
    },
    /// What can't be, and is a fault of this library.
    #[error("internal error, which is not of your making: {what}")]
    Internal {
        /// What broke.
        what: String,
    },
    /// The work ended without a result.
    #[error("the offline store's work ended early: {reason}")]
    Stopped {
        /// Why.
        reason: String,
        /// What it is caused by.
        source: Option<BoxError>,
    },
}

impl OfflineError {
    pub(crate) fn not_local(what: impl Into<String>, source: NotLocal) -> Self {
        let what = what.into();
        Self::NotLocal { what, source }
    }

    pub(crate) fn no_file(what: String, path: String, found: &'static str) -> Self {
        Self::NoFile {
            what,
            path,
            found,
            way_out: "name another start of relative paths with --data-root, or with `data_root` or `source_prefix` of the store's builder",
        }
    }

    pub(crate) fn missing_key<'a>(key: &str, wanted: impl Iterator<Item = &'a str>) -> Self {
        Self::MissingKey {
            key: key.to_owned(),
            wanted: listing(wanted),
        }
    }

    /// What can't be read, and by which error.
    pub(crate) fn unreadable(
        what: String,
        source_text: String,
        error: impl Into<BoxError>,
    ) -> Self {
        let error = error.into();
        Self::Unreadable {
            what,
            source_text,
            reason: error.to_string(),
            source: Some(error),
        }
    }

    pub(crate) fn changed(what: &str, file: &Path, source: Option<BoxError>) -> Self {
        Self::Changed {
            what: what.into(),
            file: file.to_string_lossy().into(),
            source,
        }
    }

    /// What can't be read, in words of our own.
    pub(crate) fn refused(what: String, source_text: String, reason: String) -> Self {
        Self::Unreadable {
            what,
            source_text,
            reason,
            source: None,
        }
    }

    /// What was being done when a value was no value of its dtype.
    pub(crate) fn cell(doing: String, error: CellError) -> Self {
        Self::Query {
            doing,
            reason: error.to_string(),
            source: Some(error.into()),
        }
    }

    /// The windows of a view, which its declaration should not have let through.
    pub(crate) fn unusable(view: &str, error: &UnusableWindows) -> Self {
        Self::internal(format!("view `{view}`: {error}"))
    }

    pub(crate) fn internal(what: impl Into<String>) -> Self {
        Self::Internal { what: what.into() }
    }

    pub(crate) fn stopped(reason: impl Into<String>) -> Self {
        Self::Stopped {
            reason: reason.into(),
            source: None,
        }
    }

    /// The error of a spine, whose path and columns are not declared but given.
    pub(crate) fn of_spine(mut self) -> Self {
        match &mut self {
            Self::NoFile { way_out, .. } => *way_out = "name one that is there",
            // A field is renamed; a column of the spine is not.
            Self::NoColumn {
                hint: Some(hint), ..
            } => {
                if let Some((name, _)) = hint.split_once("? `#[column") {
                    *hint = format!("{name}?").into();
                }
            }
            _ => {}
        }
        self
    }

    pub(crate) fn no_column<'a>(
        what: String,
        role: &'static str,
        column: &str,
        source_text: String,
        known: impl Iterator<Item = &'a str> + Clone,
    ) -> Self {
        Self::NoColumn {
            what,
            role,
            column: column.into(),
            source_text,
            hint: meant(column, known.clone()).map(Into::into),
            known: listing(known).into(),
        }
    }
}

/// Whether a time has more digits of a second than microseconds have.
fn is_finer(time: &str) -> bool {
    let digits = time.split_once('.').map_or("", |(_, digits)| digits);
    digits.bytes().take_while(u8::is_ascii_digit).count() > 6
}
