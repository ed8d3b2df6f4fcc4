//! A result that leaves a page at a time.

use crate::offline::OfflineError;
use crate::offline::duckdb::join::{Joined, joining};
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::tables::{COLUMN, PAGE, TRAINING_SET};
use crate::offline::pages::PageSender;

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
                let column = format!("{COLUMN}{index}");
                let output = format!("{column} AS {}", quote(&name));
                (column, output)
            })
            .unzip();
        let sql = format!(
            "CREATE TABLE {TRAINING_SET} ({}) AS {query}",
            names.join(", ")
        );
        session.execute(&sql, params).map_err(failure)?;
        let sql = format!("SELECT count(*) FROM {TRAINING_SET}");
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
                "SELECT {} FROM {TRAINING_SET} WHERE {TRAINING_SET}.rowid >= {first} AND {TRAINING_SET}.rowid < {} ORDER BY {TRAINING_SET}.rowid",
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
