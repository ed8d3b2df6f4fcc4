//! The sweep against the definition.

use super::super::aggregate::{FinishError, Finished};
use super::super::event::Arrival;
use super::super::feature::Feature;
use super::super::mutants;
use super::super::scalar::{Kind, Scalar};
use super::super::sweep::{
    Answers, Column, EntityRows, Events, KeyedEvents, Sweep, SweepError, Values,
};
use super::definition::{self, Logged};
use super::history::{History, KINDS, Random};

fn column(log: &[Logged], place: usize, random: &mut Random) -> Column {
    let value = |row: &Logged| row.values[place].clone();
    let integer = |row: &Logged| match value(row) {
        Some(Scalar::Integer(value)) => value,
        _ => 77,
    };
    let values = match KINDS[place] {
        Kind::Float => Values::Floats(
            log.iter()
                .map(|row| match value(row) {
                    Some(Scalar::Float(value)) => value,
                    _ => 77.0,
                })
                .collect(),
        ),
        Kind::Integer { scale: 0 } => {
            Values::Integers(log.iter().map(|row| integer(row) as i64).collect())
        }
        Kind::Integer { .. } => Values::Wide(log.iter().map(integer).collect()),
        Kind::Bytes => {
            let (mut ends, mut bytes) = (Vec::new(), Vec::new());
            for row in log {
                if let Some(Scalar::Bytes(value)) = value(row) {
                    bytes.extend_from_slice(&value);
                }
                ends.push(bytes.len());
            }
            Values::Bytes { ends, bytes }
        }
    };
    let present: Vec<bool> = log.iter().map(|row| value(row).is_some()).collect();
    let all = present.iter().all(|present| *present) && random.once_in(2);
    Column {
        values,
        present: (!all).then_some(present),
    }
}

/// Events in columns, in the order of their times, each with its place in the log.
fn events(log: &[Logged], key: u64, random: &mut Random) -> Vec<KeyedEvents> {
    let mut rows: Vec<(u64, &Logged)> = (0..).zip(log).collect();
    rows.sort_by_key(|(_, row)| row.time);
    let mut batches = Vec::new();
    let mut rest = rows.as_slice();
    while !rest.is_empty() {
        let (batch, others) = rest.split_at((1 + random.below(40) as usize).min(rest.len()));
        rest = others;
        let log: Vec<Logged> = batch.iter().map(|(_, row)| (*row).clone()).collect();
        batches.push(KeyedEvents {
            keys: vec![key; log.len()],
            events: Events {
                times: log.iter().map(|row| row.time).collect(),
                ids: log.iter().map(|row| row.id).collect(),
                created: Some(log.iter().map(|row| row.created).collect()),
                arrived: Some(log.iter().map(|row| row.arrived).collect()),
                places: Some(batch.iter().map(|(place, _)| *place).collect()),
                deleted: Some(log.iter().map(|row| row.deleted).collect()),
                columns: (0..KINDS.len())
                    .map(|place| column(&log, place, random))
                    .collect(),
            },
        });
    }
    batches
}

fn rows(times: &[i64], key: u64, random: &mut Random) -> Vec<EntityRows> {
    let mut batches = Vec::new();
    let mut begin = 0;
    while begin < times.len() {
        let end = (begin + 1 + random.below(8) as usize).min(times.len());
        batches.push(EntityRows {
            keys: vec![key; end - begin],
            times: times[begin..end].to_vec(),
            numbers: (begin as u64..end as u64).collect(),
        });
        begin = end;
    }
    batches
}

type Swept = Vec<Vec<Option<Result<Finished, FinishError>>>>;

fn sweep(
    log: &[Logged],
    features: &[Feature],
    arrival: Arrival,
    times: &[i64],
    random: &mut Random,
) -> Swept {
    let mut found: Swept = vec![vec![None; times.len()]; features.len()];
    let mut put = |answers: Answers<'_>| {
        assert_eq!(
            (answers.key, answers.rows.len()),
            (5, answers.results.len())
        );
        for (row, result) in answers.rows.iter().zip(answers.results) {
            let place = &mut found[answers.feature][*row as usize];
            assert!(place.is_none(), "an entity row twice");
            *place = Some(result);
        }
    };
    // Keys before and behind have events that must not count, and no entity rows, or the other way.
    let mut all = events(log, 3, random);
    all.extend(events(log, 5, random));
    all.extend(events(log, 6, random));
    let ahead = 1 + random.below(60) as usize;
    let sweep = Sweep::new(features, arrival, usize::MAX).ahead(ahead);
    sweep
        .run(
            all.into_iter(),
            rows(times, 5, random).into_iter(),
            &mut put,
        )
        .unwrap();
    found
}

/// Makes it the history of a source that has no log, and no two rows of one event.
fn without_log(history: &mut History) {
    history.arrival.settling = history.random.of(&[0, 1, 20]) * history.unit;
    let mut seen = std::collections::BTreeSet::new();
    history.log.retain(|row| seen.insert((row.time, row.id)));
    for row in &mut history.log {
        (row.arrived, row.deleted) = (None, false);
    }
}

