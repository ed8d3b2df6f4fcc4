//! Reading a group's latest rows: which there are, which are kept out, which are sent.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use tokio::sync::mpsc;

use super::Rejection;
use super::batch::Batch;
use super::counts::{Counted, ViewCounts};
use super::group::{Columns, Task, names, widest};
use super::latest::{LATEST, Latest, STRAYS};
use super::quarantine::Quarantine;
use super::send::Chunk;
use crate::error::Error;
use crate::offline::{OfflineError, Params, Session, ViewRelation, view_relation};
use crate::online::RowWrite;
use crate::store::FeatureStore;
use crate::view::{JoinKey, ViewDefinition};

/// How many rows are in memory at once, columns side by side.
const PAGE: u64 = 16_384;
/// From how many rows or bytes on a chunk is full. A chunk is one transaction of an embedded
/// store and one pipeline of a Redis server.
const CHUNK: (usize, usize) = (4_000, 2 << 20);

/// Reads the latest rows of a group of views, on a thread that may block.
pub(super) struct Reading {
    pub(super) store: FeatureStore,
    pub(super) tasks: Vec<Task>,
    pub(super) counted: Arc<Counted>,
    pub(super) quarantine: Option<Arc<Quarantine>>,
}

/// The views that are read, each with its place in the group.
struct Views {
    all: Vec<&'static ViewDefinition>,
    places: Vec<usize>,
    columns: Columns,
    source: ViewRelation,
}

impl Reading {
    /// Sends the rows in chunks; ends early when nobody takes them any more.
    pub(super) fn send_rows(
        &self,
        session: &Session,
        sender: &mpsc::Sender<Chunk>,
    ) -> Result<(), Error> {
        let Some(mut views) = self.look(session)? else {
            return Ok(());
        };
        let rows = self.stage(session, &views)?;
        self.leave_out(session, &mut views, rows)?;
        if views.all.is_empty() {
            return Ok(());
        }
        self.counted.begin(rows, views.all.len());
        let mut sending = Sending {
            project: self.store.project(),
            chunk: Chunk::default(),
            bytes: Vec::new(),
            rows: Vec::new(),
        };
        for page in (0..rows).step_by(usize::try_from(PAGE).unwrap_or(usize::MAX)) {
            for batch in self.page(session, LATEST, page)? {
                let batch = Batch::new(&views.all, &views.columns, &batch)?;
                if !self.send_batch(&views, &batch, &mut sending, sender)? {
                    return Ok(());
                }
            }
        }
        if let Some(chunk) = sending.take() {
            let _ = sender.blocking_send(chunk);
        }
        Ok(())
    }

    /// Looks at the views' source; nothing where none of them fits it.
    fn look(&self, session: &Session) -> Result<Option<Views>, Error> {
        let mut views: Option<Views> = None;
        for (place, task) in self.tasks.iter().enumerate() {
            let source = match view_relation(session, task.view, self.store.paths()) {
                Ok(source) => source,
                // The view's own: another one may be declared right.
                Err(error) => {
                    self.counted.fail(place, error.into());
                    continue;
                }
            };
            match &mut views {
                Some(views) => {
                    views.columns.add(task.view, &source);
                    views.all.push(task.view);
                    views.places.push(place);
                }
                None => {
                    let mut columns = Columns::default();
                    columns.add(task.view, &source);
                    views = Some(Views {
                        all: vec![task.view],
                        places: vec![place],
                        columns,
                        source,
                    });
                }
            }
        }
        Ok(views)
    }

