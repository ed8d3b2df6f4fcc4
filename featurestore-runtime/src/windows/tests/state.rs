//! The state online against the definition.

use super::super::aggregate::{Aggregate, Measure};
use super::super::event::{Arrival, EventId};
use super::super::feature::Feature;
use super::super::mutants::{self, Mutant};
use super::super::scalar::{Kind, Scalar};
use super::super::state::{
    Arrived, Field, Limits, Loaded, Outcome, Plan, Row, StateError, Stored, Unanswered,
};
use super::super::window::Window;
use super::definition::{self, Logged};
use super::history::{History, KINDS};

/// A store that gives only what is asked for by name.
#[derive(Default)]
struct Store(Stored);

impl Store {
    fn named(&self, fields: impl IntoIterator<Item = Field>) -> Stored {
        let named = fields
            .into_iter()
            .filter_map(|field| Some((field, self.0.get(&field)?.clone())));
        named.collect()
    }

    fn apply(&mut self, plan: &Plan, event: &Arrived) -> Result<Outcome, StateError> {
        let stored = self.named(plan.fields_to_apply(event.row.time));
        let (outcome, changes) = plan.apply(&stored, event, None)?;
        self.change(changes);
        Ok(outcome)
    }

    fn change(&mut self, changes: super::super::state::Changes) {
        for (field, bytes) in changes {
            match bytes {
                Some(bytes) => drop(self.0.insert(field, bytes)),
                None => drop(self.0.remove(&field)),
            }
        }
    }

    fn rebuild(&mut self, plan: &Plan, log: &[Logged], now: i64) {
        let mut number = 0;
        if let Some(summary) = self.0.get(&Field::Summary) {
            number = plan.number(summary).unwrap();
            for field in plan.fields_of(summary).unwrap() {
                assert!(
                    self.0.remove(&field).is_some(),
                    "{field} is named and not there"
                );
            }
            self.0.remove(&Field::Summary);
        }
        assert!(
            self.0.is_empty(),
            "fields that no summary names: {:?}",
            self.0.keys()
        );
        // In another order than that of arrival, as a source may have it.
        let rows = log.iter().enumerate().rev().map(|(place, row)| Loaded {
            row: kept(row),
            arrived: row.arrived,
            place: place as u64,
        });
        self.change(plan.rebuild(rows, now, number).unwrap());
    }

    fn read(&self, plan: &Plan, time: i64) -> Result<Vec<super::super::state::Answer>, StateError> {
        let stored = self.named(plan.fields_to_read(time).unwrap());
        Ok(match plan.read(&stored, time)? {
            Some(answers) => answers,
            // The test loads every entity.
            None => plan
                .of_nothing()
                .into_iter()
                .map(|answer| answer.map_err(Unanswered::from))
                .collect(),
        })
    }
}

pub(super) fn kept(row: &Logged) -> Row {
    Row {
        time: row.time,
        id: row.id,
        created: row.created,
        deleted: row.deleted,
        values: row.values.clone(),
    }
}

/// What is done to the state to see that the comparison would find it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mistake {
    None,
    Made(Mutant),
    NoIdentity,
    LastArrivalWins,
}

#[derive(Debug, Default)]
struct Counts {
    cases: u64,
    wrong: u64,
    reads: u64,
    errors: u64,
    rebuilt: u64,
    tiled: u64,
    grouped: u64,
    late: u64,
    known: u64,
}

fn compare(seeds: std::ops::Range<u64>, mistake: Mistake) -> Counts {
    let mut counts = Counts::default();
    for seed in seeds {
        let made = match mistake {
            Mistake::Made(mutant) => Some(mutant),
            _ => None,
        };
        let same = mutants::with(made, || case(seed, mistake, &mut counts));
        counts.cases += 1;
        counts.wrong += u64::from(!same);
    }
    counts
}