/// What is done to the sweep to see that the comparison would find it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mutant {
    None,
    StartInclusive,
    IgnoresArrival,
    NoIdentity,
    CountsLate,
    LastArrivalWins,
}

/// How many of the cases the sweep gives another result than the definition in, and how many reads
/// there were.
fn wrong(seeds: std::ops::Range<u64>, mutant: Mutant) -> (u64, u64) {
    let (mut wrong, mut reads) = (0, 0);
    for seed in seeds {
        let mut history = History::new(seed);
        for _ in 0..history.random.below(60) {
            history.push();
        }
        if history.random.once_in(4) {
            without_log(&mut history);
        }
        let mut times: Vec<i64> = (0..24)
            .map(|_| {
                let feature = history.random.of(&history.features.clone());
                history.time(&feature, i64::MIN)
            })
            .collect();
        times.sort_unstable();
        let (mut log, mut arrival) = (history.log.clone(), history.arrival);
        let mut made = None;
        match mutant {
            Mutant::None => {}
            Mutant::StartInclusive => made = Some(mutants::Mutant::StartInclusive),
            Mutant::IgnoresArrival => log.iter_mut().for_each(|row| row.arrived = None),
            Mutant::NoIdentity => (1 << 40..)
                .zip(&mut log)
                .for_each(|(id, row)| row.id.0 = id),
            Mutant::CountsLate => arrival.lateness = 1 << 60,
            Mutant::LastArrivalWins => log.iter_mut().for_each(|row| row.created = None),
        }
        let found = mutants::with(made, || {
            sweep(
                &log,
                &history.features,
                arrival,
                &times,
                &mut history.random,
            )
        });
        let mut same = true;
        for (feature, found) in history.features.iter().zip(found) {
            for (time, found) in times.iter().zip(found) {
                reads += 1;
                let expected = definition::value(&history.log, feature, &history.arrival, *time);
                if found.as_ref() != Some(&expected) {
                    same = false;
                    if mutant == Mutant::None {
                        println!("seed {seed} {feature:?} at {time}: {found:?}, not {expected:?}");
                    }
                }
            }
        }
        wrong += u64::from(!same);
    }
    (wrong, reads)
}

#[test]
fn every_entity_row_gets_what_the_definition_says() {
    let seeds = super::seeds(500);
    let (wrong, reads) = wrong(seeds.clone(), Mutant::None);
    assert_eq!(wrong, 0, "of {reads} reads, seeds {seeds:?}");
}

#[test]
fn mistakes_of_a_sweep_are_found() {
    for mutant in [
        Mutant::StartInclusive,
        Mutant::IgnoresArrival,
        Mutant::NoIdentity,
        Mutant::CountsLate,
        Mutant::LastArrivalWins,
    ] {
        let (wrong, _) = wrong(0..400, mutant);
        println!("{mutant:?}: found in {wrong} of 400 cases");
        assert!(wrong > 0, "{mutant:?} is not found");
    }
}

#[test]
fn a_key_with_more_rows_than_memory_is_named() {
    let mut history = History::new(1);
    while history.log.len() < 200 {
        history.push();
    }
    let features = [Feature {
        window: super::super::window::Window::new(None, None, 0).unwrap(),
        ..history.features[0]
    }];
    let mut batches = Vec::new();
    let random = &mut Random::new(7);
    for key in [8, 9] {
        batches.extend(events(&history.log, key, random));
    }
    let sweep = Sweep::new(&features, history.arrival, 100).ahead(30);
    // Of key 8 there are only rows that come before most events.
    let asked = EntityRows {
        keys: vec![8, 9],
        times: vec![history.now - (1 << 50), history.now + (1 << 50)],
        numbers: vec![0, 1],
    };
    let error = sweep
        .run(batches.into_iter(), [asked].into_iter(), |_| {})
        .unwrap_err();
    assert!(
        matches!(
            error,
            SweepError::TooHeavy {
                key: 9,
                limit: 100,
                rows: 101..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("key 9"));
}

#[test]
fn rows_out_of_order_and_times_out_of_range_are_errors() {
    let history = History::new(1);
    let sweep = Sweep::new(&history.features, history.arrival, 100);
    let asked = |keys: Vec<u64>, times: Vec<i64>| EntityRows {
        numbers: keys.clone(),
        keys,
        times,
    };
    let run = |rows: EntityRows| sweep.run(std::iter::empty(), [rows].into_iter(), |_| {});
    assert!(matches!(
        run(asked(vec![2, 1], vec![0, 0])),
        Err(SweepError::Internal(_))
    ));
    assert!(matches!(
        run(asked(vec![1, 1], vec![1, 0])),
        Err(SweepError::Internal(_))
    ));
    assert!(matches!(
        run(asked(vec![1], vec![i64::MAX])),
        Err(SweepError::Time { key: 1, .. })
    ));
    assert_eq!(run(asked(vec![1, 2], vec![0, 0])), Ok(()));
}
