//! `online`: what the online store holds, deleting it, comparing it with the sources.

use std::io::{IsTerminal, Write};

use serde_json::{Value as Json, json};

use super::args::OnlineCommand;
use super::output::{Output, or_dash};
use super::{CliError, Report};
#[cfg(feature = "duckdb")]
use crate::materialize::{Difference, ViewVerified};
use crate::store::FeatureStore;
use crate::time::format_timestamp;
use crate::upkeep::FieldStats;

pub(super) async fn online(
    store: &FeatureStore,
    command: OnlineCommand,
    output: &mut Output,
) -> Result<(), CliError> {
    match command {
        OnlineCommand::Stats => output.print(&stats(store).await?),
        OnlineCommand::Delete { what, yes } if what.project => {
            delete_project(store, yes, output).await
        }
        OnlineCommand::Delete { what, yes } => delete_views(store, &what.views, yes, output).await,
        #[cfg(feature = "duckdb")]
        OnlineCommand::Verify { views, sample } => verify(store, &views, sample, output).await,
    }
}

async fn stats(store: &FeatureStore) -> Result<Report, CliError> {
    let stats = store.online_stats().await?;
    let (location, project) = (store.online().location(), store.project());
    let entities = stats.entities();
    let report = Report::new(&json!({
        "online": location,
        "project": project,
        "entities": entities,
        "views": stats.fields().iter().map(stats_json).collect::<Vec<_>>(),
    }))?;
    Ok(report
        .text(&format!(
            "{location}, project {project}: {entities} entities"
        ))
        .table(
            [
                "field", "view", "rows", "bytes", "damaged", "oldest", "newest",
            ],
            stats.fields().iter().map(stats_row),
        ))
}

fn stats_json(field: &FieldStats) -> Json {
    json!({
        "field": field.field(),
        "view": field.view(),
        "rows": field.rows(),
        "bytes": field.bytes(),
        "damaged": field.damaged(),
        "oldest": field.oldest().map(format_timestamp),
        "newest": field.newest().map(format_timestamp),
    })
}

fn stats_row(field: &FieldStats) -> [String; 7] {
    [
        field.field().to_owned(),
        field
            .view()
            .map_or_else(|| "(none)".to_owned(), str::to_owned),
        field.rows().to_string(),
        field.bytes().to_string(),
        field.damaged().to_string(),
        or_dash(field.oldest().map(format_timestamp)),
        or_dash(field.newest().map(format_timestamp)),
    ]
}

async fn delete_views(
    store: &FeatureStore,
    names: &[String],
    yes: bool,
    output: &mut Output,
) -> Result<(), CliError> {
    // A view that is no longer declared has its field's name only.
    let field = |name: &String| match store.registry().view(name) {
        Ok(view) => view.field().to_owned(),
        Err(_) => name.clone(),
    };
    let fields: Vec<String> = names.iter().map(field).collect();
    let of = format!(
        "of project `{}` in {}",
        store.project(),
        store.online().location()
    );
    let named: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
    confirm(&format!("all rows of {} {of}", named.join(", ")), yes)?;
    let mut deleted = Vec::with_capacity(fields.len());
    for field in &fields {
        deleted.push((field, store.online_delete_view(field).await?));
    }
    let json = |(field, rows): &(&String, u64)| json!({ "field": field, "rows": rows });
    let line = |(field, rows): &(&String, u64)| format!("{rows} rows of `{field}` deleted, {of}");
    let json: Vec<Json> = deleted.iter().map(json).collect();
    let lines: Vec<String> = deleted.iter().map(line).collect();
    let report = Report::new(&json!({ "views": json }))?;
    output.print(&report.text(&lines.join("\n")))
}

async fn delete_project(
    store: &FeatureStore,
    yes: bool,
    output: &mut Output,
) -> Result<(), CliError> {
    let of = format!(
        "project `{}` in {}",
        store.project(),
        store.online().location()
    );
    confirm(&format!("all rows of {of}"), yes)?;
    let entities = store.online_delete_project().await?;
    let report = Report::new(&json!({ "project": store.project(), "entities": entities }))?;
    output.print(&report.text(&format!("{entities} entities deleted, {of}")))
}

/// Asks on a terminal whether `what` is to be deleted, unless that is said already.
fn confirm(what: &str, yes: bool) -> Result<(), CliError> {
    if yes {
        return Ok(());
    }
    let what = what.to_owned();
    if !std::io::stdin().is_terminal() {
        return Err(CliError::NotConfirmed { what });
    }
    let mut asked = std::io::stderr();
    write!(asked, "delete {what}? write yes: ")
        .and_then(|()| asked.flush())
        .map_err(CliError::Write)?;
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    if read.is_ok() && answer.trim() == "yes" {
        Ok(())
    } else {
        Err(CliError::Kept { what })
    }
}

#[cfg(feature = "duckdb")]
async fn verify(
    store: &FeatureStore,
    names: &[String],
    sample: Option<std::num::NonZeroUsize>,
    output: &mut Output,
) -> Result<(), CliError> {
    let mut verify = store.online_verify();
    for name in names {
        verify = verify.views([store.registry().view(name)?]);
    }
    if let Some(sample) = sample {
        verify = verify.sample(sample.get());
    }
    let found = verify.run().await?;
    let differences: Vec<_> = found.differences().collect();
    let report = Report::new(&json!({
        "online": store.online().location(),
        "views": found.views().iter().map(verified_json).collect::<Vec<_>>(),
        "differences": differences
            .iter()
            .map(|(view, difference)| difference_json(view, difference))
            .collect::<Vec<_>>(),
    }))?;
    let report = report
        .table(
            ["view", "as of", "entities", "newer online", "differences"],
            found.views().iter().map(verified_row),
        )
        .table(
            ["view", "key", "column", "online", "offline"],
            differences
                .iter()
                .map(|(view, difference)| difference_row(view, difference)),
        );
    output.print(&report)?;
    match differences.len() {
        0 => Ok(()),
        count => Err(CliError::Skewed {
            count: super::plan::some(count, "value differs", "values differ"),
        }),
    }
}

#[cfg(feature = "duckdb")]
fn verified_json(view: &ViewVerified) -> Json {
    json!({
        "view": view.view(),
        "as_of": format_timestamp(view.as_of()),
        "entities": view.entities(),
        "newer_online": view.newer_online(),
        "differences": view.differences().len(),
    })
}

#[cfg(feature = "duckdb")]
fn verified_row(view: &ViewVerified) -> [String; 5] {
    [
        view.view().to_owned(),
        format_timestamp(view.as_of()),
        view.entities().to_string(),
        view.newer_online().to_string(),
        view.differences().len().to_string(),
    ]
}

#[cfg(feature = "duckdb")]
fn difference_json(view: &str, difference: &Difference) -> Json {
    json!({
        "view": view,
        "key": difference.key(),
        "column": difference.column(),
        "online": difference.online(),
        "offline": difference.offline(),
    })
}

#[cfg(feature = "duckdb")]
fn difference_row(view: &str, difference: &Difference) -> [String; 5] {
    [
        view.to_owned(),
        difference.key().to_owned(),
        difference.column().to_owned(),
        or_dash(difference.online().map(str::to_owned)),
        or_dash(difference.offline().map(str::to_owned)),
    ]
}
