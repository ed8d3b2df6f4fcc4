//! Integers in as few bytes as they need.
//!
//! A number up to 247 is one byte. A byte of 247 + n announces n more, little endian, which hold
//! the number. Signed numbers are zigzag-mapped first, so small negative ones are short as well
//! (<https://protobuf.dev/programming-guides/encoding/#signed-ints>).

const LARGEST_SINGLE: u8 = 247;

/// Appends `value` in 1 to 9 bytes.
pub(crate) fn write_unsigned(out: &mut Vec<u8>, value: u64) {
    match u8::try_from(value) {
        Ok(single) if single <= LARGEST_SINGLE => out.push(single),
        _ => {
            let bytes = value.to_le_bytes();
            let length = 8 - (value.leading_zeros() / 8).min(7) as usize;
            #[allow(clippy::cast_possible_truncation)]
            out.push(LARGEST_SINGLE + length as u8);
            out.extend_from_slice(&bytes[..length]);
        }
    }
}

/// Appends `value` in 1 to 9 bytes.
pub(crate) fn write_signed(out: &mut Vec<u8>, value: i64) {
    write_unsigned(out, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

/// Takes an unsigned number from the front; nothing where the bytes end before it does.
#[inline]
pub(crate) fn read_unsigned(bytes: &mut &[u8]) -> Option<u64> {
    let (first, rest) = bytes.split_first()?;
    if *first <= LARGEST_SINGLE {
        *bytes = rest;
        return Some(u64::from(*first));
    }
    let length = first - LARGEST_SINGLE;
    // Most often more follows, and eight bytes at once are faster than a few.
    let Some(wide) = rest.first_chunk::<8>() else {
        let (number, rest) = split_last(rest, usize::from(length))?;
        *bytes = rest;
        return Some(number);
    };
    *bytes = &rest[usize::from(length)..];
    let wide = u64::from_le_bytes(*wide);
    Some(wide & (u64::MAX >> (64 - 8 * u32::from(length))))
}

/// A number of `length` bytes from the front of fewer than eight, and what follows it.
#[inline(never)]
fn split_last(bytes: &[u8], length: usize) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_at_checked(length)?;
    let digits = number.iter().rev();
    let number = digits.fold(0, |wide, byte| wide << 8 | u64::from(*byte));
    Some((number, rest))
}

/// Takes a signed number from the front; nothing where the bytes end before it does.
#[inline]
pub(crate) fn read_signed(bytes: &mut &[u8]) -> Option<i64> {
    let zigzag = read_unsigned(bytes)?;
    Some((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_numbers_take_one_byte() {
        for (value, length) in [
            (0, 1),
            (247, 1),
            (248, 2),
            (255, 2),
            (256, 3),
            (u64::MAX, 9),
        ] {
            let mut out = Vec::new();
            write_unsigned(&mut out, value);
            assert_eq!(out.len(), length, "{value}");
        }
        for (value, length) in [(-124, 1), (123, 1), (124, 2), (i64::MIN, 9)] {
            let mut out = Vec::new();
            write_signed(&mut out, value);
            assert_eq!(out.len(), length, "{value}");
        }
    }

    proptest! {
        #![proptest_config(featurestore_properties::cases(256))]

        #[test]
        fn every_number_reads_back_and_nothing_is_left(unsigned: u64, signed: i64, shift in 0u32..64) {
            let (unsigned, signed) = (unsigned >> shift, signed >> shift);
            let mut out = Vec::new();
            write_unsigned(&mut out, unsigned);
            write_signed(&mut out, signed);
            let mut bytes = out.as_slice();
            prop_assert_eq!(read_unsigned(&mut bytes), Some(unsigned));
            prop_assert_eq!(read_signed(&mut bytes), Some(signed));
            prop_assert!(bytes.is_empty());
        }

        #[test]
        fn cut_bytes_give_nothing(value in 248u64..) {
            let mut out = Vec::new();
            write_unsigned(&mut out, value);
            for end in 0..out.len() {
                prop_assert_eq!(read_unsigned(&mut &out[..end]), None);
            }
        }
    }
}
