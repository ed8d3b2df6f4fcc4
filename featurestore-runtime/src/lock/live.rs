//! The columns that the declared sources have now.

use std::collections::BTreeMap;

use featurestore_schema::footer::read_source;
use featurestore_schema::lock::{Lock, SourceColumn, SourceRecord};

use crate::offline::{OfflineEngine, OfflineError};
use crate::registry::Registry;
use crate::view::{
    ColumnDefinition, EventSourceDefinition, JoinKey, LocalSource, Paths, ViewDefinition,
};

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
    for (text, views) in declared(registry) {
        match footer(views[0], paths)? {
            Some(record) => drop(found.insert(text.to_owned(), record)),
            None => others.extend(views.into_iter().map(|view| (text, view))),
        }
    }
    let mut absent = Vec::new();
    if !others.is_empty() {
        let views = others.iter().map(|(_, view)| *view).collect();
        let described = engine.describe(views).await?;
        for ((text, view), described) in others.into_iter().zip(described) {
            let record = match described {
                Ok(columns) => merged(found.remove(text), view, record(columns)),
                Err(error) => {
                    let recorded = before.sources.get(text);
                    let Some(record) = recorded.filter(|_| is_absent(&error)) else {
                        return Err(error);
                    };
                    let absence = Absent {
                        source: text.to_owned(),
                        reason: error.to_string(),
                    };
                    if !absent.iter().any(|known: &Absent| known.source == text) {
                        absent.push(absence);
                    }
                    record.clone()
                }
            };
            found.insert(text.to_owned(), record);
        }
    }
    Ok((found, absent))
}

/// The sources as the declarations name them, each once, with the views that read it. A window view's
/// source is its events'.
fn declared(registry: &Registry) -> BTreeMap<&'static str, Vec<&'static ViewDefinition>> {
    let mut named: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let views = registry.views().filter(|view| view.windows().is_none());
    let events = registry.event_sources().map(EventSourceDefinition::rows);
    for view in views.chain(events) {
        named.entry(view.source().text()).or_default().push(view);
    }
    named
}

/// The columns of a source of text are what the views declare that read them; another view's look
/// at the source knows the others.
fn merged(
    known: Option<SourceRecord>,
    view: &ViewDefinition,
    mut record: SourceRecord,
) -> SourceRecord {
    let declares = |name: &str| {
        let keys = view.join_keys().iter().map(JoinKey::source_column);
        let features = view.columns().iter().map(ColumnDefinition::source_column);
        let times = [Some(view.timestamp_column()), view.created_column()];
        let mut names = keys.chain(features).chain(times.into_iter().flatten());
        names.any(|column| column == name)
    };
    for (name, column) in known.into_iter().flat_map(|known| known.columns) {
        if !declares(&name) {
            record.columns.insert(name, column);
        }
    }
    record
}

fn footer(view: &ViewDefinition, paths: &Paths) -> Result<Option<SourceRecord>, OfflineError> {
    let declared = view.source();
    let what = || format!("view `{}`", view.name());
    let local = paths.source(declared);
    let local = local.map_err(|error| OfflineError::not_local(what(), error))?;
    let LocalSource::Files(files) = local else {
        return Ok(None);
    };
    let text = || declared.text().to_owned();
    read_source(&files).map_err(|error| OfflineError::unreadable(what(), text(), error))
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
