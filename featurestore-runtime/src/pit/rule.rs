//! The rule as data.

use super::time::MICRO;
use crate::time::Timestamp;
use crate::view::{JoinKey, ViewDefinition};

/// Times beyond this many microseconds before or after 1970, some 126,000 years, are as good as
/// infinite: no row with such a time is a candidate, and below it differences can't overflow 64 bits.
pub(crate) const TIME_LIMIT: i64 = 4_000_000_000_000_000_000;

/// Whether a time in nanoseconds is within the limits, as it is compared: in microseconds, rounded
/// down.
pub(crate) fn is_comparable(nanos: i128) -> bool {
    let limit = i128::from(TIME_LIMIT);
    (-limit..=limit).contains(&nanos.div_euclid(MICRO))
}

/// Which rows of a view's source are candidates for an entity row, and which of them is taken.
///
/// For keys K and a time T, candidates are the rows with equal keys, none of them null, and
/// `event + settling <= T`, that were created no later than the rule is to know. The latest event
/// time wins, then the latest created time, of which none is the earliest, then the last row in the
/// source. With a TTL the winner is taken where `event >= T - ttl`; else it has expired, and no
/// older row takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    keys: &'static [JoinKey],
    event: &'static str,
    created: Option<&'static str>,
    settling: i64,
    ttl: Option<i64>,
    known_at: Option<i64>,
}

impl Rule {
    /// The rule that a view declares.
    #[must_use]
    pub fn of(view: &ViewDefinition) -> Self {
        Self {
            keys: view.join_keys(),
            event: view.timestamp_column(),
            created: view.created_column(),
            settling: view.settling_micros().min(TIME_LIMIT),
            ttl: view.ttl_micros().map(|ttl| ttl.min(2 * TIME_LIMIT)),
            known_at: None,
        }
    }

    /// The rule for what was known at a time, if one is given, to the microsecond: rows that were
    /// created later are no candidates. Rows without a created time are.
    #[must_use]
    pub fn known_at(mut self, known_at: Option<Timestamp>) -> Self {
        self.known_at = known_at.map(|time| time.timestamp_micros());
        self
    }

    /// The join keys.
    #[must_use]
    pub const fn keys(&self) -> &'static [JoinKey] {
        self.keys
    }

    /// The source's column of event times.
    #[must_use]
    pub const fn event_column(&self) -> &'static str {
        self.event
    }

    /// The source's column of created times.
    #[must_use]
    pub const fn created_column(&self) -> Option<&'static str> {
        self.created
    }

    /// How long after its event time a row is a candidate first, in microseconds.
    #[must_use]
    pub const fn settling_micros(&self) -> i64 {
        self.settling
    }

    /// How long after its event time a row may be taken, in microseconds; nothing where for ever.
    #[must_use]
    pub const fn ttl_micros(&self) -> Option<i64> {
        self.ttl
    }

    /// The latest created time of candidates, in microseconds since 1970, where there is one.
    #[must_use]
    pub const fn known_at_micros(&self) -> Option<i64> {
        self.known_at
    }

    /// Whether both rules have the same candidates, and the same one of them wins: they differ at
    /// most in how long it may be taken.
    #[must_use]
    pub fn has_winners_of(&self, other: &Self) -> bool {
        let without_ttl = |rule: &Self| Self { ttl: None, ..*rule };
        without_ttl(self) == without_ttl(other)
    }

    /// The rule that takes what either of two takes which have the same winners.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        let ttl = self.ttl.zip(other.ttl);
        Self {
            ttl: ttl.map(|(one, other)| one.max(other)),
            ..self
        }
    }
}
