//! The candidate rule in `DuckDB`'s SQL: all that is asked of a source's rows before one is taken.
//! [`order`], [`created`] and [`times`] are what they are compared by, [`conditions`] what their values
//! must satisfy.

mod bounds;
pub(crate) mod conditions;
pub(crate) mod created;
pub(crate) mod order;
mod proved;
pub(crate) mod rejected;
pub(crate) mod times;
mod unfit;
mod valid;

use crate::offline::OfflineError;
use crate::offline::duckdb::tables::{CREATED, EVENT, KEY};
use bounds::{bound, usable, usable_time};
use conditions::{ConditionSql, conditions};

use super::session::Session;
use super::session::sql::{Params, quote};
use super::source::ViewRelation;
use super::source::columns::{SourceColumn, is_nanos, key_value, time, unproven};
use crate::pit::{Rule, TIME_LIMIT};
use crate::view::JoinKey;

/// What stands for a created time that is null, which is the earliest.
pub(crate) const NO_TIME: i64 = -i64::MAX;

/// A rule over the columns of a source.
#[derive(Debug, Clone)]
pub(crate) struct RuleSql {
    rule: Rule,
    keys: Vec<SourceColumn>,
    event: SourceColumn,
    created: Option<SourceColumn>,
    /// Whether times are compared in nanoseconds, else in microseconds.
    nanos: bool,
    /// What a row's values must satisfy, and is not known to hold for all rows.
    conditions: Vec<ConditionSql>,
}

/// Whether a row's time is null, infinite, or as good as that.
pub(crate) fn unusable(micros: &str) -> String {
    let micros = unproven(micros);
    format!("{micros} IS NULL OR {micros} NOT BETWEEN -{TIME_LIMIT} AND {TIME_LIMIT}")
}

impl RuleSql {
    /// The rule over a view's source, whose footers and values are looked at for what all rows satisfy.
    /// `nanos` is whether what is compared with it has nanoseconds, `within` the times that rows are
    /// read of, where not all are.
    pub(crate) fn new(
        session: &Session,
        rule: Rule,
        source: &ViewRelation,
        nanos: bool,
        within: Option<(Option<i64>, i64)>,
    ) -> Result<Self, OfflineError> {
        let mut sql = Self::unresolved(rule, source, nanos, false);
        let relation = &source.relation;
        sql.forget_proved(session, relation);
        let rows = |sql: &Self, params: &mut Params| {
            let from = relation.scan.from(params);
            match within {
                Some((first, end)) => format!("{from} WHERE {}", sql.is_within(first, end)),
                None => from,
            }
        };
        sql.find_unfit(session, rows)?;
        if within.is_some() {
            sql.forget_satisfied(session, relation, rows)?;
        }
        Ok(sql)
    }

    fn unresolved(rule: Rule, source: &ViewRelation, nanos: bool, placed: bool) -> Self {
        let keys = rule.keys().iter().map(JoinKey::source_column);
        Self {
            keys: columns(keys, &source.keys),
            event: SourceColumn {
                name: rule.event_column().to_owned(),
                dtype: source.timestamp,
            },
            created: rule
                .created_column()
                .zip(source.created)
                .map(|(name, dtype)| {
                    let name = name.to_owned();
                    SourceColumn { name, dtype }
                }),
            nanos: !rule.is_of_events() && (nanos || is_nanos(&source.timestamp)),
            conditions: conditions(&rule, source, placed),
            rule,
        }
    }

    /// The same over [`ViewRelation::placed`], whose columns have names of our own; in nanoseconds.
    /// `rows` gives what follows `FROM` for the rows that are asked for.
    pub(crate) fn over_placed(
        session: &Session,
        rule: Rule,
        source: &ViewRelation,
        rows: impl Fn(&Self, &mut Params) -> String,
    ) -> Result<Self, OfflineError> {
        let mut sql = Self::unresolved(rule, source, true, true);
        for (index, key) in sql.keys.iter_mut().enumerate() {
            key.name = format!("{KEY}{index}");
        }
        sql.event.name = EVENT.to_owned();
        if let Some(created) = &mut sql.created {
            created.name = CREATED.to_owned();
        }
        sql.find_unfit(session, rows)?;
        Ok(sql)
    }

    pub(crate) const fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Takes also what `other` takes, which has the same winners.
    pub(crate) fn widen(&mut self, other: &Rule) {
        self.rule = self.rule.or(other);
    }

