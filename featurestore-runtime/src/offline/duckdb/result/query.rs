//! The text that puts a training set together from the spine and the rows that were found.

use crate::offline::OfflineError;
use crate::offline::duckdb::plan::{FoundTable, Plan, PlannedFeature, PlannedView};
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::source::columns::{cast, nanos_to_micros, sql_type, time};
use crate::offline::duckdb::source::literal::literal;
use crate::offline::duckdb::tables::{
    ASKED, ASKED_NANOS, COLUMN, COMPUTED, EVENT, FEATURE, KEY, LIVE, REQUEST, ROW, SPINE_KEYS,
    by_key, found,
};

impl Plan {
    /// The training set: the spine's columns as they are, then the features.
    pub(crate) fn training_set(&self, params: &mut Params) -> Result<String, OfflineError> {
        let together = matches!(&self.groups[..], [group] if group.found == FoundTable::WithSpine);
        let spine = if together { "g0" } else { "s" };
        let columns = self.spine.columns.iter().enumerate();
        let mut output: Vec<String> = columns
            .map(|(index, column)| format!("{spine}.{COLUMN}{index} AS {}", quote(&column.name)))
            .collect();
        output.extend(self.answered(params)?);
        if together {
            let (output, rows) = (output.join(", "), found(0));
            let computed = self.joined_computed("g0");
            let query = format!("SELECT {output}\nFROM {rows} AS g0{computed}\nORDER BY g0.{ROW}");
            return Ok(query);
        }
        if self.has_narrow_spine() {
            return Ok(self.joined_keys(&output));
        }
        let columns: Vec<String> = self.spine_columns().collect();
        let spine = format!(
            "(SELECT {}, {} AS {ROW} FROM {}) AS s",
            columns.join(", "),
            self.spine.order(),
            self.spine.scan.from(params),
        );
        let key = |key: usize| {
            let (column, dtype) = self.keys[key];
            cast(
                &format!("s.{COLUMN}{column}"),
                &self.spine.columns[column].dtype,
                dtype,
            )
        };
        let now = |nanos: bool| self.asked(&format!("s.{COLUMN}{}", self.time), nanos);
        Ok(self.joined(&output, &spine, key, now))
    }

    /// The spine's columns, numbered.
    pub(crate) fn spine_columns(&self) -> impl Iterator<Item = String> {
        let columns = self.spine.columns.iter().enumerate();
        columns.map(|(index, column)| format!("{} AS {COLUMN}{index}", quote(&column.name)))
    }

    /// The rows that typed values are made of: join keys, time, request fields, what each view found,
    /// all columns that are read; and the row's number. A view's two columns are the row's event time and
    /// whether it is within the TTL.
    pub(crate) fn typed_rows(&self, params: &mut Params) -> String {
        let mut output: Vec<String> = (0..self.keys.len())
            .map(|index| format!("s.{KEY}{index}"))
            .collect();
        output.push(if self.before {
            // Of times in nanoseconds the one before may be of the same microsecond.
            let column = format!("s.{COLUMN}{}", self.time);
            let dtype = &self.spine.columns[self.time].dtype;
            format!("{} AS {ASKED}", time(&column, dtype, false))
        } else {
            format!("s.{ASKED}")
        });
        let request = 0..self.request.len();
        output.extend(request.map(|index| format!("s.{REQUEST}{index}")));
        for (index, view) in self.views.iter().enumerate() {
            output.push(format!("{} AS {EVENT}{index}", self.event(view)));
            output.push(format!("{} AS {LIVE}{index}", self.live(view)));
        }
        let read = self.features.iter().enumerate();
        output.extend(read.map(|(index, planned)| {
            format!("{} AS {FEATURE}{index}", self.feature(planned, params))
        }));
        output.push(format!("CAST(s.{ROW} AS BIGINT) AS {ROW}"));
        self.joined_keys(&output)
    }

