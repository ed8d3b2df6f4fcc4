//! What `#[column(..)]` says of values: checks and defaults.

use std::fmt;
use std::time::Duration;

use featurestore_schema::{Dtype, MAX_PRECISION};

use crate::time::{Horizon, Timestamp, format_span, format_timestamp};
use crate::types::{Value, ValueError, ValueRef, parse_decimal, rescale};

/// A number as it was declared.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Number {
    /// Written without a point.
    Int(i128),
    /// Written with a point or an exponent.
    Float(f64),
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(formatter, "{value}"),
            Self::Float(value) => write!(formatter, "{value:?}"),
        }
    }
}

/// What a column's values must satisfy.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Check {
    /// `range = 0..=100`: numbers within bounds; NaN is not.
    Range {
        /// The smallest number that is allowed.
        min: Option<Number>,
        /// The largest.
        max: Option<Number>,
        /// Whether `max` itself is allowed.
        inclusive: bool,
    },
    /// `one_of = ["a", "b"]`: one of these texts.
    OneOf(&'static [&'static str]),
}

/// A column's declared default.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Default {
    /// A bool.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text, or the text of an enum's variant.
    Text(&'static str),
}

impl Default {
    /// The default as a value of its column's dtype; nothing where it is not one.
    pub(crate) fn value(self, dtype: Dtype) -> Option<Value> {
        match self {
            Self::Bool(value) => Some(Value::Bool(value)),
            Self::Text(text) => Value::parse(text, dtype).ok(),
            Self::Number(number) => Value::parse(&number.to_string(), dtype).ok(),
        }
    }
}

/// What keeps a row with a value from being used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// It is no value of the column's.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// It violates what the column declares.
    #[error("the value {value} violates {check}")]
    Check {
        /// The value, as text.
        value: String,
        /// What it violates.
        check: &'static Check,
    },
    /// A join key that is a text of no characters, or has no bytes: it is no entity's.
    #[error("the join key is empty, which identifies no entity")]
    EmptyKey,
    /// An event time of the future.
    #[error(
        "the time {} is ahead of the clock, which says {}, by more than the {} that it may be (`clock_skew`)",
        format_timestamp(*time),
        format_timestamp(*now),
        format_span(*skew)
    )]
    Ahead {
        /// The time.
        time: Timestamp,
        /// What the store's clock said.
        now: Timestamp,
        /// How far ahead of it a time may be.
        skew: Duration,
    },
}

impl Violation {
    /// Whether a row may have an event time, by the clock that the row meets.
    pub(crate) fn check_time(time: Timestamp, horizon: Horizon) -> Result<(), Self> {
        let Horizon { now, skew } = horizon;
        if time > horizon.end() {
            return Err(Self::Ahead { time, now, skew });
        }
        Ok(())
    }

    /// Whether a row may have a value, nothing for a null: the one function of checks.
    pub(crate) fn check(
        value: Option<ValueRef<'_>>,
        dtype: Dtype,
        nullable: bool,
        checks: &'static [Check],
    ) -> Result<(), Self> {
        match value {
            Some(value) => match checks.iter().find(|check| !check.holds(value)) {
                Some(check) => Err(Self::Check {
                    value: value.text(dtype).into_owned(),
                    check,
                }),
                None => Ok(()),
            },
            None if nullable => Ok(()),
            None => Err(ValueError::Null.into()),
        }
    }
}

impl Check {
    /// Whether `value` satisfies the check.
    #[must_use]
    pub fn holds(&self, value: ValueRef<'_>) -> bool {
        match self {
            Self::Range {
                min,
                max,
                inclusive,
            } => {
                let above = min
                    .is_none_or(|min| compare(value, min).is_some_and(std::cmp::Ordering::is_ge));
                let below = max.is_none_or(|max| {
                    compare(value, max).is_some_and(|order| {
                        if *inclusive {
                            order.is_le()
                        } else {
                            order.is_lt()
                        }
                    })
                });
                above && below
            }
            Self::OneOf(texts) => matches!(value, ValueRef::Str(text) if texts.contains(&text)),
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range {
                min,
                max,
                inclusive,
            } => {
                let text = |number: &Option<Number>| {
                    number.map(|number| number.to_string()).unwrap_or_default()
                };
                let dots = if *inclusive && max.is_some() {
                    "..="
                } else {
                    ".."
                };
                write!(formatter, "range {}{dots}{}", text(min), text(max))
            }
            Self::OneOf(texts) => write!(formatter, "one of {}", texts.join(", ")),
        }
    }
}

