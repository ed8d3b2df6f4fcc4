//! Schedules on time that a test moves.

#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use featurestore_schema::Cadence;
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

use super::event::Moved;
use super::{Schedule, ScheduleError, ScheduleEvent};
use crate::materialize::MaterializeError;
use crate::online::EmbeddedStore;
use crate::store::FeatureStore;
use crate::time::{Clock, Timestamp, format_timestamp, parse_timestamp};
use crate::view::{ViewDefinition, ViewParts, plain};

const HOUR: Duration = Duration::from_secs(3600);

const fn view(name: &'static str, cadence: Option<Cadence>) -> ViewDefinition {
    ViewDefinition::new(ViewParts {
        name,
        cadence,
        ..plain::VIEW
    })
}

static HOURLY: ViewDefinition = view("hourly", Some(Cadence::Every(3_600_000_000)));
static NIGHTLY: ViewDefinition = view("nightly", Some(Cadence::Cron("30 2 * * *")));
static BY_HAND: ViewDefinition = view("by_hand", None);

/// A store, and what was done with its views: when it began, and whether it came to its end.
struct World {
    store: FeatureStore,
    _directory: TempDir,
    log: Log,
    under_way: UnderWay,
}

type UnderWay = Arc<Mutex<HashMap<&'static str, usize>>>;

type Log = Arc<Mutex<Vec<Attempt>>>;

#[derive(Debug, Clone)]
struct Attempt {
    view: &'static str,
    at: Timestamp,
    ended: bool,
}

