//! The text of a point-in-time join: one `ASOF` join per view.
//!
//! A view's rows are ordered by `o`, a struct of event time, created time and place in the
//! source, so `ASOF` itself settles ties; on the spine's side stands the largest struct with the
//! row's time. Every column has a name of this build's own (`k0`, `t`, `f1`, ..) until the end,
//! so no user's column can be in the way.

use super::columns::{cast, is_nanos, nanos_to_micros, sql_type, time};
use super::plan::{Plan, PlannedView};
use super::relation::{Params, quote};
use super::spine::bound;
use crate::service::ServiceFeature;
use crate::types::{Dtype, Value};

/// Times beyond this many microseconds before or after 1970, some 126,000 years, are as good as
/// infinite: below it, differences can't overflow 64 bits.
pub(crate) const TIME_LIMIT: i64 = 4_000_000_000_000_000_000;

impl Plan {
    /// Counts the spine's rows without a usable time; also gives the first one's `n`.
    pub(crate) fn time_check(&self) -> (String, Params) {
        let mut params = Params::default();
        let from = self.spine.scan.from(&mut params);
        let column = &self.spine.columns[self.time];
        let time = time(&quote(&column.name), &column.dtype, false);
        let order = self.spine.order();
        let sql = format!(
            "SELECT count(*), coalesce(min(n), 0) FROM (SELECT {time} AS t, {order} AS n FROM {from}) \
             AS spine WHERE t IS NULL OR t NOT BETWEEN -{TIME_LIMIT} AND {TIME_LIMIT}"
        );
        (sql, params)
    }

    /// Counts the spine's rows up to the one with this `n`.
    pub(crate) fn rows_up_to(&self, place: u64) -> (String, Params) {
        let mut params = Params::default();
        let from = self.spine.scan.from(&mut params);
        let order = self.spine.order();
        let place = params.push(place);
        let sql = format!(
            "SELECT count(*) FROM (SELECT {order} AS n FROM {from}) AS spine WHERE n <= {place}"
        );
        (sql, params)
    }

    /// The training set: the spine's columns as they are, then the features.
    pub(crate) fn training_set(&self, params: &mut Params) -> String {
        let names = self.spine.columns.iter().enumerate();
        let mut output: Vec<String> = names
            .map(|(index, column)| format!("s.c{index} AS {}", quote(&column.name)))
            .collect();
        output.extend(self.features(params));
        self.join(&output, params)
    }

    /// The rows that typed values are made of: join keys, time, what each view found, features.
    /// A view's two columns are the winner's event time and whether it is within the TTL.
    pub(crate) fn typed_rows(&self, params: &mut Params) -> String {
        let mut output: Vec<String> = (0..self.keys.len())
            .map(|index| format!("s.k{index}"))
            .collect();
        output.push("s.t".to_owned());
        for (index, planned) in self.views.iter().enumerate() {
            let event = format!("v{index}.o.e");
            let micros = if planned.nanos {
                nanos_to_micros(&event)
            } else {
                event.clone()
            };
            output.push(micros);
            output.push(
                planned
                    .live(index)
                    .unwrap_or_else(|| format!("{event} IS NOT NULL")),
            );
        }
        output.extend(self.features(params));
        self.join(&output, params)
    }

    fn join(&self, output: &[String], params: &mut Params) -> String {
        let mut with = vec![format!("s AS ({})", self.spine_rows(params))];
        let mut joins = String::new();
        for (index, planned) in self.views.iter().enumerate() {
            with.push(format!("v{index} AS ({})", planned.rows(params)));
            joins.push_str("\nASOF LEFT JOIN ");
            joins.push_str(&planned.join(index));
        }
        format!(
            "WITH {}\nSELECT {}\nFROM s{joins}\nORDER BY s.n",
            with.join(",\n"),
            output.join(", ")
        )
    }

    /// The spine's columns `c0`, .., its keys `k0`, .. in their dtypes, its time `t` (and `u` in
    /// nanoseconds, where a view needs it), and its order `n`.
    fn spine_rows(&self, params: &mut Params) -> String {
        let count = self.spine.columns.len();
        let names: Vec<String> = (0..count).map(|index| format!("c{index}")).collect();
        let mut output = vec!["*".to_owned()];
        for (index, (place, dtype)) in self.keys.iter().enumerate() {
            let key = cast(&names[*place], &self.spine.columns[*place].dtype, *dtype);
            output.push(format!("{key} AS k{index}"));
        }
        let (name, dtype) = (&names[self.time], &self.spine.columns[self.time].dtype);
        output.push(format!("{} AS t", time(name, dtype, false)));
        if self.views.iter().any(|planned| planned.nanos) {
            output.push(format!("{} AS u", time(name, dtype, true)));
        }
        format!(
            "SELECT {} FROM (SELECT *, {} FROM {}) AS spine({}, n)",
            output.join(", "),
            self.spine.order(),
            self.spine.scan.from(params),
            names.join(", ")
        )
    }

