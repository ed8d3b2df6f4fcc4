//! How a source's event times are packed with places, after as small a look at them as will do.
//!
//! When they begin and end is in most Parquet files' footers, and mostly leaves room for them as
//! they are. Else they are packed by the unit that they are multiples of, as far as a few rows
//! tell; the query that reads all of them fails where one is not.

use crate::offline::duckdb::tables::EVENT;
use featurestore_schema::{SourceDtype, TimeUnit};

use super::RuleSql;
use super::order::{Order, Units};
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::columns::{is_nanos, time};
use crate::offline::duckdb::source::relation::{Extent, Relation};
use crate::pit::TIME_LIMIT;

/// How many rows a unit is taken from.
const LOOK: u64 = 5_000;

/// More microseconds than a bound of a scan is beside what is asked for.
const BESIDE: i128 = 86_400_000_000;

/// The event times of rows that are to be ordered, and have no created time.
pub(crate) struct EventTimes<'a> {
    pub(crate) session: &'a Session,
    pub(crate) relation: &'a Relation,
    pub(crate) rule: &'a RuleSql,
    /// The earliest and the latest that the filter asks for, in microseconds.
    pub(crate) window: (Option<i64>, Option<i64>),
    /// The condition that rows are read by.
    pub(crate) filter: &'a dyn Fn(&mut Params) -> String,
}

