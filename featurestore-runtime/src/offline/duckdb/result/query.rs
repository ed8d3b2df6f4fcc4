//! The text that puts a training set together from the spine and the rows that were found.

use crate::offline::duckdb::plan::{Found, Plan, PlannedView};
use crate::offline::duckdb::search::{by_key, table};
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::source::columns::{cast, nanos_to_micros, sql_type, time};
use crate::offline::duckdb::stage::keys::KEYS;
use crate::offline::duckdb::stage::spine::bound;
use crate::service::ServiceFeature;
use crate::types::{Dtype, Value};

impl Plan {
    /// The training set: the spine's columns as they are, then the features.
    pub(crate) fn training_set(&self, params: &mut Params) -> String {
        let together = matches!(&self.groups[..], [group] if group.found == Found::WithSpine);
        let spine = if together { "g0" } else { "s" };
        let columns = self.spine.columns.iter().enumerate();
        let mut output: Vec<String> = columns
            .map(|(index, column)| format!("{spine}.c{index} AS {}", quote(&column.name)))
            .collect();
        output.extend(self.features(params));
        if together {
            let (output, rows) = (output.join(", "), table(0));
            return format!("SELECT {output}\nFROM {rows} AS g0\nORDER BY g0.n");
        }
        if self.has_narrow_spine() {
            return self.joined_keys(&output);
        }
        let columns: Vec<String> = self.spine_columns().collect();
        let spine = format!(
            "(SELECT {}, {} AS n FROM {}) AS s",
            columns.join(", "),
            self.spine.order(),
            self.spine.scan.from(params),
        );
        let key = |place: usize| {
            let (column, dtype) = self.keys[place];
            cast(
                &format!("s.c{column}"),
                &self.spine.columns[column].dtype,
                dtype,
            )
        };
        let now = |nanos: bool| {
            let dtype = &self.spine.columns[self.time].dtype;
            time(&format!("s.c{}", self.time), dtype, nanos)
        };
        self.joined(&output, &spine, key, now)
    }

    /// The spine's columns as `c0`, ..
    pub(crate) fn spine_columns(&self) -> impl Iterator<Item = String> {
        let columns = self.spine.columns.iter().enumerate();
        columns.map(|(index, column)| format!("{} AS c{index}", quote(&column.name)))
    }

    /// The rows that typed values are made of: join keys, time, what each view found, features.
    /// A view's two columns are the row's event time and whether it is within the TTL.
    pub(crate) fn typed_rows(&self, params: &mut Params) -> String {
        let mut output: Vec<String> = (0..self.keys.len())
            .map(|index| format!("s.k{index}"))
            .collect();
        output.push("s.t".to_owned());
        for (index, view) in self.views.iter().enumerate() {
            output.push(format!("{} AS e{index}", self.event(view)));
            output.push(format!("{} AS l{index}", self.live(view)));
        }
        output.extend(self.features(params));
        self.joined_keys(&output)
    }

    fn joined_keys(&self, output: &[String]) -> String {
        let key = |place: usize| format!("s.k{place}");
        let now = |nanos: bool| if nanos { "s.u" } else { "s.t" }.to_owned();
        self.joined(output, &format!("{KEYS} AS s"), key, now)
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
            if group.found != Found::ByKey {
                let table = table(index);
                return format!("\nLEFT JOIN {table} AS g{index} ON g{index}.n = s.n");
            }
            let keys = group.keys.iter().enumerate();
            let keys: String = keys
                .map(|(own, (place, _))| format!("g{index}.k{own} = {} AND ", key(*place)))
                .collect();
            format!(
                "\nLEFT JOIN {} AS g{index} ON {keys}g{index}.e <= {}",
                by_key(index),
                group.rule.until(&now(group.rule.is_nanos()))
            )
        });
        format!(
            "SELECT {}\nFROM {spine}{}\nORDER BY s.n",
            output.join(", "),
            found.collect::<String>()
        )
    }

    /// The features under their names, in their dtypes, with the service's defaults.
    fn features(&self, params: &mut Params) -> Vec<String> {
        let features = self.service.features().iter();
        features
            .map(|feature| {
                let name = quote(&self.name(feature));
                format!("{} AS {name}", self.feature(feature, params))
            })
            .collect()
    }

    fn feature(&self, feature: &ServiceFeature, params: &mut Params) -> String {
        let Some(view) = self.views.get(feature.view()) else {
            return "NULL".to_owned();
        };
        let column = view.view.columns().get(feature.column());
        let place = view.columns.get(feature.column()).copied().flatten();
        let (Some(column), Some(place)) = (column, place) else {
            return "NULL".to_owned();
        };
        let group = &self.groups[view.group];
        let value = format!("g{}.f{place}", view.group);
        let value = if view.rule.ttl_micros().is_some() {
            format!("CASE WHEN {} THEN {value} END", self.live(view))
        } else {
            value
        };
        let dtype = column.dtype();
        let value = cast(&value, &group.columns[place].dtype, dtype);
        match feature.default() {
            Some(default) => format!("coalesce({value}, {})", literal(&default, dtype, params)),
            None => value,
        }
    }

    /// The event time of a view's row, in microseconds.
    pub(crate) fn event(&self, view: &PlannedView) -> String {
        let event = format!("g{}.e", view.group);
        if self.groups[view.group].rule.is_nanos() {
            nanos_to_micros(&event)
        } else {
            event
        }
    }

    /// Whether a view has found a row that is within its TTL.
    pub(crate) fn live(&self, view: &PlannedView) -> String {
        let (group, rule) = (view.group, &self.groups[view.group].rule);
        rule.is_live(&view.rule, &format!("g{group}.t"), &format!("g{group}.e"))
    }
}

/// A default as an SQL expression of its dtype; the value is bound, a list's values one by one.
pub(crate) fn literal(default: &Value, dtype: Dtype, params: &mut Params) -> String {
    match (default, dtype) {
        (Value::List(values), _) => {
            let item = match dtype {
                Dtype::List { item, .. } => *item,
                _ => Dtype::F32,
            };
            let values = values.iter().map(|value| match value {
                Some(value) => literal(value, item, params),
                None => "NULL".to_owned(),
            });
            let values: Vec<String> = values.collect();
            format!("CAST([{}] AS {})", values.join(", "), sql_type(dtype))
        }
        (Value::Timestamp(_), _) => {
            let place = params.push(bound(default));
            format!("CAST(CAST({place} AS TIMESTAMP) AS TIMESTAMPTZ)")
        }
        _ => {
            let place = params.push(bound(default));
            format!("CAST({place} AS {})", sql_type(dtype))
        }
    }
}
