//! The latest rows, for whoever asks for them.

use std::sync::Mutex;

use crate::offline::duckdb::tables::{LATEST, STRAYS};
use arrow::record_batch::RecordBatch;

use super::{Column, Search};
use crate::offline::OfflineError;
use crate::offline::duckdb::rule::RuleSql;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::failed;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::{ViewRelation, view_relation};
use crate::offline::engine::{Latest, LatestColumn, LatestPages, LatestRows, TakeLatest};
use crate::pit::Rule;
use crate::view::{Paths, ViewDefinition};

/// Finds the latest rows of the views whose source can be read, and gives them to `take`.
pub(crate) fn answer(
    session: &Session,
    paths: &Paths,
    asked: &Latest,
    take: &Mutex<Option<TakeLatest>>,
) -> Result<(), OfflineError> {
    let mut columns: Vec<Column> = Vec::new();
    let mut readable: Option<(&'static ViewDefinition, ViewRelation)> = None;
    let mut views = Vec::with_capacity(asked.views.len());
    for view in &asked.views {
        // One view's own failure: another one may be declared right.
        views.push(match view_relation(session, view, paths) {
            Ok(source) => {
                let indices = add_columns(&mut columns, view, &source);
                readable.get_or_insert((view, source));
                Ok(indices)
            }
            Err(error) => Err(error),
        });
    }
    let pages = Pages {
        session,
        doing: format!("reading {}", names(&asked.views)),
    };
    let found = match &readable {
        Some((view, source)) => {
            let search = Search {
                session,
                view,
                source,
                rule: &RuleSql::new(Rule::of(view), source, false),
                columns: &columns,
                from: asked.from,
                until: asked.until,
            };
            search.stage(asked.strays).map_err(|error| {
                let text = &source.relation.text;
                failed(format!("{} from {text}", pages.doing), error)
            })
        }
        None => Ok(super::Found::default()),
    };
    // All that is taken is in tables now.
    let found = session.watched().unchanged(found)?;
    let take = take.lock().map(|mut take| take.take());
    let Ok(Some(take)) = take else {
        return Err(OfflineError::internal("the latest rows were taken before"));
    };
    take(LatestRows {
        views,
        columns: columns
            .iter()
            .map(|column| LatestColumn {
                name: column.name,
                dtype: column.dtype,
            })
            .collect(),
        rows: found.rows,
        strays: found.strays,
        pages: &pages,
    });
    Ok(())
}

/// Adds a view's columns; gives which of all they are.
fn add_columns(
    all: &mut Vec<Column>,
    view: &'static ViewDefinition,
    source: &ViewRelation,
) -> Vec<usize> {
    let columns = view.columns().iter().zip(&source.features);
    let indices = columns.map(|(definition, source)| {
        let column = Column {
            name: definition.source_column(),
            source: *source,
            dtype: definition.dtype(),
        };
        let known = all.iter().position(|known| *known == column);
        known.unwrap_or_else(|| {
            all.push(column);
            all.len() - 1
        })
    });
    indices.collect()
}

/// What views are called in messages.
fn names(views: &[&'static ViewDefinition]) -> String {
    let names = views.iter().map(|view| format!("`{}`", view.name()));
    let names: Vec<String> = names.collect();
    let s = if names.len() == 1 { "" } else { "s" };
    format!("view{s} {}", names.join(", "))
}

/// The tables of what was found.
struct Pages<'a> {
    session: &'a Session,
    doing: String,
}

impl Pages<'_> {
    fn page(&self, table: &str, first: u64, most: u64) -> Result<Vec<RecordBatch>, OfflineError> {
        let end = first.saturating_add(most);
        let sql = format!(
            "SELECT * FROM {table} WHERE rowid >= {first} AND rowid < {end} ORDER BY rowid"
        );
        let batches = self.session.batches(&sql, &Params::default());
        batches.map_err(|error| failed(&self.doing, error))
    }
}

impl LatestPages for Pages<'_> {
    fn rows(&self, first: u64, most: u64) -> Result<Vec<RecordBatch>, OfflineError> {
        self.page(LATEST, first, most)
    }

    fn count_strays(&self) -> Result<u64, OfflineError> {
        let sql = format!("SELECT count(*) FROM {STRAYS}");
        let rows = self.session.count(&sql, &Params::default());
        rows.map_err(|error| failed(&self.doing, error))
    }

    fn strays(&self, first: u64, most: u64) -> Result<Vec<RecordBatch>, OfflineError> {
        self.page(STRAYS, first, most)
    }
}
