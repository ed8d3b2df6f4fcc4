//! All events of window views, for whoever makes states of them.

use std::sync::{Mutex, PoisonError};

use arrow::record_batch::RecordBatch;

use super::events::{EventColumn, event_columns, event_rows, rejected_rows};
use super::pages::page;
use crate::offline::OfflineError;
use crate::offline::duckdb::rule::RuleSql;
use crate::offline::duckdb::rule::rejected::count_rejected;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::unreadable;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::ViewRelation;
use crate::offline::duckdb::source::relation::Relation;
use crate::offline::duckdb::source::view_relation;
use crate::offline::duckdb::tables::{
    ALL_EVENTS, CREATED, EVENT, EVENT_SOURCE, KEY, PLACE, REJECTED_EVENTS,
};
use crate::offline::engine::EXAMPLES;
use crate::offline::events::{
    AheadEvents, EventPages, EventRows, EventsOf, Rejected, TakeEvents, columns_of,
};
use crate::pit::Rule;
use crate::time::Timestamp;
use crate::view::{EventSourceDefinition, Paths};

struct Staged<'a> {
    session: &'a Session,
    table: String,
}

impl EventPages for Staged<'_> {
    fn rows(&self, first: u64, most: u64) -> Result<Vec<RecordBatch>, OfflineError> {
        page(self.session, &self.table, first, most)
    }

    fn rejected(&self, first: u64, most: u64) -> Result<Vec<RecordBatch>, OfflineError> {
        page(self.session, REJECTED_EVENTS, first, most)
    }
}

/// Counts the rows that are kept out, and makes the table of those that are wanted.
fn stage_rejected(
    session: &Session,
    (rule, relation): (&RuleSql, &ViewRelation),
    source: &'static EventSourceDefinition,
    asked: &EventsOf,
    wanted: Rejected,
) -> Result<u64, OfflineError> {
    let all: Vec<usize> = (0..source.columns().len()).collect();
    let columns = event_columns(source, &relation.features, &all);
    let interval = (
        asked.since.map(|since| since.timestamp_micros()),
        asked.until.timestamp_micros(),
    );
    let mut params = Params::default();
    let rows = &relation.relation;
    let (output, from) = rejected_rows(rule, rows, &columns, interval, &mut params);
    let failure = |error| unreadable(rows.what.clone(), rows.text.clone(), error);
    let count = format!("SELECT count(*) FROM {from}");
    let count = session.count(&count, &params).map_err(failure)?;
    if count > 0 {
        let limit = match wanted {
            Rejected::All => String::new(),
            Rejected::Some => format!(" LIMIT {EXAMPLES}"),
        };
        let sql = format!("CREATE TABLE {REJECTED_EVENTS} AS SELECT {output} FROM {from}{limit}");
        session.execute(&sql, &params).map_err(failure)?;
    }
    Ok(count)
}

