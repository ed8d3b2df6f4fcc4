//! Whether the local sources still are what the views were compiled against.

use std::collections::BTreeMap;

use featurestore_schema::footer::{FooterError, read_source};
use featurestore_schema::lock::SourceRecord;
use featurestore_schema::{Dtype, drift_sentence};

use crate::offline::OfflineError;
use crate::registry::Registry;
use crate::view::{Drift, Paths, Source, ViewDefinition};

/// Compares the footers of the local Parquet sources with the declarations, before a row is read.
/// A file that is not there is no error: a machine that serves online has none. Neither is one that
/// can't be read: what was drift is not known then, and whoever reads its rows learns of it.
pub(crate) fn check_sources(registry: &Registry, paths: &Paths) -> Result<(), OfflineError> {
    let mut known = BTreeMap::new();
    let mut denied = Vec::new();
    for view in registry.views() {
        let Source::Path(path) = view.source() else {
            continue;
        };
        if view.drift() == Drift::Allow {
            continue;
        }
        // An address is refused by whoever reads it: a machine that serves online reads none.
        let Ok(local) = paths.resolve(path.as_ref()) else {
            continue;
        };
        let found = known.entry(path).or_insert_with(|| read_source(&local));
        let messages = match found {
            Ok(None) => Vec::new(),
            Ok(Some(record)) => differences(view, record, path),
            Err(error @ FooterError::Disagree { .. }) => {
                vec![format!("FS0065: view `{}`: {error}", view.name())]
            }
            Err(error) => {
                tracing::warn!(view = view.name(), %error, "the source's footer can't be read");
                Vec::new()
            }
        };
        if view.drift() == Drift::Warn {
            for message in messages {
                tracing::warn!(view = view.name(), "{message}");
            }
        } else {
            denied.extend(messages);
        }
    }
    if denied.is_empty() {
        return Ok(());
    }
    Err(OfflineError::Drift { messages: denied })
}

/// A sentence per column that the source lacks or has with a type that does not fit: the compiler's.
fn differences(view: &ViewDefinition, record: &SourceRecord, source: &str) -> Vec<String> {
    let time = |column| (column, column, Dtype::Timestamp);
    let keys = view.join_keys().iter();
    let keys = keys.map(|key| (key.name(), key.source_column(), key.dtype()));
    let features = view.columns().iter();
    let features = features.map(|column| (column.name(), column.source_column(), column.dtype()));
    keys.chain([time(view.timestamp_column())])
        .chain(view.created_column().map(time))
        .chain(features)
        .filter_map(|(name, source_column, declared)| {
            let Some(found) = record.column(source_column) else {
                return Some(record.no_column(source_column, source));
            };
            let differs = !declared.accepts(&found.dtype);
            differs.then(|| {
                drift_sentence(
                    view.name(),
                    name,
                    declared,
                    source_column,
                    found.dtype,
                    source,
                )
                .as_str()
                .to_owned()
            })
        })
        .collect()
}
