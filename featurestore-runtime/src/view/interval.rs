//! What a `range` allows of a dtype, as its smallest and its largest value: found by asking the check
//! itself, so that whoever compares with them says what it says.

use featurestore_schema::Dtype;

use super::Check;
use crate::types::{Value, ValueRef};

/// The values of a dtype that a `range` allows, from the smallest to the largest; nothing where it
/// allows none. NaN is in no range, and -0.0 is as large as 0.0.
pub(crate) fn interval(check: &Check, dtype: Dtype) -> Option<(Value, Value)> {
    let Check::Range {
        min,
        max,
        inclusive,
    } = *check
    else {
        return None;
    };
    let (above, below) = (
        Check::Range {
            min,
            max: None,
            inclusive,
        },
        Check::Range {
            min: None,
            max,
            inclusive,
        },
    );
    let (first, last) = ranks(dtype)?;
    let holds = |check: &Check, rank: i128| value(dtype, rank).is_some_and(|it| check.holds(it));
    let smallest = bisect(first, last + 1, |rank| holds(&above, rank));
    let beyond = bisect(smallest, last + 1, |rank| !holds(&below, rank));
    if beyond <= smallest {
        return None;
    }
    let owned = |rank| Some(value(dtype, rank)?.to_owned(dtype));
    owned(smallest).zip(owned(beyond - 1))
}

/// The first rank in `first..end` from which on `is_there` holds; `end` where it never does.
fn bisect(first: i128, end: i128, is_there: impl Fn(i128) -> bool) -> i128 {
    let (mut first, mut end) = (first, end);
    while first < end {
        let middle = first + (end - first) / 2;
        if is_there(middle) {
            end = middle;
        } else {
            first = middle + 1;
        }
    }
    first
}

/// The first and the last rank of a number's values in their order, NaN left out.
fn ranks(dtype: Dtype) -> Option<(i128, i128)> {
    let signed = |bits: u32| (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1);
    let unsigned = |bits: u32| (0, (1_i128 << bits) - 1);
    Some(match dtype {
        Dtype::I8 => signed(8),
        Dtype::I16 => signed(16),
        Dtype::I32 => signed(32),
        Dtype::I64 => signed(64),
        Dtype::U8 => unsigned(8),
        Dtype::U16 => unsigned(16),
        Dtype::U32 => unsigned(32),
        Dtype::U64 => unsigned(64),
        Dtype::F32 => {
            let rank = |value: f32| i128::from(ordered_32(value.to_bits().cast_signed()));
            (rank(f32::NEG_INFINITY), rank(f32::INFINITY))
        }
        Dtype::F64 => {
            let rank = |value: f64| i128::from(ordered_64(value.to_bits().cast_signed()));
            (rank(f64::NEG_INFINITY), rank(f64::INFINITY))
        }
        Dtype::Decimal { precision, .. } => {
            let most = 10_i128.checked_pow(precision.into())? - 1;
            (-most, most)
        }
        _ => return None,
    })
}

fn value(dtype: Dtype, rank: i128) -> Option<ValueRef<'static>> {
    Some(match dtype {
        Dtype::I8 | Dtype::I16 | Dtype::I32 | Dtype::I64 => {
            ValueRef::Int(i64::try_from(rank).ok()?)
        }
        Dtype::U8 | Dtype::U16 | Dtype::U32 | Dtype::U64 => {
            ValueRef::UInt(u64::try_from(rank).ok()?)
        }
        Dtype::F32 => {
            let bits = ordered_32(i32::try_from(rank).ok()?).cast_unsigned();
            ValueRef::F32(f32::from_bits(bits))
        }
        Dtype::F64 => {
            let bits = ordered_64(i64::try_from(rank).ok()?).cast_unsigned();
            ValueRef::F64(f64::from_bits(bits))
        }
        Dtype::Decimal { scale, .. } => ValueRef::Decimal {
            mantissa: rank,
            scale,
        },
        _ => return None,
    })
}

/// From a float's bits to its rank in the order of IEEE 754, and back.
const fn ordered_32(bits: i32) -> i32 {
    bits ^ (((bits >> 31).cast_unsigned() >> 1).cast_signed())
}

const fn ordered_64(bits: i64) -> i64 {
    bits ^ (((bits >> 63).cast_unsigned() >> 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Number;

    fn range(min: Option<Number>, max: Option<Number>, inclusive: bool) -> Check {
        Check::Range {
            min,
            max,
            inclusive,
        }
    }

    #[test]
    fn a_range_is_what_the_check_says_of_each_dtype() {
        let percent = range(Some(Number::Int(0)), Some(Number::Int(100)), true);
        let ends = |check: &Check, dtype| {
            interval(check, dtype).map(|(low, high)| format!("{} {}", low.text(), high.text()))
        };
        let decimal = Dtype::Decimal {
            precision: 4,
            scale: 2,
        };
        assert_eq!(ends(&percent, Dtype::I64).unwrap(), "0 100");
        assert_eq!(ends(&percent, Dtype::U8).unwrap(), "0 100");
        assert_eq!(ends(&percent, Dtype::F64).unwrap(), "-0.0 100.0");
        assert_eq!(ends(&percent, decimal).unwrap(), "0.00 99.99");
        let tenth = range(Some(Number::Float(0.1)), Some(Number::Float(0.7)), false);
        // The nearest f32 of 0.1 is above it, that of 0.7 below.
        assert_eq!(ends(&tenth, Dtype::F32).unwrap(), "0.1 0.7");
        assert_eq!(ends(&tenth, Dtype::F64).unwrap(), "0.1 0.6999999999999998");
        assert_eq!(ends(&tenth, Dtype::I8), None);
        assert_eq!(ends(&tenth, decimal).unwrap(), "0.10 0.69");
        let open = range(None, Some(Number::Int(-300)), true);
        assert_eq!(ends(&open, Dtype::I8), None);
        assert_eq!(ends(&open, Dtype::F32).unwrap(), "-inf -300.0");
        let large = range(Some(Number::Float(9_007_199_254_740_993.0)), None, false);
        let text = format!("{} {}", 1_i64 << 53, i64::MAX);
        assert_eq!(ends(&large, Dtype::I64).unwrap(), text);
    }
}
