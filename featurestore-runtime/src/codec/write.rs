//! Writing a row.

use featurestore_schema::{Dtype, Layout};

use super::Header;
use super::integers::{write_signed, write_unsigned};
use crate::types::{ListRef, ValueError, ValueRef, check_length, fits};

/// The values of a row in the order of its layout, nothing for a null.
pub type RowValues<'a> = [Option<ValueRef<'a>>];

/// Writes a row in the format of `docs/online-format.md`.
///
/// # Errors
///
/// A null where the layout has none, a value of another dtype, or a wrong number of values.
pub fn encode_row(
    layout: &Layout,
    header: &Header,
    values: &RowValues<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    encode(layout, header, values, out).map_err(|(_, error)| error)
}

/// As [`encode_row`]; an error with the index of its column.
pub(crate) fn encode(
    layout: &Layout,
    header: &Header,
    values: &RowValues<'_>,
    out: &mut Vec<u8>,
) -> Result<(), (usize, ValueError)> {
    header.write(out);
    let nulls = out.len();
    out.resize(nulls + layout.nullable().div_ceil(8), 0);
    let mut bit = 0;
    for (index, column) in layout.columns().iter().enumerate() {
        let value = values.get(index).copied().flatten();
        match value {
            Some(value) => {
                write_value(column.dtype, value, out).map_err(|error| (index, error))?;
            }
            None if column.nullable => out[nulls + bit / 8] |= 1 << (bit % 8),
            None => return Err((index, ValueError::Null)),
        }
        bit += usize::from(column.nullable);
    }
    Ok(())
}

/// Appends one value's bytes.
pub(crate) fn write_value(
    dtype: Dtype,
    value: ValueRef<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    let mismatch = || ValueError::dtype(value, dtype);
    match (dtype, value) {
        (Dtype::Bool, ValueRef::Bool(value)) => out.push(u8::from(value)),
        (Dtype::I8, ValueRef::Int(value)) => {
            out.extend_from_slice(&i8::try_from(value).map_err(|_| mismatch())?.to_le_bytes());
        }
        (Dtype::U8, ValueRef::UInt(value)) => {
            out.push(u8::try_from(value).map_err(|_| mismatch())?);
        }
        (Dtype::I16, ValueRef::Int(value)) => {
            write_signed(out, i16::try_from(value).map_err(|_| mismatch())?.into());
        }
        (Dtype::I32, ValueRef::Int(value)) => {
            write_signed(out, i32::try_from(value).map_err(|_| mismatch())?.into());
        }
        (Dtype::U16, ValueRef::UInt(value)) => {
            write_unsigned(out, u16::try_from(value).map_err(|_| mismatch())?.into());
        }
        (Dtype::U32, ValueRef::UInt(value)) => {
            write_unsigned(out, u32::try_from(value).map_err(|_| mismatch())?.into());
        }
        (Dtype::I64, ValueRef::Int(value)) => write_signed(out, value),
        (Dtype::U64, ValueRef::UInt(value)) => write_unsigned(out, value),
        (Dtype::F32, ValueRef::F32(value)) => out.extend_from_slice(&value.to_le_bytes()),
        (Dtype::F64, ValueRef::F64(value)) => out.extend_from_slice(&value.to_le_bytes()),
        (Dtype::String, ValueRef::Str(value)) => {
            write_unsigned(out, value.len() as u64);
            out.extend_from_slice(value.as_bytes());
        }
        (Dtype::Bytes, ValueRef::Bytes(value)) => {
            write_unsigned(out, value.len() as u64);
            out.extend_from_slice(value);
        }
        (Dtype::Timestamp, ValueRef::Timestamp(value)) => {
            out.extend_from_slice(&value.timestamp_micros().to_le_bytes());
        }
        (Dtype::Date, ValueRef::Date(value)) => write_signed(out, i64::from(value.to_epoch_days())),
        (Dtype::Enum(variants), ValueRef::Variant(index))
            if usize::from(index) < variants.len() =>
        {
            match u8::try_from(variants.len() - 1) {
                Ok(_) => out.extend_from_slice(&index.to_le_bytes()[..1]),
                Err(_) => out.extend_from_slice(&index.to_le_bytes()),
            }
        }
        (
            Dtype::Decimal { precision, scale },
            ValueRef::Decimal {
                mantissa,
                scale: own,
            },
        ) if scale == own && fits(mantissa, precision) => write_wide(out, mantissa),
        (Dtype::Uuid, ValueRef::Uuid(value)) => out.extend_from_slice(value.as_bytes()),
        (Dtype::List { item, nullable }, ValueRef::List(list)) => {
            write_unsigned(out, list.len() as u64);
            write_values(*item, nullable, list, out)?;
        }
        (Dtype::Array(length), ValueRef::List(list)) => {
            check_length(list, length)?;
            write_values(Dtype::F32, false, list, out)?;
        }
        (Dtype::Json, ValueRef::Json(json)) => {
            let text = json.text()?;
            write_unsigned(out, text.len() as u64);
            out.extend_from_slice(text.as_bytes());
        }
        _ => return Err(mismatch()),
    }
    Ok(())
}

/// Appends a list's null bitmap, where it may have nulls, and its values.
fn write_values(
    item: Dtype,
    nullable: bool,
    list: ListRef<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    let nulls = out.len();
    if nullable {
        out.resize(nulls + list.len().div_ceil(8), 0);
    }
    for (index, value) in list.iter().enumerate() {
        match value {
            Some(value) => write_value(item, value, out),
            None if nullable => {
                out[nulls + index / 8] |= 1 << (index % 8);
                Ok(())
            }
            None => Err(ValueError::Null),
        }
        .map_err(|error| ValueError::element(index, error))?;
    }
    Ok(())
}

/// Appends a number of up to 128 bits: how many bytes it has, and the bytes of its zigzag.
fn write_wide(out: &mut Vec<u8>, value: i128) {
    let zigzag = ((value << 1) ^ (value >> 127)).cast_unsigned();
    let length = 16 - zigzag.leading_zeros() as usize / 8;
    #[allow(clippy::cast_possible_truncation)]
    out.push(length as u8);
    out.extend_from_slice(&zigzag.to_le_bytes()[..length]);
}
