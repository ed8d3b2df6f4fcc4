//! What whoever watches a run is told.

use std::sync::{Arc, Mutex};

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
                 CAST(i AS BIGINT) AS n FROM range(2500) AS r(i)";
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
    let told: Vec<String> = told
        .lock()
        .unwrap()
        .iter()
        .map(Progress::to_string)
        .collect();
    let expected = |view, place| {
        let start = format!("materializing view {view} ({place} of 2)");
        let parts = [", 40 %", ", 80 %", ", 100 %"].map(|part| format!("{start}{part}"));
        [vec![start], parts.to_vec()].concat()
    };
    assert_eq!(
        told,
        [expected("activity", 1), expected("other", 2)].concat()
    );
}
