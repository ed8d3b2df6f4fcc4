//! A training set as a Parquet file, whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::OfflineError;
use super::error::reason;
use super::historical::joining;
use super::plan::Plan;
use super::relation::Params;
use super::session::Session;

/// What was written as a training set.
#[derive(Debug, Clone)]
pub struct TrainingReport {
    path: PathBuf,
    rows: u64,
    features: Vec<FeatureReport>,
    took: Duration,
}

/// What a training set has of one feature.
#[derive(Debug, Clone)]
pub struct FeatureReport {
    name: &'static str,
    nulls: u64,
}

impl TrainingReport {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many rows it has: as many as the spine.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// The features, in the service's order.
    #[must_use]
    pub fn features(&self) -> &[FeatureReport] {
        &self.features
    }

    /// How long it took, checks included.
    #[must_use]
    pub const fn took(&self) -> Duration {
        self.took
    }
}

impl FeatureReport {
    /// The feature's name in the service.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// In how many rows it is null.
    #[must_use]
    pub const fn nulls(&self) -> u64 {
        self.nulls
    }
}

/// Joins, and writes the result to `path`.
pub(super) fn write(
    session: &Session,
    plan: &Plan,
    path: &Path,
    started: Instant,
) -> Result<TrainingReport, OfflineError> {
    let output = |reason: String| OfflineError::Output {
        path: path.to_string_lossy().into_owned(),
        reason,
    };
    let unfinished = Unfinished::beside(path).map_err(output)?;
    let name = unfinished.0.to_string_lossy().into_owned();
    let mut params = Params::default();
    let query = plan.training_set(&mut params);
    let place = params.push(name.clone());
    let sql = format!("COPY ({query}) TO {place} (FORMAT parquet, COMPRESSION zstd)");
    let rows = session
        .count(&sql, &params)
        .map_err(|error| match reason(&error) {
            text if text.contains(&name) => output(text.replace(&name, "the file")),
            _ => joining(plan.service.name(), &error),
        })?;
    let mut features = Vec::with_capacity(plan.service.features().len());
    for feature in plan.service.features() {
        let mut params = Params::default();
        let (file, column) = (
            params.push(name.clone()),
            params.push(feature.name().to_owned()),
        );
        let sql = format!(
            "SELECT CAST(coalesce(sum(stats_null_count), 0) AS UBIGINT) FROM parquet_metadata({file}) \
             WHERE path_in_schema = {column}"
        );
        let nulls = session
            .count(&sql, &params)
            .map_err(|error| output(reason(&error)))?;
        features.push(FeatureReport {
            name: feature.name(),
            nulls,
        });
    }
    fs::rename(&unfinished.0, path).map_err(|error| output(error.to_string()))?;
    Ok(TrainingReport {
        path: path.to_owned(),
        rows,
        features,
        took: started.elapsed(),
    })
}

/// A file that is being written; removed unless it has been renamed.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(path: &Path) -> Result<Self, String> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = path.file_name().ok_or("a path ends with the file's name")?;
        if path.is_dir() {
            return Err("that is a directory; name a file in it".to_owned());
        }
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        if let Some(directory) = directory.filter(|directory| !directory.is_dir()) {
            return Err(format!(
                "there is no directory {}; make it first",
                directory.display()
            ));
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = name.to_string_lossy();
        let name = format!(".{name}.{}-{number}.unfinished", std::process::id());
        Ok(Self(path.with_file_name(name)))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
