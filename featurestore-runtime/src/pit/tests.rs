//! The evaluator against plain loops, by the words of the rule.

use std::time::Duration;

use featurestore_schema::Dtype;
use proptest::prelude::*;

use super::{Asked, Reason, Rejected, Row, Rule};
use crate::lookup::Status;
use crate::time::Timestamp;
use crate::types::ValueError;
use crate::view::{JoinKey, ViewDefinition, ViewParts, plain};

const KEYS: &[JoinKey] = &[
    plain::join_key("a", Dtype::I64),
    plain::join_key("b", Dtype::I64),
];

#[derive(Debug, Clone)]
struct Case {
    settling: i64,
    ttl: Option<i64>,
    created: bool,
    known_at: Option<i64>,
    key: [Option<u8>; 2],
    at: i64,
    rows: Vec<SourceRow>,
}

#[derive(Debug, Clone)]
struct SourceRow {
    key: [Option<u8>; 2],
    event: Option<i64>,
    created: Option<i64>,
    place: u64,
    rejected: bool,
}

impl Case {
    fn rule(&self) -> Rule {
        let view = ViewDefinition::new(ViewParts {
            entity: KEYS,
            entity_order: &[0, 1],
            created: self.created.then_some("created"),
            settling: self.settling,
            ttl: self.ttl,
            ..plain::VIEW
        });
        let known_at = self.known_at.and_then(Timestamp::from_timestamp_micros);
        Rule::of(&view).known_at(known_at)
    }

    /// The index of the latest candidate: each row is compared with each other one.
    fn latest(&self) -> Option<usize> {
        let is_candidate = |row: &SourceRow| {
            let mut keys = row.key.iter().zip(&self.key);
            let equal = keys.all(|(own, asked)| own.is_some() && own == asked);
            let settled = row
                .event
                .is_some_and(|event| event + 1000 * self.settling <= self.at);
            let created = row.created.filter(|_| self.created).zip(self.known_at);
            let written = created.is_none_or(|(created, known)| created <= 1000 * known);
            equal && settled && written && !row.rejected
        };
        let order = |row: &SourceRow| (row.event, row.created.filter(|_| self.created), row.place);
        let mut rows = self.rows.iter().enumerate();
        let latest = rows.find(|(_, row)| {
            let mut others = self.rows.iter().filter(|other| is_candidate(other));
            is_candidate(row) && others.all(|other| order(other) <= order(row))
        });
        latest.map(|(index, _)| index)
    }
}

/// Times that often are equal, or a nanosecond apart.
fn time() -> impl Strategy<Value = i64> {
    (-3..4_i64, -1..=1_i64).prop_map(|(steps, beside)| steps * 2000 + beside)
}

fn key() -> impl Strategy<Value = [Option<u8>; 2]> {
    let part = || prop::option::weighted(0.9, 0..2_u8);
    [part(), part()]
}

fn case() -> impl Strategy<Value = Case> {
    let row = (
        key(),
        prop::option::weighted(0.9, time()),
        prop::option::weighted(0.8, time()),
        prop::bool::weighted(0.2),
    );
    let rows = prop::collection::vec(row, 0..12).prop_flat_map(|rows| {
        let places: Vec<u64> = (0..rows.len() as u64).collect();
        (Just(rows), Just(places).prop_shuffle())
    });
    let rows = rows.prop_map(|(rows, places)| {
        let rows = rows.into_iter().zip(places);
        rows.map(|((key, event, created, rejected), place)| SourceRow {
            key,
            event,
            created,
            place,
            rejected,
        })
        .collect()
    });
    (
        prop_oneof![Just(0), Just(2), Just(3)],
        prop::option::of(prop_oneof![Just(0), Just(2), Just(5)]),
        any::<bool>(),
        prop::option::weighted(0.4, -4..4_i64),
        key(),
        time(),
        rows,
    )
        .prop_map(|(settling, ttl, created, known_at, key, at, rows)| Case {
            settling,
            ttl,
            created,
            known_at,
            key,
            at,
            rows,
        })
}

