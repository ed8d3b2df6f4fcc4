//! The order of candidates: of two at one time, which is the later, and how a tie is broken.

use std::cmp::Ordering;

use super::Reason;
use super::time::span;

/// A candidate: the time and the order that it is compared by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) event: i128,
    pub(super) created: Option<i128>,
    pub(super) place: u64,
}

impl Candidate {
    /// The order of event time, created time (none is the earliest) and place.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let order = |row: &Self| (row.event, row.created, row.place);
        order(self).cmp(&order(other))
    }

    /// Why another one is taken.
    pub(super) fn loses_to(&self, winner: &Self) -> Reason {
        if self.event < winner.event {
            let by = span(winner.event - self.event);
            return Reason::Older { by };
        }
        match (self.created, winner.created) {
            (Some(own), Some(other)) if own < other => {
                let by = Some(span(other - own));
                Reason::CreatedEarlier { by }
            }
            (None, Some(_)) => Reason::CreatedEarlier { by: None },
            _ => Reason::EarlierInSource,
        }
    }
}
