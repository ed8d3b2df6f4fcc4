//! Reading one value, and those of a list.

use std::mem::discriminant;

use featurestore_schema::Dtype;

use super::error::Damage;
use super::integers::{read_signed, read_unsigned};
use crate::time::{Date, Timestamp};
use crate::types::{EncodedList, FeatureType, JsonRef, ListRef, Uuid, ValueRef, fits};

/// Takes one value from the front, for a feature of type `T`; nothing where `T` does not tell the
/// dtype, or the value is wrong.
///
/// The compiler keeps of [`read`] just what the one dtype needs.
#[inline(always)]
pub(super) fn read_as<'a, T: FeatureType>(
    dtype: &Dtype,
    bytes: &mut &'a [u8],
) -> Option<ValueRef<'a>> {
    if discriminant(&T::DTYPE) != discriminant(dtype) {
        return None;
    }
    let value = match (T::DTYPE, *dtype) {
        (Dtype::Enum(_), Dtype::Enum(variants)) => read(Dtype::Enum(variants), bytes),
        (Dtype::Decimal { .. }, Dtype::Decimal { precision, scale }) => {
            read(Dtype::Decimal { precision, scale }, bytes)
        }
        (Dtype::List { .. }, Dtype::List { item, nullable }) => {
            read(Dtype::List { item, nullable }, bytes)
        }
        (Dtype::Array(_), Dtype::Array(length)) => read(Dtype::Array(length), bytes),
        // The other dtypes have no parts.
        (declared, _) => read(declared, bytes),
    };
    value.ok()
}

/// Takes one value from the front.
pub(super) fn read_value<'a>(dtype: Dtype, bytes: &mut &'a [u8]) -> Result<ValueRef<'a>, Damage> {
    read(dtype, bytes)
}

#[inline(always)]
fn read<'a>(dtype: Dtype, bytes: &mut &'a [u8]) -> Result<ValueRef<'a>, Damage> {
    let value = match dtype {
        Dtype::Bool => match take::<1>(bytes) {
            Some([0]) => Some(ValueRef::Bool(false)),
            Some([1]) => Some(ValueRef::Bool(true)),
            Some(_) => return Err(Damage("a bool is neither 0 nor 1")),
            None => None,
        },
        Dtype::I8 => take(bytes).map(|byte| ValueRef::Int(i64::from(i8::from_le_bytes(byte)))),
        Dtype::U8 => take::<1>(bytes).map(|[byte]| ValueRef::UInt(u64::from(byte))),
        Dtype::I64 => read_signed(bytes).map(ValueRef::Int),
        Dtype::U64 => read_unsigned(bytes).map(ValueRef::UInt),
        Dtype::I16 => within::<_, i16>(read_signed(bytes))?.map(ValueRef::Int),
        Dtype::I32 => within::<_, i32>(read_signed(bytes))?.map(ValueRef::Int),
        Dtype::U16 => within::<_, u16>(read_unsigned(bytes))?.map(ValueRef::UInt),
        Dtype::U32 => within::<_, u32>(read_unsigned(bytes))?.map(ValueRef::UInt),
        Dtype::F32 => take(bytes).map(|value| ValueRef::F32(f32::from_le_bytes(value))),
        Dtype::F64 => take(bytes).map(|value| ValueRef::F64(f64::from_le_bytes(value))),
        Dtype::String => match take_counted(bytes) {
            Some(text) => Some(ValueRef::Str(
                std::str::from_utf8(text).map_err(|_| Damage("a text is not UTF-8"))?,
            )),
            None => None,
        },
        Dtype::Bytes => take_counted(bytes).map(ValueRef::Bytes),
        Dtype::Timestamp => match take(bytes) {
            Some(micros) => Some(ValueRef::Timestamp(
                Timestamp::from_timestamp_micros(i64::from_le_bytes(micros))
                    .ok_or(Damage("a timestamp is out of range"))?,
            )),
            None => None,
        },
        Dtype::Date => match read_signed(bytes) {
            Some(days) => Some(ValueRef::Date(
                i32::try_from(days)
                    .ok()
                    .and_then(Date::from_epoch_days)
                    .ok_or(Damage("a date is out of range"))?,
            )),
            None => None,
        },
        Dtype::Enum(variants) => {
            let index = if variants.len() <= 256 {
                take::<1>(bytes).map(|[byte]| u16::from(byte))
            } else {
                take(bytes).map(u16::from_le_bytes)
            };
            if index.is_some_and(|index| usize::from(index) >= variants.len()) {
                return Err(Damage("an enum's variant is unknown"));
            }
            index.map(ValueRef::Variant)
        }
        Dtype::Decimal { precision, scale } => match read_wide(bytes)? {
            Some(mantissa) if !fits(mantissa, precision) => {
                return Err(Damage("a decimal has too many digits"));
            }
            mantissa => mantissa.map(|mantissa| ValueRef::Decimal { mantissa, scale }),
        },
        Dtype::Uuid => take(bytes).map(|bytes| ValueRef::Uuid(Uuid::from_bytes(bytes))),
        Dtype::List { item, nullable } => Some(ValueRef::List(read_list(bytes, item, nullable)?)),
        Dtype::Array(length) => Some(ValueRef::List(read_array(bytes, length)?)),
        Dtype::Json => match take_counted(bytes) {
            Some(text) => Some(ValueRef::Json(
                std::str::from_utf8(text)
                    .ok()
                    .and_then(|text| JsonRef::new(text).ok())
                    .ok_or(Damage("a text is not JSON"))?,
            )),
            None => None,
        },
        _ => {
            return Err(Damage(
                "its layout has a dtype that this build doesn't know",
            ));
        }
    };
    value.ok_or(Damage("a value is cut off"))
}

