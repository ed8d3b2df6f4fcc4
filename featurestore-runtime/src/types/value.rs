//! A value whose dtype is known only when running: at the edges, and between store and struct.

use std::borrow::Cow;

use featurestore_schema::Dtype;

use super::{JsonRef, ListRef, Uuid, decimal};
use crate::time::{Date, Timestamp, format_timestamp};

/// A feature's or a join key's value, borrowed from where it is.
///
/// All signed integers are `Int` and all unsigned ones `UInt`; the dtype beside a value says how
/// wide it is.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ValueRef<'a> {
    /// A bool.
    Bool(bool),
    /// A signed integer of any width.
    Int(i64),
    /// An unsigned integer of any width.
    UInt(u64),
    /// A float of 32 bits.
    F32(f32),
    /// A float of 64 bits.
    F64(f64),
    /// A text.
    Str(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// An instant.
    Timestamp(Timestamp),
    /// A day.
    Date(Date),
    /// A variant's place in its enum's list.
    Variant(u16),
    /// A decimal number: `mantissa` / 10^`scale`.
    Decimal {
        /// The number without its point.
        mantissa: i128,
        /// How many digits stand behind the point.
        scale: u8,
    },
    /// A UUID.
    Uuid(Uuid),
    /// A list's or an embedding's values.
    List(ListRef<'a>),
    /// JSON.
    Json(JsonRef<'a>),
}

/// A value that is owned; see [`ValueRef`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A bool.
    Bool(bool),
    /// A signed integer of any width.
    Int(i64),
    /// An unsigned integer of any width.
    UInt(u64),
    /// A float of 32 bits.
    F32(f32),
    /// A float of 64 bits.
    F64(f64),
    /// A text; also an enum's variant.
    Str(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An instant.
    Timestamp(Timestamp),
    /// A day.
    Date(Date),
    /// A decimal number: `mantissa` / 10^`scale`.
    Decimal {
        /// The number without its point.
        mantissa: i128,
        /// How many digits stand behind the point.
        scale: u8,
    },
    /// A UUID.
    Uuid(Uuid),
    /// A list's or an embedding's values, nothing for a null.
    List(Vec<Option<Value>>),
    /// JSON, as text.
    Json(String),
}

/// A value that does not fit its dtype or type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// The value has another dtype.
    #[error("the value {value} is not of dtype {expected}")]
    Dtype {
        /// The value, as text.
        value: String,
        /// What was expected.
        expected: Dtype,
    },
    /// A text that the enum doesn't know.
    #[error("`{value}` is none of the variants {}", featurestore_schema::listing(variants.iter().copied()))]
    Variant {
        /// The text.
        value: String,
        /// What the enum knows.
        variants: &'static [&'static str],
    },
    /// A null where the column may not be null.
    #[error("the value is null, and the feature may not be; make it an `Option`")]
    Null,
    /// A value within a list.
    #[error("value {} of the list: {error}", index + 1)]
    Element {
        /// Its place, from 0.
        index: usize,
        /// What is wrong with it.
        error: Box<ValueError>,
    },
    /// An embedding of another length.
    #[error("the list has {found} values, and the feature has {expected}")]
    Length {
        /// How many it has.
        found: usize,
        /// How many it must have.
        expected: usize,
    },
    /// JSON that is none, or not of the feature's type.
    #[error("the value is not the JSON that the feature holds: {reason}")]
    Json {
        /// What is wrong with it.
        reason: String,
    },
}

impl ValueError {
    pub(crate) fn element(index: usize, error: Self) -> Self {
        Self::Element {
            index,
            error: Box::new(error),
        }
    }

    pub(super) fn json(error: &serde_json::Error) -> Self {
        Self::Json {
            reason: error.to_string(),
        }
    }

    /// `value` is not of dtype `expected`.
    #[must_use]
    pub fn dtype(value: ValueRef<'_>, expected: Dtype) -> Self {
        Self::Dtype {
            value: value.text(Dtype::String).into_owned(),
            expected,
        }
    }
}

