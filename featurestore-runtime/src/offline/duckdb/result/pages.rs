//! A result that leaves a page at a time.

use crate::offline::OfflineError;
use crate::offline::duckdb::join::{Joined, joining};
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::pages::PageSender;

/// How many rows are in memory at once: a row group of `DuckDB`'s tables.
const PAGE: u64 = 122_880;
/// The table that the result is put into, in the spine's order.
const TABLE: &str = "training_set";

/// A result in its table.
#[derive(Debug)]
pub(crate) struct Staged {
    rows: u64,
    /// Its columns under their own names.
    output: String,
}

impl Joined {
    /// Puts the result of `query` into a table, whose columns have names that can't hide the
    /// numbers of its rows.
    pub(crate) fn stage(
        &self,
        session: &Session,
        query: &str,
        params: &Params,
    ) -> Result<Staged, OfflineError> {
        let failure = |error| joining(&self.plan, error);
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
    pub(crate) fn send_pages(
        &self,
        session: &Session,
        staged: &Staged,
        sender: &PageSender,
    ) -> Result<(), OfflineError> {
        let mut first = 0;
        loop {
            let sql = format!(
                "SELECT {} FROM {TABLE} WHERE {TABLE}.rowid >= {first} AND {TABLE}.rowid < {} ORDER BY {TABLE}.rowid",
                staged.output,
                first + PAGE
            );
            let batches = session
                .batches(&sql, &Params::default())
                .map_err(|error| joining(&self.plan, error))?;
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
