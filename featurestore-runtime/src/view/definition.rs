//! A view as it was declared, in statics that the macro writes.

use std::fmt;
use std::sync::OnceLock;

use featurestore_schema::{Cadence, Dtype, Layout, LayoutColumn};

use super::ColumnDefinition;
use super::windows::{DeclaredWindows, ResolvedWindows, UnusableWindows, WindowFeature};
use crate::key::{JoinKeyValue, KeyValues};
use crate::types::ValueRef;
use crate::windows::Arrival;

/// A feature view as it was declared.
pub struct ViewDefinition {
    parts: ViewParts,
    layout: OnceLock<Layout>,
    field: OnceLock<String>,
    entity: OnceLock<String>,
    source_rows: OnceLock<Box<ViewDefinition>>,
    resolved: OnceLock<Box<Result<ResolvedWindows, UnusableWindows>>>,
}

/// What the macro knows of a view; only generated code builds it.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct ViewParts {
    pub type_name: &'static str,
    pub module: &'static str,
    pub name: &'static str,
    pub version: u32,
    pub description: &'static str,
    pub owner: Option<&'static str>,
    pub tags: &'static [&'static str],
    pub entity: &'static [JoinKey],
    pub entity_order: &'static [usize],
    pub source: Source,
    pub timestamp: &'static str,
    pub created: Option<&'static str>,
    pub ttl: Option<i64>,
    pub cadence: Option<Cadence>,
    pub settling: i64,
    pub columns: &'static [ColumnDefinition],
    pub drift: Drift,
    pub windows: Option<WindowFeatures>,
}

/// The names of a view and its features, for what the compiler says of one that it has not.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Names {
    pub view: &'static str,
    pub features: &'static [&'static str],
}

impl Names {
    /// A view of which nothing is known.
    pub(super) const NONE: Self = Self {
        view: "",
        features: &[],
    };
}

/// What is done where a source no longer fits its declaration: `FEATURESTORE_DRIFT` when the view
/// was compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Drift {
    /// The store refuses to open.
    Deny,
    /// The store warns and opens.
    Warn,
    /// The store opens.
    Allow,
}

/// A join key column of a view. Two are equal where they are the same column, whatever is said of it.
#[derive(Debug, Clone, Copy)]
pub struct JoinKey {
    pub(crate) name: &'static str,
    pub(crate) source_column: &'static str,
    pub(crate) dtype: Dtype,
    pub(crate) description: &'static str,
}

impl JoinKey {
    /// Its name: the field's.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The name of the source's column.
    #[must_use]
    pub const fn source_column(&self) -> &'static str {
        self.source_column
    }

    /// The dtype of its values.
    #[must_use]
    pub const fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// What it means: `description = ".."`, else the field's doc comment; empty where there is
    /// neither.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        self.description
    }
}

/// A key with another number of values than its view has join keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the key of view `{view}` has {given} values, its entity `{entity}` has {wanted} join keys"
)]
pub struct KeyLengthError {
    view: &'static str,
    entity: String,
    given: usize,
    wanted: usize,
}

impl PartialEq for JoinKey {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.source_column, self.dtype)
            == (other.name, other.source_column, other.dtype)
    }
}

impl Eq for JoinKey {}

