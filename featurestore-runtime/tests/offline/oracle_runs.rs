//! Materializations in any order against a plain model: rows arrive late, runs are whole, incremental or
//! of an interval, and the online store loses everything between runs or in the middle of one. After
//! each run that says it has all, all is there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use featurestore::materialize::{Materialize, MaterializeError};
use featurestore::online::OnlineStore;
use featurestore::view::ViewDefinition;
use featurestore::{Clock, FeatureStore, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use crate::materialize::{activity, online};
use crate::support::{Fixture, wait};

/// Seconds since 1970, a midnight of May 2026.
const START: i64 = 1_777_593_600;
/// How late a row is at most, in seconds, and how far incremental runs look back.
const LATE: i64 = 600;
const USERS: u8 = 6;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// So many rows come, up to so many seconds late.
    Arrive(u8, u64),
    Full,
    Incremental,
    /// A run from so many seconds ago.
    Interval(i64),
    LoseAll,
    /// A run, whole or not, in whose middle all is lost.
    LoseDuring(bool),
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let step = prop_oneof![
        4 => (1..4_u8, any::<u64>()).prop_map(|(rows, seed)| Step::Arrive(rows, seed)),
        1 => Just(Step::Full),
        3 => Just(Step::Incremental),
        2 => (1..2 * LATE).prop_map(Step::Interval),
        1 => Just(Step::LoseAll),
        1 => any::<bool>().prop_map(Step::LoseDuring),
    ];
    prop::collection::vec((1..LATE / 2, step), 1..14)
}

struct Model {
    now: i64,
    /// Rows as they came: user, seconds, number.
    rows: Vec<(u8, i64, i64)>,
}

impl Model {
    fn write(&self, fixture: &Fixture) {
        let rows = self.rows.iter().map(|(user, at, n)| {
            format!("('u{user}', make_timestamp({at}::BIGINT * 1000000), {n}::BIGINT)")
        });
        let rows: Vec<String> = rows.collect();
        fixture.rows("activity", "user_id, event_timestamp, n", &rows.join(", "));
    }

    /// The number of each user's latest row.
    fn latest(&self) -> BTreeMap<String, String> {
        let mut latest: BTreeMap<u8, (i64, i64)> = BTreeMap::new();
        for (user, at, n) in &self.rows {
            let found = latest.entry(*user).or_insert((*at, *n));
            if *at >= found.0 {
                *found = (*at, *n);
            }
        }
        let text =
            |(user, (_, n)): (u8, (i64, i64))| (format!("test:user_id:u{user}"), n.to_string());
        latest.into_iter().map(text).collect()
    }
}

fn stored(fixture: &Fixture, view: &'static ViewDefinition) -> BTreeMap<String, String> {
    let rows = online(fixture, view).into_iter().map(|row| {
        let words: Vec<&str> = row.split(' ').collect();
        (words[0].to_owned(), words[words.len() - 1].to_owned())
    });
    rows.collect()
}

fn second(at: i64) -> Timestamp {
    Timestamp::from_timestamp(at, 0).unwrap()
}

fn store(fixture: &Fixture, now: i64) -> FeatureStore {
    let store = FeatureStore::builder("test")
        .registry(featurestore::registry![])
        .online_store(Arc::clone(&fixture.online) as Arc<_>)
        .data_root(fixture.path(""))
        .clock(Clock::fixed(second(now)));
    wait(store.open()).unwrap()
}

fn lose_all(fixture: &Fixture) {
    wait(fixture.online.memory.delete_project("test")).unwrap();
}

fn incremental(run: Materialize) -> Materialize {
    run.incremental()
        .lookback(Duration::from_secs(LATE.unsigned_abs()))
}

fn check(steps: &[(i64, Step)]) -> TestCaseResult {
    let fixture = Fixture::new();
    let view = activity().leak();
    let mut model = Model {
        now: START,
        rows: vec![(0, START, 0)],
    };
    model.write(&fixture);
    for (place, (later, step)) in steps.iter().enumerate() {
        model.now += later;
        let run = store(&fixture, model.now).materialize().views([view]);
        let of = format!("step {place} of {steps:?}");
        let (run, is_whole) = match *step {
            Step::Arrive(rows, seed) => {
                let mut random = fastrand::Rng::with_seed(seed);
                for _ in 0..rows {
                    let n = i64::try_from(model.rows.len()).unwrap();
                    let at = model.now - random.i64(0..LATE);
                    model.rows.push((random.u8(..USERS), at, n));
                }
                model.write(&fixture);
                continue;
            }
            Step::LoseAll => {
                lose_all(&fixture);
                continue;
            }
            Step::Full => (run, true),
            Step::Incremental => (incremental(run), true),
            Step::Interval(before) => (run.from(second(model.now - before)), false),
            Step::LoseDuring(whole) => {
                let run = if whole { run } else { incremental(run) };
                let (online, lost) = (Arc::clone(&fixture.online), AtomicBool::new(false));
                let run = run.on_progress(move |_| {
                    if !lost.swap(true, Ordering::SeqCst) {
                        let online = Arc::clone(&online);
                        let losing = move || wait(online.memory.delete_project("test")).unwrap();
                        std::thread::spawn(losing).join().unwrap();
                    }
                });
                (run, true)
            }
        };
        let report = wait(run.run()).unwrap();
        match report.views()[0].error() {
            None if is_whole => prop_assert_eq!(stored(&fixture, view), model.latest(), "{}", of),
            None => {}
            Some(MaterializeError::Lost { .. }) => {
                prop_assert!(matches!(step, Step::LoseDuring(_)), "{}", of);
                let record = fixture
                    .online
                    .memory
                    .records("test")
                    .remove("watermark/activity");
                prop_assert_eq!(record, None, "{}", of);
            }
            Some(error) => prop_assert!(false, "{}: {}", of, error),
        }
    }
    Ok(())
}

#[test]
fn runs_of_every_kind_in_any_order_leave_what_a_plain_model_says() {
    let outcome = featurestore_properties::runner(40).run(&steps(), |steps| check(&steps));
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
