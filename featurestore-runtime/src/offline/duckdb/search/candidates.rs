//! The rows of a source that a search looks at: those that any row of the spine can use.

use featurestore_schema::{SourceDtype, TimeUnit};

use crate::offline::TIME_LIMIT;
use crate::offline::duckdb::search::GroupSearch;
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::source::columns::{SourceColumn, is_nanos, sql_type, time};
use crate::offline::duckdb::source::relation::Extent;
use crate::time::Timestamp;

impl GroupSearch<'_> {
    /// The rows that can be candidates: keys `k0`, .., event time `e` in the group's unit, created
    /// time `c`, place `p`, and `columns` as `f0`, ..
    pub(crate) fn rows(&self, extent: &Extent, columns: &[&str], params: &mut Params) -> String {
        let mut filter = self.window();
        filter.extend(self.created_filter());
        self.read(extent, columns, filter, params)
    }

    /// The rows that are older than every TTL, by the time that [`first`](Self::first) gives.
    pub(crate) fn rows_before(&self, first: i64, extent: &Extent, params: &mut Params) -> String {
        let mut filter = vec![self.before(first)];
        filter.extend(self.created_filter());
        self.read(extent, &[], filter, params)
    }

    /// The condition of at least the rows that can be candidates.
    pub(crate) fn candidates(&self, params: &mut Params) -> String {
        let mut filter = self.window();
        filter.extend(self.usable(params));
        filter.join(" AND ")
    }

    /// Bounds of the event times that any row of the spine can use.
    fn window(&self) -> Vec<String> {
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
        filter
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
        filter.extend(self.usable(params));
        format!(
            "SELECT {} FROM {from} WHERE {}",
            output.join(", "),
            filter.join(" AND ")
        )
    }

    /// Bounds of the keys that the spine has, and of times.
    fn usable(&self, params: &mut Params) -> Vec<String> {
        let limits = limits(&self.group.timestamp);
        let keys = self.group.keys.iter();
        let keys = keys.map(|(place, column, dtype)| {
            let name = quote(&column.name);
            match &self.spine.bounds[*place] {
                Some((low, high)) => {
                    let sql = sql_type(*dtype);
                    let (low, high) = (params.push(low.clone()), params.push(high.clone()));
                    format!("{name} BETWEEN CAST({low} AS {sql}) AND CAST({high} AS {sql})")
                }
                None => format!("{name} IS NOT NULL"),
            }
        });
        keys.chain([limits]).collect()
    }

    /// The earliest event time that any row of the spine can use, in microseconds, where all views
    /// have a TTL. With a settling delay beyond the TTL nothing is ever found, and all is read.
    pub(crate) fn first(&self) -> Option<i64> {
        let ttl = self.group.ttl.filter(|ttl| *ttl >= self.group.settling)?;
        let (first, _) = self.spine.times?;
        let first = first.saturating_sub(ttl);
        bound(&self.group.timestamp.dtype, first, false).map(|_| first)
    }

    pub(crate) fn before(&self, first: i64) -> String {
        let bound = bound(&self.group.timestamp.dtype, first, false).unwrap_or_default();
        format!("{} < {bound}", quote(&self.group.timestamp.name))
    }

    /// Whether a row was created by the time that the training set is to know.
    pub(crate) fn created_filter(&self) -> Option<String> {
        let known: Timestamp = self.plan.options.known_at?;
        let created = self.group.created.as_ref()?;
        let time = time(&quote(&created.name), &created.dtype, true);
        let known = i128::from(known.timestamp_micros()) * 1000;
        Some(format!("coalesce({time} <= {known}, true)"))
    }
}

/// Whether a time is neither infinite nor as good as that; where the type allows it, as the scan's
/// own condition, which it leaves out where the files' statistics say that all rows fulfil it.
fn limits(column: &SourceColumn) -> String {
    let name = quote(&column.name);
    let of_scan = |up: bool| match column.dtype {
        SourceDtype::Timestamp {
            unit: TimeUnit::Micros,
            ..
        } => bound(&column.dtype, if up { TIME_LIMIT } else { -TIME_LIMIT }, up),
        _ => None,
    };
    match of_scan(false).zip(of_scan(true)) {
        Some((low, high)) => format!("{name} >= {low} AND {name} <= {high}"),
        None => {
            let micros = time(&name, &column.dtype, false);
            format!("{micros} BETWEEN -{TIME_LIMIT} AND {TIME_LIMIT}")
        }
    }
}

/// A constant of a time column's own type, so that a filter with it is the scan's: no later than
/// `micros` or, where `up`, no earlier. Nothing where the type ends before it.
pub(crate) fn bound(dtype: &SourceDtype, micros: i64, up: bool) -> Option<String> {
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
