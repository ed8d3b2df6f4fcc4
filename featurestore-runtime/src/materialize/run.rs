//! A materialization: its views in groups, each read, written and only then marked as done.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;

use super::counts::Counted;
use super::group::{self, Task};
use super::kept::Kept;
use super::loaded;
use super::quarantine::Quarantine;
use super::rows::Reading;
use super::send::{Chunk, WAITING, send};
use super::states::{Making, Seen};
use super::window::{Asked, Window};
use super::{Materialize, MaterializeError, MaterializeReport, ViewReport, states, watermark};
use crate::offline::{Observer, OfflineEngine, OfflineError, events, latest};
use crate::online::{Outcome, Record, RowWrite, Written, write as write_rows};
use crate::store::FeatureStore;
use crate::time::Timestamp;
use crate::view::ViewDefinition;

/// The memory of `DuckDB` where the store's settings don't say.
pub(super) const MEMORY: &str = "512MB";

/// A run and its reports, one per view.
struct Run {
    store: FeatureStore,
    engine: Arc<dyn OfflineEngine>,
    progress: Observer,
    quarantine: Option<Arc<Quarantine>>,
    asked: Asked,
    strict: bool,
    take_over: bool,
    /// Why the online store may lose rows by itself, if it may.
    evicts: Option<String>,
    reports: Vec<ViewReport>,
    /// What is left for each view in the online store.
    kept: Vec<Kept>,
}

impl Materialize {
    /// Moves the rows. Views with the same source, join keys, timestamps and settling delay are
    /// read by one query and written together. A view that fails does not stop the others; the
    /// report says which did.
    ///
    /// Of each entity the latest valid row counts, by the rules of the point-in-time join. A row is
    /// rejected where a value is null and its feature may not be, where an enum doesn't know it, or
    /// where it violates a check; rejected latest rows are counted, as are rows with a null join key,
    /// and the entity gets its latest row that is valid. A column with `mostly = ..` fails its view,
    /// before any row of it is written, where the share of valid rows among the latest is smaller.
    /// Rows without an event timestamp are in no interval, so they are counted by runs in full.
    ///
    /// Of a window view, each entity's state is made of all its events that count at the end of the run, and
    /// takes the place of one that is not of a later time; an incremental run makes those of entities that have
    /// events since. A run in full removes the states of entities that have no events any more. Rows of the event source without a join key or a time, and
    /// those that its declaration rejects, are counted and kept for each of its views. An online
    /// store that evicts is refused: what it drops would be taken for an entity without events.
    ///
    /// Interrupted anywhere, there are whole rows only, and the next run has the same result.
    ///
    /// `DuckDB` gets 512 MB and at most four threads where the store's settings bound its memory
    /// no other way; what is larger spills.
    ///
    /// # Errors
    ///
    /// An online store that does not answer, settings that contradict each other, a quarantine
    /// file that can't be written; without that file, no watermark moves.
    pub async fn run(self) -> Result<MaterializeReport, MaterializeError> {
        run(self).await
    }
}

async fn run(setup: Materialize) -> Result<MaterializeReport, MaterializeError> {
    let started = Instant::now();
    let store = &setup.store;
    let views = match &setup.views {
        Some(views) => views.clone(),
        None => store.registry().views().collect(),
    };
    // States are read by the online store's own clock, and none is to be of a later time than it says.
    let now = if views.iter().any(|view| view.windows().is_some()) {
        store.time().await?
    } else {
        store.clock().now()
    };
    let asked = Asked::new(&setup, store.horizon_of(now))?;
    let Materialize {
        store,
        quarantine,
        progress,
        strict,
        take_over,
        ..
    } = setup;
    store.online().ping().await?;
    let evicts = evicts(&store, strict).await?;
    let quarantine = quarantine
        .map(|path| Quarantine::start(&path))
        .transpose()?;
    let mut run = Run {
        engine: store.offline().bounded(MEMORY),
        store,
        progress,
        quarantine: quarantine.map(Arc::new),
        asked,
        strict,
        take_over,
        evicts,
        kept: views.iter().map(|_| Kept::default()).collect(),
        reports: views
            .iter()
            .map(|view| ViewReport::new(view.name()))
            .collect(),
    };
    let mut tasks = Vec::with_capacity(views.len());
    for (index, view) in views.into_iter().enumerate() {
        match run.prepare(index, view).await {
            Ok(task) => tasks.push(task),
            Err(error) => run.reports[index].fail(Arc::new(error)),
        }
    }
    let is_of_windows = |task: &&Task| task.view.windows().is_some();
    let groups = group::group(tasks.iter().filter(|task| !is_of_windows(task)).copied());
    let of_windows = states::group(tasks.iter().filter(is_of_windows).copied());
    let (rows, of) = (groups.len(), groups.len() + of_windows.len());
    for (index, group) in groups.into_iter().enumerate() {
        run.materialize(group, (index + 1, of)).await;
    }
    for (index, group) in of_windows.into_iter().enumerate() {
        run.make_states(group, (rows + index + 1, of)).await;
    }
    if let Some(quarantine) = run.quarantine.take() {
        run.engine.lines_to_file(quarantine.finish()?).await?;
        // What was kept out is known to nobody before.
        for task in &tasks {
            run.leave_watermark(task).await;
        }
    }
    for report in &run.reports {
        log(report);
    }
    Ok(MaterializeReport::new(
        asked.until,
        (run.reports, run.evicts),
        started.elapsed(),
    ))
}

