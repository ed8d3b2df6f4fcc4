//! Window views that a schedule keeps, and what those see who watch over it.

use featurestore::prelude::*;

use crate::support::{Online, Served, Watch, sql, time};
use crate::visits::{AllVisits, Visits};

on_both_stores![a_schedule_keeps_window_views_at_the_cadence_of_their_source,];

/// Writes the visits of one user: one at each of these times.
fn write(directory: &std::path::Path, times: &[&str]) {
    let rows = times.iter().enumerate();
    let rows = rows.map(|(id, time)| format!("({id}::BIGINT, 'ada', TIMESTAMP '{time}')"));
    sql(&format!(
        "COPY (SELECT * FROM (VALUES {}) AS t(visit_id, user_id, event_timestamp)) TO '{}' (FORMAT parquet)",
        rows.collect::<Vec<_>>().join(", "),
        directory.join("data/visits.parquet").display()
    ));
}

async fn a_schedule_keeps_window_views_at_the_cadence_of_their_source(online: &Online) {
    let watch = Watch::at(time("2026-06-01T00:10:00Z"));
    std::fs::create_dir(online.directory().join("data")).unwrap();
    write(online.directory(), &["2026-05-31 12:00:00"]);
    let store = FeatureStore::builder("visits")
        .registry(registry![Visits, AllVisits])
        .online(online.url())
        .data_root(online.directory())
        .clock(watch.clock())
        .open()
        .await
        .unwrap();
    let served = Served::start(store.clone()).await;
    assert_eq!(served.get("/ready").await.0, 503);
    let overdue = async || {
        let stats = store.online_stats().await.unwrap();
        let visits = stats.fields().iter().find(|it| it.field() == "visits");
        let visits = visits.unwrap();
        let rows = (visits.rows(), visits.damaged());
        let fresh = store.freshness(Visits::definition()).await.unwrap();
        (rows, fresh.is_overdue())
    };
    let run = async || {
        let report = store.schedule().run_once(std::future::pending()).await;
        let report = report.unwrap().unwrap();
        assert!(report.failed().is_empty(), "{report:?}");
        assert_eq!(report.scheduled(), 1);
    };
    let ada = "ada".to_owned();
    let visits = async || store.serve::<AllVisits>(&ada).await.unwrap().visits_30d;

    run().await;
    assert_eq!(visits().await, 1);
    assert_eq!(served.get("/ready").await.0, 200);
    assert_eq!(overdue().await, ((1, 0), false));
    // It is not due before the hour, whatever the source has.
    write(
        online.directory(),
        &["2026-05-31 12:00:00", "2026-06-01 00:20:00"],
    );
    watch.set(time("2026-06-01T00:59:59Z"));
    run().await;
    assert_eq!(visits().await, 1);
    watch.set(time("2026-06-01T01:00:00Z"));
    assert_eq!(overdue().await, ((1, 0), true));
    let page = served.get("/registry/views/visits").await.1;
    assert!(page.contains("overdue"), "{page}");
    run().await;
    assert_eq!(visits().await, 2);
    assert_eq!(overdue().await, ((1, 0), false));

    let (status, page) = served.get("/registry/views/visits?user_id=ada").await;
    assert_eq!(status, 200);
    for part in [
        "fresh",
        "<dt>Events</dt><dd><code>visit</code>",
        "Number of events over 30d",
        "visits_2d",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("a row never expires"), "{page}");
    let metrics = served.get("/metrics").await.1;
    let watermark = time("2026-06-01T01:00:00Z").timestamp();
    let line = format!("view_watermark_timestamp_seconds{{view=\"visits\"}} {watermark}");
    assert!(metrics.contains(&line), "{metrics}");
}