impl EventTimes<'_> {
    /// The order that is compared fastest.
    pub(crate) fn order(&self, extent: &Extent, units: Units) -> Result<Order, duckdb::Error> {
        let places = extent.places();
        let known = self.range_of_footers();
        let own = self.own_unit();
        if let Some((first, last)) = known {
            let plain = [1, own].into_iter();
            let mut plain = plain.filter_map(|unit| Order::packed(first, last, unit, places));
            if let Some(order) = plain.next() {
                return Ok(order);
            }
        }
        for unit in self.possible_units(extent, own)? {
            let order = |(first, last)| Order::packed(first, last, unit, places);
            if let Some(range) = known {
                // A finer unit leaves less room.
                let Some(order) = order(range) else { break };
                if units == Units::Assumed {
                    return Ok(order.checked());
                }
            }
            let (range, exact) = self.range_of_rows(unit)?;
            let Some(range) = known.or(range) else { break };
            if exact {
                return Ok(order(range).unwrap_or(Order::Wide));
            }
        }
        Ok(Order::Wide)
    }

    const fn scale(&self) -> i128 {
        if self.rule.is_nanos() { 1000 } else { 1 }
    }

    /// The unit that all values of the column's type are multiples of.
    fn own_unit(&self) -> i128 {
        let micros = match self.rule.event_column().dtype {
            SourceDtype::Timestamp {
                unit: TimeUnit::Seconds,
                ..
            } => 1_000_000,
            SourceDtype::Timestamp {
                unit: TimeUnit::Millis,
                ..
            } => 1000,
            SourceDtype::Date => 86_400_000_000,
            _ if is_nanos(&self.rule.event_column().dtype) => return 1,
            _ => 1,
        };
        micros * self.scale()
    }

    /// The earliest and the latest event time that may be read, as the footers have it; nothing
    /// where they don't have it for every row group.
    fn range_of_footers(&self) -> Option<(i128, i128)> {
        let (Some(files), Some(sql_type)) = (
            self.relation.scan.parquet(),
            type_of_statistics(&self.rule.event_column().dtype),
        ) else {
            return None;
        };
        let mut params = Params::default();
        let files = files.list(|path| params.push(path));
        let column = params.push(self.rule.event_column().name.clone());
        let statistic = |name: &str| {
            let value = format!("TRY_CAST({name} AS {sql_type})");
            time(
                &value,
                &self.rule.event_column().dtype,
                self.rule.is_nanos(),
            )
        };
        // INT96 has no order in Parquet, so what files have of it is no bound.
        let sql = format!(
            "SELECT CAST(min(first) AS VARCHAR), CAST(max(last) AS VARCHAR), \
             CAST(bool_and(first IS NOT NULL AND last IS NOT NULL AND type <> 'INT96') AS VARCHAR) \
             FROM (SELECT {} AS first, {} AS last, type FROM parquet_metadata({files}) \
             WHERE path_in_schema = {column} AND stats_null_count IS DISTINCT FROM num_values)",
            statistic("stats_min_value"),
            statistic("stats_max_value"),
        );
        let texts = of_statistics(self.session, &sql, &params)?;
        let [Some(first), Some(last), Some(all)] = &texts[..] else {
            return None;
        };
        let (Ok(first), Ok(last), "true") =
            (first.parse::<i128>(), last.parse::<i128>(), all.as_str())
        else {
            return None;
        };
        let limit = |bound: Option<i64>, limit: i64, beside: i128| {
            (i128::from(bound.unwrap_or(limit)) + beside) * self.scale()
        };
        let first = first.max(limit(self.window.0, -TIME_LIMIT, -BESIDE));
        let last = last.min(limit(self.window.1, TIME_LIMIT, BESIDE));
        Some((first, last.max(first)))
    }

    /// The units that a few rows are multiples of, the largest first.
    fn possible_units(&self, extent: &Extent, own: i128) -> Result<Vec<i128>, duckdb::Error> {
        let scale = self.scale();
        let units = [60_000_000 * scale, 1_000_000 * scale, 1000 * scale, scale];
        let mut units: Vec<i128> = units.into_iter().filter(|unit| *unit > own).collect();
        units.push(own);
        let output: Vec<String> = units
            .iter()
            .map(|unit| format!("CAST(bool_and({EVENT} % {unit} = 0) AS VARCHAR)"))
            .collect();
        let mut params = Params::default();
        let stretch = self.relation.stretches(extent, 1, LOOK).concat();
        let rows = self.rows(&mut params);
        let sql = format!("SELECT {} FROM ({rows} AND {stretch})", output.join(", "));
        let texts = self.session.texts(&sql, &params)?;
        let possible = units.into_iter().zip(texts);
        let possible = possible.filter(|(_, text)| text.as_deref() != Some("false"));
        Ok(possible.map(|(unit, _)| unit).collect())
    }

    /// The earliest and the latest event time that is read, and whether all are multiples of `unit`.
    fn range_of_rows(&self, unit: i128) -> Result<(Option<(i128, i128)>, bool), duckdb::Error> {
        let mut params = Params::default();
        let exact = if unit == self.own_unit() {
            "true".to_owned()
        } else {
            format!("{EVENT} % {unit} = 0")
        };
        let sql = format!(
            "SELECT CAST(min({EVENT}) AS VARCHAR), CAST(max({EVENT}) AS VARCHAR), \
             CAST(bool_and({exact}) AS VARCHAR) FROM ({})",
            self.rows(&mut params)
        );
        let texts = self.session.texts(&sql, &params)?;
        let text = |index: usize| texts.get(index).and_then(Option::as_deref);
        let number = |index: usize| text(index)?.parse::<i128>().ok();
        Ok((number(0).zip(number(1)), text(2) == Some("true")))
    }

    /// The event times.
    fn rows(&self, params: &mut Params) -> String {
        let event = self.rule.event();
        let from = self.relation.scan.from(params);
        format!(
            "SELECT {event} AS {EVENT} FROM {from} WHERE ({})",
            (self.filter)(params)
        )
    }
}

/// What a query over the statistics in footers gives, nothing where it fails: `DuckDB` has no text for
/// a time that no calendar has.
pub(super) fn of_statistics(
    session: &Session,
    sql: &str,
    params: &Params,
) -> Option<Vec<Option<String>>> {
    session.texts(sql, params).ok()
}

/// The SQL type whose text statistics of a column are.
pub(super) const fn type_of_statistics(dtype: &SourceDtype) -> Option<&'static str> {
    match dtype {
        SourceDtype::Timestamp { zoned: true, .. } => Some("TIMESTAMPTZ"),
        SourceDtype::Timestamp { unit, .. } => Some(match unit {
            TimeUnit::Seconds => "TIMESTAMP_S",
            TimeUnit::Millis => "TIMESTAMP_MS",
            TimeUnit::Micros => "TIMESTAMP",
            TimeUnit::Nanos => "TIMESTAMP_NS",
        }),
        SourceDtype::Date => Some("DATE"),
        _ => None,
    }
}
