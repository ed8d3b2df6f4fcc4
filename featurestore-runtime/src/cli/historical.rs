//! `historical` and `snapshot`: a service's training set, from a file of entity rows to a Parquet file.

use std::path::{Path, PathBuf};

use featurestore_schema::{Location, format_micros};

use super::args::{HistoricalArgs, ResultArgs, TimesArgs};
use super::output::seconds;
use super::progress::Shown;
use super::{CliError, Report, target};
use crate::offline::{FeatureReport, HistoricalJoin, Spine, TrainingReport};
use crate::store::FeatureStore;
use crate::time::{Timestamp, format_timestamp};

pub(super) async fn historical(
    store: &FeatureStore,
    service: &str,
    arguments: &HistoricalArgs,
) -> Result<Report, CliError> {
    let service = target::service(store.registry(), service)?;
    let mut spine = Spine::path(from_here(&arguments.spine));
    if let Some(column) = &arguments.timestamp {
        spine = spine.timestamp(column);
    }
    if arguments.before {
        spine = spine.before();
    }
    write(store.historical_by(service, spine), &arguments.result).await
}

pub(super) async fn snapshot(
    store: &FeatureStore,
    service: &str,
    times: &TimesArgs,
    arguments: &ResultArgs,
) -> Result<Report, CliError> {
    let service = target::service(store.registry(), service)?;
    let join = match *times {
        TimesArgs {
            from: Some(from),
            until: Some(until),
            every: Some(every),
            ..
        } => store.historical_over_by(service, every, from..until),
        TimesArgs { at: Some(at), .. } => store.snapshot_by(service, at),
        _ => return Err(CliError::NoTime),
    };
    write(join, arguments).await
}

async fn write(mut join: HistoricalJoin, arguments: &ResultArgs) -> Result<Report, CliError> {
    if let Some(known_at) = arguments.known_at {
        join = join.known_at(known_at);
    }
    if arguments.full_names {
        join = join.full_names();
    }
    let shown = Shown::new();
    let join = join.on_progress(shown.observer());
    let written = join.to_parquet(from_here(&arguments.output));
    let report = shown.during(written).await?;
    training_report(&report)
}

/// A training set's report, for people a table with a line per feature.
fn training_report(report: &TrainingReport) -> Result<Report, CliError> {
    let written = report
        .path()
        .map(|path| format!(" written to {}", path.display()))
        .unwrap_or_default();
    let rows = report.rows();
    let text = format!("{rows} rows{written} in {}", seconds(report.took()));
    let columns = [
        "feature",
        "found",
        "null",
        "expired",
        "missing",
        "oldest",
        "newest",
        "largest age",
    ];
    let rejected = report.rejected().iter().map(|view| {
        let counts = format!("{} of {} rows", view.rejected(), view.rows());
        [view.view().to_owned(), counts]
    });
    let same_time = report
        .same_time()
        .iter()
        .map(|view| [view.view().to_owned(), view.rows().to_string()]);
    Ok(Report::new(&report)?
        .text(&text)
        .table(columns, report.features().iter().map(row))
        .table(["view", "rejected, as if they were not there"], rejected)
        .table(
            [
                "view",
                "rows with something at their very time (--before leaves it out)",
            ],
            same_time,
        ))
}

fn row(feature: &FeatureReport) -> [String; 8] {
    let time = |time: Option<Timestamp>| time.map_or_else(String::new, format_timestamp);
    let age = feature.largest_age().map(|age| {
        let seconds = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        format_micros(seconds.saturating_mul(1_000_000))
    });
    [
        feature.name().to_owned(),
        feature.found().to_string(),
        feature.null().to_string(),
        feature.expired().to_string(),
        feature.missing().to_string(),
        time(feature.oldest()),
        time(feature.newest()),
        age.unwrap_or_default(),
    ]
}

/// A path as it was typed starts at the working directory, unlike those of declarations, which
/// start at the data root. An address such as `s3://..` starts nowhere.
fn from_here(path: &Path) -> PathBuf {
    if Location::of(&path.to_string_lossy()) == Location::Url {
        return path.to_owned();
    }
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