/// Compares exactly, also integers beyond 2^53; nothing where either is no number or NaN.
fn compare(value: ValueRef<'_>, bound: Number) -> Option<std::cmp::Ordering> {
    let float = |value: f64| match bound {
        Number::Float(bound) => value.partial_cmp(&bound),
        #[allow(clippy::cast_precision_loss)]
        Number::Int(bound) => value.partial_cmp(&(bound as f64)),
    };
    let integer = |value: i128| match bound {
        Number::Int(bound) => Some(value.cmp(&bound)),
        #[allow(clippy::cast_precision_loss)]
        Number::Float(bound) => (value as f64).partial_cmp(&bound),
    };
    match value {
        ValueRef::Int(value) => integer(i128::from(value)),
        ValueRef::UInt(value) => integer(i128::from(value)),
        ValueRef::F32(value) => float(f64::from(value)),
        ValueRef::F64(value) => float(value),
        ValueRef::Decimal { mantissa, scale } => compare_decimal(mantissa, scale, bound),
        _ => None,
    }
}

/// Compares with the bound's shortest digits, which are those that it was declared with.
fn compare_decimal(mantissa: i128, scale: u8, bound: Number) -> Option<std::cmp::Ordering> {
    let text = match bound {
        Number::Int(bound) => bound.to_string(),
        Number::Float(bound) => bound.to_string(),
    };
    let digits = text.split_once('.').map_or(0, |(_, digits)| digits.len());
    let common = scale.max(u8::try_from(digits).ok()?.min(MAX_PRECISION));
    let own = rescale(mantissa, scale, common);
    match (own, parse_decimal(&text, MAX_PRECISION, common)) {
        (Some(own), Some(bound)) => Some(own.cmp(&bound)),
        // Too many digits for 128 bits: apart by far more than a rounding.
        #[allow(clippy::cast_precision_loss)]
        _ => (mantissa as f64 / 10_f64.powi(scale.into())).partial_cmp(&text.parse().ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(min: Option<Number>, max: Option<Number>, inclusive: bool) -> Check {
        Check::Range {
            min,
            max,
            inclusive,
        }
    }

    #[test]
    fn a_range_bounds_both_ends_as_rust_writes_them() {
        let closed = range(Some(Number::Int(0)), Some(Number::Int(100)), true);
        assert!(closed.holds(ValueRef::Int(0)) && closed.holds(ValueRef::Int(100)));
        assert!(!closed.holds(ValueRef::Int(-1)) && !closed.holds(ValueRef::F64(100.5)));
        let open = range(Some(Number::Float(0.0)), Some(Number::Float(1.0)), false);
        assert!(open.holds(ValueRef::F64(0.0)) && !open.holds(ValueRef::F64(1.0)));
        assert!(!open.holds(ValueRef::F64(f64::NAN)));
        let cents = |mantissa| ValueRef::Decimal { mantissa, scale: 2 };
        assert!(closed.holds(cents(10_000)) && !closed.holds(cents(10_001)));
        assert!(closed.holds(cents(0)) && !closed.holds(cents(-1)));
        assert!(open.holds(cents(99)) && !open.holds(cents(100)));
        let large = range(None, Some(Number::Int((1 << 53) + 1)), false);
        assert!(large.holds(ValueRef::Int(1 << 53)) && !large.holds(ValueRef::Int((1 << 53) + 1)));
    }

    #[test]
    fn one_of_knows_only_its_texts() {
        let check = Check::OneOf(&["a", "b"]);
        assert!(check.holds(ValueRef::Str("a")) && !check.holds(ValueRef::Str("c")));
    }
}