    /// Chooses the latest rows; gives their number.
    fn stage(&self, session: &Session, views: &Views) -> Result<u64, Error> {
        let latest = Latest {
            session,
            view: views.all[0],
            source: &views.source,
            columns: &views.columns.all,
            window: widest(&self.tasks),
        };
        let failure = |error: duckdb::Error| {
            let (what, text) = (names(&self.tasks), &views.source.relation.text);
            OfflineError::query(format!("reading {what} from {text}"), &error)
        };
        let quarantined = self.quarantine.is_some();
        let found = latest.stage(quarantined).map_err(failure)?;
        let keys = views.all[0].join_keys().iter().map(JoinKey::source_column);
        let columns = keys.chain([views.all[0].timestamp_column()]);
        let mut counts = self.no_counts();
        let mut any = false;
        for (column, rows) in columns.zip(found.strays).filter(|(_, rows)| *rows > 0) {
            any = true;
            for place in &views.places {
                counts[*place].read += rows;
                counts[*place].reject(rows, || Rejection {
                    key: "null".to_owned(),
                    column,
                    reason: format!("it is null in {rows} rows"),
                });
            }
        }
        self.counted.add(counts);
        if let Some(quarantine) = self.quarantine.as_ref().filter(|_| any) {
            self.quarantine_strays(session, views, quarantine)?;
        }
        Ok(found.rows)
    }

