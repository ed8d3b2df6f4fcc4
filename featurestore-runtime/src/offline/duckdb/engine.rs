//! The questions of the offline store, answered by `DuckDB`: each on a connection of its own, on a
//! thread that may block.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::explain::rows_of_key;
use super::join::Joined;
use super::latest::answer::answer as latest;
use super::plan::Plan;
use super::result::file;
use super::session::sql::Params;
use super::session::{Session, Task, run};
use super::source::source_columns;
use super::windows::all_events;
use crate::offline::engine::{
    Answer, Described, Latest, Lines, OfflineEngine, RowForm, TakeLatest, Training,
};
use crate::offline::events::{EventsOf, TakeEvents};
use crate::offline::explain::{KeyRows, RowsOfKey};
use crate::offline::pages::{PageWork, Pages};
use crate::offline::progress::Stages;
use crate::offline::{OfflineError, OfflineSettings, TrainingReport};
use crate::view::{Paths, ViewDefinition};

/// How often a source is read before it is an error that a file changes meanwhile: more
/// than once, since a source is replaced about when its view is due.
const TRIES: usize = 3;

/// `DuckDB`, over the files of this machine.
#[derive(Debug, Clone)]
pub(crate) struct DuckDb {
    settings: OfflineSettings,
    paths: Paths,
}

impl DuckDb {
    pub(crate) const fn new(settings: OfflineSettings, paths: Paths) -> Self {
        Self { settings, paths }
    }

    fn answer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Session, &Paths) -> Result<T, OfflineError> + Send + 'static,
    ) -> Answer<T> {
        let paths = self.paths.clone();
        run(self.settings.clone(), move |session| work(session, &paths)).boxed()
    }

    /// Does work until no file changes meanwhile, a few times at most.
    fn steady(
        &self,
        work: impl Fn(&Session, &Paths) -> Result<(), OfflineError> + Send + Sync + 'static,
    ) -> Answer<()> {
        let Self { settings, paths } = self.clone();
        let work = Arc::new(work);
        async move {
            let mut tries = 1;
            loop {
                let (work, paths) = (Arc::clone(&work), paths.clone());
                // A session of its own, which knows nothing of what the files were before.
                let work = move |session: &Session| work(session, &paths);
                match run(settings.clone(), work).await {
                    Err(OfflineError::Changed { .. }) if tries < TRIES => tries += 1,
                    result => return result,
                }
            }
        }
        .boxed()
    }
}

impl OfflineEngine for DuckDb {
    fn describe(&self, views: Vec<&'static ViewDefinition>) -> Answer<Vec<Described>> {
        self.answer(move |session, paths| {
            let described = views.into_iter();
            let described = described.map(|view| source_columns(session, view, paths));
            Ok(described.collect())
        })
    }

    fn train_to_file(&self, training: Training, path: PathBuf) -> Answer<TrainingReport> {
        let started = Instant::now();
        self.answer(move |session, paths| {
            let mut joined = training.join(session, paths)?;
            joined.compute(session)?;
            joined.stages.begin(format!("writing {}", path.display()));
            file::write(session, &joined, &path)?;
            Ok(joined.report(Some(path), started))
        })
    }

    fn train_to_pages(&self, training: Training, form: RowForm) -> Answer<(Pages, TrainingReport)> {
        let started = Instant::now();
        let Self { settings, paths } = self.clone();
        Pages::start(move |mut sender| {
            let task = Task::spawn(settings, move |session| {
                let send = |session: &Session| {
                    let mut joined = training.join(session, &paths)?;
                    if form == RowForm::Columns {
                        joined.compute(session)?;
                    }
                    joined.stages.begin("putting the rows together");
                    let mut params = Params::default();
                    let query = match form {
                        RowForm::Columns => joined.plan.training_set(&mut params)?,
                        RowForm::Typed => joined.plan.typed_rows(&mut params),
                    };
                    let staged = joined.stage(session, &query, &params);
                    let staged = session.unchanged(staged)?;
                    sender.ready(Ok(joined.report(None, started)));
                    joined.send_pages(session, &staged, &sender)
                };
                let sent = session.and_then(send);
                sender.finish(sent);
            });
            Box::new(task)
        })
        .boxed()
    }

    fn count(&self, training: Training) -> Answer<TrainingReport> {
        let started = Instant::now();
        self.answer(move |session, paths| {
            let joined = training.join(session, paths)?;
            joined.stages.begin("counting");
            Ok(joined.report(None, started))
        })
    }

    fn rows_of_key(&self, asked: RowsOfKey) -> Answer<Vec<KeyRows>> {
        self.answer(move |session, paths| session.unchanged(rows_of_key(session, paths, &asked)))
    }

    fn latest(&self, asked: Latest, take: TakeLatest) -> Answer<()> {
        let take = Mutex::new(Some(take));
        self.steady(move |session, paths| latest(session, paths, &asked, &take))
    }

    fn events(&self, asked: EventsOf, take: TakeEvents) -> Answer<()> {
        let take = Mutex::new(Some(take));
        self.steady(move |session, paths| all_events(session, paths, &asked, &take))
    }

    fn lines_to_file(&self, lines: Lines) -> Answer<()> {
        self.answer(move |session, _| file::write_lines(session, &lines))
    }

    fn bounded(&self, memory: &str) -> Arc<dyn OfflineEngine> {
        let Self { settings, paths } = self.clone();
        Arc::new(Self::new(settings.bounded(memory), paths))
    }
}

impl Training {
    /// Checks everything that can be checked before a join, then finds the rows.
    fn join(self, session: &Session, paths: &Paths) -> Result<Joined, OfflineError> {
        let stages = Stages::new(self.progress, self.service.views().len());
        stages.begin("reading the entity rows");
        let plan = Plan::new(session, self.service, &self.spine, self.options, paths);
        session.unchanged(plan.and_then(|plan| plan.run(session, stages)))
    }
}

impl PageWork for Task {
    fn failure(self: Box<Self>) -> BoxFuture<'static, OfflineError> {
        Self::failure(*self).boxed()
    }
}