/// Takes a list of any length from the front. All of its values are looked at.
fn read_list<'a>(
    bytes: &mut &'a [u8],
    item: &'static Dtype,
    nullable: bool,
) -> Result<ListRef<'a>, Damage> {
    let length = read_unsigned(bytes).ok_or(Damage("a list is cut off"))?;
    let length = u32::try_from(length).map_err(|_| Damage("a list's length is absurd"))?;
    let list = EncodedList {
        bytes,
        item,
        length,
        nullable,
        take: |list, index, rest| read_item(list, index, rest).ok()?,
    };
    let mut rest = *bytes;
    for index in 0..length as usize {
        read_item(&list, index, &mut rest)?;
    }
    *bytes = rest;
    Ok(ListRef::encoded(list))
}

/// Takes an embedding from the front.
fn read_array<'a>(bytes: &mut &'a [u8], length: usize) -> Result<ListRef<'a>, Damage> {
    let cut = || Damage("an embedding is cut off");
    let size = length.checked_mul(4).ok_or_else(cut)?;
    let (values, rest) = bytes.split_at_checked(size).ok_or_else(cut)?;
    *bytes = rest;
    Ok(ListRef::encoded(EncodedList {
        bytes: values,
        item: &Dtype::F32,
        length: u32::try_from(length).map_err(|_| cut())?,
        nullable: false,
        take: |_, _, rest| Some(ValueRef::F32(f32::from_le_bytes(take(rest)?))),
    }))
}

/// Takes the value at an index of a list from what is left of its bytes, of which the first are the
/// null bitmap where there is one.
#[inline]
fn read_item<'a>(
    list: &EncodedList<'a>,
    index: usize,
    rest: &mut &'a [u8],
) -> Result<Option<ValueRef<'a>>, Damage> {
    if list.nullable {
        let size = list.length.div_ceil(8) as usize;
        if index == 0 {
            *rest = rest.get(size..).ok_or(NO_BITMAP)?;
        }
        let nulls = list.bytes.get(index / 8).ok_or(NO_BITMAP)?;
        if nulls & (1 << (index % 8)) != 0 {
            return Ok(None);
        }
    }
    read_value(*list.item, rest).map(Some)
}

const NO_BITMAP: Damage = Damage("a list's null bitmap is cut off");

/// `number`, which must be one of the narrower type `N`.
#[inline]
fn within<T: Copy, N: TryFrom<T>>(number: Option<T>) -> Result<Option<T>, Damage> {
    match number {
        Some(wide) if N::try_from(wide).is_err() => {
            Err(Damage("a number is out of its dtype's range"))
        }
        number => Ok(number),
    }
}

/// Takes a number of up to 128 bits: how many bytes it has, and the bytes of its zigzag.
fn read_wide(bytes: &mut &[u8]) -> Result<Option<i128>, Damage> {
    let Some([length]) = take::<1>(bytes) else {
        return Ok(None);
    };
    let mut wide = [0; 16];
    let tail = wide
        .get_mut(..usize::from(length))
        .ok_or(Damage("a decimal has more than 16 bytes"))?;
    let Some((number, rest)) = bytes.split_at_checked(tail.len()) else {
        return Ok(None);
    };
    tail.copy_from_slice(number);
    *bytes = rest;
    let zigzag = u128::from_le_bytes(wide);
    Ok(Some(
        (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed(),
    ))
}

#[inline]
fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}

#[inline]
fn take_counted<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(read_unsigned(bytes)?).ok()?;
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}