/// Why the online store may lose rows by itself, if it may: a warning, or where `strict` an error.
async fn evicts(store: &FeatureStore, strict: bool) -> Result<Option<String>, MaterializeError> {
    let Some(reason) = store.online().evicts().await? else {
        return Ok(None);
    };
    let location = store.online().location();
    if strict {
        return Err(MaterializeError::Evicts { location, reason });
    }
    tracing::warn!(
        online = location,
        reason,
        "the online store may evict rows; set `maxmemory-policy noeviction`"
    );
    Ok(Some(reason))
}

/// Reads the rows of a view that a run in full up to `until` would write, and writes none.
pub(super) async fn rows_of(
    store: &FeatureStore,
    view: &'static ViewDefinition,
    until: Timestamp,
    mut take: impl FnMut(RowWrite),
) -> Result<(), MaterializeError> {
    let window = Window {
        from: None,
        until: until.min(store.clock().now()),
        takes_late: true,
        replaces: None,
    };
    let counted = Arc::new(Counted::new(1));
    let (sender, mut receiver) = mpsc::channel(WAITING);
    let reading = Reading {
        store: store.clone(),
        tasks: vec![Task {
            view,
            window,
            index: 0,
        }],
        counted: Arc::clone(&counted),
        quarantine: None,
        strict: false,
        horizon: None,
    };
    let engine = store.offline().bounded(MEMORY);
    let question = reading.question();
    let read = latest(&*engine, question, move |rows| {
        reading.send_rows(rows, &sender)
    });
    let took = async {
        while let Some(chunk) = receiver.recv().await {
            chunk.rows.into_iter().for_each(&mut take);
        }
    };
    let (read, ()) = futures_util::future::join(read, took).await;
    read?;
    let failed = counted.take().into_iter().find_map(|counts| counts.error);
    failed.map_or(Ok(()), Err)
}

impl Run {
    /// Looks which rows of a view are to be taken, and makes the store know its layout.
    async fn prepare(
        &mut self,
        index: usize,
        view: &'static ViewDefinition,
    ) -> Result<Task, MaterializeError> {
        let known = self.store.records().watermark(view.field()).await?;
        let known = known.as_ref().map(|(_, watermark)| watermark);
        let (window, full_because) = self.asked.window(view, known)?;
        if let Some(windows) = view.resolved() {
            windows.map_err(|error| OfflineError::unusable(view.name(), error))?;
            self.refuse_eviction(view)?;
        }
        self.reports[index].take_from(window.from, full_because);
        let succeeded = self.store.succeed(view, self.take_over).await?;
        succeeded.map_err(|superseded| MaterializeError::superseded(view, superseded))?;
        self.store.keep_layout(view).await?;
        self.kept[index] = Kept::start(&self.store, view).await?;
        Ok(Task {
            view,
            window,
            index,
        })
    }

    /// Materializes views together; where their rows can't be read, each by itself, as it may be
    /// one of them that is to blame.
    async fn materialize(&mut self, group: Vec<Task>, stage: (usize, usize)) {
        let unread = self.move_rows(&group, stage).await;
        if unread && group.len() > 1 {
            for task in &group {
                self.move_rows(&[*task], stage).await;
            }
        }
        if self.quarantine.is_none() {
            for task in &group {
                self.leave_watermark(task).await;
            }
        }
    }

    /// Moves the rows of views that are read together. Gives whether reading them failed before a
    /// row was sent.
    async fn move_rows(&mut self, tasks: &[Task], stage: (usize, usize)) -> bool {
        let started = Instant::now();
        let what = format!("materializing {}", group::names(tasks).replace('`', ""));
        self.progress.stage(stage.0, stage.1, what.clone());
        for task in tasks {
            let from = self.reports[task.index].from();
            let because = self.reports[task.index].full_because();
            let mut report = ViewReport::new(task.view.name());
            report.take_from(from, because);
            self.reports[task.index] = report;
        }
        let counted = Arc::new(Counted::new(tasks.len()));
        let (sender, receiver) = mpsc::channel(WAITING);
        let reading = Reading {
            store: self.store.clone(),
            tasks: tasks.to_vec(),
            counted: Arc::clone(&counted),
            quarantine: self.quarantine.clone(),
            strict: self.strict,
            horizon: self.asked.judging(&self.store),
        };
        let question = reading.question();
        let read = latest(&*self.engine, question, move |rows| {
            reading.send_rows(rows, &sender)
        });
        let (reports, progress) = (&mut self.reports, &self.progress);
        let (kept, mut sent) = (&mut self.kept, 0);
        let online = self.store.online();
        let write = |chunk: Chunk| async move {
            let written = write_rows(&**online, &chunk.rows).await?;
            Ok((chunk, written))
        };
        let write = send(receiver, write, |(chunk, written)| {
            for ((view, row), written) in chunk.views.iter().zip(&chunk.rows).zip(&written) {
                let index = tasks[*view].index;
                match written {
                    Written::Stored => reports[index].add_written(),
                    Written::Older => reports[index].add_older(),
                }
                // In either case there is a row.
                kept[index].wrote(&row.address);
            }
            sent += written.len() as u64;
            let (all, within) = counted.sending();
            progress.part(stage.0, stage.1, what.clone(), (sent, all), within);
        });
        let (read, write) = futures_util::future::join(read, write).await;
        let unread = read.is_err() && !counted.is_sending();
        for (task, counts) in tasks.iter().zip(counted.take()) {
            self.reports[task.index].count(counts);
            self.reports[task.index].finish(started.elapsed());
        }
        if let Err(error) = write.and(read) {
            let stopped = matches!(&error, MaterializeError::Offline(error) if matches!(**error, OfflineError::Stopped { .. }));
            let error = Arc::new(error);
            for task in tasks {
                self.reports[task.index].fail(Arc::clone(&error));
            }
            return unread && !stopped;
        }
        false
    }

