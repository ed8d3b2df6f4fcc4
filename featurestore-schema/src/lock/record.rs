//! What the file records.

use std::collections::BTreeMap;

use crate::{Dtype, Layout, SourceDtype, nearest};

/// The content of a lock file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// The sources, by the text that declares them.
    pub sources: BTreeMap<String, SourceRecord>,
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
}

impl SourceRecord {
    /// The column of this name, in whatever case, as `DuckDB` finds it.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<SourceColumn> {
        let mut columns = self.columns.iter();
        columns
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, column)| *column)
    }

    /// The one sentence about a column that is not there; `source` is how messages name it.
    #[must_use]
    pub fn no_column(&self, name: &str, source: &str) -> String {
        let names = || self.columns.keys().map(String::as_str);
        let hint = nearest(name, names())
            .map(|hint| format!(" (did you mean `{hint}`?)"))
            .unwrap_or_default();
        let known: Vec<&str> = names().collect();
        format!(
            "FS0061: no column `{name}` in {source}{hint}; it has {}",
            known.join(", ")
        )
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

/// A view as it was published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ViewRecord {
    /// What changes nothing that is stored: type, description, owner, tags, cadence; by key.
    pub metadata: BTreeMap<String, String>,
    /// What decides which rows there are: source, timestamp, created, ttl, settling; by key.
    pub meaning: BTreeMap<String, String>,
    /// The join keys and their dtypes, by name.
    pub keys: BTreeMap<String, Dtype>,
    /// The features, by name.
    pub columns: BTreeMap<String, ViewColumn>,
    /// Every layout that may still be in an online store, by schema id.
    pub layouts: BTreeMap<u32, Layout>,
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
    /// The columns that its features read, by the feature's name.
    pub features: BTreeMap<String, UsedColumn>,
}

/// A view's column that a service reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedColumn {
    /// The view's name, with its version from the second one on.
    pub view: String,
    /// The column's name.
    pub column: String,
}
