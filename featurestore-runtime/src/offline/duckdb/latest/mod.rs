//! The queries for the latest row of each entity, and for what belongs to no entity.

pub(crate) mod answer;

use crate::offline::duckdb::tables;
use crate::offline::duckdb::tables::{
    CHOSEN, CREATED, EVENT, FEATURE, KEY, NEWEST, NULL_KEY, ORDER, PLACE, VALID, VALID_ORDER,
    VALID_PLACE, WITH_TIME, WITHOUT_TIME, ahead, latest, strays as stray_table,
};
use featurestore_schema::{Dtype, SourceDtype};

use crate::offline::duckdb::rule::created::CreatedOrder;
use crate::offline::duckdb::rule::order::{Order, Units, with_units};
use crate::offline::duckdb::rule::times::EventTimes;
use crate::offline::duckdb::rule::{RuleSql, limited};
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::source::ViewRelation;
use crate::offline::duckdb::source::columns::cast;
use crate::offline::duckdb::source::relation::{Extent, Relation};
use crate::offline::engine::EXAMPLES;
use crate::time::Timestamp;
use crate::view::ViewDefinition;

/// A group's source, looked at.
pub(crate) struct Search<'a> {
    pub(crate) session: &'a Session,
    /// One of its views; what is read of it, all have in common.
    pub(crate) view: &'static ViewDefinition,
    /// That view's source.
    pub(crate) source: &'a ViewRelation,
    /// The rule of its views, over the source.
    pub(crate) rule: &'a RuleSql,
    pub(crate) columns: &'a [Column],
    /// The earliest event time.
    pub(crate) from: Option<Timestamp>,
    /// When rows are to have settled.
    pub(crate) until: Timestamp,
    /// The latest time that is not of the future, where rows of later ones are to be counted.
    pub(crate) horizon: Option<Timestamp>,
    /// Which part of the question it is, each with tables of its own.
    pub(crate) part: usize,
}

/// A column that views read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) source: SourceDtype,
    pub(crate) dtype: Dtype,
}

/// An order, as texts: a row's, and the places in the largest one and in that of valid rows.
struct Ordered {
    of_row: String,
    place: String,
    valid_place: String,
}

impl Ordered {
    fn new(of_row: String, place: impl Fn(&str) -> String) -> Self {
        Self {
            of_row,
            place: place(ORDER),
            valid_place: place(VALID_ORDER),
        }
    }
}

/// What was found.
#[derive(Default)]
pub(crate) struct LatestFound {
    /// How many entities have a row, valid or not.
    pub(crate) entities: u64,
    /// How many rows there are: the latest of each entity, and its latest valid one where that is
    /// another.
    pub(crate) rows: u64,
    /// How many rows have a null in each join key, and how many no time.
    pub(crate) strays: Vec<u64>,
    /// How many rows are of the future.
    pub(crate) ahead: u64,
}

