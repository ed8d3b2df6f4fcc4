//! What all states promise.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::distinct::Precision;
use super::super::{
    Aggregate, Bins, Divisor, FinishError, Finished, Measure, MeasureError, Place, State,
};
use super::exact::floats;
use crate::windows::event::EventId;
use crate::windows::scalar::{Kind, Scalar, ScalarRef};

type Event = (Place, Option<Scalar>);

fn measures() -> impl Strategy<Value = Measure> {
    let precision = Precision::of_error(0.3).unwrap();
    let bins = Bins::of_error(0.05).unwrap();
    let aggregates = prop_oneof![
        Just(Aggregate::Count),
        Just(Aggregate::Sum),
        Just(Aggregate::Mean),
        Just(Aggregate::Variance(Divisor::Sample)),
        Just(Aggregate::StandardDeviation(Divisor::Population)),
        Just(Aggregate::Min),
        Just(Aggregate::Max),
        Just(Aggregate::First),
        Just(Aggregate::Last),
        (1u16..5).prop_map(Aggregate::FirstOf),
        (1u16..5).prop_map(Aggregate::LastOf),
        Just(Aggregate::Distinct(precision)),
        (0u32..=1_000_000).prop_map(move |millionths| Aggregate::Quantile { millionths, bins }),
        (1u16..4).prop_map(Aggregate::Top),
    ];
    let kinds = prop_oneof![
        (0u8..39).prop_map(|scale| Kind::Integer { scale }),
        Just(Kind::Float),
        Just(Kind::Bytes)
    ];
    (aggregates, kinds).prop_filter_map("a column can't have it", |(aggregate, kind)| {
        Measure::new(aggregate, Some(kind)).ok()
    })
}

fn scalars(kind: Kind) -> BoxedStrategy<Scalar> {
    match kind {
        Kind::Integer { .. } => prop_oneof![(-3i128..4), any::<i64>().prop_map(i128::from), any::<i128>()]
            .prop_map(Scalar::Integer)
            .boxed(),
        Kind::Float => prop_oneof![
            8 => floats(), 1 => Just(f64::NAN), 1 => Just(f64::INFINITY), 1 => Just(f64::NEG_INFINITY)
        ]
        .prop_map(Scalar::Float)
        .boxed(),
        Kind::Bytes => prop::collection::vec(0u8..4, 0..4).prop_map(|bytes| Scalar::Bytes(bytes.into())).boxed(),
    }
}

/// Events of one key, no two of one identity, about a third of them without a value.
fn events(kind: Kind) -> impl Strategy<Value = Vec<Event>> {
    let places = prop::collection::btree_set((-4i64..4, 0u128..6), 0..40);
    let values = prop::collection::vec(prop::option::weighted(0.7, scalars(kind)), 40);
    (places, values).prop_map(|(places, values)| {
        let places = places.into_iter().map(|(time, id)| Place {
            time,
            id: EventId(id),
        });
        places.zip(values).collect()
    })
}

fn state(measure: &Measure, events: &[Event]) -> State {
    let mut state = State::new(measure);
    for (place, value) in events {
        state
            .update(measure, *place, value.as_ref().map(Scalar::borrow))
            .unwrap();
    }
    state
}

fn bytes(state: &State) -> Vec<u8> {
    let mut out = Vec::new();
    state.write(&mut out);
    out
}

