//! The start of a row: version, schema id and times.

use super::RowError;
use super::error::Damage;
use crate::time::Timestamp;

/// The format's version, in three bits of a row's first byte above the schema id's highest four.
pub(super) const VERSION: u8 = 1;
/// The bit of the first byte that says that a created timestamp follows the event timestamp.
const HAS_CREATED: u8 = 0x80;
/// How many bits the schema id has.
const ID_BITS: u32 = 28;
/// Adding it maps signed to unsigned numbers in the same order.
const BIAS: u64 = 1 << 63;

/// What stands before a row's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The id of the layout that the row was written with. A row has its lower 28 bits, as many as
    /// ids have.
    pub schema_id: u32,
    /// When the row's values became true.
    pub event_timestamp: Timestamp,
    /// When the row was written at its source, where its view declares that.
    pub created_timestamp: Option<Timestamp>,
}

impl Header {
    /// Appends the header's 12 or 20 bytes.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let flags = if self.created_timestamp.is_some() {
            HAS_CREATED
        } else {
            0
        };
        let first = u32::from(flags | VERSION << 4) << 24;
        let id = self.schema_id & ((1 << ID_BITS) - 1);
        out.extend_from_slice(&(first | id).to_be_bytes());
        out.extend_from_slice(&ordered_time(self.event_timestamp));
        if let Some(created) = self.created_timestamp {
            out.extend_from_slice(&ordered_time(created));
        }
    }

    /// Takes a header from the front of a row.
    ///
    /// # Errors
    ///
    /// Bytes that end too early, another version, a time that no calendar has.
    #[inline]
    pub fn read(bytes: &mut &[u8]) -> Result<Self, RowError> {
        let first = bytes.first().ok_or(Damage("it has no bytes"))?;
        let version = (first & !HAS_CREATED) >> 4;
        if version != VERSION {
            return Err(RowError::Version { found: version });
        }
        let (start, rest) = bytes
            .split_first_chunk::<4>()
            .ok_or(Damage("its header is cut off"))?;
        *bytes = rest;
        let event_timestamp = read_time(bytes)?;
        let created_timestamp = if first & HAS_CREATED == 0 {
            None
        } else {
            Some(read_time(bytes)?)
        };
        Ok(Self {
            schema_id: u32::from_be_bytes(*start) & ((1 << ID_BITS) - 1),
            event_timestamp,
            created_timestamp,
        })
    }

    /// What decides which of two rows is the newer one: event timestamp, then created timestamp; a
    /// row without one is the older.
    #[must_use]
    pub fn stamp(&self) -> (Timestamp, Option<Timestamp>) {
        (self.event_timestamp, self.created_timestamp)
    }
}

/// A time as it stands in a header: its bytes compare as the time does. Microseconds, biased, big
/// endian.
pub(crate) fn ordered_time(time: Timestamp) -> [u8; 8] {
    time.timestamp_micros()
        .cast_unsigned()
        .wrapping_add(BIAS)
        .to_be_bytes()
}

#[inline]
fn read_time(bytes: &mut &[u8]) -> Result<Timestamp, Damage> {
    let (time, rest) = bytes
        .split_first_chunk::<8>()
        .ok_or(Damage("its header is cut off"))?;
    *bytes = rest;
    let micros = u64::from_be_bytes(*time).wrapping_sub(BIAS).cast_signed();
    Timestamp::from_timestamp_micros(micros).ok_or(Damage("its time is out of range"))
}
