//! The search that sorts both sides: an `ASOF` join by one short key.
//!
//! A key and an order of 64 bits each are sorted as numbers. Longer and composite keys would be
//! sorted as bytes, which takes longer than to number them first; and `ASOF` joins of DuckDB 1.5
//! take some bytes for others that begin with them, and let a null match a null.

use crate::offline::duckdb::tables::{
    ASKED, COLUMN, EVENT, KEY, LAST_ORDER, ORDER, ROW, SHORT_KEY, SPINE_KEYS, found,
    found_with_spine, key_numbers,
};
use featurestore_schema::Dtype;

use crate::offline::duckdb::plan::FoundTable;
use crate::offline::duckdb::rule::order::Order;
use crate::offline::duckdb::search::GroupSearch;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::columns::sql_type;
use crate::offline::duckdb::source::relation::Extent;
use crate::offline::duckdb::stage::keys::create_unordered;

/// What stands for a row's keys, as its [`SHORT_KEY`].
enum ShortKey {
    /// Its only key, as a value of this SQL type.
    Itself(String),
    /// Its keys' number in this table of all that the spine has.
    Number(String),
}

impl GroupSearch<'_> {
    /// Makes the table of what is found. Where `older` is a time, also for the spine's rows that
    /// find nothing the latest of the rows before it, which are not read since they are older than
    /// every TTL: what is expired is not missing.
    pub(crate) fn sort(
        &self,
        order: &Order,
        extent: &Extent,
        older: Option<i64>,
    ) -> Result<FoundTable, duckdb::Error> {
        let key = self.short_key();
        let with_spine = self.plan.groups.len() == 1 && self.plan.has_narrow_spine();
        if let ShortKey::Number(numbers) = &key {
            self.number_keys(numbers)?;
        }
        let mut params = Params::default();
        let mut sql = self.asof(
            order,
            extent,
            &key,
            (older.is_some(), with_spine),
            &mut params,
        );
        if let Some(first) = older {
            let features: String = self.features().map(|name| format!(", g.{name}")).collect();
            let columns = self.spine_output(with_spine, "g.");
            let rows = self.rows_before(first, extent, &mut params);
            // All of them are early enough for any row of the spine.
            sql = format!(
                "SELECT g.{ROW}{columns}, coalesce(g.{EVENT}, v.{EVENT}) AS {EVENT}{features} FROM ({sql}) AS g \
                 LEFT JOIN ({} GROUP BY {SHORT_KEY}) AS v ON CASE WHEN g.{EVENT} IS NULL THEN g.{SHORT_KEY} END = v.{SHORT_KEY}",
                self.by_short_key(&key, &format!("max({EVENT}) AS {EVENT}"), &rows)
            );
        }
        let rows = if with_spine { found_with_spine } else { found }(self.index);
        let sql = format!("CREATE TABLE {rows} AS {sql}");
        create_unordered(self.session, &sql, &params)?;
        if with_spine {
            let column = format!("{COLUMN}{}", self.plan.time);
            let now = self.plan.asked(&column, self.group.rule.is_nanos());
            let view = found(self.index);
            let sql = format!("CREATE VIEW {view} AS SELECT *, {now} AS {ASKED} FROM {rows}");
            self.session.execute(&sql, &Params::default())?;
        }
        if let ShortKey::Number(numbers) = &key {
            let sql = format!("DROP TABLE {numbers}");
            self.session.execute(&sql, &Params::default())?;
        }
        Ok(if with_spine {
            FoundTable::WithSpine
        } else {
            FoundTable::ByPlace
        })
    }

    /// What the spine's rows find; where `older` or `with_spine`, also those that find nothing,
    /// and their short keys or columns.
    fn asof(
        &self,
        order: &Order,
        extent: &Extent,
        key: &ShortKey,
        (older, with_spine): (bool, bool),
        params: &mut Params,
    ) -> String {
        let features: String = self.features().map(|name| format!(", {name}")).collect();
        let found: String = self.features().map(|name| format!(", v.{name}")).collect();
        let rows = self.rows(extent, &self.group.columns_names(), params);
        let ordered = format!("{} AS {ORDER}{features}", order.of_row());
        let left = if older || with_spine { "LEFT " } else { "" };
        let own = if older {
            format!(", s.{SHORT_KEY}")
        } else {
            String::new()
        };
        let until = order.until(&self.known_until());
        format!(
            "SELECT s.{ROW}{}, CAST({} AS {}) AS {EVENT}{found}{own} FROM ({}) AS s \
             ASOF {left}JOIN ({}) AS v ON s.{SHORT_KEY} = v.{SHORT_KEY} AND s.{LAST_ORDER} >= v.{ORDER}",
            self.spine_output(with_spine, "s."),
            order.event(&format!("v.{ORDER}")),
            self.group.rule.time_type(),
            self.spine_by_short_key(key, &until, with_spine),
            self.by_short_key(key, &ordered, &rows),
        )
    }

    /// What is found with of a row of the spine: its time or, `with_spine`, all of its columns.
    fn spine_output(&self, with_spine: bool, of: &str) -> String {
        if !with_spine {
            return format!(", {of}{ASKED}");
        }
        let columns = 0..self.plan.spine.columns.len();
        columns
            .map(|index| format!(", {of}{COLUMN}{index}"))
            .collect()
    }

    /// The spine's rows: short key, number, time, and the last order that they may use. Those without
    /// a key are left out unless their columns are needed.
    fn spine_by_short_key(&self, key: &ShortKey, until: &str, with_spine: bool) -> String {
        let rows = if with_spine {
            SPINE_KEYS.to_owned()
        } else {
            format!(
                "(SELECT * FROM {SPINE_KEYS} WHERE {})",
                self.some_spine_keys()
            )
        };
        let columns = if with_spine {
            self.spine_output(true, "")
        } else {
            format!(", {} AS {ASKED}", self.now())
        };
        let output = format!("{ROW}, {until} AS {LAST_ORDER}{columns}");
        match key {
            ShortKey::Itself(sql_type) => {
                let key = self.group.keys.first().map_or(0, |(key, ..)| *key);
                format!(
                    "SELECT CAST({KEY}{key} AS {sql_type}) AS {SHORT_KEY}, {output} FROM {rows}"
                )
            }
            ShortKey::Number(numbers) => {
                let keys = self.group.keys.iter().enumerate();
                let on: Vec<String> = keys
                    .map(|(index, (key, ..))| format!("i.{KEY}{index} = s.{KEY}{key}"))
                    .collect();
                let on = on.join(" AND ");
                format!(
                    "SELECT i.rowid AS {SHORT_KEY}, {output} FROM {rows} AS s LEFT JOIN {numbers} AS i ON {on}"
                )
            }
        }
    }

    /// `output` of the source's rows, beside the short key; rows of keys that the spine has not may be left
    /// out.
    fn by_short_key(&self, key: &ShortKey, output: &str, rows: &str) -> String {
        match key {
            ShortKey::Itself(sql_type) => {
                format!("SELECT CAST({KEY}0 AS {sql_type}) AS {SHORT_KEY}, {output} FROM ({rows})")
            }
            ShortKey::Number(numbers) => {
                let keys = self.key_names();
                let on: Vec<String> = keys
                    .iter()
                    .map(|key| format!("i.{key} = v.{key}"))
                    .collect();
                let on = on.join(" AND ");
                format!(
                    "SELECT {SHORT_KEY}, {output} FROM (SELECT i.rowid AS {SHORT_KEY}, v.* FROM ({rows}) AS v \
                     JOIN {numbers} AS i ON {on})"
                )
            }
        }
    }

    fn short_key(&self) -> ShortKey {
        let number = || ShortKey::Number(key_numbers(self.index));
        let [(key, dtype)] = &self.group.keys[..] else {
            return number();
        };
        let fits = |text: &str| text.parse::<i32>().is_ok();
        match dtype {
            Dtype::I8 | Dtype::I16 | Dtype::I32 | Dtype::U8 | Dtype::U16 | Dtype::Date => {
                ShortKey::Itself(sql_type(*dtype).into_owned())
            }
            Dtype::U32 | Dtype::I64 | Dtype::U64 => match &self.spine.bounds[*key] {
                // All rows that are read are between these.
                Some((low, high)) if fits(low) && fits(high) => {
                    ShortKey::Itself("INTEGER".to_owned())
                }
                _ => ShortKey::Itself(sql_type(*dtype).into_owned()),
            },
            _ => number(),
        }
    }

    pub(crate) fn number_keys(&self, numbers: &str) -> Result<(), duckdb::Error> {
        let sql = format!(
            "CREATE OR REPLACE TABLE {numbers} AS SELECT DISTINCT {} FROM {SPINE_KEYS} WHERE {}",
            self.spine_keys(),
            self.some_spine_keys(),
        );
        create_unordered(self.session, &sql, &Params::default())
    }
}
