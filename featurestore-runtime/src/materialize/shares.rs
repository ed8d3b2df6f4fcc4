//! Views that are left out before a row of them is written: those with a column that has fewer valid
//! rows than its `mostly` asks for, and where the run is strict those with any rejected row.

use super::batch::Batch;
use super::counts::ViewCounts;
use super::rows::{PAGE, PartRows, Reading, Views, pages};
use super::{MaterializeError, Rejection};
use crate::offline::{OfflineError, is_share};
use crate::view::ViewDefinition;

/// The latest rows of a view that are rejected.
#[derive(Default)]
struct Invalid {
    rows: u64,
    example: Option<Rejection>,
    /// Per column how many values are none that it may have, and one of them.
    columns: Vec<(u64, Option<Rejection>)>,
}

impl Reading {
    /// Leaves out the views of which too many rows are rejected, with their counts; `strays` belong to
    /// no entity.
    pub(super) fn leave_out(
        &self,
        rows: &PartRows<'_>,
        strays: u64,
        views: &mut Views,
    ) -> Result<(), MaterializeError> {
        let is_shared = |view: &&ViewDefinition| {
            let mut columns = view.columns().iter();
            columns.any(|column| column.mostly().is_some())
        };
        if !self.strict && !views.all.iter().any(is_shared) {
            return Ok(());
        }
        let mut invalid = self.invalid(rows, views)?;
        for view in (0..views.all.len()).rev() {
            let found = std::mem::take(&mut invalid[view]);
            let index = views.indices[view];
            let definition = views.all[view];
            let error = match check_shares(definition, &found.columns, rows.entities) {
                Err(error) => Some(error.into()),
                Ok(()) if self.strict => {
                    self.rejected(definition, &found, rows.entities, strays, index)
                }
                Ok(()) => None,
            };
            let Some(error) = error else { continue };
            let mut counts = ViewCounts {
                read: rows.entities,
                error: Some(error),
                ..ViewCounts::default()
            };
            if let Some(example) = found.example {
                counts.reject(found.rows, || example);
            }
            self.counted.add_to(index, counts);
            views.all.remove(view);
            views.indices.remove(view);
            views.columns.of_views.remove(view);
        }
        Ok(())
    }

    fn invalid(
        &self,
        rows: &PartRows<'_>,
        views: &Views,
    ) -> Result<Vec<Invalid>, MaterializeError> {
        let of_view = |view: &&'static ViewDefinition| Invalid {
            columns: vec![(0, None); view.columns().len()],
            ..Invalid::default()
        };
        let mut invalid: Vec<Invalid> = views.all.iter().map(of_view).collect();
        for first in pages(rows.rows) {
            for batch in rows.pages.rows(rows.part, first, PAGE)? {
                let batch = Batch::new(&views.all, &views.columns, &batch, rows.is_judged)?;
                for row in (0..batch.rows).filter(|row| batch.is_newest(*row)) {
                    let of_key = batch.key_violation(row)?;
                    for (view, invalid) in invalid.iter_mut().enumerate() {
                        let mut first = of_key.clone();
                        for (index, (count, example)) in invalid.columns.iter_mut().enumerate() {
                            if let Err(violation) = batch.value(view, index, row)? {
                                *count += 1;
                                example.get_or_insert_with(|| {
                                    Rejection::new(&violation, batch.key(row))
                                });
                                first.get_or_insert(violation);
                            }
                        }
                        if let Some(violation) = first {
                            invalid.rows += 1;
                            invalid
                                .example
                                .get_or_insert_with(|| Rejection::new(&violation, batch.key(row)));
                        }
                    }
                }
            }
        }
        Ok(invalid)
    }

    /// Why a strict run leaves a view out, if it does.
    fn rejected(
        &self,
        view: &'static ViewDefinition,
        invalid: &Invalid,
        entities: u64,
        strays: u64,
        index: usize,
    ) -> Option<MaterializeError> {
        let rejected = invalid.rows + strays;
        let example = invalid.example.as_ref().map(ToString::to_string);
        (rejected > 0).then(|| MaterializeError::Rejected {
            view: view.name(),
            read: entities + strays,
            rejected,
            example: example
                .or_else(|| self.counted.example(index))
                .unwrap_or_default(),
        })
    }
}

/// Whether each column with `mostly` is valid in as many rows as it declares.
fn check_shares(
    view: &'static ViewDefinition,
    invalid: &[(u64, Option<Rejection>)],
    rows: u64,
) -> Result<(), OfflineError> {
    for (column, (invalid, example)) in view.columns().iter().zip(invalid) {
        let Some(mostly) = column.mostly() else {
            continue;
        };
        let valid = rows - invalid;
        if !is_share(valid, rows, mostly) {
            let column_name = column.source_column();
            let example = example.as_ref().ok_or_else(|| {
                OfflineError::internal(format!(
                    "no value of `{column_name}` that is rejected is known"
                ))
            })?;
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
