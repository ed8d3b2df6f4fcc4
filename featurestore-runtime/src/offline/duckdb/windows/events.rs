//! The text that reads events.

use featurestore_schema::{Dtype, SourceDtype};

use crate::offline::duckdb::rule::RuleSql;
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::source::columns::cast;
use crate::offline::duckdb::source::relation::{Extent, Relation};
use crate::offline::duckdb::tables::{CREATED, EVENT, FEATURE, PLACE};
use crate::view::EventSourceDefinition;

/// A column of events: its name in the source, its type there, and its dtype.
#[derive(Debug, Clone)]
pub(crate) struct EventColumn {
    name: &'static str,
    from: SourceDtype,
    dtype: Dtype,
}

/// Some of a source's columns, by their indices among those that its events declare.
pub(crate) fn event_columns(
    source: &EventSourceDefinition,
    of_source: &[SourceDtype],
    indices: &[usize],
) -> Vec<EventColumn> {
    let columns = source.columns().iter().zip(of_source).enumerate();
    let columns = columns.filter(|(index, _)| indices.contains(index));
    columns
        .map(|(_, (column, from))| EventColumn {
            name: column.source_column(),
            from: *from,
            dtype: column.dtype(),
        })
        .collect()
}

impl EventColumn {
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }
}

/// The rows of a source that a rule keeps out of an interval, for what they hold: what is read of them, and what
/// follows `FROM`. Where the interval has no beginning, rows without a time are among them.
pub(crate) fn rejected_rows(
    rule: &RuleSql,
    relation: &Relation,
    columns: &[EventColumn],
    (from, until): (Option<i64>, i64),
    params: &mut Params,
) -> (String, String) {
    let mut output = rule.key_columns();
    let (event, created) = rule.usable_micros();
    let created = created.unwrap_or_else(|| "CAST(NULL AS BIGINT)".to_owned());
    output.push(format!("{event} AS {EVENT}, {created} AS {CREATED}"));
    for (index, column) in columns.iter().enumerate() {
        let value = cast(&quote(column.name), &column.from, column.dtype);
        output.push(format!("{value} AS {FEATURE}{index}"));
    }
    let rows = relation.scan.from(params);
    let mut fits = rule.has_keys();
    fits.extend(rule.is_valid(params));
    let mut kept_out = format!(
        "({} AND NOT coalesce({}, false))",
        rule.is_within(from, until),
        fits.join(" AND ")
    );
    if from.is_none() {
        kept_out = format!("{kept_out} OR {}", rule.is_without_time());
    }
    (output.join(", "), format!("{rows} WHERE {kept_out}"))
}

/// The events that a rule takes at all, and `filter`: its keys, times in microseconds, place, and
/// `columns` as features.
pub(crate) fn event_rows(
    rule: &RuleSql,
    relation: &Relation,
    extent: &Extent,
    columns: &[EventColumn],
    filter: Vec<String>,
    params: &mut Params,
) -> String {
    let mut output = rule.key_columns();
    let (event, created) = rule.usable_micros();
    let created = created.unwrap_or_else(|| "CAST(NULL AS BIGINT)".to_owned());
    output.push(format!("{event} AS {EVENT}, {created} AS {CREATED}"));
    output.push(format!(
        "CAST({} AS BIGINT) AS {PLACE}",
        relation.place(extent)
    ));
    for (index, column) in columns.iter().enumerate() {
        let value = cast(&quote(column.name), &column.from, column.dtype);
        output.push(format!("{value} AS {FEATURE}{index}"));
    }
    let from = relation.scan.from(params);
    let mut conditions = filter;
    conditions.extend(rule.has_keys());
    conditions.push(rule.is_usable());
    conditions.extend(rule.is_written());
    conditions.extend(rule.is_valid(params));
    format!(
        "SELECT {} FROM {from} WHERE {}",
        output.join(", "),
        conditions.join(" AND ")
    )
}
