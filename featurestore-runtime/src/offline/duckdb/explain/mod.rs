//! Reading the rows of one key, for an explanation.

pub(crate) mod query;
pub(crate) mod rows;

use query::{KeyRows as Query, Side, has_key};
use rows::{read, summary};

use crate::offline::OfflineError;
use crate::offline::duckdb::rule::RuleSql;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::view_relation;
use crate::offline::explain::{ExactRow, KeyRows, RowsOfKey, ViewKey};
use crate::pit::Rule;
use crate::view::Paths;

pub(crate) fn rows_of_key(
    session: &Session,
    paths: &Paths,
    asked: &RowsOfKey,
) -> Result<Vec<KeyRows>, OfflineError> {
    let views = asked.views.iter();
    views
        .map(|view| of_view(session, paths, asked, view))
        .collect()
}

fn of_view(
    session: &Session,
    paths: &Paths,
    asked: &RowsOfKey,
    view: &ViewKey,
) -> Result<KeyRows, OfflineError> {
    let source = view_relation(session, view.view, paths)?;
    let of_key = |rule: &RuleSql, params: &mut Params| {
        let from = source.placed(view.view, params);
        let filter = has_key(view.view, &view.key, rule, params);
        format!("{from} WHERE {filter}")
    };
    let rows = Query {
        view: view.view,
        source: &source,
        rule: &RuleSql::over_placed(session, Rule::of(view.view), &source, of_key)?,
        key: &view.key,
        at: asked.at,
        columns: &view.columns,
    };
    let (count, without_time, event_times) = summary(session, &rows, false)?;
    let source_times = if count == 0 {
        let (_, _, source_times) = summary(session, &rows, true)?;
        source_times
    } else {
        None
    };
    Ok(KeyRows {
        count,
        without_time,
        event_times,
        source_times,
        known: known(session, &rows, view.most.saturating_add(1))?,
        later: read(session, &rows, Side::Later, view.most)?,
        source: source.relation.text.clone(),
    })
}

/// The rows that were known, the latest first: the nearest ones, and the one that is taken where it is
/// none of them, since those after it are rejected.
fn known(session: &Session, rows: &Query<'_>, most: u64) -> Result<Vec<ExactRow>, OfflineError> {
    let mut known = read(session, rows, Side::Known, most)?;
    if !known.is_empty() && known.iter().all(|row| row.rejected.is_some()) {
        known.extend(read(session, rows, Side::Taken, 1)?);
    }
    Ok(known)
}
