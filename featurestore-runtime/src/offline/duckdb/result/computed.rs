//! What a service computes of each row: its compiled expressions, row by row over what was found, into a
//! table that the result is put together with.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{Field, Int64Type, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use featurestore_schema::Dtype;

use crate::lookup::Lookup;
use crate::offline::duckdb::join::{Joined, joining};
use crate::offline::duckdb::plan::Plan;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::failed;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::stage::staged::{StagedCells, staged_type};
use crate::offline::duckdb::tables::{COLUMN, COMPUTED, COMPUTED_OF, FEATURE, PAGE, ROW};
use crate::offline::{OfflineError, TypedColumns};
use crate::service::evaluate::Evaluate;
use crate::service::{FieldValue, ServiceFeature};

impl Joined {
    /// Computes the features that are computed, and looks at what the spine gives for request fields.
    ///
    /// # Errors
    ///
    /// A row with a value that a request may not give, or whose expression panics.
    pub(crate) fn compute(&mut self, session: &Session) -> Result<(), OfflineError> {
        let service = self.plan.service;
        let Some(evaluate) = service.evaluate() else {
            return Ok(());
        };
        self.stages
            .begin(format!("computing features of service {}", service.name()));
        let failure = |error| joining(&self.plan, error);
        let mut params = Params::default();
        let query = self.plan.typed_rows(&mut params);
        let columns = session.describe(&format!("({query})"), &params);
        let columns = columns.map_err(failure)?;
        let names = (0..columns.len()).map(|index| format!("{COLUMN}{index}"));
        let names = names.collect::<Vec<_>>().join(", ");
        let sql = format!("CREATE TABLE {COMPUTED_OF} ({names}) AS {query}");
        session.execute(&sql, &params).map_err(failure)?;
        let mut output = Output::new(&self.plan);
        output.create(session)?;
        for first in (0..self.rows).step_by(usize::try_from(PAGE).unwrap_or(usize::MAX)) {
            let page = session.page(COMPUTED_OF, first, PAGE);
            let mut before = first;
            for batch in page.map_err(failure)? {
                let rows = output.put(&self.plan, evaluate, &batch, before)?;
                output.flush(session, rows)?;
                before += batch.num_rows() as u64;
            }
        }
        let sql = format!("DROP TABLE {COMPUTED_OF}");
        session.execute(&sql, &Params::default()).map_err(failure)?;
        self.plan.is_computed = true;
        Ok(())
    }
}

impl Plan {
    /// The features that are computed, each with its index among the service's.
    pub(crate) fn computed(&self) -> impl Iterator<Item = (usize, &'static ServiceFeature)> {
        let features = self.service.features().iter().enumerate();
        features.filter(|(_, feature)| feature.view_column().is_none())
    }
}

/// What is computed, on its way into a table.
struct Output {
    /// The indices among the service's features, dtypes and values of those that are computed.
    cells: Vec<(usize, Dtype, StagedCells)>,
}

impl Output {
    fn new(plan: &Plan) -> Self {
        let cells = plan.computed().map(|(index, feature)| {
            let dtype = feature.column().dtype();
            (index, dtype, StagedCells::new(dtype))
        });
        Self {
            cells: cells.collect(),
        }
    }

    fn create(&self, session: &Session) -> Result<(), OfflineError> {
        let columns = self.cells.iter().enumerate().map(|(index, (_, dtype, _))| {
            let dtype = staged_type(*dtype);
            format!(", {FEATURE}{index} {dtype}")
        });
        let columns: String = columns.collect();
        let sql = format!("CREATE TABLE {COMPUTED} ({ROW} BIGINT{columns})");
        let created = session.execute(&sql, &Params::default());
        created.map(drop).map_err(staging)
    }

    /// Computes the rows of a batch; gives their numbers.
    fn put(
        &mut self,
        plan: &Plan,
        evaluate: Evaluate,
        batch: &RecordBatch,
        before: u64,
    ) -> Result<ArrayRef, OfflineError> {
        let columns = TypedColumns::new(plan.service, batch, before)?;
        // The rows' numbers are behind what typed rows are made of.
        let rows = batch.columns().last().and_then(|rows| {
            rows.as_primitive_opt::<Int64Type>()
                .map(|_| Arc::clone(rows))
        });
        let rows = rows.ok_or_else(|| {
            OfflineError::internal("what expressions are computed of has no numbers of its rows")
        })?;
        for row in 0..batch.num_rows() {
            let mut pushed = Ok(());
            columns.make(row, |rows| {
                evaluate(rows, &mut |values| pushed = self.push(values))
            })?;
            pushed?;
        }
        Ok(rows)
    }

    fn push(&mut self, values: &[FieldValue<'_>]) -> Result<(), OfflineError> {
        for (index, dtype, cells) in &mut self.cells {
            let value = match values.get(*index) {
                Some(Lookup::Found(value)) => *value,
                _ => {
                    let what = format!("the computed feature at index {index} has no value");
                    return Err(OfflineError::internal(what));
                }
            };
            cells.push(value.map(|value| value.to_owned(*dtype)))?;
        }
        Ok(())
    }

    fn flush(&mut self, session: &Session, rows: ArrayRef) -> Result<(), OfflineError> {
        let batch = self.take(rows).map_err(|error| {
            OfflineError::internal(format!("what is computed is in no batch: {error}"))
        })?;
        let mut table = session.connection().appender(COMPUTED).map_err(staging)?;
        table.append_record_batch(batch).map_err(staging)?;
        table.flush().map_err(staging)
    }

    fn take(&mut self, rows: ArrayRef) -> Result<RecordBatch, ArrowError> {
        let mut columns = vec![rows];
        for (.., cells) in &mut self.cells {
            columns.push(cells.take()?);
        }
        let fields = columns.iter().enumerate().map(|(index, column)| {
            Field::new(format!("c{index}"), column.data_type().clone(), true)
        });
        RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns)
    }
}

fn staging(error: duckdb::Error) -> OfflineError {
    failed("staging what is computed", error)
}
