//! The columns that the declared sources have now.

use std::collections::BTreeMap;

use featurestore_schema::footer::read_source;
use featurestore_schema::lock::{Lock, SourceColumn, SourceRecord};

use crate::offline::{OfflineEngine, OfflineError};
use crate::registry::Registry;
use crate::view::{Paths, Source, ViewDefinition};

/// A source that is not at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Absent {
    /// The text that declares it.
    pub(crate) source: String,
    /// Why it can't be looked at.
    pub(crate) reason: String,
}

/// The columns of every declared source: from the footers of local Parquet files, else as the engine
/// describes them. One that is not at hand keeps the section that `before` has of it.
///
/// # Errors
///
/// A source that is not at hand and was never recorded, or one that is and can't be read.
pub(crate) async fn sources(
    registry: &Registry,
    (paths, engine): (&Paths, &dyn OfflineEngine),
    before: &Lock,
) -> Result<(BTreeMap<String, SourceRecord>, Vec<Absent>), OfflineError> {
    let mut found = BTreeMap::new();
    let mut others = Vec::new();
    for (text, view) in declared(registry) {
        match footer(view, paths)? {
            Some(record) => drop(found.insert(text.to_owned(), record)),
            None => others.push((text, view)),
        }
    }
    let mut absent = Vec::new();
    if !others.is_empty() {
        let views = others.iter().map(|(_, view)| *view).collect();
        let described = engine.describe(views).await?;
        for ((text, _), described) in others.into_iter().zip(described) {
            let record = match described {
                Ok(columns) => record(columns),
                Err(error) => {
                    let recorded = before.sources.get(text);
                    let Some(record) = recorded.filter(|_| is_absent(&error)) else {
                        return Err(error);
                    };
                    absent.push(Absent {
                        source: text.to_owned(),
                        reason: error.to_string(),
                    });
                    record.clone()
                }
            };
            found.insert(text.to_owned(), record);
        }
    }
    Ok((found, absent))
}

/// The sources as the declarations name them, each once, with a view that reads it.
fn declared(registry: &Registry) -> BTreeMap<&'static str, &'static ViewDefinition> {
    let named = registry.views().map(|view| match view.source() {
        Source::Path(text) | Source::Table(text) | Source::Sql(text) => (text, view),
    });
    named.collect()
}

fn footer(view: &ViewDefinition, paths: &Paths) -> Result<Option<SourceRecord>, OfflineError> {
    let Source::Path(path) = view.source() else {
        return Ok(None);
    };
    let what = || format!("view `{}`", view.name());
    let local = paths.source(path);
    let local = local.map_err(|error| OfflineError::not_local(what(), error))?;
    read_source(&local).map_err(|error| OfflineError::unreadable(what(), path.to_owned(), error))
}

fn record(columns: Vec<(String, featurestore_schema::SourceDtype)>) -> SourceRecord {
    let column = |(name, dtype)| {
        let nullable = true;
        (name, SourceColumn { dtype, nullable })
    };
    SourceRecord {
        columns: columns.into_iter().map(column).collect(),
        ..SourceRecord::default()
    }
}

/// Whether the source is somewhere else or not reachable, rather than broken.
fn is_absent(error: &OfflineError) -> bool {
    matches!(
        error,
        OfflineError::NoFile { .. } | OfflineError::NoTable { .. }
    )
}
