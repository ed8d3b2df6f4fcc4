//! A spine as rows that queries can read.

use featurestore_schema::{Dtype, SourceDtype, SourcePath};

use super::values::stage_batches;
use crate::offline::OfflineError;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::unreadable;
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::source::columns::sql_type;
use crate::offline::duckdb::source::query;
use crate::offline::duckdb::source::relation::Relation;
use crate::offline::duckdb::source::scan::Scan;
use crate::offline::duckdb::source::text::is_time;
use crate::offline::duckdb::tables::{SPINE_NUMBERED_ROWS, SPINE_ROWS};
use crate::offline::spine::{Rows, Spine};
use crate::service::ServiceDefinition;
use crate::time::Timestamp;
use crate::view::{NotLocal, Paths};

impl Spine {
    /// Makes the rows readable in `session`. Rows without numbers of their own are read once, into
    /// a table.
    pub(crate) fn relation(
        &self,
        session: &Session,
        service: &ServiceDefinition,
        paths: &Paths,
        known_at: Option<Timestamp>,
    ) -> Result<Relation, OfflineError> {
        let what = format!("the spine of `{}`", service.name());
        let of_files = |source: Result<SourcePath, NotLocal>, format| {
            let source = source.map_err(|error| OfflineError::not_local(&what, error))?;
            Relation::of_files(session, &source, format, what.clone())
        };
        let of =
            |scan, text: &str| Relation::describe(session, scan, what.clone(), text.to_owned());
        let relation = match &self.rows {
            Rows::File(format, path) => {
                let path = paths.resolve(path);
                of_files(path.map(|path| SourcePath::literal(&path)), *format)
            }
            Rows::Glob(pattern) => of_files(paths.glob(pattern), None),
            Rows::Sql(sql) => {
                let text = "the spine's query".to_owned();
                query::relation(session, sql, paths, what.clone(), text)
            }
            Rows::Values { parts, rows } => {
                self.stage_values(session, service, parts, rows)?;
                of(Scan::Staged(SPINE_ROWS.to_owned()), "the spine's rows")
            }
            Rows::Requests {
                service: asked,
                rows,
            } => {
                self.stage_requests(session, service, asked, rows)?;
                of(Scan::Staged(SPINE_ROWS.to_owned()), "the spine's rows")
            }
            Rows::Batches(batches) => {
                stage_batches(session, service, batches)?;
                of(Scan::Staged(SPINE_ROWS.to_owned()), "the spine's batches")
            }
            Rows::Known(steps) => {
                self.stage_known(session, service, paths, *steps, known_at)?;
                of(
                    Scan::Staged(SPINE_ROWS.to_owned()),
                    "the entities that are known",
                )
            }
        };
        let relation = relation.map_err(OfflineError::of_spine)?;
        // All of them come back, under their names.
        relation.check_names()?;
        let keys = service.join_keys();
        let time = [(self.timestamp_column(), Dtype::Timestamp)];
        let request = service.request().iter();
        let request = request.map(|field| (field.name(), field.dtype()));
        let asked: Vec<(&str, Dtype)> = keys.into_iter().chain(time).chain(request).collect();
        let relation = relation.of_spine(session, &asked)?;
        match relation.scan {
            Scan::Staged(_) if relation.has_any(&["rowid"]) => {
                Ok(relation.stage(session, SPINE_NUMBERED_ROWS, |_| true)?)
            }
            _ if relation.is_numbered() => Ok(relation),
            _ => Ok(relation.stage(session, SPINE_ROWS, |_| true)?),
        }
    }
}

/// A join key, a request field or the time of the spine has a type that its dtype accepts.
///
/// # Errors
///
/// Another type. Where it is text, as that of a CSV file's column is once one value is no time,
/// the first value is named that is not of the dtype.
pub(crate) fn check_type(
    session: &Session,
    spine: &Relation,
    (column, actual): (&str, &SourceDtype),
    service: &ServiceDefinition,
    expected: Dtype,
) -> Result<(), OfflineError> {
    if expected.accepts(actual) {
        return Ok(());
    }
    let source_text = spine.text.clone();
    if *actual == SourceDtype::String {
        let mut params = Params::default();
        let is_other = match expected {
            Dtype::Timestamp => format!("NOT {}", is_time("v")),
            _ => "false".to_owned(),
        };
        let sql = format!(
            "SELECT CAST(n AS VARCHAR), v FROM (SELECT {} AS v, row_number() OVER (ORDER BY {}) AS n \
             FROM {}) WHERE v IS NOT NULL AND (TRY_CAST(v AS {}) IS NULL OR {is_other}) ORDER BY n LIMIT 1",
            quote(column),
            spine.order(),
            spine.scan.from(&mut params),
            sql_type(expected)
        );
        let found = session.texts_of_any(&sql, &params);
        let found =
            found.map_err(|error| unreadable(spine.what.clone(), source_text.clone(), error))?;
        if let Some([Some(row), Some(value)]) = found.as_deref() {
            return Err(OfflineError::SpineValue {
                column: column.into(),
                source_text: source_text.into(),
                service: service.name(),
                expected,
                row: row
                    .parse()
                    .map_err(|_| OfflineError::internal("a row's number is none"))?,
                value: value.as_str().into(),
            });
        }
    }
    Err(OfflineError::SpineType {
        column: column.into(),
        source_text,
        actual: actual.to_string().into(),
        what: format!("service `{}`", service.name()),
        expected,
    })
}
