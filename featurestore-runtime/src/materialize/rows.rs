//! Reading a group's latest rows: which there are, which are kept out, which are sent.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::batch::Batch;
use super::counts::{Counted, ViewCounts};
use super::group::{Columns, Task, widest};
use super::quarantine::Quarantine;
use super::send::Chunk;
use super::sending::Sending;
use super::{MaterializeError, Rejection};
use crate::offline::{EXAMPLES, Latest, LatestPages, LatestPart, LatestRows};
use crate::store::FeatureStore;
use crate::time::Horizon;
use crate::view::{JoinKey, ViewDefinition};

/// How many rows are in memory at once, columns side by side.
pub(super) const PAGE: u64 = 16_384;

/// Reads the latest rows of a group of views, on a thread that may block.
pub(super) struct Reading {
    pub(super) store: FeatureStore,
    pub(super) tasks: Vec<Task>,
    pub(super) counted: Arc<Counted>,
    pub(super) quarantine: Option<Arc<Quarantine>>,
    /// Whether a view fails of which a row is rejected.
    pub(super) strict: bool,
    /// By what rows are judged that may be of the future.
    pub(super) horizon: Option<Horizon>,
}

/// The views that are read, each with its index in the group.
pub(super) struct Views {
    pub(super) all: Vec<&'static ViewDefinition>,
    pub(super) indices: Vec<usize>,
    pub(super) columns: Columns,
}

/// The latest rows of views of which the same rows are valid.
pub(super) struct PartRows<'a> {
    pub(super) part: usize,
    pub(super) entities: u64,
    pub(super) rows: u64,
    pub(super) is_judged: bool,
    pub(super) pages: &'a dyn LatestPages,
}

impl Reading {
    /// What is asked of the offline store.
    pub(super) fn question(&self) -> Latest {
        let window = widest(&self.tasks);
        Latest {
            views: self.tasks.iter().map(|task| task.view).collect(),
            from: window.from,
            until: window.until,
            horizon: self.horizon.map(Horizon::end),
            strays: self.quarantine.is_some(),
        }
    }

