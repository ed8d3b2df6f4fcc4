//! A query's result as a Parquet file, whole or not at all.

use std::path::Path;

use featurestore_schema::Dtype;

use crate::offline::OfflineError;
use crate::offline::duckdb::join::{Joined, joining};
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::{failed, reason};
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::source::columns::sql_type;
use crate::offline::engine::Lines;
use crate::offline::output::Unfinished;

/// The rows of a row group in a result that would be one by itself: a quarter of what `DuckDB`
/// takes, so that several threads write it.
const ROW_GROUP: u64 = 30_720;
const ONE: u64 = 122_880;

/// Puts the training set together and writes it to `path`; gives the number of rows.
pub(crate) fn write(session: &Session, joined: &Joined, path: &Path) -> Result<u64, OfflineError> {
    let mut params = Params::default();
    let query = joined.plan.training_set(&mut params)?;
    let failure = |error| joining(&joined.plan, error);
    let mixable = joined.plan.has_mixable_floats(session).map_err(failure)?;
    let layout = Layout {
        row_group: (joined.rows <= ONE).then_some(ROW_GROUP),
        dictionaries: !mixable,
    };
    write_query(session, &query, params, path, layout, failure)
}

/// How a file is laid out.
#[derive(Debug, Clone, Copy)]
struct Layout {
    /// The rows of a row group, where `DuckDB` is not to choose.
    row_group: Option<u64>,
    /// Whether columns may have dictionaries, which mix floats up that differ in their bits alone.
    dictionaries: bool,
}

/// Writes a query's result to `path`; gives the number of rows. What is wrong with the query is said
/// by `failure`.
fn write_query(
    session: &Session,
    query: &str,
    mut params: Params,
    path: &Path,
    layout: Layout,
    failure: impl FnOnce(duckdb::Error) -> OfflineError,
) -> Result<u64, OfflineError> {
    let unfinished = Unfinished::beside(path)?;
    let name = unfinished.path().to_string_lossy().into_owned();
    let output = params.push(name.clone());
    let mut options = "FORMAT parquet, COMPRESSION zstd".to_owned();
    if let Some(rows) = layout.row_group {
        options.push_str(&format!(", ROW_GROUP_SIZE {rows}"));
    }
    if !layout.dictionaries {
        options.push_str(", DICTIONARY_SIZE_LIMIT 0");
    }
    let sql = format!("COPY ({query}) TO {output} ({options})");
    let rows = session.count(&sql, &params).map_err(|error| {
        let text = reason(&error);
        if !text.contains(&name) {
            return failure(error);
        }
        OfflineError::Output {
            path: path.to_string_lossy().into_owned(),
            reason: text.replace(&name, "the file"),
            source: Some(error.into()),
        }
    });
    let rows = session.unchanged(rows)?;
    unfinished.finish(path)?;
    Ok(rows)
}

/// The longest line that `DuckDB` reads by itself, in bytes.
const LINE: usize = 16 << 20;

/// Writes lines of JSON as rows.
pub(crate) fn write_lines(session: &Session, lines: &Lines) -> Result<(), OfflineError> {
    let mut params = Params::default();
    let file = params.push(lines.file.to_string_lossy().into_owned());
    let columns = lines.columns.iter().map(|(name, dtype)| {
        let name_in_sql = quote(name);
        match dtype {
            Dtype::Timestamp => (
                format!("CAST(make_timestamp({name_in_sql}) AS TIMESTAMPTZ) AS {name_in_sql}"),
                format!("'{name}': 'BIGINT'"),
            ),
            dtype => (name_in_sql, format!("'{name}': '{}'", sql_type(*dtype))),
        }
    });
    let (output, types): (Vec<String>, Vec<String>) = columns.unzip();
    let query = format!(
        "SELECT {} FROM read_json({file}, format = 'newline_delimited', \
         maximum_object_size = {}, columns = {{{}}})",
        output.join(", "),
        LINE.max(lines.longest.saturating_add(1)),
        types.join(", ")
    );
    let failure = |error| failed("putting the quarantined rows into a file", error);
    let layout = Layout {
        row_group: None,
        dictionaries: false,
    };
    write_query(session, &query, params, &lines.path, layout, failure).map(drop)
}