/// Whether the state says what the definition does, at each of some times of one history.
fn case(seed: u64, mistake: Mistake, counts: &mut Counts) -> bool {
    let mut history = History::new(seed);
    let limits = Limits {
        rows: u64::MAX,
        summary: history.random.of(&[0, 0, 300, 2048]),
        group: history.random.of(&[0, 150, 4096]),
    };
    let (kinds, features) = (KINDS.to_vec(), history.features.clone());
    let mut plan =
        Plan::with_tiles(7, kinds, features, history.arrival, limits, history.tile).unwrap();
    if history.random.once_in(2) {
        plan.group_tiles(1 + history.random.below(4));
    }
    let mut store = Store::default();
    store.rebuild(&plan, &history.log, history.now);
    let mut same = true;
    for _ in 0..history.random.below(40) {
        let mut row = history.push();
        let place = history.log.len() as u64 - 1;
        match mistake {
            Mistake::NoIdentity => row.id = EventId((1 << 40) + u128::from(place)),
            Mistake::LastArrivalWins => row.created = None,
            _ => {}
        }
        let event = |row: &Logged, place| Arrived {
            row: kept(row),
            arrived: row.arrived.unwrap_or(row.time),
            place,
        };
        match store.apply(&plan, &event(&row, place)) {
            Ok(Outcome::Late) => counts.late += 1,
            Ok(Outcome::Known) => counts.known += 1,
            Ok(Outcome::Counted) => {}
            outcome => {
                same = false;
                if mistake == Mistake::None {
                    println!("seed {seed}: {outcome:?}");
                }
            }
        }
        if history.random.once_in(12) && mistake == Mistake::None {
            counts.rebuilt += 1;
            store.rebuild(&plan, &history.log, history.now);
        }
        // A stream repeats its last rows, as after a crash; they have the stamps that they had.
        if history.random.once_in(10) && matches!(mistake, Mistake::None | Mistake::Made(_)) {
            let last = history
                .log
                .iter()
                .enumerate()
                .rev()
                .take(3)
                .collect::<Vec<(usize, &Logged)>>();
            for (place, row) in last
                .into_iter()
                .rev()
                .filter(|(_, row)| row.arrived.is_some())
            {
                let _ = store.apply(&plan, &event(row, place as u64));
            }
        }
        if history.random.once_in(2) {
            let feature = history.random.of(&history.features.clone());
            let time = history.time(&feature, history.now);
            same &= check(&plan, &store, &history, time, seed, mistake, counts);
        }
    }
    counts.tiled += u64::from(store.0.keys().any(|field| matches!(field, Field::Tile(_))));
    counts.grouped += u64::from(store.0.keys().any(|field| matches!(field, Field::Group(_))));
    same
}

fn check(
    plan: &Plan,
    store: &Store,
    history: &History,
    time: i64,
    seed: u64,
    mistake: Mistake,
    counts: &mut Counts,
) -> bool {
    let answers = match store.read(plan, time) {
        Ok(answers) => answers,
        Err(error) => {
            if mistake == Mistake::None {
                println!("seed {seed} at {time}: {error}");
            }
            return false;
        }
    };
    let mut same = true;
    for (feature, answer) in history.features.iter().zip(answers) {
        counts.reads += 1;
        let expected = definition::value(&history.log, feature, &history.arrival, time);
        counts.errors += u64::from(expected.is_err());
        let expected = expected.map_err(Unanswered::from);
        if answer != expected {
            same = false;
            if mistake == Mistake::None {
                println!("seed {seed} {feature:?} at {time}: {answer:?}, not {expected:?}");
            }
        }
    }
    same
}

#[test]
fn every_read_is_what_the_definition_says() {
    let seeds = super::seeds(500);
    let counts = compare(seeds.clone(), Mistake::None);
    println!("seeds {seeds:?}: {counts:?}");
    assert_eq!(counts.wrong, 0, "seeds {seeds:?}: {counts:?}");
    assert!(
        counts.rebuilt > 0
            && counts.tiled > 0
            && counts.grouped > 0
            && counts.late > 0
            && counts.known > 0
    );
}

#[test]
fn mistakes_of_a_state_are_found() {
    for mistake in [
        Mistake::Made(Mutant::StartInclusive),
        Mistake::Made(Mutant::FloorTiles),
        Mistake::Made(Mutant::RawDroppedEarly),
        Mistake::Made(Mutant::HeadTileWhole),
        Mistake::Made(Mutant::LateCounts),
        Mistake::Made(Mutant::NoFence),
        Mistake::NoIdentity,
        Mistake::LastArrivalWins,
    ] {
        let found = compare(0..400, mistake).wrong;
        println!("{mistake:?}: found in {found} of 400 cases");
        assert!(found > 0, "{mistake:?} is not found");
    }
}

const HOUR: i64 = 3_600_000_000;

fn counting(window: Window) -> Feature {
    Feature {
        measure: Measure::new(Aggregate::Count, None).unwrap(),
        column: None,
        filter: None,
        window,
    }
}

fn event(place: u64, time: i64) -> Arrived {
    let row = Row {
        time,
        id: EventId(u128::from(place)),
        created: None,
        deleted: false,
        values: vec![],
    };
    Arrived {
        row,
        arrived: time,
        place,
    }
}

fn plan_of(features: Vec<Feature>, limits: Limits) -> Plan {
    Plan::new(
        7,
        vec![],
        features,
        Arrival {
            lateness: HOUR,
            settling: 0,
        },
        limits,
    )
    .unwrap()
}

