//! The start of a row: version, schema id and times.

use std::ops::RangeInclusive;

use super::RowError;
use super::error::Damage;
use super::version::VERSION;
use crate::time::Timestamp;

/// The bit of the first byte that says that a created timestamp follows the event timestamp.
const HAS_CREATED: u8 = 0x80;
/// How many bits the schema id has.
const ID_BITS: u32 = 28;
/// Adding it maps signed to unsigned numbers in the same order.
const BIAS: u64 = 1 << 63;
/// The same for times of seven bytes, which are those from the year 837 to 3102. The first byte of
/// others is 00 or ff, which is before or behind all of these.
const SHORT_BIAS: u64 = 1 << 55;
/// The first bytes of times of seven bytes.
const SHORT: RangeInclusive<u8> = 0x01..=0xfe;
/// The first and the last time of seven bytes, in microseconds.
const LIMITS: (i64, i64) = ((1 << 48) - (1 << 55), (0xff << 48) - 1 - (1 << 55));

/// What stands before a row's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
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
    /// The header of a row with a layout's id and these times.
    #[must_use]
    pub const fn new(
        schema_id: u32,
        event_timestamp: Timestamp,
        created_timestamp: Option<Timestamp>,
    ) -> Self {
        Self {
            schema_id,
            event_timestamp,
            created_timestamp,
        }
    }

    /// Appends the header's bytes: most often 11, or 18 with a created time.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let flags = if self.created_timestamp.is_some() {
            HAS_CREATED
        } else {
            0
        };
        let first = u32::from(flags | VERSION << 4) << 24;
        let id = self.schema_id & ((1 << ID_BITS) - 1);
        out.extend_from_slice(&(first | id).to_be_bytes());
        write_time(out, self.event_timestamp);
        if let Some(created) = self.created_timestamp {
            write_time(out, created);
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

/// A time as eight bytes that compare as the time does: microseconds, biased, big endian.
pub(crate) fn ordered_time(time: Timestamp) -> [u8; 8] {
    time.timestamp_micros()
        .cast_unsigned()
        .wrapping_add(BIAS)
        .to_be_bytes()
}

/// Appends a time, whose bytes compare as the time does.
fn write_time(out: &mut Vec<u8>, time: Timestamp) {
    let micros = time.timestamp_micros().cast_unsigned();
    match micros.wrapping_add(SHORT_BIAS).to_be_bytes() {
        [0, short @ ..] if SHORT.contains(&short[0]) => out.extend_from_slice(&short),
        _ => {
            out.push(if time < Timestamp::UNIX_EPOCH {
                0x00
            } else {
                0xff
            });
            out.extend_from_slice(&ordered_time(time));
        }
    }
}

#[inline]
fn read_time(bytes: &mut &[u8]) -> Result<Timestamp, Damage> {
    const CUT_OFF: Damage = Damage("its header is cut off");
    const OUT_OF_RANGE: Damage = Damage("its time is out of range");
    let first = *bytes.first().ok_or(CUT_OFF)?;
    if SHORT.contains(&first) {
        let (short, rest) = bytes.split_first_chunk::<7>().ok_or(CUT_OFF)?;
        *bytes = rest;
        let [a, b, c, d, e, f, g] = *short;
        let micros = u64::from_be_bytes([0, a, b, c, d, e, f, g]).wrapping_sub(SHORT_BIAS);
        return Timestamp::from_timestamp_micros(micros.cast_signed()).ok_or(OUT_OF_RANGE);
    }
    let (long, rest) = bytes[1..].split_first_chunk::<8>().ok_or(CUT_OFF)?;
    *bytes = rest;
    let micros = u64::from_be_bytes(*long).wrapping_sub(BIAS).cast_signed();
    let is_long = if first == 0x00 {
        micros < LIMITS.0
    } else {
        micros > LIMITS.1
    };
    match Timestamp::from_timestamp_micros(micros) {
        Some(time) if is_long => Ok(time),
        _ => Err(OUT_OF_RANGE),
    }
}
