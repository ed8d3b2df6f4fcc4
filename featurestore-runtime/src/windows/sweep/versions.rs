//! From when until when each row is the one of its identity that counts.

use super::super::event::{Arrival, Version};
use super::columns::Events;

/// For each row of one key: the times `known_from <= t < known_until` at which it counts, if its
/// window holds it. A row that never counts, since it came late, takes its event back, or was older
/// than one that came before, has none such.
#[derive(Debug)]
pub(super) enum Versions {
    /// Each row counts from its event time and so much later on, for ever: there is no log, and no
    /// event has two rows.
    Steady(i64),
    /// Row by row.
    Each {
        /// The times from which on they count.
        from: Vec<i64>,
        /// The times from which on they don't any more.
        until: Vec<i64>,
    },
}

/// No time is so late.
const NEVER: i64 = i64::MAX;

impl Versions {
    /// Of the events of one key in the order of [`sorted`].
    pub(super) fn new(events: &Events, arrival: &Arrival) -> Self {
        let count = events.len();
        let identity = |row: usize| (events.times[row], events.ids[row]);
        let unstamped = |arrived: &Vec<Option<i64>>| arrived.iter().all(Option::is_none);
        let without_log = events.arrived.as_ref().is_none_or(unstamped);
        let kept = |deleted: &Vec<bool>| deleted.iter().all(|deleted| !deleted);
        if without_log
            && events.deleted.as_ref().is_none_or(kept)
            && (1..count).all(|row| identity(row - 1) != identity(row))
        {
            return Self::Steady(arrival.settling);
        }
        let known = |row: usize| {
            let arrived = events.arrived.as_ref().and_then(|arrived| arrived[row]);
            arrival.known_from(events.times[row], arrived)
        };
        let mut from: Vec<i64> = (0..count).map(|row| known(row).unwrap_or(NEVER)).collect();
        let mut until = vec![NEVER; count];
        let mut first = 0;
        while first < count {
            let mut end = first + 1;
            while end < count && identity(end) == identity(first) {
                end += 1;
            }
            let deletes = |row: usize| events.deleted.as_ref().is_some_and(|deleted| deleted[row]);
            if end - first > 1 || deletes(first) {
                one_identity(events, first..end, &mut from, &mut until);
                for row in (first..end).filter(|row| deletes(*row)) {
                    from[row] = NEVER;
                }
            }
            first = end;
        }
        Self::Each { from, until }
    }
}

/// Rows of one identity in the order of their arrival: a row ends the one that counted before, unless
/// it is older; then it never counts.
fn one_identity(
    events: &Events,
    rows: std::ops::Range<usize>,
    from: &mut [i64],
    until: &mut [i64],
) {
    let mut newest: Option<(Version, usize)> = None;
    for row in rows {
        if from[row] == NEVER {
            continue;
        }
        let version = Version {
            created: events.created.as_ref().and_then(|created| created[row]),
            arrived: from[row],
            place: row as u64,
        };
        match newest {
            Some((other, _)) if version < other => from[row] = NEVER,
            Some((_, other)) => {
                until[other] = from[row];
                newest = Some((version, row));
            }
            None => newest = Some((version, row)),
        }
    }
}

/// The order of events of one key, which come in the order of their times: by time, id, arrival
/// and place. Nothing where they are in it.
pub(super) fn sorted(events: &Events, arrival: &Arrival) -> Option<Vec<usize>> {
    let rank = |row: usize| {
        let arrived = events.arrived.as_ref().and_then(|arrived| arrived[row]);
        let known = arrived.unwrap_or(events.times[row] + arrival.settling);
        let place = events
            .places
            .as_ref()
            .map_or(row as u64, |places| places[row]);
        (events.times[row], events.ids[row], known, place)
    };
    let mut ties = (1..events.len()).filter(|row| events.times[row - 1] == events.times[*row]);
    if ties.all(|row| rank(row - 1) <= rank(row)) {
        return None;
    }
    let mut order: Vec<usize> = (0..events.len()).collect();
    order.sort_by_key(|row| rank(*row));
    Some(order)
}
