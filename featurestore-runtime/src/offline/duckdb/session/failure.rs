//! What `DuckDB`'s client says, in the words of the offline store.

use crate::offline::OfflineError;

/// The error of a query that failed while something was being done.
pub(crate) fn failed(doing: impl Into<String>, error: duckdb::Error) -> OfflineError {
    match spilling(error) {
        Ok(spilling) => spilling,
        Err(error) => OfflineError::Query {
            doing: doing.into(),
            reason: reason(&error),
            source: Some(error.into()),
        },
    }
}

/// The error of a query over a spine or a source, in the words of whoever reads it.
pub(crate) fn unreadable(what: String, source_text: String, error: duckdb::Error) -> OfflineError {
    let error = match spilling(error) {
        Ok(spilling) => return spilling,
        Err(error) => error,
    };
    let reason = reason(&error);
    if reason.contains("No files found that match the pattern") {
        return OfflineError::no_file(what, source_text, "no file matches it");
    }
    OfflineError::Unreadable {
        what,
        source_text,
        reason,
        source: Some(error.into()),
    }
}

/// The error of a query that failed for a file that it spilled to, if it did.
fn spilling(error: duckdb::Error) -> Result<OfflineError, duckdb::Error> {
    let reason = reason(&error);
    if !reason.contains("duckdb_temp_") {
        return Err(error);
    }
    let source = Some(error.into());
    Ok(OfflineError::Spill { reason, source })
}

/// What `DuckDB` says, without the query that it repeats below.
pub(crate) fn reason(error: &duckdb::Error) -> String {
    let text = match error {
        duckdb::Error::DuckDBFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    let end = text.find("\n\nLINE ").unwrap_or(text.len());
    let text = text[..end].trim();
    // What it goes on to say is how to set it in its own SQL.
    let (text, way_out) = match text.split_once("\nPossible solutions:") {
        Some((text, _)) if text.starts_with("Out of Memory Error") => (text.trim(), OUT_OF_MEMORY),
        _ => (text, ""),
    };
    format!("{}{way_out}", text.replace('\n', " "))
}

const OUT_OF_MEMORY: &str = "; raise `memory_limit` (--memory-limit, FEATURESTORE_MEMORY_LIMIT) or lower `threads` (--threads, FEATURESTORE_THREADS)";