impl<'a> ValueRef<'a> {
    /// The value with its own copy of texts and bytes; a variant as its text in `dtype`.
    #[must_use]
    pub fn to_owned(self, dtype: Dtype) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::UInt(value) => Value::UInt(value),
            Self::F32(value) => Value::F32(value),
            Self::F64(value) => Value::F64(value),
            Self::Str(value) => Value::Str(value.to_owned()),
            Self::Bytes(value) => Value::Bytes(value.to_vec()),
            Self::Timestamp(value) => Value::Timestamp(value),
            Self::Date(value) => Value::Date(value),
            Self::Variant(index) => Value::Str(variant_text(dtype, index).to_owned()),
            Self::Decimal { mantissa, scale } => Value::Decimal { mantissa, scale },
            Self::Uuid(value) => Value::Uuid(value),
            Self::List(list) => {
                let item = *item_of(dtype);
                let values = list.iter().map(|value| Some(value?.to_owned(item)));
                Value::List(values.collect())
            }
            Self::Json(json) => Value::Json(json.text().unwrap_or_default().into_owned()),
        }
    }

    /// The value as people read it, without quotes. Floats always have a point or an exponent.
    #[must_use]
    pub fn text(self, dtype: Dtype) -> Cow<'a, str> {
        match self {
            Self::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
            Self::Int(value) => Cow::Owned(value.to_string()),
            Self::UInt(value) => Cow::Owned(value.to_string()),
            Self::F32(value) => Cow::Owned(format!("{value:?}")),
            Self::F64(value) => Cow::Owned(format!("{value:?}")),
            Self::Str(value) => Cow::Borrowed(value),
            Self::Bytes(value) => Cow::Owned(hex(value)),
            Self::Timestamp(value) => Cow::Owned(format_timestamp(value)),
            Self::Date(value) => Cow::Owned(value.to_string()),
            Self::Variant(index) => Cow::Borrowed(variant_text(dtype, index)),
            Self::Decimal { mantissa, scale } => Cow::Owned(decimal::text(mantissa, scale)),
            Self::Uuid(value) => Cow::Owned(value.to_string()),
            Self::List(list) => {
                let item = *item_of(dtype);
                let values = list
                    .iter()
                    .map(|value| value.map_or(Cow::Borrowed("null"), |value| value.text(item)));
                Cow::Owned(format!("[{}]", values.collect::<Vec<_>>().join(", ")))
            }
            Self::Json(json) => json.text().unwrap_or_default(),
        }
    }
}

impl Value {
    /// The value, borrowed, as `dtype` has it: a text becomes a variant where `dtype` is an enum.
    ///
    /// # Errors
    ///
    /// A text that the enum doesn't know.
    pub fn borrow(&self, dtype: Dtype) -> Result<ValueRef<'_>, ValueError> {
        Ok(match self {
            Self::Bool(value) => ValueRef::Bool(*value),
            Self::Int(value) => ValueRef::Int(*value),
            Self::UInt(value) => ValueRef::UInt(*value),
            Self::F32(value) => ValueRef::F32(*value),
            Self::F64(value) => ValueRef::F64(*value),
            Self::Str(value) => match dtype {
                Dtype::Enum(variants) => ValueRef::Variant(variant_index(variants, value)?),
                _ => ValueRef::Str(value),
            },
            Self::Bytes(value) => ValueRef::Bytes(value),
            Self::Timestamp(value) => ValueRef::Timestamp(*value),
            Self::Date(value) => ValueRef::Date(*value),
            Self::Decimal { mantissa, scale } => ValueRef::Decimal {
                mantissa: *mantissa,
                scale: *scale,
            },
            Self::Uuid(value) => ValueRef::Uuid(*value),
            Self::List(values) => ValueRef::List(ListRef::values(values, item_of(dtype))?),
            Self::Json(text) => ValueRef::Json(JsonRef::new(text)?),
        })
    }

    /// The value as people read it, without quotes. Floats always have a point or an exponent.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        self.borrow(Dtype::String)
            .map_or(Cow::Borrowed(""), |value| value.text(Dtype::String))
    }
}

/// The place of a text among an enum's variants.
///
/// # Errors
///
/// A text that is none of them.
pub(crate) fn variant_index(
    variants: &'static [&'static str],
    text: &str,
) -> Result<u16, ValueError> {
    variants
        .iter()
        .position(|variant| *variant == text)
        .and_then(|index| u16::try_from(index).ok())
        .ok_or_else(|| ValueError::Variant {
            value: text.to_owned(),
            variants,
        })
}

fn variant_text(dtype: Dtype, index: u16) -> &'static str {
    match dtype {
        Dtype::Enum(variants) => variants
            .get(usize::from(index))
            .copied()
            .unwrap_or_default(),
        _ => "",
    }
}

/// The dtype of a list's values.
pub(crate) fn item_of(dtype: Dtype) -> &'static Dtype {
    match dtype {
        Dtype::List { item, .. } => item,
        Dtype::Array(_) => &Dtype::F32,
        _ => &Dtype::String,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
