//! Writing a row.

use featurestore_schema::{Dtype, Layout};

use super::Header;
use super::integers::{write_signed, write_unsigned};
use crate::types::{ValueError, ValueRef};

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
    header.write(out);
    let nulls = out.len();
    let nullable = layout
        .columns()
        .iter()
        .filter(|column| column.nullable)
        .count();
    out.resize(nulls + nullable.div_ceil(8), 0);
    let mut bit = 0;
    for (index, column) in layout.columns().iter().enumerate() {
        let value = values.get(index).copied().flatten();
        match value {
            Some(value) => write_value(column.dtype, value, out)?,
            None if column.nullable => out[nulls + bit / 8] |= 1 << (bit % 8),
            None => return Err(ValueError::Null),
        }
        bit += usize::from(column.nullable);
    }
    Ok(())
}

/// Appends one value's bytes.
fn write_value(dtype: Dtype, value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
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
        _ => return Err(mismatch()),
    }
    Ok(())
}