    fn joined_keys(&self, output: &[String]) -> String {
        let key = |key: usize| format!("s.{KEY}{key}");
        let now = |nanos: bool| format!("s.{}", if nanos { ASKED_NANOS } else { ASKED });
        self.joined(output, &format!("{SPINE_KEYS} AS s"), key, now)
    }

    /// The spine `s` with what was found; `key` and `now` are the spine's join keys and its time,
    /// in nanoseconds or microseconds.
    fn joined(
        &self,
        output: &[String],
        spine: &str,
        key: impl Fn(usize) -> String,
        now: impl Fn(bool) -> String,
    ) -> String {
        let found = self.groups.iter().enumerate().map(|(index, group)| {
            if group.found != FoundTable::ByKey {
                let table = found(index);
                return format!("\nLEFT JOIN {table} AS g{index} ON g{index}.{ROW} = s.{ROW}");
            }
            let keys = group.keys.iter().enumerate();
            let keys: String = keys
                .map(|(own, (of_spine, _))| {
                    format!("g{index}.{KEY}{own} = {} AND ", key(*of_spine))
                })
                .collect();
            format!(
                "\nLEFT JOIN {} AS g{index} ON {keys}g{index}.{EVENT} <= {}",
                by_key(index),
                group.rule.until(&now(group.rule.is_nanos()))
            )
        });
        format!(
            "SELECT {}\nFROM {spine}{}{}\nORDER BY s.{ROW}",
            output.join(", "),
            found.collect::<String>(),
            self.joined_computed("s")
        )
    }

    /// What is computed, beside the spine's rows in `spine`; nothing where it is not there.
    fn joined_computed(&self, spine: &str) -> String {
        if self.is_computed {
            format!("\nLEFT JOIN {COMPUTED} AS c ON c.{ROW} = {spine}.{ROW}")
        } else {
            String::new()
        }
    }

    /// The features that are answered, under their names, in their dtypes, with the service's defaults.
    fn answered(&self, params: &mut Params) -> Result<Vec<String>, OfflineError> {
        let read = self.features.iter();
        let mut read = read.filter(|planned| !planned.feature.is_private());
        let mut computed = 0;
        let features = self.service.features().iter().map(|feature| {
            let value = match feature.view_column() {
                Some(_) => read.next().map(|planned| self.feature(planned, params)),
                None => {
                    let dtype = sql_type(feature.column().dtype());
                    computed += 1;
                    Some(format!("CAST(c.{FEATURE}{} AS {dtype})", computed - 1))
                }
            };
            let name = self.name(feature);
            let value = value.ok_or_else(|| {
                OfflineError::internal(format!("feature `{name}` is of a view, and is not read"))
            })?;
            Ok(format!("{value} AS {}", quote(&name)))
        });
        features.collect()
    }

    fn feature(&self, planned: &PlannedFeature, params: &mut Params) -> String {
        let view = &self.views[planned.view];
        let value = format!("g{}.{FEATURE}{}", view.group, planned.column);
        let value = if view.rule.ttl_micros().is_some() {
            format!("CASE WHEN {} THEN {value} END", self.live(view))
        } else {
            value
        };
        let from = &self.groups[view.group].columns[planned.column].dtype;
        let value = cast(&value, from, planned.dtype);
        match planned.feature.default() {
            Some(default) => {
                let default = literal(&default, planned.dtype, params);
                format!("coalesce({value}, {default})")
            }
            None => value,
        }
    }

    /// The event time of a view's row, in microseconds.
    pub(crate) fn event(&self, view: &PlannedView) -> String {
        let event = format!("g{}.{EVENT}", view.group);
        if self.groups[view.group].rule.is_nanos() {
            nanos_to_micros(&event)
        } else {
            event
        }
    }

    /// Whether a view has found a row that is within its TTL.
    pub(crate) fn live(&self, view: &PlannedView) -> String {
        let (group, rule) = (view.group, &self.groups[view.group].rule);
        rule.is_live(
            &view.rule,
            &format!("g{group}.{ASKED}"),
            &format!("g{group}.{EVENT}"),
        )
    }
}
