//! Materialization by watermarks: which rows a run takes, and what it leaves for the next one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use featurestore::materialize::{
    FullBecause, Materialize, MaterializeError, MaterializeReport, ViewReport,
};
use featurestore::view::ViewDefinition;
use featurestore::{Clock, Dtype, FeatureStore};

use crate::definitions::ViewSpec;
use crate::memory::CountingStore;
use crate::support::{Fixture, time, wait};

const HOUR: i64 = 3_600_000_000;

fn activity() -> ViewSpec {
    ViewSpec::new("activity", &[("n", Dtype::I64)])
}

/// The fixture's store at a time in May.
fn store(fixture: &Fixture, at: &str) -> FeatureStore {
    let store = FeatureStore::builder("test")
        .registry(featurestore::registry![])
        .online_store(Arc::clone(&fixture.online) as Arc<_>)
        .data_root(fixture.path(""))
        .clock(Clock::fixed(may(at)));
    wait(store.open()).unwrap()
}

fn may(at: &str) -> featurestore::Timestamp {
    time(&format!("2026-05-{at}:00Z"))
}

fn run(
    fixture: &Fixture,
    at: &str,
    view: &'static ViewDefinition,
    set: impl FnOnce(Materialize) -> Materialize,
) -> Result<MaterializeReport, MaterializeError> {
    let run = store(fixture, at).materialize().views([view]);
    wait(set(run).run())
}

fn view_of(report: &MaterializeReport) -> &ViewReport {
    let view = &report.views()[0];
    assert!(view.error().is_none(), "{:?}", view.error());
    view
}

fn full(run: Materialize) -> Materialize {
    run
}

fn refusal(report: &MaterializeReport) -> String {
    let Some(error) = report.views()[0].error() else {
        panic!("{report:?}");
    };
    error.to_string()
}

/// The watermark's record, as it stands in the store.
fn record(online: &CountingStore) -> Option<String> {
    online.memory.records("test").remove("watermark/activity")
}

fn watermark(fixture: &Fixture) -> Option<String> {
    let record = record(&fixture.online)?;
    let (time, _) = record.split_once(' ').unwrap();
    Some(time.to_owned())
}

/// Rows `(user, time in May, n)`.
fn rows(fixture: &Fixture, rows: &[(&str, &str, i64)]) {
    let rows: Vec<String> = rows
        .iter()
        .map(|(user, at, n)| format!("('{user}', TIMESTAMP '2026-05-{at}', {n}::BIGINT)"))
        .collect();
    fixture.rows("activity", "user_id, event_timestamp, n", &rows.join(", "));
}

/// The users that are online.
fn users(fixture: &Fixture) -> String {
    let rows = fixture.online.memory.rows();
    let users: Vec<String> = rows
        .iter()
        .map(|(address, ..)| address.to_string())
        .collect();
    users.join(" ").replace("test:user_id:", "")
}

#[test]
fn an_incremental_run_takes_rows_since_the_watermark_and_as_late_as_it_looks_back() {
    let fixture = Fixture::new();
    rows(&fixture, &[("a", "10 11:00", 1)]);
    let view = ViewSpec {
        settling: HOUR,
        cadence: Some(featurestore::view::Cadence::Every(2 * HOUR)),
        ..activity()
    };
    let view = view.leak();
    run(&fixture, "10T12:00", view, full).unwrap();
    assert_eq!(watermark(&fixture).unwrap(), "2026-05-10T12:00:00.000000Z");
    // Not settled, late within the cadence, late beyond it, and new.
    let later = [
        ("a", "10 11:00", 1),
        ("b", "10 11:30", 2),
        ("c", "10 09:00", 3),
        ("d", "10 08:59", 4),
        ("e", "10 14:00", 5),
        ("f", "10 14:01", 6),
    ];
    rows(&fixture, &later);
    let report = run(&fixture, "10T15:00", view, Materialize::incremental).unwrap();
    let of = view_of(&report);
    assert_eq!(of.from(), Some(may("10T09:00")));
    assert_eq!((of.read(), of.written(), of.full_because()), (4, 4, None));
    assert_eq!(of.watermark(), Some(may("10T15:00")));
    assert_eq!(users(&fixture), "a b c e");
    let further = |run: Materialize| {
        run.incremental()
            .lookback(Duration::from_secs(5 * 3600 + 60))
    };
    run(&fixture, "10T15:00", view, further).unwrap();
    assert_eq!(users(&fixture), "a b c d e");
}