    fn quarantine_strays(
        &self,
        session: &Session,
        views: &Views,
        quarantine: &Quarantine,
    ) -> Result<(), Error> {
        let count = session.count(
            &format!("SELECT count(*) FROM {STRAYS}"),
            &Params::default(),
        );
        let rows = count.map_err(|error| self.failure(&error))?;
        for page in (0..rows).step_by(usize::try_from(PAGE).unwrap_or(usize::MAX)) {
            for batch in self.page(session, STRAYS, page)? {
                let batch = Batch::new(&views.all, &views.columns, &batch)?;
                for row in 0..batch.rows {
                    let rejection = Rejection {
                        key: batch.key(row),
                        column: batch.stray_column(row),
                        reason: "it is null".to_owned(),
                    };
                    for view in 0..views.all.len() {
                        quarantine.add(views.all[view], &batch, (view, row), &rejection)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Leaves out the views that have a column with fewer valid rows than it declares.
    fn leave_out(&self, session: &Session, views: &mut Views, rows: u64) -> Result<(), Error> {
        let is_shared = |view: &&ViewDefinition| {
            let mut columns = view.columns().iter();
            columns.any(|column| column.mostly().is_some())
        };
        if !views.all.iter().any(is_shared) {
            return Ok(());
        }
        let columns = views.all.iter().map(|view| view.columns().len());
        let mut invalid: Vec<Vec<(u64, Option<Rejection>)>> =
            columns.map(|columns| vec![(0, None); columns]).collect();
        for page in (0..rows).step_by(usize::try_from(PAGE).unwrap_or(usize::MAX)) {
            for batch in self.page(session, LATEST, page)? {
                let batch = Batch::new(&views.all, &views.columns, &batch)?;
                for (view, invalid) in invalid.iter_mut().enumerate() {
                    for (index, (count, example)) in invalid.iter_mut().enumerate() {
                        for row in 0..batch.rows {
                            if let Err(violation) = batch.value(view, index, row)? {
                                *count += 1;
                                example.get_or_insert_with(|| violation.rejection(batch.key(row)));
                            }
                        }
                    }
                }
            }
        }
        for view in (0..views.all.len()).rev() {
            if let Err(error) = check_shares(views.all[view], &invalid[view], rows) {
                self.counted.fail(views.places[view], error.into());
                views.all.remove(view);
                views.places.remove(view);
                views.columns.of_views.remove(view);
            }
        }
        Ok(())
    }

    /// Sends a batch's rows; gives whether anybody takes them.
    fn send_batch(
        &self,
        views: &Views,
        batch: &Batch<'_>,
        sending: &mut Sending<'_>,
        sender: &mpsc::Sender<Chunk>,
    ) -> Result<bool, Error> {
        let mut counts = self.no_counts();
        let mut values = Vec::new();
        for row in 0..batch.rows {
            let mut address = None;
            for (view, place) in views.places.iter().enumerate() {
                let counts = &mut counts[*place];
                counts.read += 1;
                let violation = match batch.key_violation(row) {
                    Some(violation) => Some(violation),
                    None => batch.values(view, row, &mut values)?,
                };
                if let Some(violation) = violation {
                    let rejection = violation.rejection(batch.key(row));
                    if let Some(quarantine) = &self.quarantine {
                        quarantine.add(views.all[view], batch, (view, row), &rejection)?;
                    }
                    counts.reject(1, || rejection);
                    continue;
                }
                let address = match &address {
                    Some(address) => address,
                    None => address.insert(batch.address(sending.project, row)?),
                };
                let range = batch.encode(view, row, &values, &mut sending.bytes)?;
                sending.rows.push((range.end, *place));
                sending.chunk.rows.push(RowWrite {
                    address: address.clone(),
                    field: views.all[view].field(),
                    row: Bytes::new(),
                });
            }
            if sending.is_full() {
                self.counted
                    .add(std::mem::replace(&mut counts, self.no_counts()));
                if let Some(chunk) = sending.take()
                    && sender.blocking_send(chunk).is_err()
                {
                    return Ok(false);
                }
            }
        }
        self.counted.add(counts);
        Ok(true)
    }

    fn no_counts(&self) -> Vec<ViewCounts> {
        let mut counts = Vec::new();
        counts.resize_with(self.tasks.len(), ViewCounts::default);
        counts
    }

    fn page(&self, session: &Session, table: &str, first: u64) -> Result<Vec<RecordBatch>, Error> {
        let sql = format!(
            "SELECT * FROM {table} WHERE rowid >= {first} AND rowid < {} ORDER BY rowid",
            first + PAGE
        );
        let batches = session.batches(&sql, &Params::default());
        Ok(batches.map_err(|error| self.failure(&error))?)
    }

    fn failure(&self, error: &duckdb::Error) -> OfflineError {
        OfflineError::query(format!("reading {}", names(&self.tasks)), error)
    }
}

/// A chunk that is being filled.
struct Sending<'a> {
    project: &'a str,
    chunk: Chunk,
    /// The bytes of its rows, one behind the other, as one allocation is cheaper than many.
    bytes: Vec<u8>,
    /// Where each row ends among the bytes, and the place of its view in the group.
    rows: Vec<(usize, usize)>,
}

impl Sending<'_> {
    fn is_full(&self) -> bool {
        self.rows.len() >= CHUNK.0 || self.bytes.len() >= CHUNK.1
    }

    /// The chunk, if it has rows.
    fn take(&mut self) -> Option<Chunk> {
        if self.rows.is_empty() {
            return None;
        }
        let mut chunk = std::mem::take(&mut self.chunk);
        let bytes = Bytes::from(std::mem::take(&mut self.bytes));
        let mut start = 0;
        for (write, (end, view)) in chunk.rows.iter_mut().zip(self.rows.drain(..)) {
            write.row = bytes.slice(start..end);
            chunk.views.push(view);
            start = end;
        }
        Some(chunk)
    }
}

/// Whether each column with `mostly` is valid in as many rows as it declares.
fn check_shares(
    view: &'static ViewDefinition,
    invalid: &[(u64, Option<Rejection>)],
    rows: u64,
) -> Result<(), OfflineError> {
    for (column, (invalid, example)) in view.columns().iter().zip(invalid) {
        let (Some(mostly), Some(example)) = (column.mostly(), example) else {
            continue;
        };
        let valid = rows - invalid;
        // A share needs no more digits than f64 has.
        #[allow(clippy::cast_precision_loss)]
        if (valid as f64) < mostly * (rows as f64) {
            return Err(OfflineError::Mostly {
                view: view.name(),
                column: column.source_column(),
                valid,
                rows,
                mostly,
                example: example.to_string(),
            });
        }
    }
    Ok(())
}
