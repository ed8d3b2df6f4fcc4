//! `historical`: a service's training set, from a file of entity rows to a Parquet file.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::output::seconds;
use super::progress::Shown;
use super::{CliError, Report};
use crate::offline::{FeatureReport, Spine};
use crate::store::FeatureStore;

pub(super) async fn historical(
    store: &FeatureStore,
    service: &str,
    spine: &Path,
    timestamp: Option<String>,
    output: &Path,
) -> Result<Report, CliError> {
    let service = store.registry().service(service)?;
    let mut spine = Spine::path(from_here(spine));
    if let Some(column) = timestamp {
        spine = spine.timestamp(column);
    }
    let shown = Shown::new();
    let join = store.historical_by(service, spine);
    let join = join.on_progress(shown.observer());
    let written = shown.during(join.to_parquet(from_here(output))).await?;
    let features = written.features();
    let json =
        |feature: &FeatureReport| json!({ "name": feature.name(), "nulls": feature.nulls() });
    let row = |feature: &FeatureReport| [feature.name().to_owned(), feature.nulls().to_string()];
    let (path, rows) = (written.path().display(), written.rows());
    let report = Report::new(&json!({
        "service": service.name(),
        "path": path.to_string(),
        "rows": rows,
        "features": features.iter().map(json).collect::<Vec<_>>(),
        "seconds": written.took().as_secs_f64(),
    }))?;
    let took = seconds(written.took());
    Ok(report
        .text(&format!("{rows} rows written to {path} in {took}"))
        .table(["feature", "nulls"], features.iter().map(row)))
}

/// A path as it was typed starts at the working directory, unlike those of declarations, which
/// start at the data root. An address such as `s3://..` starts nowhere.
fn from_here(path: &Path) -> PathBuf {
    if path.to_string_lossy().contains("://") {
        return path.to_owned();
    }
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
