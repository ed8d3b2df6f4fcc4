//! The search for the rows that a group of views gives: one per row of the spine, into a table.

use super::columns::{cast, is_nanos, time};
use super::keys::{KEYS, SpineKeys};
use super::order::Order;
use super::plan::{Group, Plan};
use super::relation::{Extent, Params, Relation, quote};
use super::session::{Session, unreadable};
use super::settings::Search;
use super::{OfflineError, TIME_LIMIT};
use crate::time::Timestamp;

/// How many of the spine's rows estimate how many pairs of equal keys there are.
const SAMPLE: u64 = 1000;
/// How many rows of the source do.
const STRETCHES: u64 = 4;
const STRETCH: u64 = 50_000;

/// A search of one group's rows.
pub(super) struct GroupSearch<'a> {
    pub(super) session: &'a Session,
    pub(super) plan: &'a Plan,
    pub(super) spine: &'a SpineKeys,
    pub(super) place: usize,
    pub(super) group: &'a Group,
    pub(super) relation: &'a Relation,
}

/// The table that a group's rows are found into: the spine's `n`, its time `t` and the row's event
/// time `e` in the group's unit, features `f0`, ..
pub(super) fn table(group: usize) -> String {
    format!("found_{group}")
}

impl GroupSearch<'_> {
    /// Finds the rows.
    ///
    /// # Errors
    ///
    /// A source that can't be read.
    pub(super) fn run(&self) -> Result<(), OfflineError> {
        let failure = |error: duckdb::Error| {
            let (what, text) = (&self.relation.what, &self.relation.text);
            unreadable(what.clone(), text.clone(), &error)
        };
        let extent = self.relation.extent(self.session).map_err(failure)?;
        let search = match self.session.search() {
            Search::Auto => self.choose(&extent).map_err(failure)?,
            search => search,
        };
        tracing::debug!(source = self.relation.text, ?search, "searching");
        let mut params = Params::default();
        let order = self.order(&extent).map_err(failure)?;
        let sql = if search == Search::Pairs {
            self.pairs(&order, &extent, &mut params)
        } else {
            self.asof(&order, &extent, &mut params)
        };
        let sql = format!("CREATE TABLE {} AS {sql}", table(self.place));
        self.session.execute(&sql, &params).map_err(failure)?;
        if let Some(first) = self.first() {
            let mut params = Params::default();
            let sql = self.expired(first, &extent, &mut params);
            self.session.execute(&sql, &params).map_err(failure)?;
        }
        Ok(())
    }

    /// Pairs of equal keys, at most as many as the source has rows, are quicker looked at than
    /// both sides are sorted. How many there are is estimated from a sample of either side; a
    /// wrong estimate costs time, never a row.
    fn choose(&self, extent: &Extent) -> Result<Search, duckdb::Error> {
        if extent.rows < STRETCHES * STRETCH || self.spine.rows == 0 {
            return Ok(Search::Sorted);
        }
        let step = (self.spine.rows / SAMPLE).max(1);
        let mut params = Params::default();
        let keys: Vec<String> = (0..self.group.keys.len())
            .map(|key| format!("k{key}"))
            .collect();
        let stretches = self.relation.stretches(extent, STRETCHES, STRETCH);
        let stretches: Vec<String> = stretches
            .iter()
            .map(|stretch| {
                let from = self.relation.scan.from(&mut params);
                format!(
                    "SELECT {} FROM {from} WHERE {stretch}",
                    self.key_columns().join(", ")
                )
            })
            .collect();
        let names: Vec<String> = self
            .group
            .keys
            .iter()
            .map(|(key, ..)| format!("k{key}"))
            .collect();
        let on: Vec<String> = names
            .iter()
            .zip(&keys)
            .map(|(own, key)| format!("s.{own} = v.{key}"))
            .collect();
        let sql = format!(
            "WITH v AS ({}), s AS (SELECT {} FROM {KEYS} WHERE rowid % {step} = 0) \
             SELECT (SELECT count(*) FROM v), (SELECT count(*) FROM s), \
             (SELECT count(*) FROM s JOIN v ON {})",
            stretches.join(" UNION ALL "),
            names.join(", "),
            on.join(" AND ")
        );
        let numbers = self.session.numbers(&sql, &params)?;
        let [rows, sampled, pairs] = numbers[..] else {
            return Ok(Search::Sorted);
        };
        // Pairs / source rows, from pairs / (rows looked at * share of the spine's rows).
        let pairs = u128::from(pairs) * u128::from(self.spine.rows);
        let most = u128::from(rows) * u128::from(sampled);
        Ok(if pairs <= most {
            Search::Pairs
        } else {
            Search::Sorted
        })
    }

    /// The order that is compared fastest.
    fn order(&self, extent: &Extent) -> Result<Order, duckdb::Error> {
        if self.group.created.is_some() {
            return Ok(Order::Created);
        }
        let mut params = Params::default();
        let rows = self.rows(extent, &[], &mut params);
        Order::of_times(self.session, &rows, &params, self.group.nanos, extent)
    }

    fn asof(&self, order: &Order, extent: &Extent, params: &mut Params) -> String {
        let features: Vec<String> = self.features().map(|name| format!(", {name}")).collect();
        let keys = self.key_names().join(", ");
        let rows = self.rows(extent, &self.group.columns_names(), params);
        format!(
            "SELECT s.n, s.t, {} AS e{} \
             FROM (SELECT n, {} AS t, {} AS b, {} FROM {KEYS} WHERE {}) AS s \
             ASOF JOIN (SELECT {keys}, {} AS o{} FROM ({rows})) AS v ON {} AND s.b >= v.o",
            order.event("v.o"),
            features
                .iter()
                .map(|name| name.replace(", ", ", v."))
                .collect::<String>(),
            self.now(),
            order.until(&self.known_until()),
            self.spine_keys(),
            self.some_spine_keys(),
            order.of_row(),
            features.concat(),
            self.equal_keys(),
        )
    }

    /// Finds the largest order of all pairs, and by its place the row. (`arg_max` of the features
    /// themselves would make 0.0 of -0.0.)
    fn pairs(&self, order: &Order, extent: &Extent, params: &mut Params) -> String {
        let features: String = self.features().map(|name| format!(", v.{name}")).collect();
        let keys = self.key_names().join(", ");
        let rows = self.rows(extent, &[], params);
        let columns = self.group.columns.iter().enumerate();
        let columns: String = columns
            .map(|(index, column)| format!(", {} AS f{index}", quote(&column.name)))
            .collect();
        format!(
            "SELECT w.n, w.t, {} AS e{features} FROM (\
             SELECT s.n, s.t, max(v.o) AS o \
             FROM (SELECT n, {} AS t, {} AS b, {} FROM {KEYS} WHERE {}) AS s \
             JOIN (SELECT {keys}, {} AS o FROM ({rows})) AS v ON {} AND v.o <= s.b \
             GROUP BY s.n, s.t) AS w \
             JOIN (SELECT {} AS p{columns} FROM {}) AS v ON v.p = {}",
            order.event("w.o"),
            self.now(),
            order.until(&self.known_until()),
            self.spine_keys(),
            self.some_spine_keys(),
            order.of_row(),
            self.equal_keys(),
            self.relation.place(extent),
            self.relation.scan.from(params),
            order.place("w.o"),
        )
    }

    /// Adds, for the spine's rows that have found nothing, the latest of the rows that were not
    /// read since they are older than every TTL: what is expired is not missing.
    fn expired(&self, first: i64, extent: &Extent, params: &mut Params) -> String {
        let nulls: String = self.features().map(|_| ", NULL").collect();
        let keys = self.key_names().join(", ");
        let found = table(self.place);
        let mut filter = vec![self.before(first)];
        filter.extend(self.created_filter());
        let rows = self.read(extent, &[], filter, params);
        format!(
            "INSERT INTO {found} SELECT s.n, s.t, v.e{nulls} \
             FROM (SELECT n, {} AS t, {} AS until, {} FROM {KEYS} WHERE {} \
             AND n NOT IN (SELECT n FROM {found})) AS s \
             JOIN (SELECT {keys}, max(e) AS e FROM ({rows}) GROUP BY {keys}) AS v \
             ON {} AND v.e <= s.until",
            self.now(),
            self.known_until(),
            self.spine_keys(),
            self.some_spine_keys(),
            self.equal_keys(),
        )
    }

    /// The rows that can be candidates: keys `k0`, .., event time `e` in the group's unit, created
    /// time `c`, place `p`, and `columns` as `f0`, ..
    fn rows(&self, extent: &Extent, columns: &[&str], params: &mut Params) -> String {
        let mut filter = Vec::new();
        if let Some((_, last)) = self.spine.times {
            let last = last.saturating_sub(self.group.settling);
            filter.extend(
                bound(&self.group.timestamp.dtype, last, true)
                    .map(|bound| format!("{} <= {bound}", quote(&self.group.timestamp.name))),
            );
        }
        if let Some(first) = self.first() {
            filter.extend(
                bound(&self.group.timestamp.dtype, first, false)
                    .map(|bound| format!("{} >= {bound}", quote(&self.group.timestamp.name))),
            );
        }
        filter.extend(self.created_filter());
        self.read(extent, columns, filter, params)
    }

    fn read(
        &self,
        extent: &Extent,
        columns: &[&str],
        mut filter: Vec<String>,
        params: &mut Params,
    ) -> String {
        let group = self.group;
        let mut output = self.key_columns();
        let event = quote(&group.timestamp.name);
        output.push(format!(
            "{} AS e",
            time(&event, &group.timestamp.dtype, group.nanos)
        ));
        if let Some(created) = &group.created {
            let name = quote(&created.name);
            let created = time(&name, &created.dtype, is_nanos(&created.dtype));
            output.push(format!("coalesce({created}, -{}) AS c", i64::MAX));
        }
        output.push(format!("{} AS p", self.relation.place(extent)));
        for (index, column) in columns.iter().enumerate() {
            output.push(format!("{} AS f{index}", quote(column)));
        }
        let from = self.relation.scan.from(params);
        for (place, column, dtype) in &group.keys {
            let name = quote(&column.name);
            filter.push(match &self.spine.bounds[*place] {
                Some((low, high)) => {
                    let sql = super::columns::sql_type(*dtype);
                    let (low, high) = (params.push(low.clone()), params.push(high.clone()));
                    format!("{name} BETWEEN CAST({low} AS {sql}) AND CAST({high} AS {sql})")
                }
                None => format!("{name} IS NOT NULL"),
            });
        }
        let micros = time(&event, &group.timestamp.dtype, false);
        filter.push(format!("{micros} BETWEEN -{TIME_LIMIT} AND {TIME_LIMIT}"));
        format!(
            "SELECT {} FROM {from} WHERE {}",
            output.join(", "),
            filter.join(" AND ")
        )
    }

    /// The earliest event time that any row of the spine can use, in microseconds, where all views
    /// have a TTL. With a settling delay beyond the TTL nothing is ever found, and all is read.
    fn first(&self) -> Option<i64> {
        let ttl = self.group.ttl.filter(|ttl| *ttl >= self.group.settling)?;
        let (first, _) = self.spine.times?;
        let first = first.saturating_sub(ttl);
        bound(&self.group.timestamp.dtype, first, false).map(|_| first)
    }

    fn before(&self, first: i64) -> String {
        let bound = bound(&self.group.timestamp.dtype, first, false).unwrap_or_default();
        format!("{} < {bound}", quote(&self.group.timestamp.name))
    }

    /// Whether a row was created by the time that the training set is to know.
    fn created_filter(&self) -> Option<String> {
        let known: Timestamp = self.plan.options.known_at?;
        let created = self.group.created.as_ref()?;
        let time = time(&quote(&created.name), &created.dtype, true);
        let known = i128::from(known.timestamp_micros()) * 1000;
        Some(format!("coalesce({time} <= {known}, true)"))
    }

    fn key_columns(&self) -> Vec<String> {
        let keys = self.group.keys.iter().enumerate();
        keys.map(|(index, (_, column, dtype))| {
            format!(
                "{} AS k{index}",
                cast(&quote(&column.name), &column.dtype, *dtype)
            )
        })
        .collect()
    }

    fn key_names(&self) -> Vec<String> {
        (0..self.group.keys.len())
            .map(|index| format!("k{index}"))
            .collect()
    }

    fn features(&self) -> impl Iterator<Item = String> {
        (0..self.group.columns.len()).map(|index| format!("f{index}"))
    }

    fn spine_keys(&self) -> String {
        let keys = self.group.keys.iter().enumerate();
        let keys: Vec<String> = keys
            .map(|(index, (place, ..))| format!("k{place} AS k{index}"))
            .collect();
        keys.join(", ")
    }

    /// `ASOF` joins of several keys let a null match a null, so rows with one are left out.
    fn some_spine_keys(&self) -> String {
        let keys = self.group.keys.iter();
        let keys: Vec<String> = keys
            .map(|(place, ..)| format!("k{place} IS NOT NULL"))
            .collect();
        keys.join(" AND ")
    }

    fn equal_keys(&self) -> String {
        let keys: Vec<String> = self
            .key_names()
            .iter()
            .map(|key| format!("s.{key} = v.{key}"))
            .collect();
        keys.join(" AND ")
    }

    const fn now(&self) -> &'static str {
        if self.group.nanos { "u" } else { "t" }
    }

    /// The latest event time that a row of the spine can use, in the group's unit.
    fn known_until(&self) -> String {
        let scale = if self.group.nanos { 1000 } else { 1 };
        match i128::from(self.group.settling.min(TIME_LIMIT)) {
            0 => self.now().to_owned(),
            settling => format!("({} - {})", self.now(), settling * scale),
        }
    }
}