    /// Sends the rows in chunks; ends early when nobody takes them any more.
    pub(super) fn send_rows(
        &self,
        latest: LatestRows<'_>,
        sender: &mpsc::Sender<Chunk>,
    ) -> Result<(), MaterializeError> {
        for (index, error) in latest.unreadable {
            self.counted.fail(index, error.into());
        }
        for (part, found) in latest.parts.into_iter().enumerate() {
            let rows = PartRows {
                part,
                entities: found.entities,
                rows: found.rows,
                is_judged: found.is_judged,
                pages: latest.pages,
            };
            if !self.send_part(&rows, &found, sender)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Sends the rows of a part; gives whether anybody takes them.
    fn send_part(
        &self,
        rows: &PartRows<'_>,
        found: &LatestPart,
        sender: &mpsc::Sender<Chunk>,
    ) -> Result<bool, MaterializeError> {
        let indices: Vec<usize> = found.views.iter().map(|(index, _)| *index).collect();
        let mut views = Views {
            all: indices
                .iter()
                .map(|index| self.tasks[*index].view)
                .collect(),
            indices,
            columns: Columns {
                all: found.columns.clone(),
                of_views: found
                    .views
                    .iter()
                    .map(|(_, columns)| columns.clone())
                    .collect(),
            },
        };
        self.count_strays(rows, &found.strays, &views)?;
        self.count_ahead(rows, found.ahead, &views)?;
        let strays = found.strays.iter().sum::<u64>() + found.ahead;
        self.leave_out(rows, strays, &mut views)?;
        if views.all.is_empty() {
            return Ok(true);
        }
        self.counted.begin(rows.rows, views.all.len());
        let mut sending = Sending::new(self.store.project());
        for first in pages(rows.rows) {
            for batch in rows.pages.rows(rows.part, first, PAGE)? {
                let batch = Batch::new(&views.all, &views.columns, &batch, rows.is_judged)?;
                if !self.send_batch(&views, &batch, &mut sending, sender)? {
                    return Ok(false);
                }
            }
        }
        Ok(match sending.take() {
            Some(chunk) => sender.blocking_send(chunk).is_ok(),
            None => true,
        })
    }

    /// Counts the rows that belong to no entity, and keeps them.
    fn count_strays(
        &self,
        rows: &PartRows<'_>,
        strays: &[u64],
        views: &Views,
    ) -> Result<(), MaterializeError> {
        let keys = views.all[0].join_keys().iter().map(JoinKey::source_column);
        let columns = keys.chain([views.all[0].timestamp_column()]);
        let mut counts = self.no_counts();
        let mut any = false;
        for (column, rows) in columns.zip(strays).filter(|(_, rows)| **rows > 0) {
            any = true;
            for index in &views.indices {
                counts[*index].read += rows;
                counts[*index].reject(*rows, || Rejection {
                    key: "null".to_owned(),
                    column,
                    reason: format!("it is null in {rows} rows"),
                });
            }
        }
        self.counted.add(counts);
        match &self.quarantine {
            Some(quarantine) if any => Self::quarantine_strays(rows, views, quarantine),
            _ => Ok(()),
        }
    }

    fn quarantine_strays(
        rows: &PartRows<'_>,
        views: &Views,
        quarantine: &Quarantine,
    ) -> Result<(), MaterializeError> {
        for first in pages(rows.pages.count_strays(rows.part)?) {
            for batch in rows.pages.strays(rows.part, first, PAGE)? {
                let batch = Batch::new(&views.all, &views.columns, &batch, false)?;
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

    /// Counts the rows of the future, and keeps them.
    fn count_ahead(
        &self,
        rows: &PartRows<'_>,
        ahead: u64,
        views: &Views,
    ) -> Result<(), MaterializeError> {
        let Some(horizon) = self.horizon.filter(|_| ahead > 0) else {
            return Ok(());
        };
        let mut counts = self.no_counts();
        for index in &views.indices {
            counts[*index].read += ahead;
            counts[*index].ahead += ahead;
            counts[*index].rejected += ahead;
        }
        let given = match &self.quarantine {
            Some(_) => ahead,
            None => ahead.min(EXAMPLES),
        };
        for first in pages(given) {
            for batch in rows.pages.ahead(rows.part, first, PAGE)? {
                let batch = Batch::new(&views.all, &views.columns, &batch, false)?;
                for row in 0..batch.rows {
                    let rejection = Rejection {
                        key: batch.key(row),
                        column: views.all[0].timestamp_column(),
                        reason: batch.ahead(row, horizon)?,
                    };
                    for (view, index) in views.indices.iter().enumerate() {
                        if let Some(quarantine) = &self.quarantine {
                            quarantine.add(views.all[view], &batch, (view, row), &rejection)?;
                        }
                        counts[*index].show(|| rejection.clone());
                    }
                }
            }
        }
        self.counted.add(counts);
        Ok(())
    }

    /// Sends a batch's rows; gives whether anybody takes them.
    fn send_batch(
        &self,
        views: &Views,
        batch: &Batch<'_>,
        sending: &mut Sending<'_>,
        sender: &mpsc::Sender<Chunk>,
    ) -> Result<bool, MaterializeError> {
        let mut counts = self.no_counts();
        let mut values = Vec::new();
        for row in 0..batch.rows {
            let key_violation = batch.key_violation(row)?;
            let mut address = None;
            for (view, index) in views.indices.iter().enumerate() {
                let counts = &mut counts[*index];
                counts.read += 1;
                let violation = match &key_violation {
                    Some(violation) => Some(violation.clone()),
                    None => batch.values(view, row, &mut values)?,
                };
                batch.agrees((view, row), violation.is_none())?;
                if let Some(violation) = violation {
                    let rejection = Rejection::new(&violation, batch.key(row));
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
                sending.push(batch, (view, *index), row, &values, address)?;
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
}

/// Where the pages of so many rows begin.
pub(super) fn pages(rows: u64) -> impl Iterator<Item = u64> {
    (0..rows).step_by(usize::try_from(PAGE).unwrap_or(usize::MAX))
}