#[test]
fn an_entity_with_too_many_rows_is_an_error_and_never_a_smaller_number() {
    let window = |hours| counting(Window::new(Some(hours * HOUR + 1), None, 0).unwrap());
    let plan = plan_of(
        vec![window(48), window(1)],
        Limits {
            rows: 100,
            ..Limits::default()
        },
    );
    let mut store = Store::default();
    let count = 1000;
    for place in 0..count {
        let outcome = store
            .apply(&plan, &event(place, place as i64 * HOUR / 20))
            .unwrap();
        assert_eq!(outcome, Outcome::Counted);
    }
    let now = (count as i64 - 1) * HOUR / 20;
    let mut refused = 0;
    for time in (0..2000).map(|step| now + step * HOUR / 30) {
        let answers = store.read(&plan, time).unwrap();
        for (answer, hours) in answers.into_iter().zip([48, 1]) {
            let held = (0..count as i64).map(|place| place * HOUR / 20);
            let held = held
                .filter(|own| time - hours * HOUR - 1 < *own && *own <= time)
                .count();
            match answer {
                Err(Unanswered::TooManyRows { limit: 100, .. }) if hours == 48 => refused += 1,
                answer => assert_eq!(
                    answer.unwrap(),
                    super::super::aggregate::Finished::integer(held as i128)
                ),
            }
        }
    }
    assert!(refused > 100);
    let kept: usize = store
        .0
        .keys()
        .filter(|field| **field != Field::Summary)
        .count();
    assert!(kept <= 100);
}

#[test]
fn a_row_that_can_not_be_compared_makes_its_windows_errors() {
    let window = |minutes| counting(Window::new(Some(minutes * HOUR / 60), None, 0).unwrap());
    let plan = plan_of(
        vec![window(120), window(1)],
        Limits {
            rows: 10,
            summary: 0,
            group: 0,
        },
    );
    let mut store = Store::default();
    for place in 0..100 {
        store
            .apply(&plan, &event(place, place as i64 * HOUR / 120))
            .unwrap();
    }
    let late = Arrived {
        arrived: 99 * HOUR / 120,
        ..event(100, 60 * HOUR / 120)
    };
    assert_eq!(store.apply(&plan, &late).unwrap(), Outcome::Uncounted);
    let answers = store.read(&plan, 99 * HOUR / 120).unwrap();
    assert!(matches!(answers[0], Err(Unanswered::TooManyRows { .. })));
    assert!(answers[1].is_ok());
}

#[test]
fn what_came_before_a_view_was_loaded_is_an_error_until_no_window_reaches_it() {
    let plan = plan_of(
        vec![
            counting(Window::new(Some(HOUR), None, 0).unwrap()),
            counting(Window::new(None, None, 0).unwrap()),
        ],
        Limits::default(),
    );
    let (_, changes) = plan
        .apply(&Stored::new(), &event(1, 5 * HOUR), Some(5 * HOUR))
        .unwrap();
    let mut store = Store::default();
    store.change(changes);
    let answers = store.read(&plan, 6 * HOUR - 1).unwrap();
    assert_eq!(answers[0], Err(Unanswered::NotLoaded { from: 5 * HOUR }));
    let answers = store.read(&plan, 6 * HOUR).unwrap();
    assert_eq!(
        answers[0],
        Ok(super::super::aggregate::Finished::integer(0))
    );
    assert!(matches!(answers[1], Err(Unanswered::NotLoaded { .. })));
}

#[test]
fn arrivals_and_reads_do_not_go_back() {
    let plan = plan_of(
        vec![counting(Window::new(Some(HOUR), None, 0).unwrap())],
        Limits::default(),
    );
    let mut store = Store::default();
    store.apply(&plan, &event(1, 5 * HOUR)).unwrap();
    let earlier = event(2, 5 * HOUR - 1);
    assert!(matches!(
        store.apply(&plan, &earlier),
        Err(StateError::Backwards { .. })
    ));
    assert!(matches!(
        store.read(&plan, 5 * HOUR - 1),
        Err(StateError::Past { .. })
    ));
    assert_eq!(store.apply(&plan, &event(1, 5 * HOUR)), Ok(Outcome::Known));
}

#[test]
fn a_state_of_another_declaration_is_refused() {
    let features = vec![counting(Window::new(Some(HOUR), None, 0).unwrap())];
    let plan = plan_of(features.clone(), Limits::default());
    let mut store = Store::default();
    store.apply(&plan, &event(1, 5 * HOUR)).unwrap();
    let arrival = Arrival {
        lateness: HOUR,
        settling: 0,
    };
    let other = Plan::new(8, vec![], features, arrival, Limits::default()).unwrap();
    assert_eq!(
        store.read(&other, 5 * HOUR),
        Err(StateError::OtherDeclaration {
            found: 7,
            expected: 8
        })
    );
    let summary = store.0.get_mut(&Field::Summary).unwrap();
    let mut bytes = summary.to_vec();
    bytes[0] = 0x10;
    *summary = bytes.into();
    assert_eq!(
        store.read(&plan, 5 * HOUR),
        Err(StateError::Version { found: 1 })
    );
}