/// Where a view's rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// A file of Parquet, CSV or JSON lines, told apart by the extension, or all Parquet files below
    /// a folder. A relative path starts at the store's data root.
    Path(&'static str),
    /// Such files by a pattern, of which the data root is no part.
    Glob(&'static str),
    /// Files elsewhere by their address, which are read where the store has them in a directory.
    Url(&'static str),
    /// A table of the store's `DuckDB` database.
    Table(&'static str),
    /// A query, in `DuckDB`'s SQL.
    Sql(&'static str),
}

impl Source {
    /// The path, pattern or address, the table's name or the query's text, as declared.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        match self {
            Self::Path(text)
            | Self::Glob(text)
            | Self::Url(text)
            | Self::Table(text)
            | Self::Sql(text) => text,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) | Self::Glob(path) | Self::Url(path) => formatter.write_str(path),
            Self::Table(table) => write!(formatter, "table {table}"),
            Self::Sql(sql) => write!(formatter, "sql: {sql}"),
        }
    }
}

impl ViewDefinition {
    pub(crate) const fn new(parts: ViewParts) -> Self {
        Self {
            parts,
            layout: OnceLock::new(),
            field: OnceLock::new(),
            entity: OnceLock::new(),
            source_rows: OnceLock::new(),
            resolved: OnceLock::new(),
        }
    }

    /// The view's name: `name = ".."`, else the struct's in snake case.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.parts.name
    }

    /// The struct's path in its crate, for messages.
    #[must_use]
    pub fn type_path(&self) -> String {
        format!("{}::{}", self.parts.module, self.parts.type_name)
    }

    /// The version, from 1. A new one stands apart from the old one in an online store.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.parts.version
    }

    /// What it means: `description = ".."`, else the struct's doc comment; empty where there is
    /// neither.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        self.parts.description
    }

    /// Who answers for it.
    #[must_use]
    pub const fn owner(&self) -> Option<&'static str> {
        self.parts.owner
    }

    /// Free words to find it by.
    #[must_use]
    pub const fn tags(&self) -> &'static [&'static str] {
        self.parts.tags
    }

    /// The join keys, in the order of the view's key type.
    #[must_use]
    pub const fn join_keys(&self) -> &'static [JoinKey] {
        self.parts.entity
    }

    /// The indices in [`join_keys`](Self::join_keys) in alphabetical order of the names: the order
    /// of an entity's address, which is the same for every view of the entity.
    #[must_use]
    pub const fn entity_order(&self) -> &'static [usize] {
        self.parts.entity_order
    }

    /// The entity's name: its join keys' in alphabetical order, with commas between them.
    #[must_use]
    pub fn entity(&self) -> &str {
        self.entity.get_or_init(|| {
            let names: Vec<&str> = self
                .parts
                .entity_order
                .iter()
                .map(|index| self.parts.entity[*index].name)
                .collect();
            names.join(",")
        })
    }

    /// The values of an entity's join keys with their names, in the order of its address. `parts`
    /// are in the order of the view's key type.
    ///
    /// # Errors
    ///
    /// Another number of parts than the view has join keys.
    pub fn key_values<'a>(&self, parts: &[ValueRef<'a>]) -> Result<KeyValues<'a>, KeyLengthError> {
        let keys = self.join_keys();
        if parts.len() != keys.len() {
            return Err(KeyLengthError {
                view: self.name(),
                entity: self.entity().to_owned(),
                given: parts.len(),
                wanted: keys.len(),
            });
        }
        let order = self.entity_order().iter();
        let values = order
            .map(|index| JoinKeyValue::new(keys[*index].name, keys[*index].dtype, parts[*index]));
        Ok(values.collect())
    }

    /// Where its rows come from.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.parts.source
    }

    /// The source's column that says when a row's values became true.
    #[must_use]
    pub const fn timestamp_column(&self) -> &'static str {
        self.parts.timestamp
    }

    /// The source's column that says when a row was written there.
    #[must_use]
    pub const fn created_column(&self) -> Option<&'static str> {
        self.parts.created
    }

    /// How long a row may be used after its event timestamp, in microseconds; for ever where it is
    /// not declared.
    #[must_use]
    pub const fn ttl_micros(&self) -> Option<i64> {
        self.parts.ttl
    }

    /// How often the source gets new rows: a duration, or a cron expression in UTC.
    #[must_use]
    pub const fn cadence(&self) -> Option<Cadence> {
        self.parts.cadence
    }

    /// How long after its event timestamp a row can first have been known, in microseconds.
    #[must_use]
    pub const fn settling_micros(&self) -> i64 {
        self.parts.settling
    }

    /// The features, in declared order.
    #[must_use]
    pub const fn columns(&self) -> &'static [ColumnDefinition] {
        self.parts.columns
    }

    /// The feature with this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&'static ColumnDefinition> {
        self.columns().iter().find(|column| column.name() == name)
    }

    /// The columns that are read from the source, as SQL text: join keys, event timestamp, created
    /// timestamp where there is one, features; each quoted.
    #[cfg_attr(not(feature = "duckdb"), allow(dead_code))]
    pub(crate) fn projection(&self) -> String {
        let times = [Some(self.timestamp_column()), self.created_column()];
        let keys = self.join_keys().iter().map(JoinKey::source_column);
        let columns = self.columns().iter().map(ColumnDefinition::source_column);
        let names = keys.chain(times.into_iter().flatten()).chain(columns);
        let quoted = names.map(|name| format!("\"{}\"", name.replace('"', "\"\"")));
        quoted.collect::<Vec<_>>().join(", ")
    }

    /// What is done where its source no longer fits it.
    #[must_use]
    pub const fn drift(&self) -> Drift {
        self.parts.drift
    }

    /// What its features are of an event source, where it is a window view; nothing where it has
    /// rows of its own.
    #[must_use]
    pub const fn windows(&self) -> Option<&WindowFeatures> {
        self.parts.windows.as_ref()
    }

    /// What the rows of its source are: its own, or of a window view its events, by its join keys.
    #[must_use]
    pub fn source_rows(&self) -> &Self {
        let Some(windows) = self.windows() else {
            return self;
        };
        let rows = || {
            let of = &windows.events().rows().parts;
            Box::new(Self::new(ViewParts {
                entity: self.parts.entity,
                entity_order: self.parts.entity_order,
                tags: of.tags,
                windows: None,
                ..*of
            }))
        };
        self.source_rows.get_or_init(rows)
    }

    /// A window view's features as the sweep and the state have them; nothing for another view.
    pub(crate) fn resolved(&self) -> Option<Result<&ResolvedWindows, &UnusableWindows>> {
        let windows = self.windows()?;
        let resolved = || {
            let events = windows.events();
            let identity = events.id().iter().copied().chain(events.deleted());
            Box::new(ResolvedWindows::new(&DeclaredWindows {
                words: windows.to_string(),
                columns: self.columns(),
                features: windows.features(),
                events: events.columns(),
                identity: identity.collect(),
                arrival: Arrival {
                    lateness: events.lateness_micros(),
                    settling: events.rows().settling_micros(),
                },
            }))
        };
        Some(self.resolved.get_or_init(resolved).as_ref().as_ref())
    }

    /// The layout of the view's online rows.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        self.layout.get_or_init(|| {
            let columns = self.columns().iter().map(|column| LayoutColumn {
                name: column.name().to_owned(),
                dtype: column.dtype(),
                nullable: column.nullable(),
            });
            Layout::new(columns.collect())
        })
    }

    /// The view's field in an entity's online hash: its name, and from the second version on
    /// `@` and the version.
    #[must_use]
    pub fn field(&self) -> &str {
        self.field.get_or_init(|| match self.version() {
            0 | 1 => self.name().to_owned(),
            version => format!("{}@{version}", self.name()),
        })
    }
}

