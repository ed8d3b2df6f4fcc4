//! The evaluator: which of a source's rows is taken, and why each other one is not.

use super::null_keys::match_keys;
use super::rule::is_comparable;
use super::tie_break::Candidate;
use super::time::{MICRO, instant, span};
use super::{Reason, Rejected, Rule};
use crate::lookup::Status;

/// A row of a source as the rule sees it, its times in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Row<'a, K> {
    /// The values of the rule's join keys, in their order; nothing for a null.
    pub key: &'a [Option<K>],
    /// The event time; nothing where it is null or infinite.
    pub event: Option<i128>,
    /// The created time, where the view has one and it isn't null.
    pub created: Option<i128>,
    /// Where the row is among those of the source.
    pub place: u64,
    /// What its values violate, by [`Rule::conditions`].
    pub rejected: Option<&'a Rejected>,
}

/// An entity row that features are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked<'a, K> {
    /// The values of the rule's join keys, in their order; nothing for a null.
    pub key: &'a [Option<K>],
    /// The time, in nanoseconds since 1970.
    pub at: i128,
}

impl<'a, K> Row<'a, K> {
    /// A row by its key, its event time and its place in the source.
    #[must_use]
    pub const fn new(key: &'a [Option<K>], event: Option<i128>, place: u64) -> Self {
        Self {
            key,
            event,
            created: None,
            place,
            rejected: None,
        }
    }

    /// With its created time.
    #[must_use]
    pub const fn with_created(self, created: Option<i128>) -> Self {
        Self { created, ..self }
    }

    /// With what its values violate.
    #[must_use]
    pub const fn with_rejected(self, rejected: Option<&'a Rejected>) -> Self {
        Self { rejected, ..self }
    }
}

impl<'a, K> Asked<'a, K> {
    /// An entity row by its key and its time.
    #[must_use]
    pub const fn new(key: &'a [Option<K>], at: i128) -> Self {
        Self { key, at }
    }
}

/// What the rule says of an entity row and the rows of a source.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    latest: Option<usize>,
    is_live: bool,
    reasons: Vec<Option<Reason>>,
}

impl Decision {
    /// The index of the row that is taken.
    #[must_use]
    pub fn taken(&self) -> Option<usize> {
        self.latest.filter(|_| self.is_live)
    }

    /// The index of the candidate that wins, taken or expired.
    #[must_use]
    pub const fn latest(&self) -> Option<usize> {
        self.latest
    }

    /// `Found` where a row is taken, `Expired` where the winner is too old, `Missing` where there is
    /// no candidate.
    #[must_use]
    pub const fn status(&self) -> Status {
        match (self.latest, self.is_live) {
            (Some(_), true) => Status::Found,
            (Some(_), false) => Status::Expired,
            (None, _) => Status::Missing,
        }
    }

    /// Why each row is not taken, in the order that they were given; nothing for the one that is.
    #[must_use]
    pub fn reasons(&self) -> &[Option<Reason>] {
        &self.reasons
    }
}

impl Rule {
    /// Decides over `rows`, in whatever order they come.
    #[must_use]
    pub fn decide<K: PartialEq>(&self, asked: &Asked<'_, K>, rows: &[Row<'_, K>]) -> Decision {
        let candidates = rows.iter().map(|row| self.candidate(asked, row));
        let candidates: Vec<Result<Candidate, Reason>> = candidates.collect();
        let latest = candidates
            .iter()
            .enumerate()
            .filter_map(|(index, row)| row.as_ref().ok().map(|row| (index, *row)))
            .max_by(|(_, one), (_, other)| one.compare(other));
        let Some((winner, latest)) = latest else {
            return Decision {
                latest: None,
                is_live: false,
                reasons: candidates.into_iter().map(Result::err).collect(),
            };
        };
        let ttl = self.ttl_micros();
        let oldest = ttl.map(|ttl| asked.at - i128::from(ttl) * MICRO);
        let expired = |row: &Candidate| {
            let oldest = oldest.filter(|oldest| row.event < *oldest)?;
            let by = span(oldest - row.event);
            Some(Reason::Expired { by })
        };
        let reason = |(index, row): (usize, Result<Candidate, Reason>)| match row {
            Err(reason) => Some(reason),
            Ok(row) if index == winner => expired(&row),
            Ok(row) => expired(&row).or_else(|| Some(row.loses_to(&latest))),
        };
        Decision {
            latest: Some(winner),
            is_live: expired(&latest).is_none(),
            reasons: candidates.into_iter().enumerate().map(reason).collect(),
        }
    }

    fn candidate<K: PartialEq>(
        &self,
        asked: &Asked<'_, K>,
        row: &Row<'_, K>,
    ) -> Result<Candidate, Reason> {
        match_keys(row.key, asked.key)?;
        let event = row.event.filter(|event| is_comparable(*event));
        let event = event.ok_or(Reason::NoTime)?;
        if event > asked.at {
            let by = span(event - asked.at);
            return Err(Reason::After { by });
        }
        let known_from = event + i128::from(self.settling_micros()) * MICRO;
        if known_from > asked.at {
            let known_from = instant(known_from);
            return Err(Reason::NotSettled { known_from });
        }
        let created = row.created.filter(|_| self.created_column().is_some());
        let created = created.filter(|created| is_comparable(*created));
        if let (Some(created), Some(known_at)) = (created, self.known_at_micros()) {
            let by = created - i128::from(known_at) * MICRO;
            if by > 0 {
                return Err(Reason::CreatedAfter { by: span(by) });
            }
        }
        if let Some(rejected) = row.rejected {
            return Err(Reason::Rejected(rejected.clone()));
        }
        Ok(Candidate {
            event,
            created,
            place: row.place,
        })
    }
}
