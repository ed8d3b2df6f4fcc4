//! `explain`: which row of its source each value of one training row comes from, and why.

use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::output::or_dash;
use super::{CliError, Report, keys, target};
use crate::lookup::Status;
use crate::offline::{
    ExplainedFeature, ExplainedWindow, Explanation, Reason, SourceRow, ViewExplanation,
};
use crate::store::FeatureStore;
use crate::time::{Timestamp, format_span, format_timestamp};
use crate::types::Value;

/// How much of a value is shown to people.
const SHOWN: usize = 24;

pub(super) async fn explain(
    store: &FeatureStore,
    service: &str,
    at: Timestamp,
    given: &[String],
    candidates: u64,
) -> Result<Report, CliError> {
    let service = target::service(store.registry(), service)?;
    let key = keys::parse(&service.join_keys(), given)?;
    let explained = store.explain_by(service, key, at).candidates(candidates);
    let explained = explained.await?;
    let key = explained.keys().iter();
    let key: Vec<String> = key
        .map(|(name, value)| format!("{name}={}", value.text()))
        .collect();
    let at = format_timestamp(explained.at());
    let title = format!("{} of {} at {at}", explained.service(), key.join(" "));
    let mut report = Report::new(&explanation_json(&explained))?.text(&title);
    for view in explained.views() {
        if !view.windows().is_empty() {
            report = windows(report, view);
            continue;
        }
        report = report.text(&heading(view)).table(
            ["feature", "value", "status", "event time"],
            view.features()
                .iter()
                .map(|feature| feature_row(view, feature)),
        );
        let rows = rows(view);
        report = if rows.iter().all(|[_, created, ..]| created == "-") {
            let rows = rows
                .into_iter()
                .map(|[event, _, row, values, why]| [event, row, values, why]);
            report.table(["event time", "row", "values", "why"], rows)
        } else {
            report.table(["event time", "created", "row", "values", "why"], rows)
        };
    }
    Ok(report)
}

/// What the windows of a view hold.
fn windows(report: Report, view: &ViewExplanation) -> Report {
    let time = |time: Option<Timestamp>| or_dash(time.map(format_timestamp));
    let of_row = |row: Option<&SourceRow>| time(row.map(SourceRow::event_timestamp));
    let pairs = || view.features().iter().zip(view.windows());
    let features = pairs().map(|(feature, window)| {
        let [name, value, status, _] = feature_row(view, feature);
        let events = window.events().to_string();
        [name, value, status, events, feature.column().to_owned()]
    });
    let held = view.windows().iter().map(|window| {
        let (after, until) = (time(window.after()), format_timestamp(window.until()));
        let (first, last) = (of_row(window.first()), of_row(window.last()));
        [window.name().to_owned(), after, until, first, last]
    });
    let outside = view.windows().iter().flat_map(|window| {
        window.outside().iter().map(|(row, why)| {
            [
                window.name().to_owned(),
                format_timestamp(row.event_timestamp()),
                row.place().row().to_string(),
                or_dash(row.values().first().and_then(Option::as_ref).map(shown)),
                why.to_string(),
            ]
        })
    });
    report
        .text(&heading(view))
        .table(["feature", "value", "status", "events", "what"], features)
        .table(
            ["window", "after", "until", "first event", "last event"],
            held,
        )
        .table(
            ["not counted in", "event time", "row", "value", "why"],
            outside,
        )
}

/// What the view had, in words.
fn heading(view: &ViewExplanation) -> String {
    let name = view.view();
    let times = |times: Option<(Timestamp, Timestamp)>| {
        times.map(|(first, last)| {
            let (first, last) = (format_timestamp(first), format_timestamp(last));
            format!("{first} to {last}")
        })
    };
    let mut text = match (view.winner(), view.status()) {
        _ if !view.windows().is_empty() => format!("{name}: windows over {}", view.source()),
        (Some(row), _) => {
            let age = row.age().map(|age| format!(", {} old", format_span(age)));
            format!(
                "{name}: found{}\n{}",
                age.unwrap_or_default(),
                place(view, row)
            )
        }
        (None, Status::Expired) => {
            format!("{name}: expired\nthe latest row of this key is older than the TTL allows")
        }
        (None, _) if view.rows() == 0 => {
            let whole = times(view.source_times()).unwrap_or_else(|| "none".to_owned());
            let source = view.source();
            format!("{name}: missing\nno row with this key in {source}\nits rows are of {whole}")
        }
        (None, _) => format!("{name}: missing\nno row of this key was known at this time"),
    };
    if view.rows() > 0 {
        let whole = times(view.event_times()).map(|whole| format!(", of {whole}"));
        let shown = view.lost().len() + usize::from(view.winner().is_some());
        let shown = if view.windows().is_empty() {
            format!("; shown: {shown}")
        } else {
            String::new()
        };
        let (rows, whole) = (view.rows(), whole.unwrap_or_default());
        text.push_str(&format!("\nrows of this key: {rows}{whole}{shown}"));
    }
    if view.without_time() > 0 {
        let rows = view.without_time();
        text.push_str(&format!(
            "\nnever seen, as the event time is null or infinite: {rows}"
        ));
    }
    text
}

fn place(view: &ViewExplanation, row: &SourceRow) -> String {
    match row.place().file() {
        Some(_) => row.place().to_string(),
        None => format!("row {} of {}", row.place().row(), view.source()),
    }
}

