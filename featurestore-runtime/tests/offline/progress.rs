//! What whoever watches a run is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use featurestore::Dtype;
use featurestore::offline::{Progress, Spine};

use crate::definitions::{ViewSpec, service};
use crate::support::{Fixture, wait};

fn activity() -> ViewSpec {
    ViewSpec::new("activity", &[("n", Dtype::I64)])
}

/// Collects what it is told.
fn watcher() -> (
    Arc<Mutex<Vec<Progress>>>,
    impl Fn(&Progress) + Send + Sync + 'static,
) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let own = Arc::clone(&told);
    (told, move |progress: &Progress| {
        own.lock().unwrap().push(progress.clone());
    })
}

#[test]
fn a_join_tells_of_every_stage_once_and_in_order() {
    let fixture = Fixture::new();
    let rows = "('a', TIMESTAMP '2026-05-01', 1::BIGINT)";
    fixture.rows("activity", "user_id, event_timestamp, n", rows);
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-05-02')",
    );
    let (told, observe) = watcher();
    let join = fixture
        .store
        .historical_by(service([activity()]), Spine::parquet("spine.parquet"));
    wait(join.on_progress(observe).to_parquet("train.out")).unwrap();
    let told = told.lock().unwrap();
    let of = told[0].of();
    let stages: Vec<_> = told
        .iter()
        .map(|progress| (progress.stage(), progress.of()))
        .collect();
    assert_eq!(
        stages,
        (1..=of).map(|stage| (stage, of)).collect::<Vec<_>>()
    );
    assert!(
        told.iter().all(|progress| !progress.what().is_empty()),
        "{told:?}"
    );
}

#[test]
fn a_materialization_tells_of_every_view_and_of_the_rows_written() {
    let fixture = Fixture::new();
    let query = "SELECT 'u' || i AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, \
                 CAST(i AS BIGINT) AS n FROM range(6000) AS r(i)";
    fixture
        .file("activity.parquet", query)
        .file("other.parquet", query);
    let views = ["activity", "other"].map(|name| ViewSpec::new(name, &[("n", Dtype::I64)]).leak());
    let (told, observe) = watcher();
    let run = fixture
        .store
        .materialize()
        .views(views)
        .on_progress(observe);
    assert!(wait(run.run()).unwrap().is_ok());
    let told = told.lock().unwrap();
    let told: Vec<_> = told
        .iter()
        .map(|progress| {
            (
                progress.stage(),
                progress.of(),
                progress.what(),
                progress.rows(),
            )
        })
        .collect();
    let (first, second) = ("materializing view activity", "materializing view other");
    let expected = [
        (1, 2, first, None),
        (1, 2, first, Some(4000)),
        (1, 2, first, Some(6000)),
        (2, 2, second, None),
        (2, 2, second, Some(4000)),
        (2, 2, second, Some(6000)),
    ];
    assert_eq!(told, expected);
}

#[test]
fn rows_that_are_written_have_a_rate_and_a_time_that_is_left() {
    let fixture = Fixture::new();
    let query = "SELECT 'u' || i AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, \
                 CAST(i AS BIGINT) AS n FROM range(8000) AS r(i)";
    fixture.file("activity.parquet", query);
    let (told, observe) = watcher();
    let view = activity().leak();
    let run = fixture.store.materialize().views([view]);
    assert!(wait(run.on_progress(observe).run()).unwrap().is_ok());
    let told = told.lock().unwrap();
    let [begun, half, all] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!((begun.rate(), begun.left()), (None, None));
    assert_eq!((half.fraction(), all.fraction()), (Some(0.5), Some(1.0)));
    let (rate, left) = (half.rate().unwrap(), half.left().unwrap());
    assert!((rate * left.as_secs_f64() - 4000.0).abs() < 1.0, "{half}");
    assert_eq!(all.left(), Some(Duration::ZERO));
    assert!(half.to_string().contains(", 50 %, "), "{half}");
}
