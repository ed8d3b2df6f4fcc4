//! The queries for the rows of one key, nearest to a time first.

use crate::offline::OfflineError;
use crate::offline::duckdb::rule::RuleSql;
use crate::offline::duckdb::session::failure::failed;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::ViewRelation;
use crate::offline::duckdb::source::columns::{cast, nanos_to_micros};
use crate::offline::duckdb::source::literal::literal;
use crate::offline::duckdb::tables::{FEATURE, FILE, PLACE, SHOWN_PLACE};
use crate::types::Value;
use crate::view::ViewDefinition;

/// How many columns of a row stand before its features.
pub(crate) const BEFORE_FEATURES: usize = 6;

/// The rows of a view's source that have a key.
#[derive(Debug)]
pub(crate) struct KeyRows<'a> {
    pub(crate) view: &'static ViewDefinition,
    pub(crate) source: &'a ViewRelation,
    pub(crate) rule: &'a RuleSql,
    /// In the order of the view's join keys.
    pub(crate) key: &'a [Value],
    /// The time, in nanoseconds since 1970.
    pub(crate) at: i128,
    /// The places of the features that are shown, among the view's columns.
    pub(crate) columns: &'a [usize],
}

/// Which side of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Known at the time, the winner first.
    Known,
    /// Known at the time, those that are valid alone.
    Taken,
    /// Not known yet, the nearest first.
    Later,
}

impl KeyRows<'_> {
    /// How many rows there are, how many of them have no usable event time, and the first and the
    /// last one, in microseconds: of the key, or of the whole source.
    pub(crate) fn summary(&self, whole_source: bool) -> (String, Params) {
        let mut params = Params::default();
        let from = self.source.placed(self.view, &mut params);
        let (micros, _) = self.rule.usable_micros();
        let unusable = self.rule.is_without_time();
        let filter = if whole_source {
            String::new()
        } else {
            format!(
                " WHERE {}",
                has_key(self.view, self.key, self.rule, &mut params)
            )
        };
        let sql = format!(
            "SELECT count(*), count(*) FILTER ({unusable}), min({micros}), max({micros}) FROM {from}{filter}"
        );
        (sql, params)
    }

    /// At most `most` rows on one side: event and created time, each as microseconds and the
    /// nanoseconds beyond them, file, row, features.
    pub(crate) fn nearest(&self, side: Side, most: u64) -> (String, Params) {
        let mut params = Params::default();
        let from = self.source.placed(self.view, &mut params);
        let event = self.rule.event();
        let created = self.rule.created_nanos();
        let created = created.unwrap_or_else(|| "CAST(NULL AS HUGEINT)".to_owned());
        let mut output: Vec<String> = [&event, &created]
            .into_iter()
            .flat_map(|nanos| [nanos_to_micros(nanos), beyond_micros(nanos)])
            .collect();
        output.push(format!("CAST({FILE} AS VARCHAR)"));
        output.push(format!("CAST({SHOWN_PLACE} AS BIGINT)"));
        let features = self.view.columns().iter().zip(&self.source.features);
        output.extend(features.enumerate().map(|(index, (column, source))| {
            cast(&format!("{FEATURE}{index}"), source, column.dtype())
        }));
        let mut filter = has_key(self.view, self.key, self.rule, &mut params);
        if side == Side::Taken {
            let valid = self.rule.is_valid(&mut params);
            filter.extend(valid.map(|valid| format!(" AND {valid}")));
        }
        let last = self.rule.last_nanos(self.at, &mut params);
        let compared = if side == Side::Later { ">" } else { "<=" };
        let most = params.push(most);
        let sql = format!(
            "SELECT {} FROM {from} WHERE {filter} AND {} AND {event} {compared} {last} \
             ORDER BY {} LIMIT {most}",
            output.join(", "),
            self.rule.is_usable(),
            self.rule.ordered(&created, PLACE, side != Side::Later),
        );
        (sql, params)
    }

    pub(crate) fn failure(&self, error: duckdb::Error) -> OfflineError {
        let (view, source) = (self.view.name(), &self.source.relation.text);
        failed(format!("explaining view `{view}` from {source}"), error)
    }
}

/// A comparison per join key that `DuckDB` can take into the scan.
pub(crate) fn has_key(
    view: &ViewDefinition,
    key: &[Value],
    rule: &RuleSql,
    params: &mut Params,
) -> String {
    let keys = view.join_keys().iter().zip(key);
    let equal = keys
        .zip(rule.keys())
        .map(|((key, value), (_, own))| format!("{own} = {}", literal(value, key.dtype(), params)));
    equal.collect::<Vec<_>>().join(" AND ")
}

/// The nanoseconds beyond the microseconds of [`nanos_to_micros`].
fn beyond_micros(nanos: &str) -> String {
    format!("CAST(({nanos} % 1000 + 1000) % 1000 AS BIGINT)")
}

#[cfg(test)]
mod tests {
    use featurestore_schema::Dtype;

    use super::*;
    use crate::offline::OfflineSettings;
    use crate::offline::duckdb::session::{Session, run};
    use crate::offline::duckdb::source::view_relation;
    use crate::pit::Rule;
    use crate::view::{JoinKey, Paths, Source, ViewDefinition, ViewParts, plain};

    const KEYS: &[JoinKey] = &[
        plain::join_key("id", Dtype::I64),
        plain::join_key("name", Dtype::String),
    ];

    fn view(path: String) -> &'static ViewDefinition {
        Box::leak(Box::new(ViewDefinition::new(ViewParts {
            entity: KEYS,
            entity_order: &[0, 1],
            source: Source::Path(Box::leak(path.into_boxed_str())),
            timestamp: "at",
            ..plain::VIEW
        })))
    }

    fn plan(session: &Session, (sql, params): &(String, Params)) -> String {
        let connection = session.connection();
        let mut statement = connection.prepare(&format!("EXPLAIN {sql}")).unwrap();
        let text = |row: &duckdb::Row<'_>| row.get::<_, String>(1);
        let plan = statement.query_row(params.bind(), text).unwrap();
        plan.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_keys_are_filtered_in_the_scan_also_where_the_sources_are_narrower() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.parquet");
        let view = view(file.to_string_lossy().into_owned());
        let paths = Paths::new(directory.path().to_owned(), Vec::new()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let explained = runtime.unwrap().block_on(async move {
            run(OfflineSettings::default(), move |session| {
                let sql = "COPY (SELECT CAST(i AS INTEGER) AS id, 'n' || i AS name, \
                           TIMESTAMP '1970-01-01' + to_days(CAST(i AS INTEGER) - 4) AS at FROM range(9) AS r(i)) TO $1 (FORMAT parquet)";
                let mut params = Params::default();
                params.push(file.to_string_lossy().into_owned());
                session.execute(sql, &params).unwrap();
                let source = view_relation(session, view, &paths)?;
                let key = [Value::Int(5), Value::Str("n5".to_owned())];
                let rule = RuleSql::over_placed(session, Rule::of(view), &source, |_, params| {
                    source.placed(view, params)
                })?;
                let rows = KeyRows {
                    view,
                    source: &source,
                    rule: &rule,
                    key: &key,
                    at: 0,
                    columns: &[],
                };
                Ok([rows.summary(false), rows.nearest(Side::Known, 3), rows.nearest(Side::Later, 3)]
                    .map(|query| plan(session, &query)))
            })
            .await
        });
        for plan in explained.unwrap() {
            let scan = &plan[plan.find("READ_PARQUET").unwrap_or(plan.len())..];
            assert!(
                scan.contains("id=5") && scan.contains("name='n5'"),
                "{plan}"
            );
        }
    }
}
