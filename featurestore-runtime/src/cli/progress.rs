//! How far a long command is, on the standard error: a bar on a terminal, else now and then a line.

use std::convert::Infallible;
use std::io::IsTerminal;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use indicatif::{ProgressBar, ProgressStyle};

use super::output::print_note;
use crate::offline::Progress;

/// How often what is shown is looked at.
const TICK: Duration = Duration::from_millis(100);
/// How long there is no line at first, and between two that differ.
const PAUSE: Duration = Duration::from_secs(5);
/// How long there is none where nothing has changed.
const LONG_PAUSE: Duration = Duration::from_secs(30);
/// How many steps of the bar a stage has.
const STEPS: f64 = 100.0;

/// The progress of a command; what is shown ends with it.
pub(super) struct Shown {
    latest: Arc<Mutex<Option<Progress>>>,
    form: ProgressForm,
}

enum ProgressForm {
    Bar(ProgressBar),
    Lines(Lines),
}

/// When a line is due.
struct Lines {
    started: Instant,
    last: Option<(Instant, Progress)>,
}

impl Shown {
    pub(super) fn new() -> Self {
        let form = if std::io::stderr().is_terminal() {
            ProgressForm::Bar(bar())
        } else {
            ProgressForm::Lines(Lines {
                started: Instant::now(),
                last: None,
            })
        };
        Self {
            latest: Arc::default(),
            form,
        }
    }

    /// What a run is to call.
    pub(super) fn observer(&self) -> impl Fn(&Progress) + Send + Sync + 'static {
        let latest = Arc::clone(&self.latest);
        move |progress| {
            *latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress.clone());
        }
    }

    /// Does the work, and shows how far it is.
    pub(super) async fn during<T>(mut self, work: impl Future<Output = T>) -> T {
        match select(pin!(work), pin!(self.tick())).await {
            Either::Left((done, _)) => done,
            Either::Right((never, _)) => match never {},
        }
    }

    async fn tick(&mut self) -> Infallible {
        loop {
            tokio::time::sleep(TICK).await;
            let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(progress) = latest.clone() else {
                continue;
            };
            drop(latest);
            match &mut self.form {
                ProgressForm::Bar(bar) => show(bar, &progress),
                ProgressForm::Lines(lines) => {
                    if let Some(line) = lines.due(Instant::now(), progress) {
                        print_note(&line);
                    }
                }
            }
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let ProgressForm::Bar(bar) = &self.form {
            bar.finish_and_clear();
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(1);
    // The template is ours; without it, the bar has indicatif's own.
    if let Ok(style) = ProgressStyle::with_template("{spinner} {bar:24} {elapsed} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}

fn show(bar: &ProgressBar, progress: &Progress) {
    let steps = |count: f64| {
        // Between 0 and the number of stages times the steps.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let steps = (count * STEPS) as u64;
        steps
    };
    // No run has so many stages that a float doesn't hold them.
    #[allow(clippy::cast_precision_loss)]
    let (before, all) = (
        progress.stage().saturating_sub(1) as f64,
        progress.of() as f64,
    );
    bar.set_message(progress.to_string());
    bar.set_length(steps(all));
    bar.set_position(steps(before + progress.fraction().unwrap_or_default()));
    bar.tick();
}

impl Lines {
    fn due(&mut self, now: Instant, progress: Progress) -> Option<String> {
        let wait = match &self.last {
            Some((_, last)) if *last == progress => LONG_PAUSE,
            _ => PAUSE,
        };
        let since = self.last.as_ref().map_or(self.started, |(at, _)| *at);
        if now.duration_since(since) < wait {
            return None;
        }
        let seconds = now.duration_since(self.started).as_secs();
        let line = format!("{progress}, {seconds} s");
        self.last = Some((now, progress));
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::offline::Observer;

    /// What an observer gets.
    fn reported(report: impl FnOnce(&Observer)) -> Progress {
        let shown = Shown::new();
        report(&Observer::new(shown.observer()));
        let latest = shown.latest.lock().unwrap().clone();
        latest.unwrap()
    }

    #[test]
    fn a_line_is_due_when_something_changed_and_a_while_has_passed() {
        let started = Instant::now();
        let mut lines = Lines {
            started,
            last: None,
        };
        let second = Duration::from_secs(1);
        let first = reported(|observer| observer.stage(1, 3, "reading the entity rows"));
        let later =
            reported(|observer| observer.part(2, 3, "joining view weather", (1, 4), second));
        let mut due = |seconds: u64, progress: &Progress| {
            lines.due(started + Duration::from_secs(seconds), progress.clone())
        };
        assert_eq!(due(4, &first), None);
        let line = "reading the entity rows (1 of 3), 5 s";
        assert_eq!(due(5, &first).as_deref(), Some(line));
        assert_eq!(due(9, &later), None);
        let line = "joining view weather (2 of 3), 25 %, 1 rows/s, 3 s left, 10 s";
        assert_eq!(due(10, &later).as_deref(), Some(line));
        assert_eq!(due(39, &later), None);
        assert!(due(40, &later).is_some());
    }

    #[test]
    fn a_bar_counts_whole_stages_and_what_is_done_of_the_one_under_way() {
        let bar = ProgressBar::hidden();
        show(
            &bar,
            &reported(|observer| observer.part(2, 4, "x", (1, 2), Duration::ZERO)),
        );
        assert_eq!((bar.position(), bar.length()), (150, Some(400)));
        show(&bar, &reported(|observer| observer.stage(1, 4, "x")));
        assert_eq!((bar.position(), bar.message().as_str()), (0, "x (1 of 4)"));
        show(
            &bar,
            &reported(|observer| observer.part(4, 4, "x", (7, 3), Duration::ZERO)),
        );
        assert_eq!(bar.position(), 400);
    }
}
