//! The rule as data.

use super::condition::Condition;
use super::time::MICRO;
use crate::time::Timestamp;
use crate::view::{ColumnDefinition, JoinKey, ViewDefinition};

/// Times beyond this many microseconds before or after 1970, some 126,000 years, are as good as
/// infinite: no row with such a time is a candidate, and below it differences can't overflow 64 bits.
pub(crate) const TIME_LIMIT: i64 = 4_000_000_000_000_000_000;

/// Whether a time in nanoseconds is within the limits, as it is compared: in microseconds, rounded
/// down. The least of 64 bits is what NumPy has for a time that is none.
pub(crate) fn is_comparable(nanos: i128) -> bool {
    let limit = i128::from(TIME_LIMIT);
    (-limit..=limit).contains(&nanos.div_euclid(MICRO)) && nanos != i128::from(i64::MIN)
}

/// Which rows of a view's source are candidates for an entity row, and which of them is taken.
///
/// For keys K and a time T, candidates are the rows with equal keys, none of them null, and
/// `event + settling <= T`, that were created no later than the rule is to know, and whose values
/// satisfy what the view declares of each ([`conditions`](Self::conditions)): a row that a check
/// rejects is as one that is not there. The latest event time wins, then the latest created time, of which none is the earliest, then the last row in the
/// source. With a TTL the winner is taken where `event >= T - ttl`; else it has expired, and no
/// older row takes its place.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    keys: &'static [JoinKey],
    columns: &'static [ColumnDefinition],
    event: &'static str,
    created: Option<&'static str>,
    settling: i64,
    ttl: Option<i64>,
    known_at: Option<i64>,
    /// Whether rows are events, whose times are whole microseconds wherever they are compared.
    of_events: bool,
}

impl Rule {
    /// The rule that a view declares; of a window view's events, that of rows that count at all.
    #[must_use]
    pub fn of(view: &ViewDefinition) -> Self {
        let of_events = view.windows().is_some();
        let view = view.source_rows();
        Self {
            keys: view.join_keys(),
            columns: view.columns(),
            event: view.timestamp_column(),
            created: view.created_column(),
            settling: view.settling_micros().min(TIME_LIMIT),
            ttl: view.ttl_micros().map(|ttl| ttl.min(2 * TIME_LIMIT)),
            known_at: None,
            of_events,
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

    /// The features.
    #[must_use]
    pub const fn columns(&self) -> &'static [ColumnDefinition] {
        self.columns
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

    /// Whether rows are events of a window view: their times are compared in whole microseconds, rounded
    /// down, whatever unit the source has, as an event online has no other time.
    #[must_use]
    pub const fn is_of_events(&self) -> bool {
        self.of_events
    }

    /// What a row's values must satisfy, its join keys' first: what every value satisfies is left
    /// out.
    pub fn conditions(&self) -> impl Iterator<Item = Condition> {
        let keys = self.keys.iter().map(Condition::of_key);
        let columns = self.columns.iter().map(Condition::of_column);
        keys.chain(columns)
            .filter(|condition| !condition.is_trivial())
    }

    /// Whether both rules take rows by the same keys and times, in the same order: they differ at
    /// most in what a row's values must satisfy, and in how long it may be taken.
    #[must_use]
    pub fn has_order_of(&self, other: &Self) -> bool {
        let order = |rule: &Self| {
            let times = (rule.event, rule.created, rule.settling, rule.known_at);
            (rule.keys, times)
        };
        order(self) == order(other)
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
