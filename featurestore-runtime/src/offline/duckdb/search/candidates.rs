//! The rows of a source that a search looks at: those that any row of the spine can use.

use crate::offline::duckdb::search::GroupSearch;
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::source::columns::sql_type;
use crate::offline::duckdb::source::relation::Extent;
use crate::offline::duckdb::tables::{FEATURE, PLACE};

impl GroupSearch<'_> {
    /// The rows that can be candidates: keys, event time in the group's unit, created
    /// time, place, and `columns` as features.
    pub(crate) fn rows(&self, extent: &Extent, columns: &[&str], params: &mut Params) -> String {
        let mut filter = self.window();
        filter.extend(self.group.rule.is_written());
        self.read(extent, columns, filter, params)
    }

    /// The rows that are older than every TTL, by the time that [`first`](Self::first) gives.
    pub(crate) fn rows_before(&self, first: i64, extent: &Extent, params: &mut Params) -> String {
        let mut filter = vec![self.group.rule.is_before(first)];
        filter.extend(self.group.rule.is_written());
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
        self.group.rule.scan_bounds(self.first(), self.last())
    }

    fn read(
        &self,
        extent: &Extent,
        columns: &[&str],
        mut filter: Vec<String>,
        params: &mut Params,
    ) -> String {
        let mut output = self.group.rule.key_columns();
        output.extend(self.group.rule.time_columns());
        output.push(format!("{} AS {PLACE}", self.relation.place(extent)));
        for (index, column) in columns.iter().enumerate() {
            output.push(format!("{} AS {FEATURE}{index}", quote(column)));
        }
        let from = self.relation.scan.from(params);
        filter.extend(self.usable(params));
        filter.extend(self.group.rule.is_valid(params));
        format!(
            "SELECT {} FROM {from} WHERE {}",
            output.join(", "),
            filter.join(" AND ")
        )
    }

    /// Bounds of the keys that the spine has, and of times.
    fn usable(&self, params: &mut Params) -> Vec<String> {
        let keys = self.group.keys.iter().zip(self.group.rule.keys());
        let keys = keys.map(|((key, dtype), (name, _))| match &self.spine.bounds[*key] {
            Some((low, high)) => {
                let sql = sql_type(*dtype);
                let (low, high) = (params.push(low.clone()), params.push(high.clone()));
                format!("{name} BETWEEN CAST({low} AS {sql}) AND CAST({high} AS {sql})")
            }
            None => format!("{name} IS NOT NULL"),
        });
        keys.chain([self.group.rule.is_usable()]).collect()
    }

    /// The earliest event time that any row of the spine can use, in microseconds, where all views
    /// have a TTL.
    pub(crate) fn first(&self) -> Option<i64> {
        let (first, _) = self.spine.times?;
        self.group.rule.first(first)
    }

    /// The latest one.
    pub(crate) fn last(&self) -> Option<i64> {
        self.spine.times.map(|(_, last)| self.group.rule.last(last))
    }
}
