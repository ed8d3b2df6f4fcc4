//! `materialize`: the latest rows of views, into the online store.

use serde_json::{Value as Json, json};

use super::args::MaterializeArgs;
use super::output::{Output, or_dash, seconds};
use super::progress::Shown;
use super::{CliError, Report};
use crate::materialize::{MaterializeReport, ViewReport};
use crate::store::FeatureStore;
use crate::time::format_timestamp;

pub(super) async fn materialize(
    store: &FeatureStore,
    names: &[String],
    arguments: &MaterializeArgs,
    output: &mut Output,
) -> Result<(), CliError> {
    let mut run = store.materialize();
    for name in names {
        run = run.views([store.registry().view(name)?]);
    }
    if let Some(from) = arguments.from {
        run = run.from(from);
    }
    if let Some(until) = arguments.until {
        run = run.until(until);
    }
    if arguments.incremental {
        run = run.incremental();
    }
    if let Some(lookback) = arguments.lookback {
        run = run.lookback(lookback);
    }
    if let Some(path) = &arguments.quarantine {
        run = run.quarantine(path);
    }
    if arguments.take_over {
        run = run.take_over();
    }
    if arguments.reset_watermark {
        run = run.reset_watermark();
    }
    if arguments.strict {
        run = run.strict();
    }
    let shown = Shown::new();
    let run = run.on_progress(shown.observer());
    let done = shown.during(run.run()).await?;
    output.print(&report(store, &done)?)?;
    let failed = done.failed().count();
    if failed == 0 {
        return Ok(());
    }
    Err(CliError::NotMaterialized {
        failed,
        of: done.views().len(),
        reasons: reasons(&done),
    })
}

/// A line per cause. What several views failed of is said once, with their names.
fn reasons(done: &MaterializeReport) -> String {
    let mut causes: Vec<(String, Vec<&str>)> = Vec::new();
    for view in done.failed() {
        let Some(cause) = view.error().map(ToString::to_string) else {
            continue;
        };
        match causes.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, views)) => views.push(view.view()),
            None => causes.push((cause, vec![view.view()])),
        }
    }
    let line = |(cause, views): (String, Vec<&str>)| match &views[..] {
        [_] => format!("\n  {cause}"),
        _ => format!("\n  {}: {cause}", views.join(", ")),
    };
    causes.into_iter().map(line).collect()
}

fn report(store: &FeatureStore, done: &MaterializeReport) -> Result<Report, CliError> {
    let until = format_timestamp(done.until());
    let online = store.online().location();
    let report = Report::new(&json!({
        "until": until,
        "online": online,
        "evicts": done.evicts(),
        "views": done.views().iter().map(view_json).collect::<Vec<_>>(),
        "seconds": done.took().as_secs_f64(),
    }))?;
    let took = seconds(done.took());
    let report = report
        .text(&format!("as of {until}, into {online}, in {took}"))
        .table(
            [
                "view",
                "status",
                "read",
                "written",
                "older",
                "rejected",
                "took",
                "watermark",
            ],
            done.views().iter().map(view_row),
        );
    let warning = done.evicts().map(|reason| {
        format!("warning: {online} may evict rows, as {reason}; set `maxmemory-policy noeviction`")
    });
    let report = match warning {
        Some(warning) => report.text(&warning),
        None => report,
    };
    let notes = done
        .views()
        .iter()
        .filter_map(|view| Some([view.view().to_owned(), view.full_because()?.to_string()]));
    let report = report.table(["view", "rows"], notes);
    let rejections = done.views().iter().flat_map(|view| {
        view.rejections()
            .iter()
            .map(|row| [view.view().to_owned(), row.to_string()])
    });
    Ok(report.table(["view", "rejected, for one"], rejections))
}

fn view_json(view: &ViewReport) -> Json {
    let rejections = view
        .rejections()
        .iter()
        .map(|row| json!({ "key": row.key(), "column": row.column(), "reason": row.reason() }));
    json!({
        "view": view.view(),
        "read": view.read(),
        "written": view.written(),
        "older": view.older(),
        "rejected": view.rejected(),
        "ahead": view.ahead(),
        "rejections": rejections.collect::<Vec<_>>(),
        "from": view.from().map(format_timestamp),
        "full_because": view.full_because().map(|because| because.to_string()),
        "watermark": view.watermark().map(format_timestamp),
        "error": view.error().map(ToString::to_string),
        "seconds": view.took().as_secs_f64(),
    })
}

fn view_row(view: &ViewReport) -> [String; 8] {
    [
        view.view().to_owned(),
        if view.error().is_some() {
            "failed"
        } else {
            "ok"
        }
        .to_owned(),
        view.read().to_string(),
        view.written().to_string(),
        view.older().to_string(),
        view.rejected().to_string(),
        seconds(view.took()),
        or_dash(view.watermark().map(format_timestamp)),
    ]
}
