//! Whether a view's local source still is what the view was compiled against, by its footers.

use featurestore_schema::footer::{FooterError, read_source};
use featurestore_schema::lock::SourceRecord;
use featurestore_schema::{Dtype, Role, SourceDrift, relation};

use super::OfflineError;
use crate::view::{Drift, LocalSource, Paths, ViewDefinition};

/// How the local Parquet files of a view's source differ from its declaration: a sentence per
/// column, the compiler's. Files that are not there differ in nothing: a machine that serves online
/// has none. Nor do files that can't be read: whoever reads their rows learns of it.
pub(crate) fn drift(view: &ViewDefinition, paths: &Paths) -> Vec<String> {
    let view = view.source_rows();
    if view.drift() == Drift::Allow {
        return Vec::new();
    }
    // An address is refused by whoever reads it.
    let Ok(LocalSource::Files(files)) = paths.source(view.source()) else {
        return Vec::new();
    };
    match read_source(&files) {
        Ok(None) => Vec::new(),
        Ok(Some(record)) => differences(view, &record, view.source().text()),
        Err(error @ FooterError::Disagree { .. }) => {
            vec![format!("FS0065: {}: {error}", view.called())]
        }
        Err(error) => {
            tracing::warn!(view = view.name(), %error, "the source's footer can't be read");
            Vec::new()
        }
    }
}

/// Refuses a view whose source has drifted, before a row of it is read. One that was compiled to
/// warn of drift only warns.
pub(crate) fn check(view: &ViewDefinition, paths: &Paths) -> Result<(), OfflineError> {
    let messages = drift(view, paths);
    if view.drift() == Drift::Warn {
        for message in messages {
            tracing::warn!(view = view.name(), "{message}");
        }
        return Ok(());
    }
    if messages.is_empty() {
        return Ok(());
    }
    Err(OfflineError::Drift { messages })
}

/// A sentence per column that the source lacks or has with a type that does not fit: the compiler's.
fn differences(view: &ViewDefinition, record: &SourceRecord, source: &str) -> Vec<String> {
    let time = |column, role| (column, column, Dtype::Timestamp, role);
    let keys = view.join_keys().iter();
    let keys = keys.map(|key| (key.name(), key.source_column(), key.dtype(), Role::Key));
    let created = view.created_column();
    let features = view.columns().iter();
    let features = features.map(|column| {
        let (name, source) = (column.name(), column.source_column());
        (name, source, column.dtype(), Role::Feature)
    });
    keys.chain([time(view.timestamp_column(), Role::Timestamp)])
        .chain(created.map(|created| time(created, Role::Created)))
        .chain(features)
        .filter_map(|(name, source_column, declared, role)| {
            let found = match record.find(source_column, source) {
                Ok(found) => found,
                Err(missing) => {
                    return Some(format!("{missing}; {} needs it", view.called()));
                }
            };
            let drift = SourceDrift {
                view: view.name(),
                column: name,
                role,
                source_column,
                source_dtype: found.dtype,
                source,
                relation: &relation(source),
            };
            let differs = !declared.accepts(&found.dtype);
            differs.then(|| drift.sentence(Some(declared)).as_str().to_owned())
        })
        .collect()
}