#[test]
fn a_view_without_a_cadence_looks_back_a_day() {
    let fixture = Fixture::new();
    rows(&fixture, &[("a", "10 11:00", 1)]);
    let view = activity().leak();
    run(&fixture, "10T12:00", view, full).unwrap();
    let report = run(&fixture, "10T13:00", view, Materialize::incremental).unwrap();
    assert_eq!(view_of(&report).from(), Some(may("09T12:00")));
}

#[test]
fn without_a_watermark_an_incremental_run_is_in_full_and_says_so() {
    let fixture = Fixture::new();
    rows(&fixture, &[("a", "01 11:00", 1)]);
    let view = activity().leak();
    let report = run(&fixture, "10T12:00", view, Materialize::incremental).unwrap();
    let of = view_of(&report);
    assert_eq!(of.full_because(), Some(FullBecause::NoWatermark));
    assert_eq!((of.from(), of.written()), (None, 1));
    assert_eq!(of.watermark(), Some(may("10T12:00")));
}

#[test]
fn a_view_that_means_something_else_is_taken_in_full_again_and_says_so() {
    let fixture = Fixture::new();
    rows(&fixture, &[("a", "01 11:00", 1)]);
    fixture.file("other.parquet", "SELECT * FROM range(0)");
    run(&fixture, "10T12:00", activity().leak(), full).unwrap();
    let same = run(
        &fixture,
        "10T12:00",
        activity().leak(),
        Materialize::incremental,
    )
    .unwrap();
    assert_eq!(view_of(&same).full_because(), None);
    let wider = ViewSpec::new("activity", &[("n", Dtype::F64)]);
    let settling = ViewSpec {
        settling: HOUR,
        ..activity()
    };
    fixture.file(
        "activity.parquet",
        "SELECT 'a' AS user_id, TIMESTAMP '2026-05-01 11:00' AS event_timestamp, 1::INTEGER AS n",
    );
    for changed in [wider, settling] {
        let changed = changed.leak();
        // The second one has the first layout again.
        let back = |run: Materialize| run.incremental().take_over();
        let report = run(&fixture, "10T12:00", changed, back).unwrap();
        let of = view_of(&report);
        assert_eq!(of.full_because(), Some(FullBecause::Redeclared));
        assert_eq!(of.written(), 1);
        let again = run(&fixture, "10T12:00", changed, Materialize::incremental).unwrap();
        assert_eq!(view_of(&again).full_because(), None);
    }
}

#[test]
fn an_end_in_the_future_is_now_and_poisons_nothing() {
    let fixture = Fixture::new();
    rows(
        &fixture,
        &[
            ("a", "10 12:00", 1),
            ("b", "10 12:01", 2),
            ("c", "20 00:00", 3),
        ],
    );
    let view = activity().leak();
    let far = |run: Materialize| run.until(time("2999-01-01T00:00:00Z"));
    let report = run(&fixture, "10T12:00", view, far).unwrap();
    assert_eq!(report.until(), may("10T12:00"));
    assert_eq!(
        (users(&fixture).as_str(), view_of(&report).read()),
        ("a", 1)
    );
    let report = run(&fixture, "10T12:01", view, Materialize::incremental).unwrap();
    assert_eq!(report.until(), may("10T12:01"));
    assert_eq!(users(&fixture), "a b");
}

#[test]
fn an_end_before_the_watermark_is_refused_and_the_way_out_named() {
    let fixture = Fixture::new();
    rows(&fixture, &[("a", "10 10:00", 1)]);
    let view = activity().leak();
    run(&fixture, "10T12:00", view, full).unwrap();
    let before = record(&fixture.online);
    let early = |run: Materialize| run.until(may("10T11:00"));
    let report = run(&fixture, "10T13:00", view, early).unwrap();
    let words = "view `activity` is materialized up to 2026-05-10T12:00:00Z already, and this run would end before, at 2026-05-10T11:00:00Z; name a later end, or none";
    assert!(refusal(&report).starts_with(words), "{}", refusal(&report));
    let report = run(&fixture, "10T13:00", view, |run| early(run).incremental()).unwrap();
    assert!(refusal(&report).starts_with(words));
    // A clock that jumped back.
    let report = run(&fixture, "10T11:54", view, Materialize::incremental).unwrap();
    let words = "view `activity` is materialized up to 2026-05-10T12:00:00Z already, and the store's clock says that it is 2026-05-10T11:54:00Z; set the clock right. If another was ahead before, take all rows once";
    assert!(refusal(&report).starts_with(words), "{}", refusal(&report));
    assert_eq!(record(&fixture.online), before);
    let other = ViewSpec::new("other", &[("n", Dtype::I64)]).leak();
    fixture.rows(
        "other",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP '2026-05-01', 1::BIGINT)",
    );
    let report = run(&fixture, "10T13:00", other, early).unwrap();
    assert!(report.is_ok(), "another view has a watermark of its own");
}

