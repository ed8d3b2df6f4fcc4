//! Reading a view's latest rows: which there are, which are kept out, which are sent.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::record_batch::RecordBatch;
use tokio::sync::mpsc;

use super::batch::Batch;
use super::latest::{Latest, TABLE};
use super::{CHUNK, Rejection};
use crate::error::Error;
use crate::offline::{OfflineError, Params, Session, view_relation};
use crate::online::RowWrite;
use crate::store::FeatureStore;
use crate::time::Timestamp;
use crate::view::{JoinKey, ViewDefinition};

/// How many rows are in memory at once: a row group of `DuckDB`'s tables.
const PAGE: u64 = 122_880;
/// How many rejected rows a report shows.
const EXAMPLES: usize = 5;

/// Reads a view's latest rows, on a thread that may block.
pub(super) struct Reading {
    store: FeatureStore,
    view: &'static ViewDefinition,
    until: Timestamp,
    counted: Arc<Counted>,
}

/// What was read and kept out so far; also there when the reading fails.
#[derive(Debug, Default)]
pub(super) struct Counted(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    latest: u64,
    read: u64,
    rejected: u64,
    rejections: Vec<Rejection>,
}

impl Counted {
    pub(super) fn take(&self) -> (u64, u64, Vec<Rejection>) {
        let counts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        (counts.read, counts.rejected, counts.rejections)
    }

    /// How many entities have a row, once that is known.
    pub(super) fn latest(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).latest
    }

    fn change(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn reject(&self, rows: u64, rejection: impl FnOnce() -> Rejection) {
        self.change(|counts| {
            counts.rejected += rows;
            if counts.rejections.len() < EXAMPLES {
                counts.rejections.push(rejection());
            }
        });
    }
}

impl Reading {
    pub(super) fn new(
        store: &FeatureStore,
        view: &'static ViewDefinition,
        until: Timestamp,
    ) -> Self {
        Self {
            store: store.clone(),
            view,
            until,
            counted: Arc::default(),
        }
    }

    pub(super) const fn counted(&self) -> &Arc<Counted> {
        &self.counted
    }

    /// Sends the rows in chunks; ends early when nobody takes them any more.
    pub(super) fn send_rows(
        &self,
        session: &Session,
        sender: &mpsc::Sender<Vec<RowWrite>>,
    ) -> Result<(), Error> {
        let rows = self.stage(session)?;
        self.counted.change(|counts| counts.latest = rows);
        if self
            .view
            .columns()
            .iter()
            .any(|column| column.mostly().is_some())
        {
            self.check_shares(session, rows)?;
        }
        let mut chunk = Vec::with_capacity(CHUNK);
        for page in (0..rows).step_by(usize::try_from(PAGE).unwrap_or(usize::MAX)) {
            for batch in self.page(session, page)? {
                let batch = Batch::new(self.view, &batch)?;
                for row in 0..batch.rows {
                    self.counted.change(|counts| counts.read += 1);
                    match batch.violation(row)? {
                        Some(violation) => {
                            self.counted.reject(1, || violation.rejection(&batch, row));
                        }
                        None => chunk.push(batch.write(self.store.project(), row)?),
                    }
                    if chunk.len() == CHUNK
                        && sender.blocking_send(std::mem::take(&mut chunk)).is_err()
                    {
                        return Ok(());
                    }
                }
            }
        }
        if !chunk.is_empty() {
            let _ = sender.blocking_send(chunk);
        }
        Ok(())
    }

    /// Chooses the latest rows; gives their number.
    fn stage(&self, session: &Session) -> Result<u64, Error> {
        let source = view_relation(session, self.view, self.store.paths())?;
        let latest = Latest {
            view: self.view,
            source: &source,
            until: self.until,
        };
        let failure = |error: duckdb::Error| {
            let doing = format!(
                "reading view `{}` from {}",
                self.view.name(),
                source.relation.text
            );
            OfflineError::query(doing, &error)
        };
        let mut params = Params::default();
        let sql = latest.stray(&mut params);
        let strays = session.numbers(&sql, &params).map_err(failure)?;
        let keys = self.view.join_keys().iter().map(JoinKey::source_column);
        let columns = keys.chain([self.view.timestamp_column()]);
        for (column, rows) in columns.zip(strays).filter(|(_, rows)| *rows > 0) {
            self.counted.change(|counts| counts.read += rows);
            self.counted.reject(rows, || Rejection {
                key: "null".to_owned(),
                column,
                reason: format!("it is null in {rows} rows"),
            });
        }
        let mut params = Params::default();
        let sql = latest.stage(&mut params);
        session.execute(&sql, &params).map_err(failure)?;
        let sql = format!("SELECT count(*) FROM {TABLE}");
        Ok(session.count(&sql, &Params::default()).map_err(failure)?)
    }

    fn page(&self, session: &Session, first: u64) -> Result<Vec<RecordBatch>, Error> {
        let sql = format!(
            "SELECT * FROM {TABLE} WHERE rowid >= {first} AND rowid < {} ORDER BY rowid",
            first + PAGE
        );
        let batches = session.batches(&sql, &Params::default());
        Ok(batches.map_err(|error| self.failure(&error))?)
    }

    /// Whether each column with `mostly` is valid in as many rows as it declares.
    fn check_shares(&self, session: &Session, rows: u64) -> Result<(), Error> {
        let mut invalid: Vec<(u64, Option<Rejection>)> = vec![(0, None); self.view.columns().len()];
        for page in (0..rows).step_by(usize::try_from(PAGE).unwrap_or(usize::MAX)) {
            for batch in self.page(session, page)? {
                let batch = Batch::new(self.view, &batch)?;
                for row in 0..batch.rows {
                    for (index, (count, example)) in invalid.iter_mut().enumerate() {
                        if let Some(violation) = batch.column_violation(index, row)? {
                            *count += 1;
                            example.get_or_insert_with(|| violation.rejection(&batch, row));
                        }
                    }
                }
            }
        }
        for (column, (invalid, example)) in self.view.columns().iter().zip(invalid) {
            let (Some(mostly), Some(example)) = (column.mostly(), example) else {
                continue;
            };
            let valid = rows - invalid;
            // A share needs no more digits than f64 has.
            #[allow(clippy::cast_precision_loss)]
            if (valid as f64) < mostly * (rows as f64) {
                return Err(OfflineError::Mostly {
                    view: self.view.name(),
                    column: column.source_column(),
                    valid,
                    rows,
                    mostly,
                    example: example.to_string(),
                }
                .into());
            }
        }
        Ok(())
    }

    fn failure(&self, error: &duckdb::Error) -> OfflineError {
        OfflineError::query(format!("reading view `{}`", self.view.name()), error)
    }
}
