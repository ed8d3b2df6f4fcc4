//! Whatever is given, in whatever order, is served as a training set has it: reads of the store in
//! memory, which merges rows and reads states, against the evaluator and the sweep.

use featurestore::testing::TestStore;
use featurestore::types::{Decimal, Uuid};
use featurestore_payments::{Payment, Purpose};
use proptest::prelude::*;

use crate::declared::{Watched, watched};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What a test does; times are microseconds from its clock on.
#[derive(Debug, Clone)]
enum Step {
    Row {
        user: u8,
        time: i64,
        written: Option<i64>,
        titles: i64,
        score: Option<f64>,
    },
    Event(Event),
    Push {
        user: u8,
        time: i64,
        titles: i64,
    },
    Advance(i64),
}

#[derive(Debug, Clone)]
struct Event {
    id: u8,
    user: u8,
    merchant: Option<i64>,
    time: i64,
    written: Option<i64>,
    amount: i16,
    score: Option<f64>,
    traits: (bool, bool, u8),
}

fn times() -> impl Strategy<Value = i64> {
    let units = prop_oneof![
        (-60i64..3).prop_map(|days| days * DAY),
        (-60i64..30).prop_map(|hours| hours * HOUR),
        (-60i64..60).prop_map(|minutes| minutes * MINUTE),
        -3i64..3,
    ];
    (units, prop_oneof![4 => Just(0), 1 => -1i64..2]).prop_map(|(units, more)| units + more)
}

fn scores() -> impl Strategy<Value = Option<f64>> {
    let special = prop::sample::select(vec![0.0, -0.0, 0.1, 1e16, -1e16, 5e-324, f64::INFINITY]);
    prop::option::of(prop_oneof![special, -1e3..1e3])
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let row = (
        0u8..3,
        times(),
        prop::option::of(times()),
        -1i64..9,
        scores(),
    )
        .prop_map(|(user, time, written, titles, score)| Step::Row {
            user,
            time,
            written,
            titles,
            score,
        });
    let event = (
        (0u8..6, 0u8..3, prop::option::of(7i64..9), times()),
        (prop::option::of(times()), -300i16..30_000, scores()),
        (any::<bool>(), prop::bool::weighted(0.1), 0u8..4),
    );
    let event = event.prop_map(
        |((id, user, merchant, time), (written, amount, score), traits)| {
            Step::Event(Event {
                id,
                user,
                merchant,
                time,
                written,
                amount,
                score,
                traits,
            })
        },
    );
    // What is pushed has settled.
    let push = (0u8..3, -3 * DAY..-HOUR, 0i64..9).prop_map(|(user, time, titles)| Step::Push {
        user,
        time,
        titles,
    });
    let on = prop::sample::select(vec![1, MINUTE, 10 * MINUTE, HOUR, DAY, 7 * DAY, 40 * DAY]);
    let step = prop_oneof![3 => row, 6 => event, 1 => push, 4 => on.prop_map(Step::Advance)];
    prop::collection::vec(step, 1..40)
}

fn user(number: u8) -> String {
    format!("user {number}")
}

impl Event {
    fn payment(&self, store: &TestStore) -> Payment {
        let at = |time: i64| store.now() + chrono::Duration::microseconds(time);
        Payment {
            payment_id: Uuid::from_u128(u128::from(self.id)),
            user_id: user(self.user),
            merchant_id: self.merchant,
            paid_at: at(self.time),
            written_at: self.written.map(at),
            amount: Decimal::from_mantissa(i128::from(self.amount)).unwrap(),
            country: ["NL", "DE"][usize::from(self.traits.2 % 2)].to_owned(),
            purpose: [None, Some(Purpose::Travel), Some(Purpose::Food), None]
                [usize::from(self.traits.2)],
            score: self.score,
            declined: self.traits.0,
            taken_back: self.traits.1,
        }
    }
}

async fn run(steps: &[Step]) {
    let store = TestStore::new();
    for step in steps {
        let at = |time: i64| store.now() + chrono::Duration::microseconds(time);
        match step {
            Step::Row {
                user,
                time,
                written,
                titles,
                score,
            } => {
                store.rows([Watched {
                    event_timestamp: at(*time),
                    written_at: written.map(at),
                    score: *score,
                    ..watched(&self::user(*user), "2026-01-01", *titles)
                }]);
            }
            Step::Event(event) => {
                store.events([event.payment(&store)]);
            }
            Step::Push { user, time, titles } => {
                let row = Watched {
                    event_timestamp: at(*time),
                    ..watched(&self::user(*user), "2026-01-01", *titles)
                };
                store.push(&[row]).await.unwrap();
            }
            Step::Advance(by) => {
                store.at(at(*by));
            }
        }
        store.check().await;
    }
}

#[test]
fn whatever_is_given_in_whatever_order_is_served_as_a_training_set_has_it() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let mut runner = featurestore_properties::runner(200);
    let done = runner.run(&steps(), |steps| {
        runtime.block_on(run(&steps));
        Ok(())
    });
    done.unwrap_or_else(|error| panic!("{error}"));
}
