//! Rows that leave the offline store a page at a time.

use arrow::record_batch::RecordBatch;
use tokio::sync::{mpsc, oneshot};

use super::OfflineError;
use super::historical::joining;
use super::report::TrainingReport;
use crate::error::Error;
use crate::offline::duckdb::join::Joined;
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::session::{Session, Task};

/// How many rows are in memory at once: a row group of `DuckDB`'s tables.
const PAGE: u64 = 122_880;
/// How many pages may wait to be taken.
const WAITING: usize = 1;
/// The table that the result is put into, in the spine's order.
const TABLE: &str = "training_set";

/// Pages of a result, in order. Who drops it stops what still runs.
#[derive(Debug)]
pub(super) struct Pages {
    receiver: mpsc::Receiver<Result<RecordBatch, Error>>,
    _task: Task,
}

/// The sending half of [`Pages`], on the thread that may block.
#[derive(Debug)]
pub(super) struct PageSender {
    sender: mpsc::Sender<Result<RecordBatch, Error>>,
    ready: Option<oneshot::Sender<Result<TrainingReport, Error>>>,
}

impl Pages {
    /// Does `work`, which sends pages, on a thread that may block. Waits until its report is
    /// there, which comes before the first page.
    pub(super) async fn start(
        spawn: impl FnOnce(PageSender) -> Task,
    ) -> Result<(Self, TrainingReport), Error> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let (ready, report) = oneshot::channel();
        let task = spawn(PageSender {
            sender,
            ready: Some(ready),
        });
        match report.await {
            Ok(report) => Ok((
                Self {
                    receiver,
                    _task: task,
                },
                report?,
            )),
            Err(_) => Err(task.failure().await),
        }
    }

    /// The next page; nothing after the last.
    pub(super) async fn next(&mut self) -> Option<Result<RecordBatch, Error>> {
        self.receiver.recv().await
    }

    pub(super) fn poll_next(
        &mut self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<RecordBatch, Error>>> {
        self.receiver.poll_recv(context)
    }
}

impl PageSender {
    /// Says that the rows are found, or why they are not.
    pub(super) fn ready(&mut self, report: Result<TrainingReport, Error>) {
        if let Some(ready) = self.ready.take() {
            // Nobody waits for it any more: then nobody takes pages either.
            let _ = ready.send(report);
        }
    }

    /// Sends a page; whether anybody takes more of them.
    pub(super) fn send(&self, page: Result<RecordBatch, Error>) -> bool {
        self.sender.blocking_send(page).is_ok()
    }

    /// Ends with `result`: an error reaches whoever waits, for the report or for a page.
    pub(super) fn finish(mut self, result: Result<(), Error>) {
        let Err(error) = result else { return };
        match self.ready.take() {
            Some(ready) => drop(ready.send(Err(error))),
            None => drop(self.sender.blocking_send(Err(error))),
        }
    }
}

/// A result in its table.
#[derive(Debug)]
pub(super) struct Staged {
    rows: u64,
    /// Its columns under their own names.
    output: String,
}

impl Joined {
    /// Puts the result of `query` into a table, whose columns have names that can't hide the
    /// numbers of its rows.
    pub(super) fn stage(
        &self,
        session: &Session,
        query: &str,
        params: &Params,
    ) -> Result<Staged, OfflineError> {
        let failure = |error| joining(&self.plan, &error);
        let columns = session.describe(&format!("({query})"), params);
        let columns = columns.map_err(failure)?.into_iter().enumerate();
        let (names, output): (Vec<String>, Vec<String>) = columns
            .map(|(index, (name, _))| {
                let column = format!("c{index}");
                let output = format!("{column} AS {}", quote(&name));
                (column, output)
            })
            .unzip();
        let sql = format!("CREATE TABLE {TABLE} ({}) AS {query}", names.join(", "));
        session.execute(&sql, params).map_err(failure)?;
        let sql = format!("SELECT count(*) FROM {TABLE}");
        let rows = session.count(&sql, &Params::default()).map_err(failure)?;
        let output = output.join(", ");
        Ok(Staged { rows, output })
    }

    /// Sends the table's pages in order, until nobody takes them.
    pub(super) fn send_pages(
        &self,
        session: &Session,
        staged: &Staged,
        sender: &PageSender,
    ) -> Result<(), Error> {
        let mut first = 0;
        loop {
            let sql = format!(
                "SELECT {} FROM {TABLE} WHERE {TABLE}.rowid >= {first} AND {TABLE}.rowid < {} ORDER BY {TABLE}.rowid",
                staged.output,
                first + PAGE
            );
            let batches = session
                .batches(&sql, &Params::default())
                .map_err(|error| joining(&self.plan, &error))?;
            for batch in batches {
                if !sender.send(Ok(batch)) {
                    return Ok(());
                }
            }
            first += PAGE;
            if first >= staged.rows {
                return Ok(());
            }
        }
    }
}