#[test]
fn clocks_that_differ_by_less_than_they_may_take_turns() {
    let fixture = Fixture::new();
    rows(&fixture, &[("a", "10 10:00", 1)]);
    let view = activity().leak();
    run(&fixture, "10T12:00", view, full).unwrap();
    let before = record(&fixture.online);
    rows(&fixture, &[("a", "10 10:00", 1), ("b", "10 11:50", 2)]);
    for mode in [full, Materialize::incremental] {
        let report = run(&fixture, "10T11:55", view, mode).unwrap();
        assert_eq!(view_of(&report).watermark(), Some(may("10T12:00")));
        assert_eq!(record(&fixture.online), before);
    }
    assert_eq!(users(&fixture), "a b");
}

#[test]
fn a_watermark_of_the_future_ends_no_view() {
    let fixture = Fixture::new();
    rows(&fixture, &[("a", "10 10:00", 1)]);
    let view = activity().leak();
    // A clock that was nine days ahead.
    let ahead = || view_of(&run(&fixture, "19T12:00", view, full).unwrap()).watermark();
    let reset = |run: Materialize| run.incremental().reset_watermark();
    for (mode, because) in [
        (full as fn(Materialize) -> Materialize, None),
        (reset, Some(FullBecause::Reset)),
    ] {
        assert_eq!(ahead(), Some(may("19T12:00")));
        let stopped = run(&fixture, "10T12:00", view, Materialize::incremental).unwrap();
        let message = refusal(&stopped);
        assert!(message.contains("`--reset-watermark`"), "{message}");
        let report = run(&fixture, "10T12:00", view, mode).unwrap();
        let of = view_of(&report);
        assert_eq!((of.from(), of.full_because()), (None, because));
        assert_eq!(of.watermark(), Some(may("10T12:00")));
        assert_eq!(watermark(&fixture).unwrap(), "2026-05-10T12:00:00.000000Z");
        let report = run(&fixture, "10T12:01", view, Materialize::incremental).unwrap();
        assert_eq!(view_of(&report).watermark(), Some(may("10T12:01")));
    }
    // An end of its own says nothing about clocks.
    ahead();
    let early = |run: Materialize| run.until(may("10T11:00"));
    refusal(&run(&fixture, "10T12:00", view, early).unwrap());
    refusal(&run(&fixture, "20T12:00", view, early).unwrap());
    let back = |run: Materialize| early(run).reset_watermark();
    let report = run(&fixture, "20T12:00", view, back).unwrap();
    assert_eq!(view_of(&report).watermark(), Some(may("10T11:00")));
}

#[test]
fn a_watermark_that_moves_while_it_is_reset_stays() {
    let fixture = Fixture::new();
    rows(&fixture, &[("a", "10 10:00", 1)]);
    let view = activity().leak();
    run(&fixture, "19T12:00", view, full).unwrap();
    let right = record(&fixture.online).unwrap();
    let right = right.replace("05-19T12", "05-11T13");
    let report = run(&fixture, "11T12:00", view, |run| {
        let (online, right) = (Arc::clone(&fixture.online), right.clone());
        run.reset_watermark().on_progress(move |_| {
            let memory = &online.memory;
            memory.set_record("test", "watermark/activity", &right);
        })
    });
    assert_eq!(view_of(&report.unwrap()).watermark(), Some(may("11T13:00")));
}

#[test]
fn an_interval_has_both_its_ends() {
    let fixture = Fixture::new();
    let at = ["10 09:59", "10 10:00", "10 11:00", "10 11:01"];
    let users_at: Vec<(&str, &str, i64)> = ["a", "b", "c", "d"]
        .into_iter()
        .zip(at)
        .map(|(user, at)| (user, at, 1))
        .collect();
    rows(&fixture, &users_at);
    let view = ViewSpec {
        settling: HOUR,
        ..activity()
    };
    let interval = |run: Materialize| run.from(may("10T10:00")).until(may("10T12:00"));
    let report = run(&fixture, "20T00:00", view.leak(), interval).unwrap();
    assert_eq!(
        (users(&fixture).as_str(), view_of(&report).read()),
        ("b c", 2)
    );
}