/// The definition of the aggregates whose results are exact, over events in order.
fn plain(measure: &Measure, events: &[Event]) -> Option<Finished> {
    let values: Vec<Scalar> = events
        .iter()
        .filter_map(|(_, value)| value.clone())
        .collect();
    let list = |list: Vec<Scalar>| Some(Finished::List(list));
    match measure.aggregate() {
        Aggregate::Count => Some(Finished::integer(values.len() as i128)),
        Aggregate::Min => Some(Finished::of(values.into_iter().min())),
        Aggregate::Max => Some(Finished::of(values.into_iter().max())),
        Aggregate::First => Some(Finished::of(values.into_iter().next())),
        Aggregate::Last => Some(Finished::of(values.into_iter().last())),
        Aggregate::FirstOf(count) => list(values.into_iter().take(count.into()).collect()),
        Aggregate::LastOf(count) => list(values.into_iter().rev().take(count.into()).collect()),
        Aggregate::Top(count) => {
            let mut counts: BTreeMap<Scalar, i64> = BTreeMap::new();
            values
                .into_iter()
                .for_each(|value| *counts.entry(value).or_default() += 1);
            let mut counts: Vec<_> = counts
                .into_iter()
                .map(|(value, count)| (-count, value))
                .collect();
            counts.sort();
            list(
                counts
                    .into_iter()
                    .take(count.into())
                    .map(|(_, value)| value)
                    .collect(),
            )
        }
        Aggregate::Sum
        | Aggregate::Mean
        | Aggregate::Variance(_)
        | Aggregate::StandardDeviation(_)
        | Aggregate::Distinct(_)
        | Aggregate::Quantile { .. } => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_order_and_any_split_give_the_same_bytes(
        (measure, events, parts, swaps) in measures().prop_flat_map(|measure| {
            let kind = measure.kind().unwrap();
            (Just(measure), events(kind), prop::collection::vec(0usize..5, 40), prop::collection::vec((0usize..40, 0usize..40), 0..60))
        }),
    ) {
        let whole = state(&measure, &events);
        let mut shuffled = events.clone();
        for (one, other) in swaps {
            if one < shuffled.len() && other < shuffled.len() {
                shuffled.swap(one, other);
            }
        }
        let mut split: Vec<Vec<Event>> = vec![Vec::new(); 5];
        for (event, part) in shuffled.into_iter().zip(parts) {
            split[part].push(event);
        }
        let (mut merged, mut absorbed) = (State::new(&measure), State::new(&measure));
        for part in &split {
            let part = state(&measure, part);
            merged.merge(&part).unwrap();
            let written = bytes(&part);
            let mut rest = written.as_slice();
            absorbed.absorb(&measure, &mut rest).unwrap();
            prop_assert!(rest.is_empty());
        }
        prop_assert_eq!(bytes(&merged), bytes(&whole));
        prop_assert_eq!(bytes(&absorbed), bytes(&whole));
        prop_assert_eq!(merged.finish(&measure), whole.finish(&measure));
        if let Some(expected) = plain(&measure, &events) {
            prop_assert_eq!(whole.finish(&measure).unwrap(), expected);
        }
    }

    #[test]
    fn damaged_bytes_are_refused_or_read_and_never_panic(
        (measure, events, flips, cut, tail) in measures().prop_flat_map(|measure| {
            let kind = measure.kind().unwrap();
            (Just(measure), events(kind), prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 0..3), any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 0..20))
        }),
    ) {
        let whole = bytes(&state(&measure, &events));
        let read = |bytes: &[u8]| {
            let mut state = State::new(&measure);
            let mut rest = bytes;
            if state.absorb(&measure, &mut rest).is_ok() {
                let other = state.clone();
                state.merge(&other).unwrap();
                let _ = state.finish(&measure);
            }
        };
        let cut = cut.index(whole.len() + 1);
        let mut state = State::new(&measure);
        let mut rest = &whole[..cut];
        prop_assert_eq!(state.absorb(&measure, &mut rest).is_ok(), cut == whole.len());
        let mut damaged = whole.clone();
        for (index, bit) in flips {
            let index = index.index(damaged.len());
            damaged[index] ^= 1 << bit;
        }
        read(&damaged);
        read(&tail);
    }

    #[test]
    fn a_quantile_is_within_its_error(values in prop::collection::vec(floats(), 1..30), millionths in 0u32..=1_000_000, bits in 1i32..10) {
        let error = 0.5f64.powi(bits + 1);
        let measure = Measure::new(Aggregate::Quantile { millionths, bins: Bins::of_error(error).unwrap() }, Some(Kind::Float)).unwrap();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (1..=values.len()).find(|rank| *rank as u64 * 1_000_000 >= u64::from(millionths) * values.len() as u64).unwrap();
        let exact = sorted[rank - 1];
        let events: Vec<Event> = values.iter().enumerate().map(|(id, value)| (Place { time: 0, id: EventId(id as u128) }, Some(Scalar::Float(*value)))).collect();
        let Finished::One(Scalar::Float(found)) = state(&measure, &events).finish(&measure).unwrap() else { panic!() };
        let allowed = (exact.abs() * error).max(f64::MIN_POSITIVE);
        prop_assert!((found - exact).abs() <= allowed || found.is_infinite() && exact.abs() > 1e308, "{found} for {exact}");
    }

    #[test]
    fn different_values_are_counted_exactly_while_they_are_few(values in prop::collection::vec(-20i128..20, 0..60)) {
        let measure = Measure::new(Aggregate::Distinct(Precision::of_error(0.02).unwrap()), Some(Kind::Integer { scale: 0 })).unwrap();
        let events: Vec<Event> = values.iter().enumerate().map(|(id, value)| (Place { time: 0, id: EventId(id as u128) }, Some(Scalar::Integer(*value)))).collect();
        let different = values.iter().collect::<BTreeSet<_>>().len() as i128;
        prop_assert_eq!(state(&measure, &events).finish(&measure).unwrap(), Finished::integer(different));
    }
}

