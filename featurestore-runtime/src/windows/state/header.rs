//! What stands in front of each field, and of what a summary says of itself.

use super::super::bytes::{Damage, take};
use super::error::StateError;
use super::field::Field;

/// The version of the bytes: rows of plain views are version 1.
const VERSION: u8 = 2;
const ID_BITS: u32 = 28;

/// Appends version and schema id.
pub(super) fn write_version(out: &mut Vec<u8>, id: u32) {
    let id = id & ((1 << ID_BITS) - 1);
    out.extend_from_slice(&(u32::from(VERSION) << ID_BITS | id).to_be_bytes());
}

/// Takes version and schema id, which must be `id`.
pub(super) fn read_version(bytes: &mut &[u8], id: u32, field: Field) -> Result<(), StateError> {
    let (first, rest) = bytes.split_first_chunk::<4>().ok_or(StateError::Damaged {
        field,
        damage: Damage("it is cut off"),
    })?;
    *bytes = rest;
    let word = u32::from_be_bytes(*first);
    #[allow(clippy::cast_possible_truncation)]
    let version = (word >> ID_BITS) as u8;
    if version != VERSION {
        return Err(StateError::Version { found: version });
    }
    let (found, expected) = (word & ((1 << ID_BITS) - 1), id & ((1 << ID_BITS) - 1));
    if found != expected {
        return Err(StateError::OtherDeclaration { found, expected });
    }
    Ok(())
}

/// What a summary says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// How often the state was written.
    pub(super) number: u64,
    /// From when on all events are in it; nothing where all are.
    pub(super) complete_from: Option<i64>,
    /// When the newest row arrived.
    pub(super) newest: i64,
    /// The place in the log of the newest row, and one: what is before that was applied.
    pub(super) next_place: u64,
    /// The first tile whose rows are there.
    pub(super) first_with_rows: i64,
}

impl Header {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.number.to_le_bytes());
        out.push(u8::from(self.complete_from.is_some()));
        if let Some(from) = self.complete_from {
            out.extend_from_slice(&from.to_le_bytes());
        }
        out.extend_from_slice(&self.newest.to_le_bytes());
        out.extend_from_slice(&self.next_place.to_le_bytes());
        out.extend_from_slice(&self.first_with_rows.to_le_bytes());
    }

    pub(super) fn read(bytes: &mut &[u8]) -> Result<Self, Damage> {
        let number = word(bytes)?;
        let complete_from = match take(bytes, 1)? {
            [0] => None,
            [1] => Some(word(bytes)?.cast_signed()),
            _ => return Err(Damage("neither all events nor a time")),
        };
        Ok(Self {
            number,
            complete_from,
            newest: word(bytes)?.cast_signed(),
            next_place: word(bytes)?,
            first_with_rows: word(bytes)?.cast_signed(),
        })
    }
}

fn word(bytes: &mut &[u8]) -> Result<u64, Damage> {
    let digits = take(bytes, 8)?.iter().rev();
    Ok(digits.fold(0, |word, byte| word << 8 | u64::from(*byte)))
}