    /// The features under the service's names, in their dtypes, with the service's defaults.
    fn features(&self, params: &mut Params) -> Vec<String> {
        let features = self.service.features().iter();
        features
            .map(|feature| {
                format!(
                    "{} AS {}",
                    self.feature(feature, params),
                    quote(feature.name())
                )
            })
            .collect()
    }

    fn feature(&self, feature: &ServiceFeature, params: &mut Params) -> String {
        let Some(planned) = self.views.get(feature.view()) else {
            return "NULL".to_owned();
        };
        let Some(column) = planned.view.columns().get(feature.column()) else {
            return "NULL".to_owned();
        };
        let dtype = column.dtype();
        let place = format!("v{}.f{}", feature.view(), feature.column());
        let value = match planned.live(feature.view()) {
            Some(live) => format!("CASE WHEN {live} THEN {place} END"),
            None => place,
        };
        let value = cast(&value, &planned.relation.features[feature.column()], dtype);
        match feature.default() {
            Some(default) => format!("coalesce({value}, {})", literal(&default, dtype, params)),
            None => value,
        }
    }
}

impl PlannedView {
    /// The view's rows: keys `k0`, .. in their dtypes, order `o`, features `f0`, ..
    fn rows(&self, params: &mut Params) -> String {
        let source = &self.relation;
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
        let event = time("t", &source.timestamp, self.nanos);
        let created = source.created.as_ref().map(|dtype| {
            format!(
                "coalesce({}, -{})",
                time("c", dtype, is_nanos(dtype)),
                i64::MAX
            )
        });
        output.push(format!("{} AS o", order(&event, created.as_deref(), "n")));
        output.extend((0..source.features.len()).map(|index| format!("f{index}")));
        // `ASOF` joins of several keys let a null match a null, so rows with one are left out.
        let mut filter: Vec<String> = (0..source.keys.len())
            .map(|index| format!("source.k{index} IS NOT NULL"))
            .collect();
        let micros = time("t", &source.timestamp, false);
        filter.push(format!("{micros} BETWEEN -{TIME_LIMIT} AND {TIME_LIMIT}"));
        format!(
            "SELECT {} FROM {} WHERE {}",
            output.join(", "),
            source.from(self.view, params),
            filter.join(" AND ")
        )
    }

    fn join(&self, index: usize) -> String {
        let mut conditions: Vec<String> = self
            .keys
            .iter()
            .enumerate()
            .map(|(own, key)| format!("s.k{key} = v{index}.k{own}"))
            .collect();
        let (now, scale) = self.now();
        let known = match self.view.settling_micros().min(TIME_LIMIT) {
            0 => now.to_owned(),
            settling => format!("{now} - {}", i128::from(settling) * scale),
        };
        let most = i64::MAX.to_string();
        let created = self.relation.created.as_ref().map(|_| most.as_str());
        let last = order(&known, created, &most);
        conditions.push(format!("{last} >= v{index}.o"));
        format!("v{index} ON {}", conditions.join(" AND "))
    }

    /// Whether the winner is within the TTL, where the view has one; null where there is none.
    fn live(&self, index: usize) -> Option<String> {
        let ttl = self.view.ttl_micros()?.min(2 * TIME_LIMIT);
        let (now, scale) = self.now();
        Some(format!(
            "{now} - v{index}.o.e <= {}",
            i128::from(ttl) * scale
        ))
    }

    const fn now(&self) -> (&'static str, i128) {
        if self.nanos {
            ("s.u", 1000)
        } else {
            ("s.t", 1)
        }
    }
}

/// What the rows of a source are ordered by; structs compare field by field.
fn order(event: &str, created: Option<&str>, place: &str) -> String {
    match created {
        Some(created) => format!("{{'e': {event}, 'c': {created}, 'n': {place}}}"),
        None => format!("{{'e': {event}, 'n': {place}}}"),
    }
}

/// A default as an SQL expression of its dtype; the value is bound, a list's values one by one.
pub(super) fn literal(default: &Value, dtype: Dtype, params: &mut Params) -> String {
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
