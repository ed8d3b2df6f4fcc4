//! A value that is borrowed from where it is, whose dtype is known only when running.

use std::borrow::Cow;
use std::fmt;

use featurestore_schema::Dtype;

use super::{JsonRef, Uuid, ValueError, digits};
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
    /// A variant's index in its enum's list.
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

/// A list's values, borrowed from where they are: a row's bytes, a column of Arrow, a `Vec`.
#[derive(Clone, Copy)]
pub struct ListRef<'a>(ListRepr<'a>);

#[derive(Clone, Copy)]
enum ListRepr<'a> {
    Encoded(EncodedList<'a>),
    Values(&'a dyn ListValues, &'static Dtype),
    Items(&'a dyn ListItems, usize, usize),
}

/// A list in a row's bytes, its values still encoded. All of them were looked at when it was made,
/// so reading them can't fail. What the bytes are, the codec knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EncodedList<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) item: &'static Dtype,
    pub(crate) length: u32,
    /// Whether the bytes begin with a null bitmap.
    pub(crate) nullable: bool,
    /// Takes the value at an index from the front of what is left of the bytes.
    pub(crate) take: TakeItem,
}

/// See [`EncodedList::take`]; nothing for a null.
pub(crate) type TakeItem =
    for<'b> fn(&EncodedList<'b>, usize, &mut &'b [u8]) -> Option<ValueRef<'b>>;

/// Values that are owned, as a dtype has them.
pub(super) trait ListValues: Sync {
    fn count(&self) -> usize;

    fn value(&self, index: usize, dtype: Dtype) -> Option<ValueRef<'_>>;
}

/// What holds the values of lists and gives them by their index.
pub(crate) trait ListItems: Sync {
    fn item(&self, index: usize) -> Option<ValueRef<'_>>;
}

impl<'a> ListRef<'a> {
    pub(crate) const fn encoded(list: EncodedList<'a>) -> Self {
        Self(ListRepr::Encoded(list))
    }

    /// The values at `start..end` of `items`.
    pub(crate) const fn items(items: &'a dyn ListItems, start: usize, end: usize) -> Self {
        Self(ListRepr::Items(items, start, end))
    }

    /// Values of dtype `item`, which were looked at.
    pub(super) const fn values(values: &'a dyn ListValues, item: &'static Dtype) -> Self {
        Self(ListRepr::Values(values, item))
    }

    /// How many values there are.
    #[must_use]
    pub fn len(self) -> usize {
        match self.0 {
            ListRepr::Encoded(list) => list.length as usize,
            ListRepr::Values(values, _) => values.count(),
            ListRepr::Items(_, start, end) => end - start,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The values in their order, nothing for a null.
    pub fn iter(self) -> impl Iterator<Item = Option<ValueRef<'a>>> {
        let mut rest = match self.0 {
            ListRepr::Encoded(list) => list.bytes,
            _ => &[],
        };
        (0..self.len()).map(move |index| match self.0 {
            ListRepr::Encoded(list) => (list.take)(&list, index, &mut rest),
            ListRepr::Values(values, item) => values.value(index, *item),
            ListRepr::Items(items, start, _) => items.item(start + index),
        })
    }
}

impl PartialEq for ListRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl fmt::Debug for ListRef<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> ValueRef<'a> {
    /// How many bytes a text has, or bytes have; nothing of what can't be long.
    pub(crate) const fn bytes(&self) -> usize {
        match self {
            Self::Str(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            _ => 0,
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
            Self::Variant(index) => variant_text(dtype, index),
            Self::Decimal { mantissa, scale } => Cow::Owned(digits::text(mantissa, scale)),
            Self::Uuid(value) => Cow::Owned(value.to_string()),
            Self::List(list) => {
                let item = *item_of(dtype);
                let values = list
                    .iter()
                    .map(|value| value.map_or(Cow::Borrowed("null"), |value| value.text(item)));
                Cow::Owned(format!("[{}]", values.collect::<Vec<_>>().join(", ")))
            }
            // Who reads the text as JSON again has an error.
            Self::Json(json) => json.text().unwrap_or_else(|error| error.to_string().into()),
        }
    }
}

impl ValueError {
    /// `value` is not of dtype `expected`.
    #[must_use]
    pub fn dtype(value: ValueRef<'_>, expected: Dtype) -> Self {
        Self::Dtype {
            value: value.text(Dtype::String).into_owned(),
            expected,
        }
    }
}

/// A variant's text; of one that its enum has not, a text that none of its variants has.
fn variant_text(dtype: Dtype, index: u16) -> Cow<'static, str> {
    let text = match dtype {
        Dtype::Enum(variants) => variants.get(usize::from(index)),
        _ => None,
    };
    text.map_or_else(
        || format!("no variant, {index}").into(),
        |text| (*text).into(),
    )
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::types::{FeatureType, Json, Value};

    #[test]
    fn what_has_no_text_is_said_and_read_again_as_no_value() {
        let keyed_by_pairs = Json(BTreeMap::from([((1, 2), 3)]));
        let json = keyed_by_pairs.to_value();
        let variant = ValueRef::Variant(2);
        let dtype = Dtype::Enum(&["a", "b"]);
        assert_eq!(
            json.text(Dtype::Json),
            "the value is not the JSON that the feature holds: key must be a string"
        );
        assert_eq!(variant.text(dtype), "no variant, 2");
        assert!(json.to_owned(Dtype::Json).borrow(Dtype::Json).is_err());
        assert!(variant.to_owned(dtype).borrow(dtype).is_err());
        let text = Value::Json("{".to_owned());
        assert!(text.text().contains("JSON"), "{}", text.text());
    }
}