#[test]
fn rows_that_were_evicted_are_an_error() {
    let plan = plan_of(
        vec![counting(Window::new(Some(HOUR), None, 0).unwrap())],
        Limits {
            summary: 0,
            ..Limits::default()
        },
    );
    let mut store = Store::default();
    store.apply(&plan, &event(1, 5 * HOUR - 1)).unwrap();
    store.0.retain(|field, _| *field == Field::Summary);
    assert!(matches!(
        store.read(&plan, 6 * HOUR - 2),
        Err(StateError::Gone { .. })
    ));
}

/// All states of a history whose bytes have each bit turned, one after the other, are refused or read.
#[test]
fn damaged_states_never_panic() {
    for seed in super::seeds(8) {
        let mut history = History::new(seed);
        let limits = Limits {
            rows: 20,
            summary: if seed % 3 == 0 { 4096 } else { 0 },
            group: if seed % 2 == 0 { 0 } else { 4096 },
        };
        let (kinds, features) = (KINDS.to_vec(), history.features.clone());
        let plan =
            Plan::with_tiles(7, kinds, features, history.arrival, limits, history.tile).unwrap();
        let mut store = Store::default();
        for place in 0..12 {
            let row = history.push();
            let arrived = row.arrived.unwrap_or(row.time);
            let _ = store.apply(
                &plan,
                &Arrived {
                    row: kept(&row),
                    arrived,
                    place,
                },
            );
        }
        let row = history.push();
        let next = Arrived {
            row: kept(&row),
            arrived: history.now,
            place: 13,
        };
        let times = [
            history.now,
            history.now + history.tile / 2,
            history.now + 5 * history.tile + 1,
        ];
        for (field, bytes) in store.0.clone() {
            for bit in 0..8 * bytes.len() {
                let mut damaged = bytes.to_vec();
                damaged[bit / 8] ^= 1 << (bit % 8);
                exercise(&plan, &store, field, damaged, &next, &times);
            }
            for length in 0..bytes.len() {
                exercise(
                    &plan,
                    &store,
                    field,
                    bytes[..length].to_vec(),
                    &next,
                    &times,
                );
            }
        }
    }
}

fn exercise(
    plan: &Plan,
    store: &Store,
    field: Field,
    bytes: Vec<u8>,
    next: &Arrived,
    times: &[i64],
) {
    let mut damaged = Store(store.0.clone());
    damaged.0.insert(field, bytes.into());
    for time in times {
        let _ = damaged.read(plan, *time);
    }
    if let Some(summary) = damaged.0.get(&Field::Summary) {
        let _ = plan.fields_of(summary);
    }
    let _ = damaged.apply(plan, next);
}

#[test]
fn a_small_entity_takes_one_field_and_few_bytes() {
    let feature = |hours| Feature {
        measure: Measure::new(Aggregate::Sum, Some(Kind::Integer { scale: 2 })).unwrap(),
        column: Some(0),
        filter: None,
        window: Window::new(Some(hours * HOUR), None, 0).unwrap(),
    };
    let features = vec![feature(24), feature(7 * 24), feature(30 * 24)];
    let arrival = Arrival {
        lateness: HOUR,
        settling: 0,
    };
    let plan = Plan::new(
        7,
        vec![Kind::Integer { scale: 2 }],
        features,
        arrival,
        Limits::default(),
    )
    .unwrap();
    for count in [10_u64, 1000, 10_000] {
        let mut store = Store::default();
        let rows = (0..count).map(|place| {
            let time = 400 * 24 * HOUR
                + place as i64 * (30 * 24 * HOUR / count as i64)
                + place as i64 * 7919 % 100_003;
            let id = EventId(u128::from(super::super::hash::hash(&place.to_le_bytes())));
            let values = vec![Some(Scalar::Integer(1000 + i128::from(place) * 17 % 9000))];
            Loaded {
                row: Row {
                    time,
                    id,
                    created: None,
                    deleted: false,
                    values,
                },
                arrived: Some(time),
                place,
            }
        });
        store.change(plan.rebuild(rows, i64::MAX / 4, 0).unwrap());
        let bytes: usize = store.0.values().map(bytes::Bytes::len).sum();
        let read = store.named(plan.fields_to_read(430 * 24 * HOUR + 1).unwrap());
        let read: usize = read.values().map(bytes::Bytes::len).sum();
        println!(
            "{count} events: {} fields, {bytes} bytes, of them {read} read",
            store.0.len()
        );
        if count == 10 {
            assert_eq!(store.0.len(), 1);
            assert!(bytes < 300);
        }
    }
}
