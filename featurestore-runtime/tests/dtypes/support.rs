//! The way of values through source, training rows, online store and JSON.

use std::fmt::Debug;
use std::sync::Arc;

use featurestore::online::EmbeddedStore;
use featurestore::service::ServedByKey;
use featurestore::types::Value;
use featurestore::{
    Clock, Error, FeatureService, FeatureStore, FeatureType, FeatureView, MaterializeReport, Spine,
    Timestamp, TrainingRow,
};

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(future)
}

pub(crate) fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

/// A text as an SQL literal.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A list of SQL expressions.
pub(crate) fn listed(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(", "))
}

pub(crate) fn or_null<T>(value: &Option<T>, sql: impl Fn(&T) -> String) -> String {
    value.as_ref().map_or("NULL".to_owned(), sql)
}

/// A directory with one Parquet file, and a store over it.
pub(crate) struct Fixture {
    _directory: tempfile::TempDir,
    pub(crate) store: FeatureStore,
}

impl Fixture {
    /// A row per pair of expressions, cast to `sql_type`: users 0, 1, .. at one time.
    pub(crate) fn new(file: &str, sql_type: &str, rows: &[(String, String)]) -> Self {
        let rows = rows.iter().enumerate().map(|(user, (value, maybe))| {
            format!("({user}, CAST({value} AS {sql_type}), CAST({maybe} AS {sql_type}))")
        });
        let rows: Vec<String> = rows.collect();
        Self::of_query(
            file,
            &format!(
                "SELECT CAST(u AS BIGINT) AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, value, maybe \
                 FROM (VALUES {}) AS rows(u, value, maybe)",
                rows.join(", ")
            ),
        )
    }

    pub(crate) fn of_query(file: &str, query: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(file);
        let path = path.to_str().unwrap();
        duckdb::Connection::open_in_memory()
            .unwrap()
            .execute_batch(&format!(
                "SET TimeZone = 'UTC'; COPY ({query}) TO '{path}' (FORMAT parquet, DICTIONARY_SIZE_LIMIT 0)"
            ))
            .unwrap();
        Self::over(directory)
    }

    pub(crate) fn over(directory: tempfile::TempDir) -> Self {
        let store = FeatureStore::builder("test")
            .registry(featurestore::registry![])
            .online_store(Arc::new(EmbeddedStore::new(
                directory.path().join("online.redb"),
            )))
            .data_root(directory.path())
            .clock(Clock::fixed(now()))
            .open();
        Self {
            store: wait(store).unwrap(),
            _directory: directory,
        }
    }

    pub(crate) fn materialize<V: FeatureView>(&self) -> MaterializeReport {
        wait(self.store.materialize().view::<V>().run()).unwrap()
    }

    pub(crate) fn trained<S: FeatureService>(
        &self,
        spine: Spine,
    ) -> Result<Vec<TrainingRow<S>>, Error> {
        wait(async {
            let rows = self.store.historical::<S>(spine).rows().await?;
            Ok(rows.collect().await?)
        })
    }

    /// The services' values of users 0 to `count`, which training and serving agree on.
    pub(crate) fn values<S: ServedByKey<Key = i64> + Debug>(&self, count: usize) -> Vec<S> {
        let keys = 0..i64::try_from(count).unwrap();
        let spine = Spine::rows(keys.clone().map(|key| (key, now())));
        let trained = self.trained::<S>(spine).unwrap();
        let served = keys.map(|key| wait(self.store.serve::<S>(&key)).unwrap());
        trained
            .into_iter()
            .zip(served)
            .map(|(trained, served)| {
                // Texts, since NaN is equal to nothing and -0.0 to 0.0.
                assert_eq!(format!("{:?}", trained.features), format!("{served:?}"));
                served
            })
            .collect()
    }
}

/// A value is the same one after JSON.
pub(crate) fn through_json<T: FeatureType + Debug>(value: &T) {
    let owned = value.to_value().to_owned(T::DTYPE);
    let text = owned.to_json().to_string();
    let back = Value::from_json(&serde_json::from_str(&text).unwrap(), T::DTYPE).unwrap();
    let back = T::from_value(back.borrow(T::DTYPE).unwrap()).unwrap();
    assert_eq!(format!("{back:?}"), format!("{value:?}"), "{text}");
}

/// A view and a service over `$file`, and the property that its values come out as they went in.
macro_rules! property {
    (
        $(#[$attribute:meta])*
        $test:ident, $file:tt, $type:ty, $sql_type:expr, $values:expr, $sql:expr, $in_json:expr
    ) => {
        mod $test {
            use super::*;

            #[feature_view(entity = "user_id", source = $file)]
            #[derive(Debug)]
            pub(crate) struct Sample {
                pub(crate) user_id: i64,
                pub(crate) event_timestamp: Timestamp,
                pub(crate) value: $type,
                pub(crate) maybe: Option<$type>,
            }

            #[feature_service]
            #[derive(Debug)]
            pub(crate) struct Samples {
                #[from(Sample)]
                pub(crate) value: Option<$type>,
                #[from(Sample)]
                pub(crate) maybe: Option<$type>,
            }

            proptest! {
                #![proptest_config(ProptestConfig {
                    max_shrink_iters: 40,
                    ..featurestore_properties::cases(6)
                })]

                $(#[$attribute])*
                #[test]
                fn comes_out_as_it_went_in(
                    values in prop::collection::vec(($values, prop::option::of($values)), 1..40),
                ) {
                    let sql = |value: &$type| -> String { ($sql)(value) };
                    let rows: Vec<_> = values
                        .iter()
                        .map(|(value, maybe)| (sql(value), crate::support::or_null(maybe, sql)))
                        .collect();
                    let fixture = crate::support::Fixture::new($file, &$sql_type, &rows);
                    let report = fixture.materialize::<Sample>();
                    prop_assert!(report.is_ok(), "{report:?}");
                    let found = fixture.values::<Samples>(values.len());
                    for (found, (value, maybe)) in found.iter().zip(&values) {
                        prop_assert_eq!(
                            format!("{:?} {:?}", found.value, found.maybe),
                            format!("{:?} {:?}", Some(value), maybe)
                        );
                        let in_json: fn(&$type) -> bool = $in_json;
                        if in_json(value) {
                            crate::support::through_json(value);
                        }
                    }
                    let row = wait(fixture.store.get::<Sample>(&0)).unwrap().found().unwrap();
                    prop_assert_eq!(format!("{:?}", row.value), format!("{:?}", values[0].0));
                }
            }
        }
    };
}
pub(crate) use property;
