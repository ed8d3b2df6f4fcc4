//! Reading a group's latest rows: which there are, which are kept out, which are sent.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use tokio::sync::mpsc;

use super::Rejection;
use super::batch::Batch;
use super::counts::{Counted, ViewCounts};
use super::group::{Columns, Task, names, widest};
use super::quarantine::Quarantine;
use super::send::Chunk;
use super::sending::Sending;
use crate::error::Error;
use crate::offline::latest::{LATEST, Latest, STRAYS};
use crate::offline::{OfflineError, Params, RuleSql, Session, ViewRelation, view_relation};
use crate::pit::Rule;
use crate::store::FeatureStore;
use crate::view::{JoinKey, ViewDefinition};

/// How many rows are in memory at once, columns side by side.
pub(super) const PAGE: u64 = 16_384;

/// Reads the latest rows of a group of views, on a thread that may block.
pub(super) struct Reading {
    pub(super) store: FeatureStore,
    pub(super) tasks: Vec<Task>,
    pub(super) counted: Arc<Counted>,
    pub(super) quarantine: Option<Arc<Quarantine>>,
}

/// The views that are read, each with its place in the group.
pub(super) struct Views {
    pub(super) all: Vec<&'static ViewDefinition>,
    pub(super) places: Vec<usize>,
    pub(super) columns: Columns,
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
        let mut sending = Sending::new(self.store.project());
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
            rule: &RuleSql::new(Rule::of(views.all[0]), &views.source, false),
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
            let key_violation = batch.key_violation(row);
            let mut address = None;
            for (view, place) in views.places.iter().enumerate() {
                let counts = &mut counts[*place];
                counts.read += 1;
                let violation = match &key_violation {
                    Some(violation) => Some(violation.clone()),
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
                    None => address.insert(batch.address(sending.project(), row)?),
                };
                sending.push(batch, (view, *place), row, &values, address)?;
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

    pub(super) fn page(
        &self,
        session: &Session,
        table: &str,
        first: u64,
    ) -> Result<Vec<RecordBatch>, Error> {
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