#[test]
fn an_interval_moves_the_watermark_only_where_it_leaves_no_gap() {
    let fixture = Fixture::new();
    rows(&fixture, &[("a", "10 10:00", 1)]);
    let view = ViewSpec {
        settling: HOUR,
        ..activity()
    };
    let view = view.leak();
    let interval = |from: &str, until: &str| {
        let (from, until) = (may(from), may(until));
        let report = run(&fixture, "20T00:00", view, |run| {
            run.from(from).until(until)
        })
        .unwrap();
        view_of(&report).watermark()
    };
    assert_eq!(
        interval("10T10:00", "10T12:00"),
        None,
        "what was before is not there"
    );
    let first = |run: Materialize| run.until(may("10T12:00"));
    run(&fixture, "20T00:00", view, first).unwrap();
    // Rows of 11:00 to 12:00 had not settled at 12:00.
    assert_eq!(interval("10T11:01", "10T13:00"), Some(may("10T12:00")));
    assert_eq!(interval("10T11:00", "10T13:00"), Some(may("10T13:00")));
}

#[test]
fn the_watermark_stays_where_a_row_did_not_arrive() {
    let fixture = Fixture::new();
    many_rows(&fixture);
    let view = activity().leak();
    fixture.online.refuses_after.store(2, Ordering::SeqCst);
    let report = run(&fixture, "20T00:00", view, full).unwrap();
    assert!(report.views()[0].error().is_some() && report.views()[0].watermark().is_none());
    assert_eq!(
        (fixture.online.memory.rows().len(), watermark(&fixture)),
        (8000, None)
    );
    fixture.online.refuses_after.store(0, Ordering::SeqCst);
    run(&fixture, "20T00:00", view, Materialize::incremental).unwrap();
    assert_eq!(fixture.online.memory.rows().len(), 9000);
    assert!(watermark(&fixture).is_some());
}

#[test]
fn an_interval_leaves_late_rows_to_the_next_incremental_run() {
    let fixture = Fixture::new();
    rows(&fixture, &[("a", "10 09:00", 1)]);
    let view = activity().leak();
    run(&fixture, "10T10:00", view, full).unwrap();
    let later = [
        ("a", "10 09:00", 1),
        ("late", "10 09:52", 2),
        ("new", "10 10:01", 3),
    ];
    rows(&fixture, &later);
    let interval = |from: &str| {
        let from = may(from);
        move |run: Materialize| run.from(from)
    };
    let report = run(&fixture, "10T10:05", view, interval("10T09:58")).unwrap();
    assert_eq!(view_of(&report).watermark(), Some(may("10T10:05")));
    // Another one does not move it over them either.
    let report = run(&fixture, "10T10:30", view, interval("10T10:04")).unwrap();
    assert_eq!(view_of(&report).watermark(), Some(may("10T10:30")));
    assert_eq!(users(&fixture), "a new");
    let late = |run: Materialize| run.incremental().lookback(Duration::from_secs(600));
    let report = run(&fixture, "10T10:31", view, late).unwrap();
    assert_eq!(view_of(&report).from(), Some(may("10T09:50")));
    assert_eq!(users(&fixture), "a late new");
    let report = run(&fixture, "10T10:32", view, late).unwrap();
    assert_eq!(view_of(&report).from(), Some(may("10T10:21")));
}

/// 9,000 users, which are written in three chunks.
fn many_rows(fixture: &Fixture) {
    let many = "SELECT 'u' || i AS user_id, TIMESTAMP '2026-05-10' AS event_timestamp, \
                CAST(i AS BIGINT) AS n FROM range(9000) AS r(i)";
    fixture.file("activity.parquet", many);
}

#[test]
fn rows_that_are_lost_while_a_run_writes_move_no_watermark_and_the_next_run_takes_all() {
    let fixture = Fixture::new();
    many_rows(&fixture);
    let view = activity().leak();
    run(&fixture, "19T00:00", view, full).unwrap();
    fixture.online.loses_after.store(3 + 2, Ordering::SeqCst);
    let report = run(&fixture, "20T00:00", view, full).unwrap();
    let message = refusal(&report);
    assert!(message.contains("has lost rows that it wrote"), "{message}");
    assert_eq!(fixture.online.memory.rows().len(), 1000);
    assert_eq!(watermark(&fixture), None);
    let report = run(&fixture, "20T00:00", view, Materialize::incremental).unwrap();
    assert_eq!(
        view_of(&report).full_because(),
        Some(FullBecause::NoWatermark)
    );
    assert_eq!(fixture.online.memory.rows().len(), 9000);
}

