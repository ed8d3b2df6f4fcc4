//! `run`: every view at its cadence, until it is told to stop.

use std::time::Duration;

use futures_util::future::{Either, select};
use serde_json::{Value as Json, json};
use tokio::sync::{mpsc, oneshot};

use super::args::RunArgs;
use super::output::Output;
use super::signals::Signal;
use super::{CliError, Report};
use crate::schedule::{OnceReport, Schedule, ScheduleEvent};
use crate::store::{FeatureStore, StoreBuilder};
use crate::time::{Timestamp, format_timestamp};

pub(super) async fn run(
    store: StoreBuilder,
    arguments: RunArgs,
    mut stop: oneshot::Receiver<Signal>,
    output: &mut Output,
) -> Result<(), CliError> {
    let store = match select(Box::pin(store.open()), &mut stop).await {
        Either::Left((store, _)) => store?,
        Either::Right((signal, _)) => return stopped(signal.ok(), arguments.once),
    };
    let (sender, events) = mpsc::unbounded_channel();
    let clock = store.clock().clone();
    let schedule = set_up(&store, &arguments)?.on_event(move |event| {
        // Nobody listens once the answer can't be written.
        let _ = sender.send((clock.now(), event.clone()));
    });
    let (asked, asks) = oneshot::channel();
    let stop = async {
        let signal = stop.await.ok();
        let _ = asked.send(signal);
    };
    if arguments.once {
        let once = printed(schedule.run_once(stop), events, output).await??;
        return match once {
            Some(report) => outcome(&report),
            None => stopped(asks.await.ok().flatten(), true),
        };
    }
    printed(schedule.run_until(stop), events, output).await??;
    stopped(asks.await.ok().flatten(), false)
}

fn set_up(store: &FeatureStore, arguments: &RunArgs) -> Result<Schedule, CliError> {
    let mut schedule = store.schedule();
    for name in &arguments.views {
        schedule = schedule.views([store.registry().view(name)?]);
    }
    if let Some(jitter) = arguments.jitter {
        schedule = schedule.jitter(jitter);
    }
    if let Some(lease) = arguments.lease {
        schedule = schedule.lease(lease);
    }
    if let Some(parallel) = arguments.parallel {
        schedule = schedule.parallel(parallel);
    }
    Ok(schedule)
}

/// Prints what happens while the work is done; ends early where that can't be written.
async fn printed<T>(
    work: impl Future<Output = T>,
    mut events: mpsc::UnboundedReceiver<(Timestamp, ScheduleEvent)>,
    output: &mut Output,
) -> Result<T, CliError> {
    let mut work = Box::pin(work);
    let done = loop {
        match select(&mut work, Box::pin(events.recv())).await {
            Either::Left((done, _)) => break done,
            Either::Right((Some((at, event)), _)) => print(at, &event, output)?,
            Either::Right((None, _)) => break work.await,
        }
    };
    while let Ok((at, event)) = events.try_recv() {
        print(at, &event, output)?;
    }
    Ok(done)
}

fn print(at: Timestamp, event: &ScheduleEvent, output: &mut Output) -> Result<(), CliError> {
    let at = format_timestamp(at);
    output.print(&Report::line(
        &event_json(&at, event),
        &format!("{at} {event}"),
    )?)
}

fn event_json(at: &str, event: &ScheduleEvent) -> Json {
    let mut json = json!({ "at": at, "event": event.as_str(), "view": event.view() });
    let more = match event {
        ScheduleEvent::NotScheduled { .. } => json!({}),
        ScheduleEvent::Due { at, .. } => json!({ "next": format_timestamp(*at) }),
        ScheduleEvent::Started { due, .. } | ScheduleEvent::Elsewhere { due, .. } => {
            json!({ "due": format_timestamp(*due) })
        }
        ScheduleEvent::Done {
            written,
            older,
            rejected,
            took,
            ..
        } => json!({
            "written": written,
            "older": older,
            "rejected": rejected,
            "seconds": took.as_secs_f64(),
        }),
        ScheduleEvent::Failed { error, again, .. } => json!({
            "error": error.to_string(),
            "again_seconds": again.as_ref().map(Duration::as_secs_f64),
        }),
    };
    if let (Json::Object(json), Json::Object(more)) = (&mut json, more) {
        json.extend(more);
    }
    json
}

fn outcome(report: &OnceReport) -> Result<(), CliError> {
    if report.failed().is_empty() {
        return Ok(());
    }
    let reasons = report.failed().iter();
    Err(CliError::NotMaterialized {
        failed: report.failed().len(),
        of: report.scheduled(),
        reasons: reasons.map(|(_, error)| format!("\n  {error}")).collect(),
    })
}

/// A schedule is to go on until it is stopped, so that is a good end; of `--once` it is not.
fn stopped(signal: Option<Signal>, once: bool) -> Result<(), CliError> {
    match signal {
        Some(signal) if once => Err(CliError::Stopped {
            signal,
            clean: true,
        }),
        _ => Ok(()),
    }
}