    /// The names of the columns that it is about.
    pub(crate) fn column_names(&self) -> impl Iterator<Item = &str> {
        let columns = self.keys.iter().chain([&self.event]).chain(&self.created);
        let conditions = self.conditions.iter().map(|it| &it.column);
        columns.chain(conditions).map(|column| column.name.as_str())
    }

    pub(crate) const fn event_column(&self) -> &SourceColumn {
        &self.event
    }

    pub(crate) const fn has_created(&self) -> bool {
        self.created.is_some()
    }

    pub(crate) const fn is_nanos(&self) -> bool {
        self.nanos
    }

    pub(crate) const fn time_type(&self) -> &'static str {
        if self.nanos { "HUGEINT" } else { "BIGINT" }
    }

    /// The join keys' source columns and values, in their dtypes.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (String, String)> {
        let keys = self.keys.iter().zip(self.rule.keys());
        keys.map(|(column, key)| {
            let name = quote(&column.name);
            let value = key_value(&name, &column.dtype, key.dtype());
            (name, value)
        })
    }

    /// The join keys, numbered.
    pub(crate) fn key_columns(&self) -> Vec<String> {
        let keys = self.keys().enumerate();
        keys.map(|(index, (_, value))| format!("{value} AS {KEY}{index}"))
            .collect()
    }

    /// The event time, in the unit that it is compared in.
    pub(crate) fn event(&self) -> String {
        time(&quote(&self.event.name), &self.event.dtype, self.nanos)
    }

    /// The created time, to compare it with others of its column, where there is such a column.
    pub(crate) fn created(&self) -> Option<String> {
        let created = self.created.as_ref()?;
        let created = usable_time(created, is_nanos(&created.dtype));
        Some(format!("coalesce({created}, {NO_TIME})"))
    }

    /// What usable rows are ordered by beside their place: event time and created time.
    pub(crate) fn time_columns(&self) -> Vec<String> {
        self.times(&self.event())
    }

    /// The same of any row; the event time is null where it is not usable.
    pub(crate) fn usable_time_columns(&self) -> Vec<String> {
        self.times(&usable_time(&self.event, self.nanos))
    }

    fn times(&self, event: &str) -> Vec<String> {
        let event = format!("{event} AS {EVENT}");
        let created = self
            .created()
            .map(|created| format!("{created} AS {CREATED}"));
        std::iter::once(event).chain(created).collect()
    }

    /// A null matches nothing.
    pub(crate) fn has_keys(&self) -> Vec<String> {
        let keys = self.keys().map(|(name, _)| format!("{name} IS NOT NULL"));
        keys.collect()
    }

    /// Event and created time in microseconds, rounded down; null where they are not usable.
    pub(crate) fn usable_micros(&self) -> (String, Option<String>) {
        let created = self.created.as_ref();
        let created = created.map(|created| usable_time(created, false));
        (usable_time(&self.event, false), created)
    }

    /// The created time in nanoseconds, null where it is not usable; where there is such a column.
    pub(crate) fn created_nanos(&self) -> Option<String> {
        let created = self.created.as_ref();
        created.map(|created| usable_time(created, true))
    }

    /// Whether a row has no usable event time.
    pub(crate) fn is_without_time(&self) -> String {
        format!("NOT coalesce({}, false)", self.is_usable())
    }

    /// Whether the event time is neither infinite nor as good as that.
    pub(crate) fn is_usable(&self) -> String {
        usable(&self.event)
    }

    /// Whether a row was created by the time that is to be known at.
    pub(crate) fn is_written(&self) -> Option<String> {
        let known = i128::from(self.rule.known_at_micros()?) * 1000;
        let time = self.created_nanos()?;
        Some(format!("coalesce({time} <= {known}, true)"))
    }

    /// The latest event time that an entity row with the time `now` can use, both in the unit that
    /// is compared.
    pub(crate) fn until(&self, now: &str) -> String {
        match i128::from(self.rule.settling_micros()) {
            0 => now.to_owned(),
            settling => format!("({now} - {})", settling * self.scale()),
        }
    }

    /// The same for a time in microseconds.
    pub(crate) fn last(&self, at: i64) -> i64 {
        limited(at).saturating_sub(self.rule.settling_micros())
    }

    /// The same for a time in nanoseconds, bound.
    pub(crate) fn last_nanos(&self, at: i128, params: &mut Params) -> String {
        params.push(at - i128::from(self.rule.settling_micros()) * 1000)
    }

    /// Whether a row has settled at a time, in microseconds.
    pub(crate) fn has_settled(&self, at: i64) -> String {
        let last = i128::from(self.last(at)) * self.scale();
        format!("{} <= {last}", self.event())
    }

    /// The first time, in microseconds, at which a usable row has settled.
    pub(crate) fn settled_from(&self) -> String {
        let (micros, _) = self.usable_micros();
        let event = self.event();
        let beyond = if self.nanos {
            format!(" + CAST({event} % 1000 <> 0 AS BIGINT)")
        } else {
            String::new()
        };
        format!("({micros}{beyond} + {})", self.rule.settling_micros())
    }

    /// The earliest event time that entity rows from `first` on can use, in microseconds, where
    /// there is a TTL and a scan has bounds. With a settling delay beyond the TTL nothing is ever
    /// found, and all is read.
    pub(crate) fn first(&self, first: i64) -> Option<i64> {
        let ttl = self.rule.ttl_micros();
        let ttl = ttl.filter(|ttl| *ttl >= self.rule.settling_micros())?;
        let first = first.saturating_sub(ttl);
        bound(&self.event.dtype, first, false).map(|_| first)
    }

    /// Whether the event time is before a time that [`first`](Self::first) gives.
    pub(crate) fn is_before(&self, first: i64) -> String {
        match bound(&self.event.dtype, first, false) {
            Some(bound) => format!("{} < {bound}", quote(&self.event.name)),
            None => format!("{} < {}", self.event(), i128::from(first) * self.scale()),
        }
    }

    /// The scan's own bounds of event times, in microseconds, which may let others through.
    pub(crate) fn scan_bounds(&self, first: Option<i64>, last: Option<i64>) -> Vec<String> {
        let name = quote(&self.event.name);
        let bound = |at: Option<i64>, up| bound(&self.event.dtype, at?, up);
        let last = bound(last, true).map(|bound| format!("{name} <= {bound}"));
        let first = bound(first, false).map(|bound| format!("{name} >= {bound}"));
        last.into_iter().chain(first).collect()
    }

    /// Whether a row has settled at `until`, and is no older than `from`.
    pub(crate) fn is_within(&self, from: Option<i64>, until: i64) -> String {
        let mut filter = vec![self.is_usable(), self.has_settled(until)];
        filter.extend(self.scan_bounds(None, Some(self.last(until))));
        if let Some(from) = from.map(limited) {
            let first = i128::from(from) * self.scale();
            filter.push(format!("{} >= {first}", self.event()));
            filter.extend(self.scan_bounds(Some(from), None));
        }
        filter.join(" AND ")
    }

    /// Whether a row's time is usable and after one, in microseconds; in microseconds, as rows are
    /// stored.
    pub(crate) fn is_after(&self, at: i64) -> String {
        let event = time(&quote(&self.event.name), &self.event.dtype, false);
        let mut filter = vec![self.is_usable(), format!("{event} > {}", limited(at))];
        filter.extend(self.scan_bounds(Some(limited(at)), None));
        filter.join(" AND ")
    }

    /// Whether a row with the event time `event`, if there is one, is within the TTL of a rule with
    /// the same winners at `now`.
    pub(crate) fn is_live(&self, rule: &Rule, now: &str, event: &str) -> String {
        let Some(ttl) = rule.ttl_micros() else {
            return format!("({event} IS NOT NULL)");
        };
        let ttl = i128::from(ttl) * self.scale();
        format!("coalesce({now} - {event} <= {ttl}, false)")
    }

    /// The rule's order, the winner first or last; the created time as `created` has it, `place` is
    /// the row's.
    pub(crate) fn ordered(&self, created: &str, place: &str, winner_first: bool) -> String {
        let (order, nulls) = if winner_first {
            ("DESC", "LAST")
        } else {
            ("ASC", "FIRST")
        };
        let event = self.event();
        format!("{event} {order}, {created} {order} NULLS {nulls}, {place} {order}")
    }

    const fn scale(&self) -> i128 {
        if self.nanos { 1000 } else { 1 }
    }
}

/// A time as one within the limits.
pub(crate) fn limited(micros: i64) -> i64 {
    micros.clamp(-TIME_LIMIT, TIME_LIMIT)
}

fn columns<'a>(
    names: impl Iterator<Item = &'a str>,
    dtypes: &[featurestore_schema::SourceDtype],
) -> Vec<SourceColumn> {
    let columns = names.zip(dtypes);
    columns
        .map(|(name, dtype)| SourceColumn {
            name: name.to_owned(),
            dtype: *dtype,
        })
        .collect()
}