impl Group {
    fn columns_names(&self) -> Vec<&str> {
        self.columns
            .iter()
            .map(|column| column.name.as_str())
            .collect()
    }
}

/// A constant of a time column's own type, so that a filter with it is the scan's: no later than
/// `micros` or, where `up`, no earlier. Nothing where the type ends before it.
pub(crate) fn bound(
    dtype: &featurestore_schema::SourceDtype,
    micros: i64,
    up: bool,
) -> Option<String> {
    use featurestore_schema::{SourceDtype, TimeUnit};
    // A coarser type's constant may be rounded either way.
    let beside = |unit: i64| {
        if up {
            micros.saturating_add(unit)
        } else {
            micros.saturating_sub(unit)
        }
    };
    let at = |micros: i64| format!("make_timestamp({})", micros.clamp(-TIME_LIMIT, TIME_LIMIT));
    match dtype {
        SourceDtype::Timestamp {
            unit: TimeUnit::Nanos,
            ..
        } => {
            let nanos = beside(1).checked_mul(1000)?;
            Some(format!("make_timestamp_ns({nanos})"))
        }
        SourceDtype::Timestamp {
            unit: TimeUnit::Seconds,
            ..
        } => Some(format!("CAST({} AS TIMESTAMP_S)", at(beside(1_000_000)))),
        SourceDtype::Timestamp {
            unit: TimeUnit::Millis,
            ..
        } => Some(format!("CAST({} AS TIMESTAMP_MS)", at(beside(1000)))),
        SourceDtype::Timestamp { zoned: true, .. } => {
            Some(format!("CAST({} AS TIMESTAMPTZ)", at(micros)))
        }
        SourceDtype::Timestamp { .. } => Some(at(micros)),
        SourceDtype::Date => Some(format!("CAST({} AS DATE)", at(beside(86_400_000_000)))),
        _ => None,
    }
}
