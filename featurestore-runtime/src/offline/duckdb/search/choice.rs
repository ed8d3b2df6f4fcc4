//! How a group's rows are searched: what is quickest, by a look at the source.

use crate::offline::duckdb::rule::order::{Order, Units};
use crate::offline::duckdb::rule::times::EventTimes;
use crate::offline::duckdb::search::GroupSearch;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::relation::Extent;
use crate::offline::duckdb::tables::{KEY, ROW, SPINE_KEYS};
use crate::offline::settings::Search;

/// How many of the spine's rows estimate how many pairs of equal keys there are.
const SAMPLE: u64 = 10_000;
/// How many rows of the source do: the more, the fewer of the spine's rows are in the sample.
const STRETCHES: u64 = 2;
const STRETCH: (u64, u64) = (5_000, 20_000);
/// How many of them per row of the spine that one in the sample stands for.
const PER_STEP: u64 = 500;
/// The fewest rows of a source that is worth the look.
const LEAST: u64 = 40_000;

/// How many times as many rows the spine has where the source's keys are looked at.
const SMALL: u64 = 10;

/// How a search finds its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// No two rows of the source have the same key, and none expires: they are joined by key.
    Single,
    /// All pairs of rows with equal keys are looked at.
    Pairs,
    /// Both sides are sorted.
    Sorted,
}

impl GroupSearch<'_> {
    /// The quickest method, or the one that the settings name.
    pub(crate) fn method(&self, extent: &Extent) -> Result<Method, duckdb::Error> {
        match self.session.search() {
            Search::Pairs => return Ok(Method::Pairs),
            Search::Sorted => {}
            Search::Auto => {
                let small = extent.rows.saturating_mul(SMALL) <= self.spine.rows;
                if small && self.never_expires() && self.has_single_rows(extent)? {
                    return Ok(Method::Single);
                }
                if self.has_few_pairs(extent)? {
                    return Ok(Method::Pairs);
                }
            }
        }
        Ok(Method::Sorted)
    }

    fn never_expires(&self) -> bool {
        let mut views = self.plan.views.iter();
        views.all(|view| view.group != self.index || view.rule.ttl_micros().is_none())
    }

    /// Whether no two candidates have the same key.
    fn has_single_rows(&self, extent: &Extent) -> Result<bool, duckdb::Error> {
        let mut params = Params::default();
        let sql = format!(
            "SELECT CAST(count(*) AS UBIGINT), CAST(count(DISTINCT ({})) AS UBIGINT) FROM ({})",
            self.key_names().join(", "),
            self.rows(extent, &[], &mut params)
        );
        let numbers = self.session.numbers(&sql, &params)?;
        Ok(numbers.first() == numbers.get(1))
    }

    /// Pairs of equal keys, at most three for two rows of the source, are quicker looked at
    /// than both sides are sorted. How many there are is estimated from a sample of either side; a
    /// wrong estimate costs time, never a row.
    fn has_few_pairs(&self, extent: &Extent) -> Result<bool, duckdb::Error> {
        if extent.rows < LEAST || self.spine.rows == 0 {
            return Ok(false);
        }
        let step = (self.spine.rows / SAMPLE).max(1);
        let mut params = Params::default();
        let keys = self.key_names();
        let stretch = (step * PER_STEP).clamp(STRETCH.0, STRETCH.1);
        let stretches = self.relation.stretches(extent, STRETCHES, stretch);
        let stretches: Vec<String> = stretches
            .iter()
            .map(|stretch| {
                let from = self.relation.scan.from(&mut params);
                format!(
                    "SELECT {} FROM {from} WHERE {stretch}",
                    self.group.rule.key_columns().join(", ")
                )
            })
            .collect();
        let names: Vec<String> = self
            .group
            .keys
            .iter()
            .map(|(key, _)| format!("{KEY}{key}"))
            .collect();
        let on: Vec<String> = names
            .iter()
            .zip(&keys)
            .map(|(own, key)| format!("s.{own} = v.{key}"))
            .collect();
        let sql = format!(
            "WITH v AS ({}), s AS (SELECT {} FROM {SPINE_KEYS} WHERE {ROW} % {step} = 0) \
             SELECT (SELECT count(*) FROM v), (SELECT count(*) FROM s), \
             (SELECT count(*) FROM s JOIN v ON {})",
            stretches.join(" UNION ALL "),
            names.join(", "),
            on.join(" AND ")
        );
        let [rows, sampled, pairs] = self.session.numbers(&sql, &params)?[..] else {
            return Err(duckdb::Error::QueryReturnedNoRows);
        };
        // Pairs / source rows, from pairs / (rows looked at * share of the spine's rows).
        let pairs = 2 * u128::from(pairs) * u128::from(self.spine.rows);
        let most = 3 * u128::from(rows) * u128::from(sampled);
        Ok(pairs <= most)
    }

    /// The order that is compared fastest.
    pub(crate) fn order(&self, extent: &Extent, units: Units) -> Result<Order, duckdb::Error> {
        if self.group.rule.has_created() {
            return Ok(Order::Created);
        }
        let times = EventTimes {
            session: self.session,
            relation: self.relation,
            rule: &self.group.rule,
            window: (self.first(), self.last()),
            filter: &|params| self.candidates(params),
        };
        times.order(extent, units)
    }
}
