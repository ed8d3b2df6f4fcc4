//! Decimal numbers: as a type with a fixed precision and scale, and as a mantissa beside a scale.

use std::fmt;
use std::str::FromStr;

use featurestore_schema::Dtype;

use super::{FeatureType, ValueError, ValueRef};

/// A decimal number with at most `PRECISION` digits, `SCALE` of them behind the point, exact up to
/// 38 digits: `Decimal<18, 2>` holds money as a source's `DECIMAL(18, 2)` does.
///
/// It carries values and does no arithmetic: that is done on [`mantissa`](Self::mantissa), or in a
/// decimal library of your choice by way of its text.
///
/// ```
/// use featurestore::Decimal;
///
/// let price: Decimal<18, 2> = "-12.5".parse()?;
/// assert_eq!(price.mantissa(), -1250);
/// assert_eq!(price.to_string(), "-12.50");
/// assert!("0.125".parse::<Decimal<18, 2>>().is_err());
/// # Ok::<(), featurestore::types::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal<const PRECISION: u8, const SCALE: u8>(i128);

impl<const PRECISION: u8, const SCALE: u8> Decimal<PRECISION, SCALE> {
    /// The number `mantissa` / 10^`SCALE`; nothing where it has more than `PRECISION` digits.
    #[must_use]
    pub fn from_mantissa(mantissa: i128) -> Option<Self> {
        fits(mantissa, PRECISION).then_some(Self(mantissa))
    }

    /// The number times 10^`SCALE`, which is whole.
    #[must_use]
    pub const fn mantissa(self) -> i128 {
        self.0
    }
}

impl<const PRECISION: u8, const SCALE: u8> FeatureType for Decimal<PRECISION, SCALE> {
    const DTYPE: Dtype = Dtype::Decimal {
        precision: PRECISION,
        scale: SCALE,
    };

    #[inline]
    fn to_value(&self) -> ValueRef<'_> {
        ValueRef::Decimal {
            mantissa: self.0,
            scale: SCALE,
        }
    }

    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self, ValueError> {
        match value {
            ValueRef::Decimal { mantissa, scale } if scale == SCALE => {
                Self::from_mantissa(mantissa)
            }
            _ => None,
        }
        .ok_or_else(|| ValueError::dtype(value, Self::DTYPE))
    }
}

impl<const PRECISION: u8, const SCALE: u8> fmt::Display for Decimal<PRECISION, SCALE> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&text(self.0, SCALE))
    }
}

impl<const PRECISION: u8, const SCALE: u8> fmt::Debug for Decimal<PRECISION, SCALE> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Reads digits exactly: what does not fit is an error, nothing is rounded.
impl<const PRECISION: u8, const SCALE: u8> FromStr for Decimal<PRECISION, SCALE> {
    type Err = ValueError;

    fn from_str(digits: &str) -> Result<Self, ValueError> {
        parse(digits, PRECISION, SCALE)
            .map(Self)
            .ok_or_else(|| ValueError::dtype(ValueRef::Str(digits), Self::DTYPE))
    }
}

/// Whether a mantissa has at most `precision` digits.
pub(crate) fn fits(mantissa: i128, precision: u8) -> bool {
    10_u128
        .checked_pow(precision.into())
        .is_some_and(|limit| mantissa.unsigned_abs() < limit)
}

/// A mantissa of one scale as one of a larger scale.
pub(crate) fn rescale(mantissa: i128, scale: u8, to: u8) -> Option<i128> {
    let factor = 10_i128.checked_pow(u32::from(to.checked_sub(scale)?))?;
    mantissa.checked_mul(factor)
}

/// All digits, also zeros at the end: `-12.50`.
pub(crate) fn text(mantissa: i128, scale: u8) -> String {
    let scale = usize::from(scale);
    let sign = if mantissa < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", mantissa.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let point = if scale == 0 { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

/// The mantissa of `-12.5` at a scale; nothing where it would have to be rounded.
pub(crate) fn parse(digits: &str, precision: u8, scale: u8) -> Option<i128> {
    let (negative, digits) = digits
        .strip_prefix('-')
        .map_or((false, digits), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let scale = usize::from(scale);
    let (kept, dropped) = fraction.split_at_checked(scale).unwrap_or((fraction, ""));
    if dropped.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let number: i128 = format!("{whole}{kept:0<scale$}").parse().ok()?;
    let mantissa = if negative { -number } else { number };
    fits(mantissa, precision).then_some(mantissa)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn digits_are_read_exactly_or_not_at_all() {
        for (digits, mantissa) in [
            ("0", Some(0)),
            ("-0.00", Some(0)),
            ("1.5", Some(150)),
            ("0.05", Some(5)),
            ("-999.99", Some(-99_999)),
            ("1.500", Some(150)),
            ("1000", None),
            ("0.001", None),
            ("", None),
            (".5", None),
            ("1e2", None),
            ("+1", None),
            ("1.2.3", None),
            ("--1", None),
        ] {
            assert_eq!(parse(digits, 5, 2), mantissa, "{digits}");
        }
        assert_eq!(text(-5, 2), "-0.05");
        assert_eq!(text(i128::MIN, 0), i128::MIN.to_string());
        assert!(fits(10_i128.pow(38) - 1, 38) && !fits(10_i128.pow(38), 38));
    }

    proptest! {
        #![proptest_config(featurestore_properties::cases(256))]

        #[test]
        fn a_decimal_reads_back_from_its_text(mantissa in -10_i128.pow(38) + 1..10_i128.pow(38), scale in 0u8..=38) {
            prop_assert_eq!(parse(&text(mantissa, scale), 38, scale), Some(mantissa));
        }
    }
}