#[test]
fn many_different_values_are_counted_within_their_error() {
    for (error, count) in [
        (0.02, 3_000),
        (0.02, 50_000),
        (0.05, 100_000),
        (0.01, 50_000),
    ] {
        let measure = Measure::new(
            Aggregate::Distinct(Precision::of_error(error).unwrap()),
            Some(Kind::Integer { scale: 0 }),
        )
        .unwrap();
        // Runs that begin elsewhere, so that one lucky hash proves nothing.
        for begin in [0_i128, 1 << 40, -7_000_000, 1 << 90] {
            let mut state = State::new(&measure);
            let place = Place {
                time: 0,
                id: EventId(0),
            };
            for value in 0..count {
                state
                    .update(&measure, place, Some(ScalarRef::Integer(begin + value)))
                    .unwrap();
            }
            let Finished::One(Scalar::Integer(found)) = state.finish(&measure).unwrap() else {
                panic!()
            };
            let off = (found - count).abs() as f64 / count as f64;
            assert!(off < 3.5 * error, "{found} for {count}");
        }
    }
}

#[test]
fn the_median_of_mostly_zeros_is_zero() {
    let bins = Bins::of_error(0.02).unwrap();
    let measure = Measure::new(
        Aggregate::Quantile {
            millionths: 500_000,
            bins,
        },
        Some(Kind::Integer { scale: 2 }),
    )
    .unwrap();
    let events: Vec<Event> = [0, 0, 0, -5, 700]
        .into_iter()
        .map(|value| {
            (
                Place {
                    time: 0,
                    id: EventId(0),
                },
                Some(Scalar::Integer(value)),
            )
        })
        .collect();
    assert_eq!(
        state(&measure, &events).finish(&measure),
        Ok(Finished::One(Scalar::Float(0.0)))
    );
}

#[test]
fn of_too_many_values_the_most_frequent_are_an_error() {
    let measure = Measure::new(Aggregate::Top(1), Some(Kind::Integer { scale: 0 })).unwrap();
    let place = Place {
        time: 0,
        id: EventId(0),
    };
    let of = |values: std::ops::Range<i128>| {
        let mut state = State::new(&measure);
        values.for_each(|value| {
            state
                .update(&measure, place, Some(ScalarRef::Integer(value)))
                .unwrap();
        });
        state
    };
    assert!(of(0..10_000).finish(&measure).is_ok());
    let mut halves = of(0..6_000);
    halves.merge(&of(5_000..10_001)).unwrap();
    assert!(matches!(
        halves.finish(&measure),
        Err(FinishError::TooManyValues(_))
    ));
    assert_eq!(bytes(&halves), bytes(&of(0..20_000)));
}

#[test]
fn aggregates_of_other_kinds_are_refused() {
    let refused = |aggregate, kind| Measure::new(aggregate, kind).unwrap_err();
    assert_eq!(
        refused(Aggregate::Sum, Some(Kind::Bytes)),
        MeasureError::NoNumbers
    );
    assert_eq!(
        refused(Aggregate::Top(3), Some(Kind::Float)),
        MeasureError::FloatsApart
    );
    assert_eq!(refused(Aggregate::Max, None), MeasureError::NoColumn);
    assert_eq!(
        refused(Aggregate::LastOf(0), Some(Kind::Bytes)),
        MeasureError::Length(0)
    );
    let bins = Bins::of_error(0.1).unwrap();
    let quantile = Aggregate::Quantile {
        millionths: 1_000_001,
        bins,
    };
    assert_eq!(
        refused(quantile, Some(Kind::Float)),
        MeasureError::Part(1_000_001)
    );
    let measure = Measure::new(Aggregate::Sum, Some(Kind::Float)).unwrap();
    let place = Place {
        time: 0,
        id: EventId(0),
    };
    let wrong = State::new(&measure).update(&measure, place, Some(ScalarRef::Integer(1)));
    assert!(matches!(wrong, Err(FinishError::Internal(_))));
}

#[test]
fn values_out_of_order_are_damage() {
    let integer = Some(Kind::Integer { scale: 0 });
    let read = |aggregate, mut bytes: &[u8]| {
        let measure = Measure::new(aggregate, integer).unwrap();
        State::new(&measure).absorb(&measure, &mut bytes)
    };
    // Two events at 5, then at 6 or 4, each with the id 0 and the value 1.
    let events = |step| [2, 1, 10, 0, 1, 2, 1, step, 0, 1, 2];
    assert!(read(Aggregate::LastOf(3), &events(2)).is_ok());
    assert!(read(Aggregate::LastOf(3), &events(1)).is_err());
    assert!(read(Aggregate::LastOf(1), &events(2)).is_err());
    // The value 1 and then 2 or 1, each once.
    let counts = |second| [0, 2, 1, 2, 1, 1, second, 1];
    assert!(read(Aggregate::Top(1), &counts(4)).is_ok());
    assert!(read(Aggregate::Top(1), &counts(2)).is_err());
}
