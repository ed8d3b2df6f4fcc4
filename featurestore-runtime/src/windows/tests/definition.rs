//! The definition: what a feature of one key is at a time, in plain loops over its log.

use super::super::aggregate::{FinishError, Finished, Place, State};
use super::super::event::{Arrival, EventId};
use super::super::feature::Feature;
use super::super::scalar::Scalar;

/// A row of a log of one key. The log's order is that of arrival.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Logged {
    pub(super) time: i64,
    pub(super) id: EventId,
    pub(super) created: Option<i64>,
    pub(super) arrived: Option<i64>,
    pub(super) deleted: bool,
    pub(super) values: Vec<Option<Scalar>>,
}

impl Logged {
    pub(super) fn known(&self, arrival: &Arrival) -> i64 {
        self.arrived.unwrap_or(self.time + arrival.settling)
    }
}

/// Of the rows that are known at `t` and were not late, the newest of each identity; of those that
/// the window holds, that are not taken back and that the filter lets through, the aggregate.
pub(super) fn value(
    log: &[Logged],
    feature: &Feature,
    arrival: &Arrival,
    t: i64,
) -> Result<Finished, FinishError> {
    let mut newest: Vec<&Logged> = Vec::new();
    for row in log {
        let late = row
            .arrived
            .is_some_and(|arrived| arrived - row.time > arrival.lateness);
        if row.known(arrival) > t || late {
            continue;
        }
        let identity = |other: &&mut &Logged| (other.time, other.id) == (row.time, row.id);
        match newest.iter_mut().find(identity) {
            None => newest.push(row),
            // Of equals the last in the log.
            Some(other) => {
                if (row.created, row.known(arrival)) >= (other.created, other.known(arrival)) {
                    *other = row;
                }
            }
        }
    }
    let end = t - feature.window.delay();
    let mut state = State::new(&feature.measure);
    for row in newest {
        let begins = match (feature.window.length(), feature.window.resolution()) {
            (None, _) => true,
            (Some(length), None) => row.time > end - length,
            (Some(length), Some(unit)) => {
                let mut start = (end - length) / unit * unit;
                while start > end - length {
                    start -= unit;
                }
                row.time > start
            }
        };
        let told = |place: usize| row.values[place] == Some(Scalar::Integer(1));
        if row.deleted || !begins || row.time > end || !feature.filter.is_none_or(told) {
            continue;
        }
        let place = Place {
            time: row.time,
            id: row.id,
        };
        let value = feature
            .column
            .and_then(|column| row.values[column].as_ref());
        if feature.column.is_none() || value.is_some() {
            state.update(&feature.measure, place, value.map(Scalar::borrow))?;
        }
    }
    state.finish(&feature.measure)
}
