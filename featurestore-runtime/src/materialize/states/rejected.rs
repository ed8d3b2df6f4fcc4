//! Rows of an event source that are kept out of its window views: counted, shown, and kept.

use super::make::Making;
use crate::materialize::batch::Batch;
use crate::materialize::counts::ViewCounts;
use crate::materialize::group::Columns;
use crate::materialize::rows::{PAGE, pages};
use crate::materialize::{MaterializeError, Rejection};
use crate::offline::{EXAMPLES, EventRows, LatestColumn, OfflineError};

impl Making {
    /// Counts the rows that are kept out for each of the views, and keeps them where that is wanted. Gives whether
    /// the views fail by them, as where the run is strict.
    pub(super) fn keep_out(&self, events: &EventRows<'_>) -> Result<bool, MaterializeError> {
        if events.rejected == 0 {
            return Ok(false);
        }
        // What a row of the source is, by the join keys that the views have in common.
        let rows = self.tasks[0].view.source_rows();
        let all: Vec<LatestColumn> = rows
            .columns()
            .iter()
            .map(|column| LatestColumn {
                name: column.source_column(),
                dtype: column.dtype(),
            })
            .collect();
        let columns = Columns {
            of_views: vec![(0..all.len()).collect()],
            all,
        };
        let mut counts: Vec<ViewCounts> = Vec::new();
        counts.resize_with(self.tasks.len(), || ViewCounts {
            read: events.rejected,
            rejected: events.rejected,
            ..ViewCounts::default()
        });
        let given = match &self.quarantine {
            Some(_) => events.rejected,
            None => events.rejected.min(EXAMPLES),
        };
        for first in pages(given) {
            for batch in events.pages.rejected(first, PAGE)? {
                let views = [rows];
                let batch = Batch::new(&views, &columns, &batch, false)?;
                for row in 0..batch.rows {
                    let rejection = rejection(&batch, row)?;
                    for (task, counts) in self.tasks.iter().zip(&mut counts) {
                        if let Some(quarantine) = &self.quarantine {
                            quarantine.add(task.view, &batch, (0, row), &rejection)?;
                        }
                        counts.show(|| rejection.clone());
                    }
                }
            }
        }
        if self.strict {
            for (task, counts) in self.tasks.iter().zip(&mut counts) {
                let example = counts.rejections.first().map(ToString::to_string);
                counts.error = Some(MaterializeError::Rejected {
                    view: task.view.name(),
                    read: events.rows + events.rejected,
                    rejected: events.rejected,
                    example: example.unwrap_or_default(),
                });
            }
        }
        self.counted.add(counts);
        Ok(self.strict)
    }
}

/// Why a row is kept out: the first of time, key and columns that does not fit.
fn rejection(batch: &Batch<'_>, row: usize) -> Result<Rejection, MaterializeError> {
    let key = batch.key(row);
    if batch.event(row).is_none() || batch.has_null_key(row) {
        return Ok(Rejection {
            key,
            column: batch.stray_column(row),
            reason: "it is null".to_owned(),
        });
    }
    let mut values = Vec::new();
    let violation = match batch.key_violation(row)? {
        Some(violation) => Some(violation),
        None => batch.values(0, row, &mut values)?,
    };
    let violation = violation.ok_or_else(|| {
        OfflineError::internal(format!(
            "the engine rejects an event of {key} that the evaluator takes"
        ))
    })?;
    Ok(Rejection::new(&violation, key))
}