/// Counts the work that is under way; dropped, it is no longer.
struct Working(UnderWay, &'static str);

impl Drop for Working {
    fn drop(&mut self) {
        // A test that failed already is to say so itself.
        if let Ok(mut under_way) = self.0.lock() {
            *under_way.entry(self.1).or_insert(1) -= 1;
        }
    }
}

impl World {
    /// It is ten past ten in the evening.
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let base = parse_timestamp("2026-05-07T22:10:00Z").unwrap();
        let begun = Instant::now();
        let online = Arc::new(EmbeddedStore::new(directory.path().join("o.redb")));
        let store = FeatureStore::builder("p")
            .online_store(online)
            .clock(Clock::from_fn(move || base + begun.elapsed()))
            .open_unchecked()
            .unwrap();
        Self {
            store,
            _directory: directory,
            log: Log::default(),
            under_way: UnderWay::default(),
        }
    }

    /// A schedule whose work takes `long`, and fails the first `failing` times of each view.
    fn schedule(
        &self,
        views: &[&'static ViewDefinition],
        long: Duration,
        failing: usize,
    ) -> Schedule {
        let (log, store) = (Arc::clone(&self.log), self.store.clone());
        let under_way = Arc::clone(&self.under_way);
        let mut schedule = self.store.schedule().views(views.iter().copied());
        schedule = schedule.lease(Duration::from_secs(300));
        schedule.job = Arc::new(move |view| {
            let (log, under_way) = (Arc::clone(&log), Arc::clone(&under_way));
            let at = store.clock().now();
            let view = view.name();
            Box::pin(async move {
                let index = {
                    let mut under_way = under_way.lock().unwrap();
                    *under_way.entry(view).or_default() += 1;
                    assert_eq!(under_way[view], 1, "{view} twice at once");
                    let mut log = log.lock().unwrap();
                    let ended = false;
                    log.push(Attempt { view, at, ended });
                    log.len() - 1
                };
                let _working = Working(under_way, view);
                sleep(long).await;
                let mut log = log.lock().unwrap();
                log[index].ended = true;
                let attempts = log.iter().filter(|attempt| attempt.view == view).count();
                if attempts <= failing {
                    let error = MaterializeError::Settings("the source is gone");
                    Err(ScheduleError::Materialize(Arc::new(error)))
                } else {
                    Ok(Moved::default())
                }
            })
        });
        schedule
    }

    /// When work on a view began.
    fn begun(&self, view: &ViewDefinition) -> Vec<String> {
        let log = self.log.lock().unwrap();
        let own = log.iter().filter(|attempt| attempt.view == view.name());
        own.map(|attempt| format_timestamp(attempt.at)[11..19].to_owned())
            .collect()
    }

    async fn lease(&self) -> Option<String> {
        let record = self.store.online().record("p", "lease/hourly");
        record.await.unwrap()
    }
}

async fn for_hours(schedule: Schedule, hours: u32) {
    schedule.run_until(sleep(HOUR * hours)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_overdue_begins_at_once_and_then_each_time_it_is_due_however_long_it_takes() {
    let world = World::new();
    let schedule = world.schedule(&[&HOURLY, &NIGHTLY], Duration::from_secs(420), 0);
    for_hours(schedule, 5).await;
    let expected = [
        "22:10:00", "23:00:00", "00:00:00", "01:00:00", "02:00:00", "03:00:00",
    ];
    assert_eq!(world.begun(&HOURLY), expected);
    assert_eq!(world.begun(&NIGHTLY), ["22:10:00", "02:30:00"]);
}

#[tokio::test(start_paused = true)]
async fn a_schedule_goes_on_where_another_process_left_it() {
    let world = World::new();
    for_hours(world.schedule(&[&HOURLY], Duration::ZERO, 0), 2).await;
    // It is ten past midnight.
    for_hours(world.schedule(&[&HOURLY], Duration::ZERO, 0), 1).await;
    let expected = ["22:10:00", "23:00:00", "00:00:00", "01:00:00"];
    assert_eq!(world.begun(&HOURLY), expected);
    // Hours in which nobody ran are made up for once.
    sleep(HOUR * 5).await;
    let report = world.schedule(&[&HOURLY], Duration::ZERO, 0);
    let report = report.run_once(pending()).await.unwrap().unwrap();
    assert_eq!((report.scheduled(), report.failed().len()), (1, 0));
    assert_eq!(world.begun(&HOURLY).split_off(4), ["06:10:00"]);
}

#[tokio::test(start_paused = true)]
async fn work_that_takes_longer_than_the_cadence_never_overlaps_itself() {
    let world = World::new();
    let schedule = world.schedule(&[&HOURLY], HOUR * 3 / 2, 0);
    for_hours(schedule, 6).await;
    let expected = ["22:10:00", "23:40:00", "01:10:00", "02:40:00"];
    assert_eq!(world.begun(&HOURLY), expected);
}

#[tokio::test(start_paused = true)]
async fn a_view_that_fails_is_tried_again_later_and_later_and_stops_no_other() {
    let world = World::new();
    let events: Arc<Mutex<Vec<ScheduleEvent>>> = Arc::default();
    let seen = Arc::clone(&events);
    let schedule = world.schedule(&[&HOURLY], Duration::ZERO, 4);
    let schedule = schedule.on_event(move |event| seen.lock().unwrap().push(event.clone()));
    let other = world.schedule(&[&NIGHTLY], Duration::ZERO, 0);
    let both = async { tokio::join!(for_hours(schedule, 1), for_hours(other, 1)) };
    both.await;
    let expected = [
        "22:10:00", "22:10:01", "22:10:03", "22:10:07", "22:10:15", "23:00:00",
    ];
    assert_eq!(world.begun(&HOURLY), expected);
    assert_eq!(world.begun(&NIGHTLY), ["22:10:00"]);
    let lines = events
        .lock()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>();
    assert_eq!(
        lines[..3],
        [
            "view hourly: started, due since 2026-05-07T22:00:00Z",
            "view hourly: failed: the source is gone; again in 1 s",
            "view hourly: started, due since 2026-05-07T22:00:00Z",
        ]
    );
    assert_eq!(
        lines.last().unwrap(),
        "view hourly: due at 2026-05-08T00:00:00Z"
    );
    let once = world.schedule(&[&HOURLY, &NIGHTLY], Duration::ZERO, 100);
    sleep(HOUR).await;
    let report = once.run_once(pending()).await.unwrap().unwrap();
    let (view, error) = &report.failed()[0];
    assert_eq!(report.failed().len(), 1);
    assert_eq!(*view, "hourly");
    assert_eq!(error.to_string(), "the source is gone");
}

#[tokio::test(start_paused = true)]
async fn processes_share_the_work_and_each_time_is_one_process_alone() {
    let world = World::new();
    let views = [&HOURLY, &NIGHTLY];
    let long = Duration::from_secs(100);
    let schedules = [(); 3].map(|()| {
        let schedule = world
            .schedule(&views, long, 0)
            .jitter(Duration::from_secs(20));
        for_hours(schedule, 24)
    });
    futures_util::future::join_all(schedules).await;
    let begun = world.begun(&HOURLY);
    assert_eq!(begun.len(), 25, "{begun:?}");
    assert_eq!(world.begun(&NIGHTLY).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn who_dies_is_followed_after_the_leases_time_and_no_sooner() {
    let world = World::new();
    // Dropped and not stopped, as a process that is killed.
    let dies = world.schedule(&[&HOURLY], HOUR, 0).run_until(pending());
    let killed = timeout(Duration::from_secs(75), dies).await;
    assert!(killed.is_err());
    assert!(world.lease().await.is_some());
    let schedule = world.schedule(&[&HOURLY], Duration::ZERO, 0);
    let lease = Duration::from_secs(30);
    for_hours(schedule.lease(lease), 1).await;
    let begun = world.begun(&HOURLY);
    assert_eq!(begun[0], "22:10:00");
    // Killed at 22:11:15; the other one looks every 7.5 s.
    assert!(("22:11:45".."22:11:53").contains(&&*begun[1]), "{begun:?}");
    assert!(!world.log.lock().unwrap()[0].ended);
}

#[tokio::test(start_paused = true)]
async fn who_lives_keeps_its_lease_however_long_it_works() {
    let world = World::new();
    let works = world.schedule(&[&HOURLY], HOUR / 2, 0);
    let waits = world.schedule(&[&HOURLY], Duration::ZERO, 0);
    let waits = async {
        sleep(Duration::from_secs(1)).await;
        for_hours(waits, 1).await;
    };
    tokio::join!(timeout(HOUR / 2, for_hours(works, 1)), waits)
        .0
        .ok();
    assert_eq!(world.begun(&HOURLY)[0], "22:10:00");
    assert_eq!(world.begun(&HOURLY).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn who_lost_its_lease_gives_up_at_once() {
    let world = World::new();
    let online = Arc::clone(world.store.online());
    let schedule = world.schedule(&[&HOURLY], HOUR, 0);
    let schedule = schedule.lease(Duration::from_secs(30));
    let took_over = async {
        sleep(Duration::from_secs(35)).await;
        let lease = world.lease().await;
        let swap = online.swap_record("p", "lease/hourly", lease.as_deref(), Some("x"));
        assert!(swap.await.unwrap());
    };
    let run = schedule.run_once(pending());
    let (report, ()) = tokio::join!(run, took_over);
    let report = report.unwrap().unwrap();
    let (view, error) = &report.failed()[0];
    assert_eq!(*view, "hourly");
    assert_eq!(
        error.to_string(),
        "the view's lease was lost: another process took it over"
    );
    // Well within the lease's time, and not after the hour that the work takes.
    let now = format_timestamp(world.store.clock().now());
    assert!(now.starts_with("2026-05-07T22:10:4"), "{now}");
    assert_eq!(world.lease().await.as_deref(), Some("x"));
}

#[tokio::test(start_paused = true)]
async fn what_is_stopped_gives_its_leases_back() {
    let world = World::new();
    let schedule = world.schedule(&[&HOURLY], HOUR, 0);
    schedule
        .run_until(sleep(Duration::from_secs(45)))
        .await
        .unwrap();
    assert_eq!(world.lease().await, None);
    assert!(!world.log.lock().unwrap()[0].ended);
    let once = world.schedule(&[&HOURLY], HOUR, 0);
    let stopped = once.run_once(sleep(Duration::from_secs(5))).await.unwrap();
    assert!(stopped.is_none());
    assert_eq!(world.lease().await, None);
    // What was given up is still due.
    assert_eq!(world.begun(&HOURLY), ["22:10:00", "22:10:45"]);
}

#[tokio::test(start_paused = true)]
async fn no_more_views_than_allowed_are_materialized_at_once() {
    let world = World::new();
    let schedule = world.schedule(&[&HOURLY, &NIGHTLY], Duration::from_secs(60), 0);
    for_hours(schedule.parallel(1), 1).await;
    let mut first = [
        world.begun(&HOURLY)[0].clone(),
        world.begun(&NIGHTLY)[0].clone(),
    ];
    first.sort();
    assert_eq!(first, ["22:10:00", "22:11:00"]);
}

#[tokio::test(start_paused = true)]
async fn a_view_without_a_cadence_is_named_and_left_alone() {
    let world = World::new();
    let events: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&events);
    let schedule = world.schedule(&[&BY_HAND, &HOURLY], Duration::ZERO, 0);
    let schedule = schedule.on_event(move |event| seen.lock().unwrap().push(event.to_string()));
    for_hours(schedule, 3).await;
    let line = "view by_hand: not scheduled, it has no `cadence`";
    let events = std::mem::take(&mut *events.lock().unwrap());
    assert_eq!(events.iter().filter(|event| *event == line).count(), 1);
    assert_eq!(world.begun(&BY_HAND).len(), 0);
    let none = world.schedule(&[&BY_HAND], Duration::ZERO, 0);
    let error = none.run_until(pending()).await.unwrap_err().to_string();
    assert!(
        error.starts_with("schedule: no view has a cadence; write "),
        "{error}"
    );
}
