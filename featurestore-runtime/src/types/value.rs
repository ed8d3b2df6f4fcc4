//! A value that is owned, whose dtype is known only when running: at the edges.

use std::borrow::Cow;

use featurestore_schema::Dtype;

use super::value_ref::{ListValues, item_of};
use super::{JsonRef, ListRef, Uuid, ValueError, ValueRef};
use crate::time::{Date, Timestamp};

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
            Self::Variant(_) => Value::Str(self.text(dtype).into_owned()),
            Self::Decimal { mantissa, scale } => Value::Decimal { mantissa, scale },
            Self::Uuid(value) => Value::Uuid(value),
            Self::List(list) => {
                let item = *item_of(dtype);
                let values = list.iter().map(|value| Some(value?.to_owned(item)));
                Value::List(values.collect())
            }
            Self::Json(_) => Value::Json(self.text(dtype).into_owned()),
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
            Self::List(values) => ValueRef::List(list(values, item_of(dtype))?),
            Self::Json(text) => ValueRef::Json(JsonRef::new(text)?),
        })
    }

    /// The value as people read it, without quotes. Floats always have a point or an exponent.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self.borrow(Dtype::String) {
            Ok(value) => value.text(Dtype::String),
            Err(error) => error.to_string().into(),
        }
    }
}

/// The index of a text among an enum's variants.
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

/// Values of dtype `item`; each of them is looked at once, so that reading them can't fail.
fn list<'a>(
    values: &'a Vec<Option<Value>>,
    item: &'static Dtype,
) -> Result<ListRef<'a>, ValueError> {
    for (index, value) in values.iter().enumerate() {
        if let Some(value) = value {
            value
                .borrow(*item)
                .map_err(|error| ValueError::element(index, error))?;
        }
    }
    Ok(ListRef::values(values, item))
}

impl ListValues for Vec<Option<Value>> {
    fn count(&self) -> usize {
        self.len()
    }

    fn value(&self, index: usize, dtype: Dtype) -> Option<ValueRef<'_>> {
        self.get(index)?.as_ref()?.borrow(dtype).ok()
    }
}
