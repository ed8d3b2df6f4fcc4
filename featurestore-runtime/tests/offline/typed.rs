//! Typed rows: keys, times and a service's struct, and the same declared by macros.

use featurestore::offline::Spine;
use featurestore::prelude::*;
use featurestore::{Error, TrainingRow};

use crate::support::{Fixture, time, wait};

#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segment {
    Casual,
    PowerUser,
}

/// What a user watches.
#[feature_view(entity = "user_id", source = "watch.parquet", ttl = "1h")]
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    pub(crate) user_id: i64,
    pub(crate) event_timestamp: Timestamp,
    pub(crate) count: i32,
    pub(crate) genre: Option<String>,
}

#[feature_view(entity = "user_id", source = "segment.parquet")]
#[derive(Debug, Clone)]
pub(crate) struct UserSegment {
    pub(crate) user_id: i64,
    pub(crate) event_timestamp: Timestamp,
    pub(crate) segment: Segment,
}

#[feature_service]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WatchNext {
    #[from(Watch, default = 0)]
    pub(crate) count: i32,
    #[from(Watch)]
    pub(crate) genre: Option<String>,
    #[from(Watch, column = count)]
    pub(crate) raw_count: Lookup<i32>,
    #[from(UserSegment)]
    pub(crate) segment: Option<Segment>,
}

pub(crate) fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.rows(
        "watch",
        "user_id, event_timestamp, count, genre",
        "(1::BIGINT, TIMESTAMP_NS '2026-05-01 10:00:00.000000500', 7, 'drama'), \
         (2, TIMESTAMP_NS '2026-05-01 10:00:00', 8, NULL)",
    );
    fixture.rows(
        "segment",
        "user_id, event_timestamp, segment",
        "(1::BIGINT, DATE '2026-05-01', 'power_user')",
    );
    fixture
}

fn rows(fixture: &Fixture, spine: Spine) -> Result<Vec<TrainingRow<WatchNext>>, Error> {
    wait(async {
        let rows = fixture.store.historical::<WatchNext>(spine).rows().await?;
        Ok(rows.collect().await?)
    })
}

#[test]
fn a_row_has_its_key_its_time_and_why_a_value_is_not_there() {
    let at = [
        "2026-05-01T09:00:00Z",
        "2026-05-01T10:00:00Z",
        "2026-05-01T10:00:00.000001Z",
        "2026-05-01T12:00:00Z",
    ];
    let spine = at
        .map(|at| (1_i64, time(at)))
        .into_iter()
        .chain([(2, time(at[1])), (3, time(at[1]))]);
    let rows = rows(&fixture(), Spine::rows(spine)).unwrap();
    let keys: Vec<_> = rows.iter().map(|row| row.key.unwrap()).collect();
    assert_eq!(keys, [1, 1, 1, 1, 2, 3]);
    assert_eq!(rows[2].timestamp, time(at[2]));
    let missing = WatchNext {
        count: 0,
        genre: None,
        raw_count: Lookup::Missing,
        segment: Some(Segment::PowerUser),
    };
    let event_timestamp = time("2026-05-01T10:00:00Z");
    assert_eq!(rows[0].features, missing);
    assert_eq!(rows[1].features, missing);
    assert_eq!(
        rows[2].features,
        WatchNext {
            count: 7,
            genre: Some("drama".to_owned()),
            raw_count: Lookup::Found(7),
            ..missing.clone()
        }
    );
    assert_eq!(
        rows[3].features,
        WatchNext {
            raw_count: Lookup::Expired { event_timestamp },
            ..missing.clone()
        }
    );
    assert_eq!(
        (rows[4].features.count, &rows[4].features.genre),
        (8, &None)
    );
    assert_eq!(rows[5].features.segment, None);
}

#[test]
fn a_row_with_a_null_key_has_none_and_keeps_its_place() {
    let sql = "SELECT * FROM (VALUES (1, TIMESTAMP '2026-05-02'), (NULL, TIMESTAMP '2026-05-03')) \
               AS t(user_id, event_timestamp)";
    let rows = rows(&fixture(), Spine::sql(sql)).unwrap();
    assert_eq!((rows[0].key, rows[1].key), (Some(1), None));
    assert_eq!(rows[1].timestamp, time("2026-05-03T00:00:00Z"));
    assert_eq!(rows[1].features.segment, None);
}

#[test]
fn a_row_with_a_null_where_none_may_be_is_not_there() {
    let fixture = fixture();
    fixture.rows(
        "watch",
        "user_id, event_timestamp, count, genre",
        "(1::BIGINT, TIMESTAMP '2026-05-01', NULL::INTEGER, 'drama')",
    );
    let spine = Spine::rows([(1, time("2026-05-01T00:00:00Z"))]);
    let rows = rows(&fixture, spine).unwrap();
    assert_eq!(rows[0].features.raw_count, Lookup::Missing);
    assert_eq!(rows[0].features.genre, None);
}

#[test]
fn a_row_with_a_text_that_its_enum_does_not_know_is_not_there() {
    let fixture = fixture();
    fixture.rows(
        "segment",
        "user_id, event_timestamp, segment",
        "(1::BIGINT, DATE '2026-04-30', 'casual'), (1, DATE '2026-05-01', 'guest'), \
         (2, DATE '2026-05-01', 'guest')",
    );
    let at = time("2026-05-01T00:00:00Z");
    let rows = rows(&fixture, Spine::rows([(1, at), (2, at)])).unwrap();
    assert_eq!(rows[0].features.segment, Some(Segment::Casual));
    assert_eq!(rows[1].features.segment, None);
}

#[test]
fn batches_are_the_file() {
    let fixture = fixture();
    let spine = || Spine::rows([(1, time("2026-05-01T10:30:00Z"))]);
    let batches = wait(async {
        let batches = fixture.store.historical::<WatchNext>(spine()).batches();
        batches.await.unwrap().collect().await.unwrap()
    });
    let names: Vec<_> = batches[0]
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(
        names,
        [
            "user_id",
            "event_timestamp",
            "count",
            "genre",
            "raw_count",
            "segment"
        ]
    );
    assert_eq!(
        batches
            .iter()
            .map(featurestore::arrow::array::RecordBatch::num_rows)
            .sum::<usize>(),
        1
    );
    let report = wait(
        fixture
            .store
            .historical::<WatchNext>(spine())
            .to_parquet("train.out"),
    )
    .unwrap();
    assert_eq!(report.rows(), 1);
    assert_eq!(crate::support::read(report.path().unwrap()).names, names);
}

#[test]
fn training_and_serving_agree() {
    let fixture = fixture();
    let store = &fixture.store;
    wait(
        store
            .materialize()
            .view::<Watch>()
            .view::<UserSegment>()
            .run(),
    )
    .unwrap();
    let now = store.clock().now();
    let keys = [1_i64, 2, 3];
    let trained = rows(&fixture, Spine::rows(keys.map(|key| (key, now)))).unwrap();
    for (row, key) in trained.into_iter().zip(keys) {
        assert_eq!(wait(store.serve::<WatchNext>(&key)).unwrap(), row.features);
    }
}
