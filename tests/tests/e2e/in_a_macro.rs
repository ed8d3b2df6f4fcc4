//! Declarations inside of a user's own `macro_rules!`, whose fragments the compiler wraps.

use featurestore::prelude::*;

macro_rules! declare {
    ($entity:literal, $source:literal, $ttl:literal, $least:literal, $most:literal, $unit:literal,
     $key:ty, $count:expr, $genre:literal) => {
        #[feature_view(entity = [$entity], source = $source, ttl = $ttl, tags = [$unit])]
        #[derive(Debug, Clone)]
        struct Outer {
            user_id: String,
            event_timestamp: Timestamp,
            #[column(range = -$least..=$most, unit = $unit, default = $most)]
            count: i64,
            #[column(one_of = [$genre])]
            genre: String,
        }

        #[feature_service(key = $key)]
        #[derive(Debug, Clone, PartialEq)]
        struct Service {
            #[from(Outer, default = $count)]
            count: i64,
            #[from(Outer, default = $genre)]
            genre: String,
        }
    };
}

declare!(
    "user_id",
    "data/a.parquet",
    "2d",
    1,
    100,
    "titles",
    String,
    3 * 4,
    "drama"
);

#[tokio::test]
async fn arguments_may_be_fragments_of_a_macro() {
    let view = Outer::definition();
    assert_eq!(view.entity(), "user_id");
    assert_eq!(view.source().to_string(), "data/a.parquet");
    assert_eq!(view.ttl_micros(), Some(2 * 86_400_000_000));
    assert_eq!(view.tags(), ["titles"]);
    let count = &view.columns()[0];
    assert_eq!(count.unit(), Some("titles"));
    assert_eq!(count.checks()[0].to_string(), "range -1..=100");
    let directory = tempfile::tempdir().unwrap();
    let store = FeatureStore::builder("macro")
        .registry(registry![Outer, Service])
        .data_root(directory.path())
        .online("embedded:o.redb");
    let store = store.open().await.unwrap();
    let served = store.serve::<Service>(&"8a2f".to_owned()).await.unwrap();
    let genre = "drama".to_owned();
    assert_eq!(served, Service { count: 12, genre });
}
