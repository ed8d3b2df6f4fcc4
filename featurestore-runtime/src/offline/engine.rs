//! What the offline store asks its engine. An engine has a folder of its own, which alone names its
//! client and writes its dialect.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use featurestore_schema::{Dtype, SourceDtype};
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::events::{EventRows, EventsOf, TakeEvents};
use super::explain::{KeyRows, RowsOfKey};
use super::pages::Pages;
use super::progress::Observer;
use super::{OfflineError, Spine, TrainingReport};
use crate::service::ServiceDefinition;
use crate::time::Timestamp;
use crate::view::ViewDefinition;

/// An answer that is being worked on; who drops it stops the work.
pub(crate) type Answer<T> = BoxFuture<'static, Result<T, OfflineError>>;

/// An engine of the offline store. It reads the sources of declared views.
pub(crate) trait OfflineEngine: fmt::Debug + Send + Sync {
    /// The columns of each view's source, whatever the view declares of them.
    #[cfg_attr(not(feature = "cli"), allow(dead_code))] // only the lock asks
    fn describe(&self, views: Vec<&'static ViewDefinition>) -> Answer<Vec<Described>>;

    /// Writes a training set to a Parquet file, whole or not at all.
    fn train_to_file(&self, training: Training, path: PathBuf) -> Answer<TrainingReport>;

    /// The rows of a training set, a page at a time; who drops the pages stops the work.
    fn train_to_pages(&self, training: Training, form: RowForm) -> Answer<(Pages, TrainingReport)>;

    /// What a training set would have.
    fn count(&self, training: Training) -> Answer<TrainingReport>;

    /// The rows of each view's source that have a key, nearest to a time.
    fn rows_of_key(&self, asked: RowsOfKey) -> Answer<Vec<KeyRows>>;

    /// Finds the latest row of each entity, for views of which the same rows win, and gives them to
    /// `take` on the thread that reads them.
    fn latest(&self, asked: Latest, take: TakeLatest) -> Answer<()>;

    /// Finds the events of window views, sorted by key and time, and gives them to `take` on the thread
    /// that reads them.
    fn events(&self, asked: EventsOf, take: TakeEvents) -> Answer<()>;

    /// Writes lines of JSON to a Parquet file, whole or not at all.
    fn lines_to_file(&self, lines: Lines) -> Answer<()>;

    /// The same engine, which may use so much memory where nothing else is set.
    fn bounded(&self, memory: &str) -> Arc<dyn OfflineEngine>;
}

/// The names and types of a source's columns.
pub(crate) type Described = Result<Vec<(String, SourceDtype)>, OfflineError>;

/// A training set: a service's features, joined onto entity rows.
#[derive(Debug, Clone)]
pub(crate) struct Training {
    pub(crate) service: &'static ServiceDefinition,
    pub(crate) spine: Spine,
    pub(crate) options: Options,
    pub(crate) progress: Observer,
}

/// What a training set may be asked for beside its service and its spine.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options {
    /// Rows created after this are not used.
    pub(crate) known_at: Option<Timestamp>,
    /// Features are named `view__feature`.
    pub(crate) full_names: bool,
}

/// The columns that a training set's rows have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowForm {
    /// The spine's as they are, then the features.
    Columns,
    /// What typed rows are made of: join keys; time, in microseconds; request fields; of each view the
    /// event time of its row, in microseconds, and whether that is within the TTL; all columns that the
    /// service reads.
    Typed,
}

/// The latest rows of views that have one source, of which the same rows win.
#[derive(Debug, Clone)]
pub(crate) struct Latest {
    pub(crate) views: Vec<&'static ViewDefinition>,
    /// The earliest event time; nothing where all rows up to the end are taken.
    pub(crate) from: Option<Timestamp>,
    /// When rows are to have settled.
    pub(crate) until: Timestamp,
    /// The latest time that is not of the future, where rows of later ones are to be counted.
    pub(crate) horizon: Option<Timestamp>,
    /// Whether rows without a key or a time, and all of the future, are asked for as well.
    pub(crate) strays: bool,
}

