//! Columns with `mostly`: how many of their rows are valid.

use super::batch::Batch;
use super::rows::{PAGE, PartRows, Reading, Views, pages};
use super::{MaterializeError, Rejection};
use crate::offline::{OfflineError, is_share};
use crate::view::ViewDefinition;

impl Reading {
    /// Leaves out the views that have a column with fewer valid rows than it declares.
    pub(super) fn leave_out(
        &self,
        rows: &PartRows<'_>,
        views: &mut Views,
    ) -> Result<(), MaterializeError> {
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
        for first in pages(rows.rows) {
            for batch in rows.pages.rows(rows.part, first, PAGE)? {
                let batch = Batch::new(&views.all, &views.columns, &batch, rows.is_judged)?;
                for (view, invalid) in invalid.iter_mut().enumerate() {
                    for (index, (count, example)) in invalid.iter_mut().enumerate() {
                        for row in (0..batch.rows).filter(|row| batch.is_newest(*row)) {
                            if let Err(violation) = batch.value(view, index, row)? {
                                *count += 1;
                                example.get_or_insert_with(|| {
                                    Rejection::new(&violation, batch.key(row))
                                });
                            }
                        }
                    }
                }
            }
        }
        for view in (0..views.all.len()).rev() {
            if let Err(error) = check_shares(views.all[view], &invalid[view], rows.entities) {
                self.counted.fail(views.indices[view], error.into());
                views.all.remove(view);
                views.indices.remove(view);
                views.columns.of_views.remove(view);
            }
        }
        Ok(())
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
        if !is_share(valid, rows, mostly) {
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
