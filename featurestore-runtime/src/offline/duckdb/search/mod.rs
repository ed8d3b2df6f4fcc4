//! The search for the rows that a group of views gives: one per row of the spine, into a table.

pub(crate) mod candidates;
pub(crate) mod choice;
mod group;
pub(crate) mod sorted;

use crate::offline::OfflineError;
use crate::offline::duckdb::plan::FoundTable;
use crate::offline::duckdb::rule::order::{Order, with_units};
use crate::offline::duckdb::search::choice::Method;
use crate::offline::duckdb::session::failure::unreadable;
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::tables::{
    ASKED, EVENT, FEATURE, LAST_EVENT, LAST_ORDER, ORDER, PLACE, ROW, SPINE_KEYS, by_key, found,
};

use crate::offline::duckdb::source::relation::Extent;
use crate::offline::duckdb::stage::keys::create_unordered;

pub(crate) use group::GroupSearch;

impl GroupSearch<'_> {
    /// Finds the rows; says where they are. By key, they are in a table [`by_key`], over which
    /// [`found`] is a view.
    ///
    /// # Errors
    ///
    /// A source that can't be read.
    pub(crate) fn run(&self) -> Result<FoundTable, OfflineError> {
        if let Some(windows) = &self.group.windows {
            return self.sweep(windows);
        }
        let failure = |error: duckdb::Error| {
            let (what, text) = (&self.relation.what, &self.relation.text);
            let of_spine = self.plan.spine_failure(self.session);
            of_spine.unwrap_or_else(|| unreadable(what.clone(), text.clone(), error))
        };
        let extent = self.relation.extent(self.session).map_err(failure)?;
        let method = self.method(&extent).map_err(failure)?;
        tracing::debug!(source = self.relation.text, ?method, "searching");
        if method == Method::Single {
            return self.stage_single(&extent).map_err(failure);
        }
        let older = match self.first() {
            Some(first) if self.has_older(first).map_err(failure)? => Some(first),
            _ => None,
        };
        let found = with_units(|units| {
            let order = self.order(&extent, units)?;
            if method == Method::Sorted {
                return self.sort(&order, &extent, older);
            }
            let mut params = Params::default();
            let sql = self.pairs(&order, &extent, &mut params);
            let sql = format!("CREATE TABLE {} AS {sql}", found(self.index));
            create_unordered(self.session, &sql, &params)?;
            Ok(FoundTable::ByPlace)
        });
        let found = found.map_err(failure)?;
        if let Some(first) = older.filter(|_| method == Method::Pairs) {
            let mut params = Params::default();
            let sql = self.expired(first, &extent, &mut params);
            self.session.execute(&sql, &params).map_err(failure)?;
        }
        Ok(found)
    }

    /// Puts the one row of each key into a table, over which what was found is a view.
    fn stage_single(&self, extent: &Extent) -> Result<FoundTable, duckdb::Error> {
        let rows = by_key(self.index);
        let mut params = Params::default();
        let sql = self.rows(extent, &self.group.columns_names(), &mut params);
        let sql = format!("CREATE TABLE {rows} AS {sql}");
        create_unordered(self.session, &sql, &params)?;
        let features: String = self.features().map(|name| format!(", v.{name}")).collect();
        let sql = format!(
            "CREATE VIEW {} AS SELECT s.{ROW}, s.{ASKED}, v.{EVENT}{features} \
             FROM (SELECT {ROW}, {} AS {ASKED}, {} AS {LAST_EVENT}, {} FROM {SPINE_KEYS}) AS s \
             JOIN {rows} AS v ON {} AND v.{EVENT} <= s.{LAST_EVENT}",
            found(self.index),
            self.now(),
            self.known_until(),
            self.spine_keys(),
            self.equal_keys(),
        );
        self.session.execute(&sql, &Params::default())?;
        Ok(FoundTable::ByKey)
    }

    /// Finds the largest order of all pairs, and by its place the row. (`arg_max` of the features
    /// themselves would make 0.0 of -0.0.)
    fn pairs(&self, order: &Order, extent: &Extent, params: &mut Params) -> String {
        let features: String = self.features().map(|name| format!(", v.{name}")).collect();
        let keys = self.key_names().join(", ");
        let rows = self.rows(extent, &[], params);
        let found = if extent.has_one_file() {
            // DuckDB reads the row groups alone that have the places.
            let columns = self.group.columns.iter().enumerate();
            let columns: String = columns
                .map(|(index, column)| format!(", {} AS {FEATURE}{index}", quote(&column.name)))
                .collect();
            let place = self.relation.place(extent);
            let from = self.relation.scan.from(params);
            format!("SELECT {place} AS {PLACE}{columns} FROM {from}")
        } else {
            // By the same conditions: files that they rule out are not counted in places.
            self.rows(extent, &self.group.columns_names(), params)
        };
        format!(
            "SELECT w.{ROW}, w.{ASKED}, CAST({} AS {}) AS {EVENT}{features} FROM (\
             SELECT s.{ROW}, s.{ASKED}, max(v.{ORDER}) AS {ORDER} \
             FROM (SELECT {ROW}, {} AS {ASKED}, {} AS {LAST_ORDER}, {} FROM {SPINE_KEYS} WHERE {}) AS s \
             JOIN (SELECT {keys}, {} AS {ORDER} FROM ({rows})) AS v ON {} AND v.{ORDER} <= s.{LAST_ORDER} \
             GROUP BY s.{ROW}, s.{ASKED}) AS w \
             JOIN ({found}) AS v ON v.{PLACE} = {}",
            order.event(&format!("w.{ORDER}")),
            self.group.rule.time_type(),
            self.now(),
            order.until(&self.known_until()),
            self.spine_keys(),
            self.some_spine_keys(),
            order.of_row(),
            self.equal_keys(),
            order.place(&format!("w.{ORDER}")),
        )
    }

    /// Whether any row is older than every TTL; mostly known from the source's own statistics.
    fn has_older(&self, first: i64) -> Result<bool, duckdb::Error> {
        let mut params = Params::default();
        let from = self.relation.scan.from(&mut params);
        let sql = format!(
            "SELECT CAST(count(*) AS UBIGINT) FROM (SELECT 1 FROM {from} WHERE {} LIMIT 1)",
            self.group.rule.is_before(first)
        );
        Ok(self.session.count(&sql, &params)? > 0)
    }

    /// Adds, for the spine's rows that have found nothing, the latest of the rows that were not
    /// read since they are older than every TTL: what is expired is not missing.
    fn expired(&self, first: i64, extent: &Extent, params: &mut Params) -> String {
        let nulls: String = self.features().map(|_| ", NULL").collect();
        let keys = self.key_names().join(", ");
        let found = found(self.index);
        let rows = self.rows_before(first, extent, params);
        format!(
            "INSERT INTO {found} SELECT s.{ROW}, s.{ASKED}, v.{EVENT}{nulls} \
             FROM (SELECT {ROW}, {} AS {ASKED}, {} AS {LAST_EVENT}, {} FROM {SPINE_KEYS} \
             ANTI JOIN {found} USING ({ROW}) WHERE {}) AS s \
             JOIN (SELECT {keys}, max({EVENT}) AS {EVENT} FROM ({rows}) GROUP BY {keys}) AS v \
             ON {} AND v.{EVENT} <= s.{LAST_EVENT}",
            self.now(),
            self.known_until(),
            self.spine_keys(),
            self.some_spine_keys(),
            self.equal_keys(),
        )
    }
}
