//! Rows that leave the offline store a page at a time.

use std::fmt;

use arrow::record_batch::RecordBatch;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use super::OfflineError;
use super::report::TrainingReport;

/// How many pages may wait to be taken.
const WAITING: usize = 1;

/// What makes pages; who drops it stops it.
pub(crate) trait PageWork: fmt::Debug + Send + Sync {
    /// Why it ended without an answer.
    fn failure(self: Box<Self>) -> BoxFuture<'static, OfflineError>;
}

/// Pages of a result, in order. Who drops it stops what still runs.
#[derive(Debug)]
pub(crate) struct Pages {
    receiver: mpsc::Receiver<Result<RecordBatch, OfflineError>>,
    _work: Box<dyn PageWork>,
}

/// The sending half of [`Pages`], on the thread that may block.
#[derive(Debug)]
pub(crate) struct PageSender {
    sender: mpsc::Sender<Result<RecordBatch, OfflineError>>,
    ready: Option<oneshot::Sender<Result<TrainingReport, OfflineError>>>,
}

impl Pages {
    /// Does `work`, which sends pages, on a thread that may block. Waits until its report is
    /// there, which comes before the first page.
    pub(crate) async fn start(
        spawn: impl FnOnce(PageSender) -> Box<dyn PageWork>,
    ) -> Result<(Self, TrainingReport), OfflineError> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let (ready, report) = oneshot::channel();
        let work = spawn(PageSender {
            sender,
            ready: Some(ready),
        });
        match report.await {
            Ok(report) => Ok((
                Self {
                    receiver,
                    _work: work,
                },
                report?,
            )),
            Err(_) => Err(work.failure().await),
        }
    }

    /// The next page; nothing after the last.
    pub(crate) async fn next(&mut self) -> Option<Result<RecordBatch, OfflineError>> {
        self.receiver.recv().await
    }

    pub(crate) fn poll_next(
        &mut self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<RecordBatch, OfflineError>>> {
        self.receiver.poll_recv(context)
    }
}

impl PageSender {
    /// Says that the rows are found, or why they are not.
    pub(crate) fn ready(&mut self, report: Result<TrainingReport, OfflineError>) {
        if let Some(ready) = self.ready.take() {
            // Nobody waits for it any more: then nobody takes pages either.
            let _ = ready.send(report);
        }
    }

    /// Sends a page; whether anybody takes more of them.
    pub(crate) fn send(&self, page: Result<RecordBatch, OfflineError>) -> bool {
        self.sender.blocking_send(page).is_ok()
    }

    /// Ends with `result`: an error reaches whoever waits, for the report or for a page.
    pub(crate) fn finish(mut self, result: Result<(), OfflineError>) {
        let Err(error) = result else { return };
        match self.ready.take() {
            Some(ready) => drop(ready.send(Err(error))),
            None => drop(self.sender.blocking_send(Err(error))),
        }
    }
}
