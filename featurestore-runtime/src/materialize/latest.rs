//! The query for the latest row of each entity, and what belongs to no entity.

use crate::offline::{Params, TIME_LIMIT, ViewRelation, cast, nanos_to_micros, time};
use crate::time::Timestamp;
use crate::view::ViewDefinition;

/// The table that the latest rows are kept in while they are written online: `rowid`, keys
/// `k0`, .., microseconds `e` and `c`, features `f0`, ..
pub(super) const TABLE: &str = "latest_rows";

/// A view's source, looked at.
pub(super) struct Latest<'a> {
    pub(super) view: &'static ViewDefinition,
    pub(super) source: &'a ViewRelation,
    pub(super) until: Timestamp,
}

impl Latest<'_> {
    /// Makes [`TABLE`]. Rows are chosen by the order that the point-in-time join has: latest event
    /// time, latest created time, last in the source.
    pub(super) fn stage(&self, params: &mut Params) -> String {
        let source = self.source;
        let keys = self.view.join_keys().iter().enumerate();
        let mut output: Vec<String> = keys
            .map(|(index, key)| {
                let name = format!("k{index}");
                format!(
                    "{} AS {name}",
                    cast(&name, &source.keys[index], key.dtype())
                )
            })
            .collect();
        output.push(format!("{} AS e", micros("t", &source.timestamp)));
        let created = source.created.as_ref();
        output.push(created.map_or_else(
            || "CAST(NULL AS BIGINT) AS c".to_owned(),
            |dtype| format!("{} AS c", micros("c", dtype)),
        ));
        for (index, column) in self.view.columns().iter().enumerate() {
            let name = format!("f{index}");
            let value = cast(&name, &source.features[index], column.dtype());
            output.push(format!("{value} AS {name}"));
        }
        let mut order = vec![format!("{} DESC", exact("t", &source.timestamp))];
        order.extend(created.map(|dtype| format!("{} DESC NULLS LAST", exact("c", dtype))));
        order.push("n DESC".to_owned());
        let from = source.from(self.view, params);
        let keys = self.keys();
        let some: Vec<String> = keys
            .iter()
            .map(|key| format!("{key} IS NOT NULL"))
            .collect();
        format!(
            "CREATE TABLE {TABLE} AS SELECT {} FROM {from} WHERE {} AND {} \
             QUALIFY row_number() OVER (PARTITION BY {} ORDER BY {}) = 1",
            output.join(", "),
            self.known(params),
            some.join(" AND "),
            keys.join(", "),
            order.join(", ")
        )
    }

    /// Counts the rows that belong to no entity or to no time: one number per join key that is
    /// null (in the first that is), and one for the event timestamp.
    pub(super) fn stray(&self, params: &mut Params) -> String {
        let keys = self.keys();
        let from = self.source.from(self.view, params);
        let event = time("t", &self.source.timestamp, false);
        let mut output = Vec::new();
        let mut before = "true".to_owned();
        for key in &keys {
            output.push(format!(
                "count(*) FILTER ({event} IS NOT NULL AND {before} AND {key} IS NULL)"
            ));
            before = format!("{before} AND {key} IS NOT NULL");
        }
        output.push(format!("count(*) FILTER ({event} IS NULL)"));
        let until = self.known(params);
        format!(
            "SELECT {} FROM {from} WHERE {event} IS NULL OR ({until})",
            output.join(", ")
        )
    }

    fn keys(&self) -> Vec<String> {
        (0..self.view.join_keys().len())
            .map(|index| format!("k{index}"))
            .collect()
    }

    /// Whether a row was known at the time that is materialized up to, which is the join's own
    /// condition for that time.
    fn known(&self, params: &mut Params) -> String {
        let settling = self.view.settling_micros().min(TIME_LIMIT);
        let until = self.until.timestamp_micros().clamp(-TIME_LIMIT, TIME_LIMIT) - settling;
        let limit = params.push(until);
        let event = time("t", &self.source.timestamp, false);
        let within = format!("{event} BETWEEN -{TIME_LIMIT} AND {TIME_LIMIT}");
        if crate::offline::is_nanos(&self.source.timestamp) {
            let event = exact("t", &self.source.timestamp);
            return format!("{within} AND {event} <= CAST({limit} AS HUGEINT) * 1000");
        }
        format!("{within} AND {event} <= {limit}")
    }
}

/// A time in its own precision, to compare it with others of its column.
fn exact(column: &str, dtype: &featurestore_schema::SourceDtype) -> String {
    time(column, dtype, crate::offline::is_nanos(dtype))
}

/// A time in microseconds, rounded down.
fn micros(column: &str, dtype: &featurestore_schema::SourceDtype) -> String {
    if crate::offline::is_nanos(dtype) {
        nanos_to_micros(&time(column, dtype, true))
    } else {
        time(column, dtype, false)
    }
}