fn feature_row(view: &ViewExplanation, feature: &ExplainedFeature) -> [String; 4] {
    let value = or_dash(feature.value().map(shown));
    [
        feature.name().to_owned(),
        if feature.is_default() {
            format!("{value} (default)")
        } else {
            value
        },
        feature.status().as_str().to_owned(),
        or_dash(
            view.winner()
                .map(|row| format_timestamp(row.event_timestamp())),
        ),
    ]
}

/// The rows in the order of their event times, the latest first.
fn rows(view: &ViewExplanation) -> Vec<[String; 5]> {
    let row = |row: &SourceRow, why: String| {
        let names = view.features().iter().map(ExplainedFeature::name);
        let values = names.zip(row.values()).map(|(name, value)| {
            format!(
                "{name}={}",
                value.as_ref().map_or_else(|| "null".to_owned(), shown)
            )
        });
        let number = row.place().row().to_string();
        // A source that is one file names it.
        let file = row.place().file().map(Path::new);
        let file = file.filter(|file| !file.ends_with(view.source()));
        let file = file.and_then(Path::file_name);
        [
            format_timestamp(row.event_timestamp()),
            or_dash(row.created_timestamp().map(format_timestamp)),
            match file {
                Some(file) => format!("{} {number}", file.to_string_lossy()),
                None => number,
            },
            values.collect::<Vec<_>>().join(" "),
            why,
        ]
    };
    let mut rows = Vec::with_capacity(view.lost().len() + 1);
    let mut winner = view.winner().map(|winner| row(winner, "taken".to_owned()));
    for lost in view.lost() {
        let later = matches!(
            lost.reason(),
            Reason::After { .. } | Reason::NotSettled { .. }
        );
        if !later {
            rows.extend(winner.take());
        }
        rows.push(row(lost.row(), lost.reason().to_string()));
    }
    rows.extend(winner);
    rows
}

fn shown(value: &Value) -> String {
    let text = value.text();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.into_owned(),
    }
}

fn explanation_json(explained: &Explanation) -> Json {
    let keys = explained.keys().iter();
    let keys: Map<String, Json> = keys
        .map(|(name, value)| ((*name).to_owned(), value.to_json()))
        .collect();
    json!({
        "service": explained.service(),
        "key": keys,
        "at": format_timestamp(explained.at()),
        "views": explained.views().iter().map(view_json).collect::<Vec<_>>(),
    })
}

fn view_json(view: &ViewExplanation) -> Json {
    let feature = |feature: &ExplainedFeature| {
        json!({
            "name": feature.name(),
            "column": feature.column(),
            "value": feature.value().map(Value::to_json),
            "status": feature.status().as_str(),
            "default": feature.is_default(),
        })
    };
    let lost = view.lost().iter().map(|lost| {
        let mut json = row_json(view, lost.row());
        let reason = lost.reason();
        json["reason"] = reason.as_str().into();
        json["why"] = reason.to_string().into();
        json["by_seconds"] = reason.by().map(|by| by.as_secs_f64()).into();
        if let Reason::NotSettled { known_from } = reason {
            json["known_from"] = format_timestamp(*known_from).into();
        }
        json
    });
    json!({
        "view": view.view(),
        "source": view.source(),
        "status": view.status().as_str(),
        "features": view.features().iter().map(feature).collect::<Vec<_>>(),
        "winner": view.winner().map(|row| row_json(view, row)),
        "lost": lost.collect::<Vec<_>>(),
        "windows": view.windows().iter().map(|window| window_json(view, window)).collect::<Vec<_>>(),
        "rows": view.rows(),
        "without_time": view.without_time(),
        "event_times": times_json(view.event_times()),
        "source_times": times_json(view.source_times()),
    })
}

fn window_json(view: &ViewExplanation, window: &ExplainedWindow) -> Json {
    let row = |row: &SourceRow| {
        let mut json = row_json(view, row);
        let value = row.values().first().map(Option::as_ref);
        json["values"] = value.flatten().map_or(Json::Null, Value::to_json);
        json
    };
    let outside = window.outside().iter().map(|(outside, why)| {
        let mut json = row(outside);
        json["reason"] = why.as_str().into();
        json["why"] = why.to_string().into();
        json
    });
    json!({
        "feature": window.name(),
        "after": window.after().map(format_timestamp),
        "until": format_timestamp(window.until()),
        "events": window.events(),
        "first": window.first().map(row),
        "last": window.last().map(row),
        "outside": outside.collect::<Vec<_>>(),
    })
}

fn row_json(view: &ViewExplanation, row: &SourceRow) -> Json {
    let names = view.features().iter().map(ExplainedFeature::name);
    let values: Map<String, Json> = names
        .zip(row.values())
        .map(|(name, value)| {
            (
                name.to_owned(),
                value.as_ref().map_or(Json::Null, Value::to_json),
            )
        })
        .collect();
    json!({
        "event_timestamp": format_timestamp(row.event_timestamp()),
        "created_timestamp": row.created_timestamp().map(format_timestamp),
        "age_seconds": row.age().map(|age: Duration| age.as_secs_f64()),
        "file": row.place().file(),
        "row": row.place().row(),
        "values": values,
    })
}

fn times_json(times: Option<(Timestamp, Timestamp)>) -> Json {
    let pair = |(first, last)| json!([format_timestamp(first), format_timestamp(last)]);
    times.map_or(Json::Null, pair)
}
