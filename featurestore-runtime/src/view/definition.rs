//! A view as it was declared, in statics that the macro writes.

use std::fmt;
use std::sync::OnceLock;

use featurestore_schema::{Cadence, Layout, LayoutColumn};

use super::ColumnDefinition;
use super::join_key::{JoinKey, KeyLengthError};
use super::source::{Drift, Source};
use super::windows::{DeclaredWindows, ResolvedWindows, UnusableWindows, WindowFeature};
use crate::key::{JoinKeyValue, KeyValues};
use crate::types::ValueRef;
use crate::windows::Arrival;

/// A feature view as it was declared.
pub struct ViewDefinition {
    parts: ViewParts,
    /// Whether its rows are an event source's.
    #[cfg_attr(not(feature = "duckdb"), allow(dead_code))] // only messages say so
    of_events: bool,
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

impl ViewDefinition {
    pub(crate) const fn new(parts: ViewParts) -> Self {
        Self {
            parts,
            of_events: false,
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

    /// Whether an entity may have no value of one of its columns: a null, or no row, which it always has of
    /// a window view.
    #[must_use]
    pub const fn may_lack(&self, column: &ColumnDefinition) -> bool {
        self.windows().is_none() || column.nullable()
    }

    /// What the rows of its source are: its own, or of a window view its events, by its join keys.
    #[must_use]
    pub fn source_rows(&self) -> &Self {
        let Some(windows) = self.windows() else {
            return self;
        };
        let rows = || {
            let of = &windows.events().rows().parts;
            let parts = ViewParts {
                entity: self.parts.entity,
                entity_order: self.parts.entity_order,
                tags: of.tags,
                windows: None,
                ..*of
            };
            Box::new(Self {
                of_events: true,
                ..Self::new(parts)
            })
        };
        self.source_rows.get_or_init(rows)
    }

    /// What messages call it whose rows are read: a view, or the event source that it has the name of.
    #[cfg(feature = "duckdb")]
    pub(crate) fn called(&self) -> String {
        let kind = if self.of_events {
            "event source"
        } else {
            "view"
        };
        format!("{kind} `{}`", self.name())
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
                created: events.rows().created_column(),
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
    pub(super) parts: WindowParts,
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

/// An event source as it was declared.
#[derive(Debug)]
pub struct EventSourceDefinition {
    pub(super) parts: EventSourceParts,
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
