//! Conditions that SQL has no words for, such as whether a text is JSON as we read it: the evaluator
//! looks at each value that a source has, and the engine gets a table of those that it rejects.

use arrow::array::BooleanArray;
use arrow::compute::filter_record_batch;
use featurestore_schema::Dtype;

use super::RuleSql;
use crate::offline::OfflineError;
use crate::offline::cells::{CellError, Cells, value_or_fault};
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::failed;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::tables::UNFIT;

/// How many values are in memory at once.
const PAGE: u64 = 16_384;

impl RuleSql {
    /// Makes the tables of the values that the evaluator rejects, of those rows that `rows` gives what
    /// follows `FROM` for; forgets the conditions that all of them satisfy.
    pub(super) fn find_unfit(
        &mut self,
        session: &Session,
        rows: impl Fn(&Self, &mut Params) -> String,
    ) -> Result<(), OfflineError> {
        for index in 0..self.conditions.len() {
            if !self.conditions[index].is_untold() {
                continue;
            }
            let mut params = Params::default();
            let from = rows(self, &mut params);
            let it = &self.conditions[index];
            let doing = || format!("checking the values of `{}`", it.condition.column());
            let failure = |error| failed(doing(), error);
            let (all, unfit) = (session.new_table("values"), session.new_table("unfit"));
            let sql = format!(
                "CREATE TABLE {all} AS SELECT DISTINCT {} AS {UNFIT} FROM {from}",
                it.value()
            );
            session.execute(&sql, &params).map_err(failure)?;
            let none = Params::default();
            let sql = format!("CREATE TABLE {unfit} AS SELECT * FROM {all} LIMIT 0");
            session.execute(&sql, &none).map_err(failure)?;
            let sql = format!("SELECT count(*) FROM {all}");
            let count = session.count(&sql, &none).map_err(failure)?;
            let mut found = 0;
            for first in (0..count).step_by(usize::try_from(PAGE).unwrap_or(usize::MAX)) {
                let sql = format!(
                    "SELECT * FROM {all} WHERE rowid >= {first} AND rowid < {}",
                    first + PAGE
                );
                let mut table = session.connection().appender(&unfit).map_err(failure)?;
                for batch in session.batches(&sql, &none).map_err(failure)? {
                    let array = batch.columns().first();
                    let array = array.ok_or(CellError::Absent);
                    let cells = array
                        .and_then(|array| Cells::new(array, it.condition.dtype()))
                        .map_err(|error| OfflineError::cell(doing(), error))?;
                    let mut is_unfit = Vec::with_capacity(batch.num_rows());
                    for row in 0..batch.num_rows() {
                        let value = value_or_fault(cells.get(row));
                        let value = value.map_err(|error| OfflineError::cell(doing(), error))?;
                        // A null is told by SQL.
                        let is_null = matches!(value, Ok(None));
                        is_unfit.push(!is_null && it.condition.check(value).is_err());
                    }
                    let batch = filter_record_batch(&batch, &BooleanArray::from(is_unfit));
                    let batch = batch
                        .map_err(|error| OfflineError::internal(format!("{}: {error}", doing())))?;
                    found += batch.num_rows();
                    if batch.num_rows() > 0 {
                        table.append_record_batch(batch).map_err(failure)?;
                    }
                }
                table.flush().map_err(failure)?;
            }
            let sql = format!("DROP TABLE {all}");
            session.execute(&sql, &none).map_err(failure)?;
            self.conditions[index].unfit = (found > 0).then_some(unfit);
        }
        self.conditions.retain(|it| {
            let is_open = it.unfit.is_some() || !it.condition.nullable();
            let of_list = matches!(
                it.condition.dtype(),
                Dtype::List {
                    nullable: false,
                    ..
                }
            );
            !it.is_untold() || is_open || of_list
        });
        Ok(())
    }
}