impl fmt::Debug for ViewDefinition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.fmt(formatter)
    }
}

/// What makes a view a window view: its event source, and what each feature is of it.
#[derive(Debug, Clone, Copy)]
pub struct WindowFeatures {
    parts: WindowParts,
}

/// What the macro knows of a window view's features; only generated code builds it.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct WindowParts {
    pub events: fn() -> &'static EventSourceDefinition,
    /// Of each join key of the view, the index of the events' column.
    pub keys: &'static [usize],
    /// Of each column of the view, in their order.
    pub features: &'static [WindowFeature],
}

impl WindowFeatures {
    pub(crate) const fn new(parts: WindowParts) -> Self {
        Self { parts }
    }

    /// The events that the features are of.
    #[must_use]
    pub fn events(&self) -> &'static EventSourceDefinition {
        (self.parts.events)()
    }

    /// The index of each join key's column among the events'.
    #[must_use]
    pub const fn keys(&self) -> &'static [usize] {
        self.parts.keys
    }

    /// What each column of the view is.
    pub(crate) const fn features(&self) -> &'static [WindowFeature] {
        self.parts.features
    }
}

/// An event source as it was declared.
#[derive(Debug)]
pub struct EventSourceDefinition {
    parts: EventSourceParts,
}

/// What the macro knows of an event source; only generated code builds it.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct EventSourceParts {
    /// What a row of it is: a view without join keys, whose columns are all fields but the
    /// timestamp and the created timestamp.
    pub rows: &'static ViewDefinition,
    /// The event timestamp's field.
    pub timestamp: &'static str,
    /// The created timestamp's field.
    pub created: Option<&'static str>,
    /// The indices of the columns that are its id.
    pub id: &'static [usize],
    /// The index of the column that says whether a row takes its event back.
    pub deleted: Option<usize>,
    pub lateness: i64,
    pub push: bool,
    pub retention: Option<i64>,
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
