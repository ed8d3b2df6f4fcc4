//! The rows of a staged table, in their order.

use std::cell::RefCell;

use arrow::record_batch::RecordBatch;

use crate::offline::OfflineError;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::failed;
use crate::offline::duckdb::tables::PAGE;

/// Rows of a staged table from `first` on, at most `most`.
pub(super) fn page(
    session: &Session,
    table: &str,
    first: u64,
    most: u64,
) -> Result<Vec<RecordBatch>, OfflineError> {
    session
        .page(table, first, most)
        .map_err(|error| failed("reading what was sorted", error))
}

/// Why reading a table ended early: for the one that takes its batches, which only sees that it ended.
pub(super) type Fault = RefCell<Option<OfflineError>>;

/// All batches of a table of so many rows, each made into something; ends at the first that can't be.
pub(super) fn batches<'a, T>(
    session: &'a Session,
    table: &'a str,
    rows: u64,
    fault: &'a Fault,
    make: impl Fn(&RecordBatch) -> Result<T, OfflineError> + 'a,
) -> impl Iterator<Item = T> + 'a {
    let pages = (0..rows.div_ceil(PAGE)).map(move |index| page(session, table, index * PAGE, PAGE));
    let batches = pages.flat_map(|page| match page {
        Ok(batches) => batches.into_iter().map(Ok).collect::<Vec<_>>(),
        Err(error) => vec![Err(error)],
    });
    let made = batches.map(move |batch| make(&batch?));
    made.map_while(move |made| match made {
        Ok(made) => Some(made),
        Err(error) => {
            fault.replace(Some(error));
            None
        }
    })
}
