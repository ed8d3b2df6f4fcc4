//! Decimal numbers as a type with a fixed precision and scale.

use std::fmt;
use std::str::FromStr;

use featurestore_schema::Dtype;

use super::digits::{fits, parse, text};
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
