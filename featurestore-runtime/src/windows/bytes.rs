//! The parts that states are written of. Integers are packed as in online rows.

use super::exact::Number;
use super::scalar::{Kind, Scalar, ScalarRef};
use crate::codec::integers::{read_unsigned, write_unsigned};

/// More than any counter counts to: 2^48, so sums of counters don't overflow.
pub(crate) const COUNT_LIMIT: u64 = 1 << 48;

/// What is wrong with bytes that are not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Damage(pub(crate) &'static str);

const CUT: Damage = Damage("it is cut off");

/// Takes a packed integer.
pub(crate) fn read_integer(bytes: &mut &[u8]) -> Result<u64, Damage> {
    read_unsigned(bytes).ok_or(CUT)
}

/// Takes what counts something.
pub(crate) fn read_count(bytes: &mut &[u8]) -> Result<u64, Damage> {
    let count = read_integer(bytes)?;
    (count < COUNT_LIMIT)
        .then_some(count)
        .ok_or(Damage("it counts more than there can be"))
}

/// Takes how many entries follow, each of at least `least` bytes: no more than there are bytes for,
/// so memory can be made for them.
pub(crate) fn read_entries(bytes: &mut &[u8], least: usize) -> Result<usize, Damage> {
    let count = read_integer(bytes)?;
    usize::try_from(count)
        .ok()
        .filter(|count| {
            count
                .checked_mul(least)
                .is_some_and(|all| all <= bytes.len())
        })
        .ok_or(CUT)
}

/// Takes so many bytes.
pub(crate) fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], Damage> {
    let (taken, rest) = bytes.split_at_checked(length).ok_or(CUT)?;
    *bytes = rest;
    Ok(taken)
}

/// Takes one byte.
pub(crate) fn take_byte(bytes: &mut &[u8]) -> Result<u8, Damage> {
    let (first, rest) = bytes.split_first().ok_or(CUT)?;
    *bytes = rest;
    Ok(*first)
}

/// Appends bytes and before them how many they are.
pub(crate) fn write_counted(out: &mut Vec<u8>, bytes: &[u8]) {
    write_unsigned(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Takes bytes that know how many they are.
pub(crate) fn take_counted<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], Damage> {
    let length = usize::try_from(read_integer(bytes)?).map_err(|_| CUT)?;
    take(bytes, length)
}

/// An exact number as it is written.
pub(crate) struct Written<'a> {
    pub(crate) negative: bool,
    pub(crate) place: usize,
    pub(crate) magnitude: &'a [u8],
    pub(crate) flag: bool,
}

/// Appends an exact number: how many bytes its magnitude has, twice, and a flag, twice, and whether
/// it is negative; if it isn't zero, its place in bytes, and the magnitude, the lowest byte first.
pub(crate) fn write_number(out: &mut Vec<u8>, number: &Number, flag: bool) {
    let (negative, place, magnitude) = number.to_bytes();
    let head = (magnitude.len() as u64) << 2 | u64::from(flag) << 1 | u64::from(negative);
    write_unsigned(out, head);
    if !magnitude.is_empty() {
        write_unsigned(out, place as u64);
        out.extend_from_slice(&magnitude);
    }
}

/// Takes an exact number.
pub(crate) fn read_number<'a>(bytes: &mut &'a [u8]) -> Result<Written<'a>, Damage> {
    let head = read_integer(bytes)?;
    let (negative, flag) = (head & 1 == 1, head & 2 == 2);
    let length = usize::try_from(head >> 2).map_err(|_| CUT)?;
    if length == 0 {
        return if negative {
            Err(Damage("a zero has a sign"))
        } else {
            Ok(Written {
                negative,
                place: 0,
                magnitude: &[],
                flag,
            })
        };
    }
    let place = usize::try_from(read_integer(bytes)?).map_err(|_| CUT)?;
    let magnitude = take(bytes, length)?;
    if magnitude.first() == Some(&0) || magnitude.last() == Some(&0) {
        return Err(Damage("a number has zeros at its ends"));
    }
    Ok(Written {
        negative,
        place,
        magnitude,
        flag,
    })
}

/// Appends a number of up to 128 bits: how many bytes it has, and as few bytes as hold it.
pub(crate) fn write_wide(out: &mut Vec<u8>, value: u128) {
    let length = 16 - (value.leading_zeros() / 8) as usize;
    #[allow(clippy::cast_possible_truncation)]
    out.push(length as u8);
    out.extend_from_slice(&value.to_le_bytes()[..length]);
}

/// Takes a number of up to 128 bits.
pub(crate) fn read_wide(bytes: &mut &[u8]) -> Result<u128, Damage> {
    let length = usize::from(take_byte(bytes)?);
    let digits = take(bytes, length)?;
    let mut wide = [0; 16];
    let place = wide
        .get_mut(..length)
        .ok_or(Damage("a number has more than 16 bytes"))?;
    place.copy_from_slice(digits);
    if digits.last() == Some(&0) {
        return Err(Damage("a number has zeros at its ends"));
    }
    Ok(u128::from_le_bytes(wide))
}

/// A signed number as one without a sign: 0, -1, 1, -2 become 0, 1, 2, 3.
pub(crate) const fn zigzag(value: i128) -> u128 {
    ((value << 1) ^ (value >> 127)).cast_unsigned()
}

/// The signed number again.
pub(crate) const fn unzigzag(value: u128) -> i128 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// Appends a value: an integer as [`write_wide`] does its zigzag, a float in 8 bytes, bytes with
/// how many they are.
pub(crate) fn write_scalar(out: &mut Vec<u8>, value: ScalarRef<'_>) {
    match value {
        ScalarRef::Integer(value) => write_wide(out, zigzag(value)),
        ScalarRef::Float(value) => out.extend_from_slice(&value.to_bits().to_le_bytes()),
        ScalarRef::Bytes(value) => write_counted(out, value),
    }
}

/// Takes a value of a column of a kind.
pub(crate) fn read_scalar<'a>(bytes: &mut &'a [u8], kind: Kind) -> Result<ScalarRef<'a>, Damage> {
    Ok(match kind {
        Kind::Integer { .. } => ScalarRef::Integer(unzigzag(read_wide(bytes)?)),
        Kind::Float => {
            let (bits, rest) = bytes.split_first_chunk::<8>().ok_or(CUT)?;
            *bytes = rest;
            ScalarRef::Float(f64::from_bits(u64::from_le_bytes(*bits)))
        }
        Kind::Bytes => ScalarRef::Bytes(take_counted(bytes)?),
    })
}

/// Takes a value of a column of a kind, with its own copy.
pub(crate) fn read_owned(bytes: &mut &[u8], kind: Kind) -> Result<Scalar, Damage> {
    read_scalar(bytes, kind).map(ScalarRef::to_owned)
}