/// Sorts the events that are asked for into a table, and gives them to `take`.
pub(crate) fn all_events(
    session: &Session,
    paths: &Paths,
    asked: &EventsOf,
    take: &Mutex<Option<TakeEvents>>,
) -> Result<(), OfflineError> {
    let Some((view, windows)) = asked
        .views
        .iter()
        .find_map(|view| Some((*view, view.windows()?)))
    else {
        return Err(OfflineError::internal(
            "events are asked for, and no window view",
        ));
    };
    let source = windows.events();
    let mut resolved = Vec::with_capacity(asked.views.len());
    for view in &asked.views {
        let windows = view.resolved().ok_or_else(|| no_windows(view.name()))?;
        resolved.push(windows.map_err(|error| OfflineError::unusable(view.name(), error))?);
    }
    let columns = columns_of(source, resolved.into_iter());
    let relation = view_relation(session, view, paths)?;
    let rule = Rule::of(view);
    let mut rule = RuleSql::new(session, rule, &relation, false, None)?;
    let read = event_columns(source, &relation.features, &columns);
    let until = asked.until.timestamp_micros();
    // Also forgets the conditions that every row satisfies.
    let looked_at = format!(
        "({}) OR {}",
        rule.is_within(None, until),
        rule.is_without_time()
    );
    let views = &mut [(view, &mut rule)];
    count_rejected(session, &relation.relation, views, Some(&looked_at))?;
    let rejected = match asked.rejected {
        Some(wanted) => stage_rejected(session, (&rule, &relation), source, asked, wanted)?,
        None => 0,
    };
    let rows = &numbered(session, &relation.relation, &rule, &read)?;
    let failure = |error| unreadable(rows.what.clone(), rows.text.clone(), error);
    let extent = rows.extent(session).map_err(failure)?;
    let ahead = match asked.horizon {
        Some(horizon) => ahead(session, rows, &rule, horizon).map_err(failure)?,
        None => AheadEvents::default(),
    };
    let mut params = Params::default();
    let filter = vec![rule.is_within(None, until)];
    let events = event_rows(&rule, rows, &extent, &read, filter, &mut params);
    let keys: Vec<String> = (0..view.join_keys().len())
        .map(|index| format!("{KEY}{index}"))
        .collect();
    let keys = keys.join(", ");
    let mut sql = events;
    if let Some(since) = asked.since {
        let within = vec![rule.is_within(Some(since.timestamp_micros()), until)];
        let recent = event_rows(&rule, rows, &extent, &[], within, &mut params);
        sql = format!(
            "SELECT * FROM ({sql}) SEMI JOIN (SELECT DISTINCT {keys} FROM ({recent})) USING ({keys})"
        );
    }
    let table = session.new_table(ALL_EVENTS);
    let sql = format!("CREATE TABLE {table} AS {sql} ORDER BY {keys}, {EVENT}, {PLACE}");
    session.execute(&sql, &params).map_err(failure)?;
    let count = format!("SELECT count(*) FROM {table}");
    let count = session.count(&count, &Params::default()).map_err(failure)?;
    session.unchanged(Ok(()))?;
    let taken = take.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(take) = taken {
        take(EventRows {
            columns,
            rows: count,
            rejected,
            ahead,
            pages: &Staged { session, table },
        });
    }
    Ok(())
}

/// The source, or a table of what is needed of it where its rows have no numbers.
fn numbered(
    session: &Session,
    relation: &Relation,
    rule: &RuleSql,
    columns: &[EventColumn],
) -> Result<Relation, OfflineError> {
    if relation.is_numbered() {
        return Ok(relation.clone());
    }
    let of_rule: Vec<&str> = rule.column_names().collect();
    let is_read = |name: &str| columns.iter().any(|column| column.name() == name);
    let table = session.new_table(EVENT_SOURCE);
    relation.stage(session, &table, |name| {
        of_rule.contains(&name) || is_read(name)
    })
}

/// The events that are later than the horizon, and a few of them: keys, and times as all events have them.
fn ahead(
    session: &Session,
    relation: &Relation,
    rule: &RuleSql,
    horizon: Timestamp,
) -> Result<AheadEvents, duckdb::Error> {
    let is_ahead = rule.is_after(horizon.timestamp_micros());
    let mut params = Params::default();
    let rows = format!("{} WHERE {is_ahead}", relation.scan.from(&mut params));
    let count = session.count(&format!("SELECT count(*) FROM {rows}"), &params)?;
    let mut output = rule.key_columns();
    output.push(format!("{} AS {EVENT}", rule.usable_micros().0));
    output.push(format!(
        "CAST(NULL AS BIGINT) AS {CREATED}, CAST(0 AS BIGINT) AS {PLACE}"
    ));
    let examples = if count == 0 {
        Vec::new()
    } else {
        let few = format!("SELECT {} FROM {rows} LIMIT {EXAMPLES}", output.join(", "));
        session.batches(&few, &params)?
    };
    Ok(AheadEvents {
        rows: count,
        examples,
    })
}

fn no_windows(view: &str) -> OfflineError {
    OfflineError::internal(format!(
        "view `{view}` is asked for its events, and has none"
    ))
}