    /// States that go by themselves would be taken for entities without events.
    fn refuse_eviction(&self, view: &'static ViewDefinition) -> Result<(), MaterializeError> {
        match &self.evicts {
            None => Ok(()),
            Some(reason) => Err(MaterializeError::EvictsStates {
                view: view.name(),
                location: self.store.online().location(),
                reason: reason.clone(),
            }),
        }
    }

    /// Makes the states of window views whose events are read together.
    async fn make_states(&mut self, tasks: Vec<Task>, stage: (usize, usize)) {
        let started = Instant::now();
        let what = format!("materializing {}", group::names(&tasks).replace('`', ""));
        self.progress.stage(stage.0, stage.1, what.clone());
        let counted = Arc::new(Counted::new(tasks.len()));
        let (sender, receiver) = mpsc::channel(WAITING);
        let making = Making {
            store: self.store.clone(),
            tasks: tasks.clone(),
            counted: Arc::clone(&counted),
            quarantine: self.quarantine.clone(),
            strict: self.strict,
            horizon: self.asked.judging(&self.store),
        };
        let question = making.question();
        let read = events(&*self.engine, question, move |events| {
            making.make(&events, &sender)
        });
        let (online, of_group) = (&**self.store.online(), &tasks[..]);
        let (reports, kept, mut seen) = (&mut self.reports, &mut self.kept, Seen::default());
        let write = |made| states::write(online, of_group, made);
        let write = send(receiver, write, |written| {
            for (state, outcome) in written {
                let index = of_group[state.view].index;
                match outcome {
                    states::Outcome::Stored => reports[index].add_written(),
                    states::Outcome::Older => reports[index].add_older(),
                }
                if state.summary.is_some() {
                    kept[index].wrote(&state.address);
                }
                seen.add(&state.address);
            }
        });
        let (read, write) = futures_util::future::join(read, write).await;
        for (task, counts) in tasks.iter().zip(counted.take()) {
            self.reports[task.index].count(counts);
        }
        if let Err(error) = write.and(read) {
            let error = Arc::new(error);
            for task in &tasks {
                self.reports[task.index].fail(Arc::clone(&error));
            }
        }
        for task in &tasks {
            let report = &mut self.reports[task.index];
            // All entities were seen, and none of them was left out.
            if report.error().is_none() && task.window.from.is_none() {
                match states::prune(&self.store, task, &seen).await {
                    Ok(removed) => report.remove(removed),
                    Err(error) => report.fail(Arc::new(error)),
                }
            }
            report.finish(started.elapsed());
        }
        if self.quarantine.is_none() {
            for task in &tasks {
                self.leave_watermark(task).await;
            }
        }
    }

    /// Says in the online store what a view's run took, and what it is materialized up to, now that
    /// its rows are there.
    async fn leave_watermark(&mut self, task: &Task) {
        let report = &mut self.reports[task.index];
        report.fail_without_valid_rows();
        let outcome = Outcome {
            until: task.window.until,
            read: report.read(),
            rejected: report.rejected(),
        };
        // Of what could not be read, nothing is known.
        if report.error().is_none() || report.rejected() > 0 {
            let (records, field) = (self.store.records(), task.view.field());
            let left = records.put(Record::Outcome, field, &outcome.text()).await;
            if let Err(error) = left {
                report.fail(Arc::new(error.into()));
            }
        }
        if report.error().is_some() {
            return;
        }
        let kept = &self.kept[task.index];
        let left = async {
            let watermark = watermark::advance(&self.store, task.view, &task.window, kept).await?;
            loaded::note(&self.store, task.view).await?;
            Ok(watermark)
        };
        match left.await {
            Ok(watermark) => report.leave(watermark),
            Err(error) => report.fail(Arc::new(error)),
        }
    }
}

fn log(report: &ViewReport) {
    let view = report.view();
    match report.error() {
        Some(error) => tracing::error!(view, %error, "not materialized"),
        None => tracing::info!(
            view,
            written = report.written(),
            older = report.older(),
            rejected = report.rejected(),
            "materialized"
        ),
    }
}