/// How many rows of the future are given where strays are not asked for.
pub(crate) const EXAMPLES: u64 = 5;

/// What takes the latest rows, on the thread that reads them.
pub(crate) type TakeLatest = Box<dyn FnOnce(LatestRows<'_>) + Send>;

/// The latest rows, found.
pub(crate) struct LatestRows<'a> {
    /// The indices of the views whose source can't be read, and why.
    pub(crate) unreadable: Vec<(usize, OfflineError)>,
    /// The others, put together where the same rows are valid.
    pub(crate) parts: Vec<LatestPart>,
    pub(crate) pages: &'a dyn LatestPages,
}

/// The latest rows of views of which the same are valid. A row has the join keys, event and created
/// time in microseconds, and [`columns`](Self::columns); where rows are judged also whether it is
/// valid, and whether it is its entity's latest.
pub(crate) struct LatestPart {
    /// The indices of the views, and of their columns.
    pub(crate) views: Vec<(usize, Vec<usize>)>,
    /// The features that they read.
    pub(crate) columns: Vec<LatestColumn>,
    /// Whether rows may be invalid: an entity then has its latest row, and its latest valid one where
    /// that is another.
    pub(crate) is_judged: bool,
    /// How many entities have a row, valid or not.
    pub(crate) entities: u64,
    /// How many rows there are.
    pub(crate) rows: u64,
    /// How many rows have a null in each join key, and how many no event time.
    pub(crate) strays: Vec<u64>,
    /// How many rows are of the future.
    pub(crate) ahead: u64,
}

/// A column that views read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LatestColumn {
    pub(crate) name: &'static str,
    pub(crate) dtype: Dtype,
}

/// Reads what was found of a part, as often as it is asked.
pub(crate) trait LatestPages {
    /// At most `most` rows from the `first` on.
    fn rows(&self, part: usize, first: u64, most: u64) -> Result<Vec<RecordBatch>, OfflineError>;

    /// How many rows without a key or a time there are.
    fn count_strays(&self, part: usize) -> Result<u64, OfflineError>;

    /// At most `most` of them from the `first` on.
    fn strays(&self, part: usize, first: u64, most: u64) -> Result<Vec<RecordBatch>, OfflineError>;

    /// At most `most` of the rows of the future from the `first` on: of all of them where strays were
    /// asked for, else of [`EXAMPLES`].
    fn ahead(&self, part: usize, first: u64, most: u64) -> Result<Vec<RecordBatch>, OfflineError>;
}

/// A file of lines, a JSON object each, that are to be rows of another file.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    pub(crate) file: PathBuf,
    /// The bytes of the longest line.
    pub(crate) longest: usize,
    /// The columns; a timestamp is a number of microseconds in the lines.
    pub(crate) columns: &'static [(&'static str, Dtype)],
    pub(crate) path: PathBuf,
}

/// Asks for the latest rows, and does `work` with them.
pub(crate) async fn latest<T: Send + 'static, E: From<OfflineError> + Send + 'static>(
    engine: &dyn OfflineEngine,
    asked: Latest,
    work: impl FnOnce(LatestRows<'_>) -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    let (sender, mut receiver) = oneshot::channel();
    let take: TakeLatest = Box::new(move |rows| {
        // Nobody waits for it any more.
        let _ = sender.send(work(rows));
    });
    engine.latest(asked, take).await?;
    let nothing = |_| Err(OfflineError::stopped("it gave no rows").into());
    receiver.try_recv().unwrap_or_else(nothing)
}

/// Asks for events, and does `work` with them.
pub(crate) async fn events<T: Send + 'static, E: From<OfflineError> + Send + 'static>(
    engine: &dyn OfflineEngine,
    asked: EventsOf,
    work: impl FnOnce(EventRows<'_>) -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    let (sender, mut receiver) = oneshot::channel();
    let take: TakeEvents = Box::new(move |rows| {
        // Nobody waits for it any more.
        let _ = sender.send(work(rows));
    });
    engine.events(asked, take).await?;
    let nothing = |_| Err(OfflineError::stopped("it gave no events").into());
    receiver.try_recv().unwrap_or_else(nothing)
}
