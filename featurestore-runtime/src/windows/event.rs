//! What makes a row of a log an event: its identity, its versions, and whether it came in time.

use super::hash::hash;

/// What tells two events of one key and one time apart, and in which order they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct EventId(pub(crate) u128);

impl EventId {
    /// Of an id that 16 bytes hold, such as a UUID: the number that they are, big endian, so that
    /// ids stand in the order of their bytes.
    pub(crate) const fn of_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// Of a longer id, or one of several columns: a hash of 64 bits. Two ids of one key at one
    /// microsecond are taken for one where their hashes are equal, which is one of 2^64 pairs.
    pub(crate) fn hashed(bytes: &[u8]) -> Self {
        Self(hash(bytes) as u128)
    }
}

/// Which of the rows of one identity is the newer one: the larger (created, arrived, place in the
/// log). No created time is before all.
///
/// A retry has the created time of the row that it repeats, so it can't undo a correction that
/// came between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    /// When the source wrote the row.
    pub(crate) created: Option<i64>,
    /// When the log got it.
    pub(crate) arrived: i64,
    /// Its place in the log, which grows.
    pub(crate) place: u64,
}

/// From when on a source's rows are known, and how late they may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// How long after its event time a row may arrive, in microseconds; a later one never counts.
    pub(crate) lateness: i64,
    /// How long after their event time rows without a time of arrival are known, in microseconds.
    pub(crate) settling: i64,
}

impl Arrival {
    /// When a row is known; nothing where it came too late to ever count. A row without a time of
    /// arrival is never late.
    pub(crate) const fn known_from(&self, event_time: i64, arrived: Option<i64>) -> Option<i64> {
        match arrived {
            None => Some(event_time + self.settling),
            Some(arrived) if arrived - event_time <= self.lateness => Some(arrived),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARRIVAL: Arrival = Arrival {
        lateness: 10,
        settling: 3,
    };

    #[test]
    fn a_row_is_known_when_it_arrives_unless_that_is_late() {
        assert_eq!(ARRIVAL.known_from(100, Some(110)), Some(110));
        assert_eq!(ARRIVAL.known_from(100, Some(111)), None);
        assert_eq!(ARRIVAL.known_from(100, Some(90)), Some(90));
    }

    #[test]
    fn a_row_without_arrival_is_known_when_its_source_has_settled() {
        assert_eq!(ARRIVAL.known_from(100, None), Some(103));
    }

    #[test]
    fn a_retry_does_not_undo_a_correction() {
        let version = |created, arrived, place| Version {
            created,
            arrived,
            place,
        };
        let (first, correction) = (version(Some(1), 1, 0), version(Some(2), 5, 1));
        let retry = version(Some(1), 9, 2);
        assert!(first < retry && retry < correction);
        assert!(version(None, 9, 9) < first);
        assert!(version(Some(1), 1, 0) < version(Some(1), 1, 1));
    }

    #[test]
    fn ids_stand_in_the_order_of_their_bytes() {
        let mut low = [0; 16];
        low[15] = 255;
        let mut high = [0; 16];
        high[0] = 1;
        assert!(EventId::of_bytes(low) < EventId::of_bytes(high));
    }
}