impl Search<'_> {
    /// Makes the table [`latest`]. Rows are chosen by the order that the point-in-time join has: latest event
    /// time, latest created time, last in the source.
    ///
    /// The largest order of each entity is found first, then the rows at these places: a window
    /// over whole rows is slower and takes the memory of all of them, and `arg_max` makes 0.0 of
    /// -0.0.
    pub(crate) fn stage(&self, strays: bool) -> Result<LatestFound, duckdb::Error> {
        let relation = self.numbered()?;
        let extent = relation.extent(self.session)?;
        with_units(|units| {
            let order = self.order(&relation, &extent, units)?;
            let mut params = Params::default();
            let sql = self.choose(&relation, &extent, &order, &mut params);
            self.session.execute(&sql, &params)
        })?;
        let mut found = self.found()?;
        // The places say which row is which, so rows may come in any order, which takes less memory.
        let free = "SET preserve_insertion_order = false";
        self.session.execute(free, &Params::default())?;
        let mut params = Params::default();
        let sql = self.rows_at_places(&relation, &extent, &mut params);
        self.session.execute(&sql, &params)?;
        self.session
            .execute(&format!("DROP TABLE {CHOSEN}"), &Params::default())?;
        if strays {
            let mut params = Params::default();
            let sql = self.stray_rows(&relation, &mut params);
            self.session.execute(&sql, &params)?;
        }
        if let Some(horizon) = self.horizon {
            found.ahead = self.stage_ahead(&relation, horizon, strays)?;
        }
        Ok(found)
    }

    /// Counts the rows of the future, and makes the table of them, or of a few.
    fn stage_ahead(
        &self,
        relation: &Relation,
        horizon: Timestamp,
        all: bool,
    ) -> Result<u64, duckdb::Error> {
        let is_ahead = self.rule.is_after(horizon.timestamp_micros());
        let mut params = Params::default();
        let rows = format!("{} WHERE {is_ahead}", relation.scan.from(&mut params));
        let sql = format!("SELECT count(*) FROM {rows}");
        let count = self.session.count(&sql, &params)?;
        if count > 0 {
            let few = format!(" LIMIT {EXAMPLES}");
            let sql = format!(
                "CREATE TABLE {} AS SELECT {} FROM {rows}{}",
                ahead(self.part),
                self.output(),
                if all { "" } else { &few },
            );
            self.session.execute(&sql, &params)?;
        }
        Ok(count)
    }

    /// The source, or a table of what is needed of it where its rows have no numbers.
    fn numbered(&self) -> Result<Relation, duckdb::Error> {
        let relation = &self.source.relation;
        if relation.is_numbered() {
            return Ok(relation.clone());
        }
        let features = self.columns.iter().map(|column| column.name);
        let mut names: Vec<&str> = Vec::new();
        for name in self.rule.column_names().chain(features) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        relation.staged(self.session, &tables::source(self.part), |name| {
            names.contains(&name)
        })
    }

    /// The order that takes least room, as texts.
    fn order(
        &self,
        relation: &Relation,
        extent: &Extent,
        units: Units,
    ) -> Result<Ordered, duckdb::Error> {
        if self.rule.has_created() {
            return self.created_order(relation, extent);
        }
        let times = EventTimes {
            session: self.session,
            relation,
            rule: self.rule,
            window: (self.first().map(limited), Some(self.rule.last(self.end()))),
            filter: &|_| self.within(),
        };
        let order = times.order(extent, units)?;
        Ok(Ordered::new(order.of_row(), |name| order.place(name)))
    }

    /// The order of rows that have a created time.
    fn created_order(
        &self,
        relation: &Relation,
        extent: &Extent,
    ) -> Result<Ordered, duckdb::Error> {
        let mut params = Params::default();
        let rows = format!(
            "SELECT {} FROM {} WHERE {}",
            self.rule.time_columns().join(", "),
            relation.scan.from(&mut params),
            self.within()
        );
        let order = CreatedOrder::of_times(self.session, &rows, &params, extent.places())?;
        Ok(match order {
            Some(order) => Ordered::new(order.of_row(), |name| order.place(name)),
            None => Ordered::new(Order::Created.of_row(), |name| Order::Created.place(name)),
        })
    }

    fn choose(
        &self,
        relation: &Relation,
        extent: &Extent,
        ordered: &Ordered,
        params: &mut Params,
    ) -> String {
        let names = self.key_names();
        let mut rows = self.rule.key_columns();
        rows.extend(self.rule.usable_time_columns());
        rows.push(format!("{} AS {PLACE}", relation.place(extent)));
        let filter = self.considered();
        let Ordered {
            of_row,
            place,
            valid_place,
        } = ordered;
        let mut judged = [String::new(), String::new(), String::new()];
        if let Some(valid) = self.rule.is_valid(params) {
            rows.push(format!("coalesce({valid}, false) AS {VALID}"));
            judged = [
                format!(", {VALID}"),
                format!(", max({ORDER}) FILTER ({VALID}) AS {VALID_ORDER}"),
                format!(", CASE WHEN {NULL_KEY} IS NULL THEN {valid_place} END AS {VALID_PLACE}"),
            ];
        }
        let [valid, valid_order, valid_place] = judged;
        let nulls: String = names
            .iter()
            .enumerate()
            .map(|(index, key)| format!(" WHEN {key} IS NULL THEN {index}"))
            .collect();
        let keys = names.join(", ");
        format!(
            "CREATE TABLE {CHOSEN} AS SELECT CASE WHEN {NULL_KEY} IS NULL THEN {place} END AS {PLACE}{valid_place}, {NULL_KEY}, {WITH_TIME}, {WITHOUT_TIME} FROM (\
             SELECT max({ORDER}) AS {ORDER}{valid_order}, CASE{nulls} END AS {NULL_KEY}, count({EVENT}) AS {WITH_TIME}, count(*) - count({EVENT}) AS {WITHOUT_TIME} \
             FROM (SELECT {keys}, {EVENT}{valid}, CASE WHEN {EVENT} IS NOT NULL THEN {of_row} END AS {ORDER} \
             FROM (SELECT {} FROM {} WHERE {filter})) GROUP BY {keys})",
            rows.join(", "),
            relation.scan.from(params),
        )
    }

    fn found(&self) -> Result<LatestFound, duckdb::Error> {
        let mut output = vec![format!("count({PLACE})")];
        output.push(if self.rule.is_judging() {
            format!("count({PLACE}) + count(*) FILTER ({VALID_PLACE} <> {PLACE})")
        } else {
            format!("count({PLACE})")
        });
        output.extend((0..self.view.join_keys().len()).map(|key| {
            format!("CAST(coalesce(sum({WITH_TIME}) FILTER ({NULL_KEY} = {key}), 0) AS UBIGINT)")
        }));
        output.push(format!("CAST(coalesce(sum({WITHOUT_TIME}), 0) AS UBIGINT)"));
        let sql = format!("SELECT {} FROM {CHOSEN}", output.join(", "));
        let numbers = self.session.numbers(&sql, &Params::default())?;
        let [entities, rows, strays @ ..] = &numbers[..] else {
            return Err(duckdb::Error::QueryReturnedNoRows);
        };
        Ok(LatestFound {
            entities: *entities,
            rows: *rows,
            strays: strays.to_vec(),
            ahead: 0,
        })
    }

    fn rows_at_places(&self, relation: &Relation, extent: &Extent, params: &mut Params) -> String {
        let mut output = self.output();
        let mut places = format!("SELECT {PLACE} FROM {CHOSEN} WHERE {PLACE} IS NOT NULL");
        let mut newest = String::new();
        if let Some(valid) = self.rule.is_valid(params) {
            output.push_str(&format!(", coalesce({valid}, false) AS {VALID}"));
            places = format!(
                "SELECT {PLACE}, true AS {NEWEST} FROM {CHOSEN} WHERE {PLACE} IS NOT NULL \
                 UNION ALL SELECT {VALID_PLACE}, false FROM {CHOSEN} WHERE {VALID_PLACE} <> {PLACE}"
            );
            newest = format!(", w.{NEWEST}");
        }
        format!(
            "CREATE TABLE {} AS SELECT v.* EXCLUDE ({PLACE}){newest} FROM (SELECT {output}, {} AS {PLACE} FROM {} WHERE {}) AS v \
             JOIN ({places}) AS w ON v.{PLACE} = w.{PLACE}",
            latest(self.part),
            relation.place(extent),
            relation.scan.from(params),
            // As rows are chosen: files that a condition rules out are not counted in places.
            self.considered(),
        )
    }

    /// Whether a row is within the interval, or has no time, which is in none.
    fn considered(&self) -> String {
        match self.from {
            Some(_) => self.within(),
            None => format!("({}) OR {}", self.within(), self.rule.is_without_time()),
        }
    }

    fn stray_rows(&self, relation: &Relation, params: &mut Params) -> String {
        let keys: Vec<String> = self
            .key_names()
            .iter()
            .map(|key| format!("{key} IS NULL"))
            .collect();
        let mut stray = format!("({}) AND ({})", keys.join(" OR "), self.within());
        if self.from.is_none() {
            stray = format!("({stray}) OR {}", self.rule.is_without_time());
        }
        format!(
            "CREATE TABLE {} AS SELECT {} FROM {} WHERE {stray}",
            stray_table(self.part),
            self.output(),
            relation.scan.from(params),
        )
    }

    /// What a row has: keys, times, features.
    fn output(&self) -> String {
        let mut output = self.rule.key_columns();
        let (event, created) = self.rule.usable_micros();
        let created = created.unwrap_or_else(|| "CAST(NULL AS BIGINT)".to_owned());
        output.push(format!("{event} AS {EVENT}, {created} AS {CREATED}"));
        for (index, column) in self.columns.iter().enumerate() {
            let value = cast(&quote(column.name), &column.source, column.dtype);
            output.push(format!("{value} AS {FEATURE}{index}"));
        }
        output.join(", ")
    }

    fn key_names(&self) -> Vec<String> {
        (0..self.view.join_keys().len())
            .map(|index| format!("{KEY}{index}"))
            .collect()
    }

    /// Whether a row is in the window: whether it was known at its end, which is the join's own
    /// condition for that time, and is no older than its start.
    fn within(&self) -> String {
        self.rule.is_within(self.first(), self.end())
    }

    fn first(&self) -> Option<i64> {
        self.from.map(|from| from.timestamp_micros())
    }

    fn end(&self) -> i64 {
        self.until.timestamp_micros()
    }
}
