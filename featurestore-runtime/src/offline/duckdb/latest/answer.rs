//! The latest rows, for whoever asks for them.

use std::sync::Mutex;

use crate::offline::duckdb::tables::{ahead, latest, strays};
use arrow::record_batch::RecordBatch;

use super::{Column, Search};
use crate::offline::OfflineError;
use crate::offline::duckdb::rule::RuleSql;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::failed;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::{ViewRelation, view_relation};
use crate::offline::engine::{
    Latest, LatestColumn, LatestPages, LatestPart, LatestRows, TakeLatest,
};
use crate::pit::Rule;
use crate::view::{Paths, ViewDefinition};

/// A part of a question: views of which the same rows are valid, as far as is known of their source.
struct Part {
    /// The first one's.
    source: ViewRelation,
    rule: RuleSql,
    /// The indices of the views, and of their columns among the part's.
    views: Vec<(usize, Vec<usize>)>,
    columns: Vec<Column>,
}

/// Finds the latest rows of the views whose source can be read, and gives them to `take`.
pub(crate) fn answer(
    session: &Session,
    paths: &Paths,
    asked: &Latest,
    take: &Mutex<Option<TakeLatest>>,
) -> Result<(), OfflineError> {
    let within = asked.from.map(|from| from.timestamp_micros());
    let within = Some((within, asked.until.timestamp_micros()));
    let (mut parts, mut unreadable): (Vec<Part>, _) = (Vec::new(), Vec::new());
    for (index, view) in asked.views.iter().enumerate() {
        let found = view_relation(session, view, paths).and_then(|source| {
            let rule = RuleSql::new(session, Rule::of(view), &source, false, within)?;
            Ok((source, rule))
        });
        match found {
            Ok((source, rule)) => {
                let known = parts
                    .iter_mut()
                    .find(|part| part.rule.has_winners_of(&rule));
                match known {
                    Some(part) => {
                        if !part.source.relation.also(&source.relation) {
                            // Whoever asks for several reads each by itself then.
                            let views = (asked.views[part.views[0].0].name(), view.name());
                            return Err(source.relation.declared_twice(views));
                        }
                        let columns = add_columns(&mut part.columns, view, &source);
                        part.views.push((index, columns));
                    }
                    None => {
                        let mut columns = Vec::new();
                        let of_view = add_columns(&mut columns, view, &source);
                        parts.push(Part {
                            source,
                            rule,
                            views: vec![(index, of_view)],
                            columns,
                        });
                    }
                }
            }
            // One view's own failure: another one may be declared right.
            Err(error) => unreadable.push((index, error)),
        }
    }
    let pages = Pages {
        session,
        doing: format!("reading {}", names(&asked.views)),
    };
    let parts = parts.into_iter().enumerate();
    let found = parts.map(|(index, part)| part.stage(session, asked, (index, &pages.doing)));
    let found = found.collect::<Result<Vec<LatestPart>, OfflineError>>();
    // All that is taken is in tables now.
    let found = session.unchanged(found)?;
    let take = take.lock().map(|mut take| take.take());
    let Ok(Some(take)) = take else {
        return Err(OfflineError::internal("the latest rows were taken before"));
    };
    take(LatestRows {
        unreadable,
        parts: found,
        pages: &pages,
    });
    Ok(())
}

impl Part {
    /// Puts the rows into tables of the part's own.
    fn stage(
        self,
        session: &Session,
        asked: &Latest,
        (index, doing): (usize, &str),
    ) -> Result<LatestPart, OfflineError> {
        let mut views = self.views.iter();
        let first = views.next().and_then(|(view, _)| asked.views.get(*view));
        let view =
            first.ok_or_else(|| OfflineError::internal("a part of the latest rows has no view"))?;
        let search = Search {
            session,
            view,
            source: &self.source,
            rule: &self.rule,
            columns: &self.columns,
            from: asked.from,
            until: asked.until,
            horizon: asked.horizon,
            part: index,
        };
        let staged = search.stage(asked.strays).map_err(|error| {
            let text = &self.source.relation.text;
            failed(format!("{doing} from {text}"), error)
        })?;
        let columns = self.columns.iter();
        Ok(LatestPart {
            columns: columns
                .map(|column| LatestColumn {
                    name: column.name,
                    dtype: column.dtype,
                })
                .collect(),
            views: self.views,
            is_judged: self.rule.is_judging(),
            entities: staged.entities,
            rows: staged.rows,
            strays: staged.strays,
            ahead: staged.ahead,
        })
    }
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
    fn rows(&self, part: usize, first: u64, most: u64) -> Result<Vec<RecordBatch>, OfflineError> {
        self.page(&latest(part), first, most)
    }

    fn count_strays(&self, part: usize) -> Result<u64, OfflineError> {
        let sql = format!("SELECT count(*) FROM {}", strays(part));
        let rows = self.session.count(&sql, &Params::default());
        rows.map_err(|error| failed(&self.doing, error))
    }

    fn strays(&self, part: usize, first: u64, most: u64) -> Result<Vec<RecordBatch>, OfflineError> {
        self.page(&strays(part), first, most)
    }

    fn ahead(&self, part: usize, first: u64, most: u64) -> Result<Vec<RecordBatch>, OfflineError> {
        self.page(&ahead(part), first, most)
    }
}