proptest! {
    #![proptest_config(featurestore_properties::cases(4096))]

    #[test]
    fn the_evaluator_takes_what_plain_loops_take(case in case()) {
        let rejected = Rejected { column: "value", violation: ValueError::Null.into() };
        let rows: Vec<Row<'_, u8>> = case.rows.iter().map(|row| {
            Row::new(&row.key, row.event.map(i128::from), row.place)
                .with_created(row.created.map(i128::from))
                .with_rejected(row.rejected.then_some(&rejected))
        }).collect();
        let asked = Asked::new(&case.key, case.at.into());
        let decision = case.rule().decide(&asked, &rows);
        let latest = case.latest();
        let oldest = case.ttl.map(|ttl| case.at - 1000 * ttl);
        let live = |row: &SourceRow| row.event.is_some_and(|event| oldest.is_none_or(|oldest| event >= oldest));
        let taken = latest.filter(|index| live(&case.rows[*index]));
        prop_assert_eq!(decision.latest(), latest);
        prop_assert_eq!(decision.taken(), taken);
        let status = match (latest, taken) {
            (_, Some(_)) => Status::Found,
            (Some(_), None) => Status::Expired,
            (None, None) => Status::Missing,
        };
        prop_assert_eq!(decision.status(), status);
        prop_assert_eq!(decision.reasons().len(), rows.len());
        for (index, (reason, row)) in decision.reasons().iter().zip(&case.rows).enumerate() {
            prop_assert_eq!(reason.is_none(), taken == Some(index));
            let Some(reason) = reason else { continue };
            let nanos = |by: Duration| i64::try_from(by.as_nanos()).unwrap();
            let winner = || &case.rows[latest.unwrap()];
            let event = || row.event.unwrap();
            let holds = match reason.clone() {
                Reason::NullKey => row.key.contains(&None) || case.key.contains(&None),
                Reason::OtherKey => row.key != case.key,
                Reason::NoTime => row.event.is_none(),
                Reason::After { by } => event() == case.at + nanos(by) && event() > case.at,
                Reason::NotSettled { known_from } => {
                    event() <= case.at
                        && known_from.timestamp_nanos_opt() == Some(event() + 1000 * case.settling)
                        && event() + 1000 * case.settling > case.at
                }
                Reason::CreatedAfter { by } => {
                    row.created == case.known_at.map(|known| 1000 * known + nanos(by))
                }
                Reason::Rejected(by) => row.rejected && by == rejected,
                Reason::Expired { by } => oldest == Some(event() + nanos(by)) && !live(row),
                Reason::Older { by } => event() + nanos(by) == winner().event.unwrap() && !by.is_zero(),
                Reason::CreatedEarlier { by } => {
                    row.event == winner().event
                        && row.created < winner().created
                        && by.map(nanos) == winner().created.zip(row.created).map(|(one, other)| one - other)
                }
                Reason::EarlierInSource => row.event == winner().event && row.place < winner().place,
            };
            prop_assert!(holds, "{index}: {reason}");
        }
    }
}

#[test]
fn rows_beyond_the_limits_of_time_are_as_those_without_one() {
    let case = Case {
        settling: 0,
        ttl: None,
        created: false,
        known_at: None,
        key: [Some(1); 2],
        at: 0,
        rows: Vec::new(),
    };
    let limit = 1000 * i128::from(super::TIME_LIMIT);
    let key = [Some(1_u8); 2];
    let decide = |event| {
        let row = Row::new(&key, Some(event), 0);
        let asked = Asked::new(&key, limit + 999);
        case.rule().decide(&asked, &[row])
    };
    for event in [-limit, limit, limit + 999] {
        assert_eq!(decide(event).taken(), Some(0), "{event}");
    }
    for event in [-limit - 1, limit + 1000] {
        assert_eq!(decide(event).reasons(), [Some(Reason::NoTime)], "{event}");
    }
}
