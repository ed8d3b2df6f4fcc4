//! A value of one dtype as the equal one of a wider or narrower dtype.

use featurestore_schema::Dtype;

use crate::time::Timestamp;
use crate::types::{ListRef, Value, ValueError, ValueRef, rescale, variant_index};

/// Whether values of the one dtype can be equal to ones of the other: all of one's are, or each by
/// itself says whether it is, as texts of enums and the values of lists do.
pub(super) fn are_related(left: Dtype, right: Dtype) -> bool {
    match (left, right) {
        (Dtype::Enum(_), Dtype::Enum(_)) => true,
        (Dtype::List { item, .. }, Dtype::List { item: other, .. }) => are_related(*item, *other),
        (Dtype::List { item, .. }, Dtype::Array(_))
        | (Dtype::Array(_), Dtype::List { item, .. }) => are_related(*item, Dtype::F32),
        _ => left.widens(right) || right.widens(left),
    }
}

/// A value of dtype `from` as the equal one of dtype `to`, which is related to it. That an
/// integer or a decimal is in the range of `to` is left to writing it.
pub(super) fn convert(
    value: ValueRef<'_>,
    from: Dtype,
    to: Dtype,
) -> Result<ValueRef<'_>, ValueError> {
    if from == to {
        return Ok(value);
    }
    let converted = match (value, to) {
        (ValueRef::Variant(index), _) => {
            let name = match from {
                Dtype::Enum(names) => names.get(usize::from(index)),
                _ => None,
            };
            let name = name.ok_or_else(|| ValueError::dtype(value, from))?;
            return text(name, to);
        }
        (ValueRef::Str(name), _) => return text(name, to),
        (ValueRef::Int(number), _) => integer(number.into(), to),
        (ValueRef::UInt(number), _) => integer(number.into(), to),
        (ValueRef::Decimal { mantissa, scale }, _) => decimal(mantissa, scale, to),
        (ValueRef::F32(number), Dtype::F64) => Some(ValueRef::F64(number.into())),
        (ValueRef::F32(number), _) => whole(number.into(), to),
        (ValueRef::F64(number), Dtype::F32) => narrowed(number).map(ValueRef::F32),
        (ValueRef::F64(number), _) => whole(number, to),
        (ValueRef::Date(day), Dtype::Timestamp) => {
            let midnight = day.and_hms_opt(0, 0, 0);
            midnight.map(|time| ValueRef::Timestamp(time.and_utc()))
        }
        (ValueRef::Timestamp(time), Dtype::Date) => day(time),
        _ => Some(value),
    };
    converted.ok_or_else(|| ValueError::dtype(value, to))
}

/// The values of a list whose own dtype is another one in `to` than in `from`, which is related to
/// it, as a list of `to`; nothing where it is the same.
pub(super) fn converted_list(
    list: ListRef<'_>,
    from: Dtype,
    to: Dtype,
) -> Result<Option<Value>, ValueError> {
    let item = |dtype| match dtype {
        Dtype::List { item, .. } => Some(*item),
        Dtype::Array(_) => Some(Dtype::F32),
        _ => None,
    };
    let (Some(from), Some(to)) = (item(from), item(to)) else {
        return Ok(None);
    };
    if from == to {
        return Ok(None);
    }
    let mut values = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        let value = value.map(|value| convert(value, from, to)).transpose();
        let value = value.map_err(|error| ValueError::element(index, error))?;
        values.push(value.map(|value| value.to_owned(to)));
    }
    Ok(Some(Value::List(values)))
}

fn text(name: &str, to: Dtype) -> Result<ValueRef<'_>, ValueError> {
    match to {
        Dtype::Enum(variants) => variant_index(variants, name).map(ValueRef::Variant),
        _ => Ok(ValueRef::Str(name)),
    }
}

fn integer(number: i128, to: Dtype) -> Option<ValueRef<'static>> {
    Some(match to {
        Dtype::U8 | Dtype::U16 | Dtype::U32 | Dtype::U64 => {
            ValueRef::UInt(u64::try_from(number).ok()?)
        }
        // Only integers of at most 32 bits have to do with f64, and of 16 bits with f32: exact.
        #[allow(clippy::cast_precision_loss)]
        Dtype::F64 => ValueRef::F64(number as f64),
        #[allow(clippy::cast_precision_loss)]
        Dtype::F32 => ValueRef::F32(number as f32),
        Dtype::Decimal { scale, .. } => ValueRef::Decimal {
            mantissa: rescale(number, 0, scale)?,
            scale,
        },
        _ => ValueRef::Int(i64::try_from(number).ok()?),
    })
}

fn decimal(mantissa: i128, scale: u8, to: Dtype) -> Option<ValueRef<'static>> {
    let wanted = match to {
        Dtype::Decimal { scale, .. } => scale,
        _ => 0,
    };
    let rescaled = if wanted >= scale {
        rescale(mantissa, scale, wanted)?
    } else {
        let factor = rescale(1, wanted, scale)?;
        (mantissa % factor == 0).then_some(mantissa / factor)?
    };
    match to {
        Dtype::Decimal { scale, .. } => Some(ValueRef::Decimal {
            mantissa: rescaled,
            scale,
        }),
        _ => integer(rescaled, to),
    }
}

/// A float as the integer that it is; none is minus zero.
fn whole(number: f64, to: Dtype) -> Option<ValueRef<'static>> {
    #[allow(clippy::cast_possible_truncation)]
    let integer_part = number as i64;
    #[allow(clippy::cast_precision_loss)]
    let is_whole = (integer_part as f64).to_bits() == number.to_bits();
    is_whole.then(|| integer(integer_part.into(), to)).flatten()
}

fn narrowed(number: f64) -> Option<f32> {
    #[allow(clippy::cast_possible_truncation)]
    let narrow = number as f32;
    (number.is_nan() || f64::from(narrow).to_bits() == number.to_bits()).then_some(narrow)
}

fn day(time: Timestamp) -> Option<ValueRef<'static>> {
    let day = time.date_naive();
    let midnight = day.and_hms_opt(0, 0, 0)?.and_utc();
    (midnight == time).then_some(ValueRef::Date(day))
}
