//! What the file records.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Dtype, Layout, SourceDtype, listing, meant};

/// The content of a lock file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// The sources, by the text that declares them.
    pub sources: BTreeMap<String, SourceRecord>,
    /// The event sources, by name.
    pub event_sources: BTreeMap<String, ViewRecord>,
    /// The views, by name; from the second version on with `@` and the version.
    pub views: BTreeMap<String, ViewRecord>,
    /// The services, by name.
    pub services: BTreeMap<String, ServiceRecord>,
}

/// The columns of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceRecord {
    /// The columns, by name.
    pub columns: BTreeMap<String, SourceColumn>,
    /// The names that several columns of a file have.
    pub twice: BTreeSet<String>,
}

impl SourceRecord {
    /// The column of this name, to the letter; `source` is how messages name it.
    ///
    /// # Errors
    ///
    /// The one sentence about a column that is not there, or about two that are taken for one.
    pub fn find(&self, name: &str, source: &str) -> Result<SourceColumn, String> {
        let mut alike = self.alike();
        if let Some((first, second)) = alike.find(|(first, _)| first.eq_ignore_ascii_case(name)) {
            return Err(format!(
                "FS0072: {source} has {}, and they are taken for one; rename one of them where the file is written",
                crate::alike(first, second)
            ));
        }
        self.columns.get(name).copied().ok_or_else(|| {
            let names = || self.columns.keys().map(String::as_str);
            let hint = meant(name, names().collect::<Vec<_>>());
            let hint = hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
            format!(
                "FS0061: no column `{name}` in {source}{hint}; it has {}",
                listing(names())
            )
        })
    }

    /// Names of two columns each that `DuckDB` takes for one.
    pub fn alike(&self) -> impl Iterator<Item = (&str, &str)> {
        let twice = self.twice.iter().map(|name| (name.as_str(), name.as_str()));
        let names = || self.columns.keys().map(String::as_str);
        let pairs = names().enumerate().flat_map(move |(index, first)| {
            let later = names().skip(index + 1);
            let alike = later.filter(move |second| first.eq_ignore_ascii_case(second));
            alike.map(move |second| (first, second))
        });
        twice.chain(pairs)
    }
}

/// A column of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceColumn {
    /// Its type.
    pub dtype: SourceDtype,
    /// Whether the source says that it may hold nulls.
    pub nullable: bool,
}

/// A view as it was published, or an event source, whose keys are none and whose rows have no layouts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ViewRecord {
    /// What changes nothing that is stored: type, description, owner, tags, cadence; by key.
    pub metadata: BTreeMap<String, String>,
    /// What decides which rows there are: source, timestamp, created, ttl, settling; of a window view what
    /// its features are; by key.
    pub meaning: BTreeMap<String, String>,
    /// The join keys and their dtypes, by name.
    pub keys: BTreeMap<String, Dtype>,
    /// The features, by name.
    pub columns: BTreeMap<String, ViewColumn>,
    /// Every layout that may still be in an online store, by schema id.
    pub layouts: BTreeMap<u32, Layout>,
}

impl ViewRecord {
    /// The event source that its features are of, where it is a window view.
    #[must_use]
    pub fn events(&self) -> Option<&str> {
        self.meaning.get("events").map(String::as_str)
    }
}

/// A feature as it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewColumn {
    /// Its dtype.
    pub dtype: Dtype,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether it has a default, which rows from before it read as.
    pub default: bool,
    /// The source's column, where it has another name.
    pub source_column: Option<String>,
}

/// A service as it was published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceRecord {
    /// The columns that it reads, by the field's name.
    pub features: BTreeMap<String, UsedColumn>,
    /// What its requests give, by the field's name.
    pub request: BTreeMap<String, ViewColumn>,
    /// What it computes, by the feature's name.
    pub computed: BTreeMap<String, ViewColumn>,
}

/// A view's column that a service reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedColumn {
    /// The view's name, with its version from the second one on.
    pub view: String,
    /// The column's name.
    pub column: String,
}
