//! Results that do not come about.

use featurestore::offline::Spine;

use crate::definitions::service;
use crate::input::{activity, fixture};

#[test]
fn a_result_that_cant_be_written_says_why() {
    let fixture = fixture();
    let write = |path: &str| {
        let join = fixture
            .store
            .historical_by(service([activity()]), Spine::parquet("spine.parquet"));
        crate::support::wait(join.to_parquet(path))
            .unwrap_err()
            .to_string()
    };
    assert!(write("nowhere/train.parquet").contains("there is no directory"));
    std::fs::create_dir(fixture.path("here")).unwrap();
    assert!(write("here").contains("that is a directory"));
    for name in ["train.csv", "train.JSONL", "train.parquet.gz"] {
        let message = write(name);
        assert!(
            message.contains("what is written is Parquet; name it "),
            "{message}"
        );
    }
}

#[test]
fn an_older_result_stays_until_the_new_one_is_whole() {
    let fixture = fixture();
    std::fs::write(fixture.path("train.parquet"), "old").unwrap();
    let write = || {
        let join = fixture
            .store
            .historical_by(service([activity()]), Spine::parquet("spine.parquet"));
        crate::support::wait(join.to_parquet("train.parquet"))
    };
    let path = fixture.path("activity.parquet");
    let whole = std::fs::read(&path).unwrap();
    let mut bytes = whole.clone();
    for byte in &mut bytes[4..60] {
        *byte ^= 0xA5;
    }
    std::fs::write(&path, bytes).unwrap();
    write().unwrap_err();
    assert_eq!(
        std::fs::read(fixture.path("train.parquet")).unwrap(),
        b"old"
    );
    std::fs::write(&path, whole).unwrap();
    assert_eq!(write().unwrap().rows(), 1);
    assert_eq!(
        crate::support::read(&fixture.path("train.parquet")).column("watch_count"),
        "1"
    );
}

#[test]
fn a_run_that_nobody_waits_for_stops() {
    let fixture = fixture();
    let spine = Spine::sql(
        "SELECT 'a' AS user_id, TIMESTAMP '2026-05-02' + to_microseconds(CAST(max(hash(i) % 10) AS BIGINT)) \
         AS event_timestamp FROM range(1000000000000) AS r(i)",
    );
    let started = std::time::Instant::now();
    crate::support::wait(async {
        let join = fixture.store.historical_by(service([activity()]), spine);
        let run = std::pin::pin!(join.to_parquet("train.out"));
        let patience = std::pin::pin!(tokio::time::sleep(std::time::Duration::from_millis(300)));
        let outcome = futures_util::future::select(run, patience).await;
        assert!(
            matches!(outcome, futures_util::future::Either::Right(_)),
            "it runs for hours"
        );
    });
    // The runtime waits for its threads when it is dropped.
    assert!(started.elapsed() < crate::support::PATIENCE);
    assert!(!fixture.path("train.out").exists());
}