#[test]
fn a_store_that_was_emptied_and_filled_while_a_run_writes_is_noticed_by_the_mark() {
    let fixture = Fixture::new();
    rows(&fixture, &[("a", "10 10:00", 1)]);
    let view = activity().leak();
    let report = run(&fixture, "11T00:00", view, |run| {
        let online = Arc::clone(&fixture.online);
        run.on_progress(move |_| online.memory.set_record("test", "mark/activity", "another"))
    });
    let message = refusal(&report.unwrap());
    assert!(message.contains("has lost the mark"), "{message}");
    assert_eq!(watermark(&fixture), None);
    // Whoever comes next takes the mark that is there.
    run(&fixture, "11T00:00", view, full).unwrap();
    assert_eq!(
        fixture.online.memory.records("test")["mark/activity"],
        "another"
    );
    assert!(watermark(&fixture).is_some());
}

#[test]
fn an_older_build_leaves_the_rows_of_a_newer_one_alone() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n, m",
        "('a', TIMESTAMP '2026-05-10', 1::BIGINT, 2::BIGINT)",
    );
    let older = activity().leak();
    let newer = ViewSpec::new("activity", &[("n", Dtype::I64), ("m", Dtype::I64)]).leak();
    view_of(&run(&fixture, "11T00:00", older, full).unwrap());
    view_of(&run(&fixture, "11T01:00", newer, full).unwrap());
    let stored = fixture.online.memory.rows();
    // Whatever the time is, and however often it tries.
    for mode in [full, Materialize::incremental] {
        let message = refusal(&run(&fixture, "11T02:00", older, mode).unwrap());
        let (own, newest) = (older.layout().id(), newer.layout().id());
        let said = format!("layout {newest:07x}, which came after layout {own:07x} of this one");
        assert!(message.contains(&said), "{message}");
        assert_eq!(fixture.online.memory.rows(), stored);
        assert_eq!(watermark(&fixture).unwrap(), "2026-05-11T01:00:00.000000Z");
    }
    view_of(&run(&fixture, "11T02:00", newer, Materialize::incremental).unwrap());
    // Back to the older one, on purpose; then it is the newer.
    view_of(&run(&fixture, "11T03:00", older, Materialize::take_over).unwrap());
    view_of(&run(&fixture, "11T04:00", older, full).unwrap());
    refusal(&run(&fixture, "11T05:00", newer, full).unwrap());
}

#[test]
fn a_watermark_that_another_run_has_moved_further_stays() {
    let fixture = Fixture::new();
    rows(&fixture, &[("a", "10 10:00", 1)]);
    let view = activity().leak();
    run(&fixture, "11T00:00", view, full).unwrap();
    let later = record(&fixture.online).unwrap().replace("05-11T", "05-13T");
    for mode in [full, Materialize::incremental] {
        let (online, moved) = (Arc::clone(&fixture.online), later.clone());
        let report = run(&fixture, "12T00:00", view, |run| {
            mode(run).on_progress(move |_| {
                let memory = &online.memory;
                memory.set_record("test", "watermark/activity", &moved);
            })
        });
        assert_eq!(view_of(&report.unwrap()).watermark(), Some(may("13T00:00")));
        assert_eq!(record(&fixture.online), Some(later.clone()));
        let back = later.replace("05-13T", "05-11T");
        let memory = &fixture.online.memory;
        memory.set_record("test", "watermark/activity", &back);
    }
}

#[test]
fn a_watermark_that_is_none_is_an_error_that_names_it() {
    let fixture = Fixture::new();
    rows(&fixture, &[("a", "10 10:00", 1)]);
    let memory = &fixture.online.memory;
    memory.set_record("test", "watermark/activity", "soon");
    let report = run(&fixture, "11T00:00", activity().leak(), full).unwrap();
    let error = report.views()[0].error().unwrap().to_string();
    assert!(
        error.contains("record `watermark/activity` is `soon`"),
        "{error}"
    );
}

#[test]
fn settings_that_contradict_each_other_are_refused_before_anything_is_read() {
    let fixture = Fixture::new();
    let view = activity().leak();
    let refused = |set: fn(Materialize) -> Materialize| {
        run(&fixture, "10T00:00", view, set)
            .unwrap_err()
            .to_string()
    };
    let both = refused(|run| run.incremental().from(may("01T00:00")));
    assert!(both.contains("takes no `from`"), "{both}");
    let late = refused(|run| run.from(may("10T00:01")));
    assert!(late.starts_with("nothing lies between 2026-05-10T00:01:00Z and 2026-05-10T00:00:00Z"));
    let reset = refused(|run| run.reset_watermark().from(may("01T00:00")));
    assert!(reset.contains("takes no `from`"), "{reset}");
    let lookback = refused(|run| run.lookback(Duration::from_secs(1)));
    assert!(lookback.contains("`lookback` says"), "{lookback}");
}
