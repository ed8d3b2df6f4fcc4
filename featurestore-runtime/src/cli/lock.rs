//! `lock`: writes `featurestore.lock` from the live sources and the declarations, or compares.

use std::io;
use std::path::{Path, PathBuf};

use featurestore_schema::lock::Lock;
use serde_json::json;

use super::output::{Output, print_note};
use super::plan::{GradedChange, all_changes, change_json, lock_path, row, shown, some};
use super::{CliError, Report};
use crate::lock::{Absent, accepted, sources};
use crate::store::{FeatureStore, StoreError, read_lock};

pub(super) async fn lock(
    store: &FeatureStore,
    check: bool,
    named: Option<PathBuf>,
    output: &mut Output,
) -> Result<(), CliError> {
    let elsewhere = named.is_none() && !store.paths().root().join("Cargo.toml").is_file();
    let path = lock_path(store, named);
    let known = match read_lock(&path) {
        Ok(known) => known.unwrap_or_default(),
        // The message tells to write the file anew, which this does.
        Err(error @ StoreError::Setting { .. }) if !check => {
            print_note(&format!("note: {error}"));
            Lock::default()
        }
        Err(error) => return Err(error.into()),
    };
    let mut now = accepted(store.registry(), &known);
    let (columns, absent) = sources(
        store.registry(),
        (store.paths(), &**store.offline()),
        &known,
    )
    .await?;
    now.sources = columns;
    for Absent { source, reason } in &absent {
        print_note(&format!(
            "note: `{source}` is not at hand, what is recorded of it is kept: {reason}"
        ));
    }
    let changes = all_changes(&known, &now);
    let written = !check && write(&path, &now)?;
    let found = if changes.is_empty() {
        "no differences".to_owned()
    } else {
        some(changes.len(), "difference", "differences")
    };
    let mut state = match (check, written) {
        (true, _) => format!("{}: {found}", shown(&path)),
        (false, true) => format!("{} written: {found}", shown(&path)),
        (false, false) => format!("{} is as it was: {found}", shown(&path)),
    };
    if check && !changes.is_empty() {
        state.push_str("; what they mean for stored rows and readers, `plan` says");
    }
    if written && elsewhere {
        state.push_str("\nthe compiler reads the one of a crate's directory, which this is not; name that file with `--lock`");
    }
    output.print(&report(&path, written, &state, &changes, &absent)?)?;
    if check && !changes.is_empty() {
        return Err(CliError::Differs {
            path: shown(&path),
            count: some(changes.len(), "place", "places"),
        });
    }
    Ok(())
}

fn report(
    path: &Path,
    written: bool,
    state: &str,
    changes: &[GradedChange],
    absent: &[Absent],
) -> Result<Report, CliError> {
    let absent = absent
        .iter()
        .map(|absent| json!({ "source": absent.source, "reason": absent.reason }));
    let report = Report::new(&json!({
        "lock": shown(path),
        "written": written,
        "changes": changes.iter().map(change_json).collect::<Vec<_>>(),
        "absent": absent.collect::<Vec<_>>(),
    }))?;
    Ok(report.text(state).table(
        ["what", "name", "item", "change", "in the lock", "now"],
        changes.iter().map(row),
    ))
}

/// Writes the file where its bytes change, whole or not at all.
fn write(path: &Path, lock: &Lock) -> Result<bool, CliError> {
    let text = lock.to_string();
    let failed = |error| CliError::WriteLock {
        path: shown(path),
        error,
    };
    match std::fs::read(path) {
        Ok(bytes) if bytes == text.as_bytes() => return Ok(false),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let beside = path.with_extension(format!("lock.{}", std::process::id()));
    std::fs::write(&beside, text)
        .and_then(|()| std::fs::rename(&beside, path))
        .inspect_err(|_| drop(std::fs::remove_file(&beside)))
        .map_err(failed)?;
    Ok(true)
}
