//! The search for the rows that a group of views gives: one per row of the spine, into a table.

use super::choice::Method;
use super::columns::{cast, is_nanos, time};
use super::keys::{KEYS, SpineKeys, create_unordered};
use super::order::Order;
use super::plan::{Group, Plan};
use super::relation::{Extent, Params, Relation, quote};
use super::session::{Session, unreadable};
use super::{OfflineError, TIME_LIMIT};
use crate::time::Timestamp;

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

/// The table that has the rows of a group whose keys are unique: keys `k0`, .., event time `e` in
/// the group's unit, features `f0`, ..
pub(super) fn by_key(group: usize) -> String {
    format!("by_key_{group}")
}

impl GroupSearch<'_> {
    /// Finds the rows; whether they are in a table [`by_key`], as what was found is then a view.
    ///
    /// # Errors
    ///
    /// A source that can't be read.
    pub(super) fn run(&self) -> Result<bool, OfflineError> {
        let failure = |error: duckdb::Error| {
            let (what, text) = (&self.relation.what, &self.relation.text);
            unreadable(what.clone(), text.clone(), &error)
        };
        let extent = self.relation.extent(self.session).map_err(failure)?;
        let method = self.method(&extent).map_err(failure)?;
        tracing::debug!(source = self.relation.text, ?method, "searching");
        let mut params = Params::default();
        let sql = match &method {
            Method::Single => {
                return self.stage_single(&extent).map(|()| true).map_err(failure);
            }
            Method::Pairs(order) => self.pairs(order, &extent, &mut params),
            Method::Sorted(order) => self.asof(order, &extent, &mut params),
        };
        let sql = format!("CREATE TABLE {} AS {sql}", table(self.place));
        create_unordered(self.session, &sql, &params).map_err(failure)?;
        if let Some(first) = self.first()
            && self.has_older(first).map_err(failure)?
        {
            let mut params = Params::default();
            let sql = self.expired(first, &extent, &mut params);
            self.session.execute(&sql, &params).map_err(failure)?;
        }
        Ok(false)
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

    /// Puts the one row of each key into a table, over which what was found is a view.
    fn stage_single(&self, extent: &Extent) -> Result<(), duckdb::Error> {
        let rows = by_key(self.place);
        let mut params = Params::default();
        let sql = self.rows(extent, &self.group.columns_names(), &mut params);
        let sql = format!("CREATE TABLE {rows} AS {sql}");
        create_unordered(self.session, &sql, &params)?;
        let features: String = self.features().map(|name| format!(", v.{name}")).collect();
        let sql = format!(
            "CREATE VIEW {} AS SELECT s.n, s.t, v.e{features} \
             FROM (SELECT n, {} AS t, {} AS until, {} FROM {KEYS}) AS s \
             JOIN {rows} AS v ON {} AND v.e <= s.until",
            table(self.place),
            self.now(),
            self.known_until(),
            self.spine_keys(),
            self.equal_keys(),
        );
        self.session.execute(&sql, &Params::default()).map(drop)
    }

    fn pairs(&self, order: &Order, extent: &Extent, params: &mut Params) -> String {
        let packed: Vec<String> = self
            .features()
            .map(|name| format!(", '{name}': v.{name}"))
            .collect();
        let unpacked: Vec<String> = self
            .features()
            .map(|name| format!(", w.{name} AS {name}"))
            .collect();
        let keys = self.key_names().join(", ");
        let rows = self.rows(extent, &self.group.columns_names(), params);
        format!(
            "SELECT n, t, w.e AS e{} FROM (\
             SELECT s.n, s.t, arg_max({{'e': v.e{}}}, v.o) AS w \
             FROM (SELECT n, {} AS t, {} AS until, {} FROM {KEYS} WHERE {}) AS s \
             JOIN (SELECT {keys}, e, {} AS o{} FROM ({rows})) AS v ON {} AND v.e <= s.until \
             GROUP BY s.n, s.t)",
            unpacked.concat(),
            packed.concat(),
            self.now(),
            self.known_until(),
            self.spine_keys(),
            self.some_spine_keys(),
            order.of_row(),
            self.features()
                .map(|name| format!(", {name}"))
                .collect::<String>(),
            self.equal_keys(),
        )
    }

    /// Whether any row is older than every TTL; mostly known from the source's own statistics.
    fn has_older(&self, first: i64) -> Result<bool, duckdb::Error> {
        let mut params = Params::default();
        let from = self.relation.scan.from(&mut params);
        let sql = format!(
            "SELECT CAST(count(*) AS UBIGINT) FROM (SELECT 1 FROM {from} WHERE {} LIMIT 1)",
            self.before(first)
        );
        Ok(self.session.count(&sql, &params)? > 0)
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
             FROM (SELECT n, {} AS t, {} AS until, {} FROM {KEYS} \
             ANTI JOIN {found} USING (n) WHERE {}) AS s \
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
    pub(super) fn rows(&self, extent: &Extent, columns: &[&str], params: &mut Params) -> String {
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

    pub(super) fn key_columns(&self) -> Vec<String> {
        let keys = self.group.keys.iter().enumerate();
        keys.map(|(index, (_, column, dtype))| {
            format!(
                "{} AS k{index}",
                cast(&quote(&column.name), &column.dtype, *dtype)
            )
        })
        .collect()
    }

    pub(super) fn key_names(&self) -> Vec<String> {
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

    fn known_until(&self) -> String {
        self.group.until(self.now())
    }
}

impl Group {
    /// The latest event time that a row of the spine with the time `now` can use, both in the
    /// group's unit.
    pub(super) fn until(&self, now: &str) -> String {
        let scale = if self.nanos { 1000 } else { 1 };
        match i128::from(self.settling.min(TIME_LIMIT)) {
            0 => now.to_owned(),
            settling => format!("({now} - {})", settling * scale),
        }
    }

    fn columns_names(&self) -> Vec<&str> {
        self.columns
            .iter()
            .map(|column| column.name.as_str())
            .collect()
    }
}

/// A constant of a time column's own type, so that a filter with it is the scan's: no later than
/// `micros` or, where `up`, no earlier. Nothing where the type ends before it.
fn bound(dtype: &featurestore_schema::SourceDtype, micros: i64, up: bool) -> Option<String> {
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
