//! Lists and embeddings: as Rust types, and borrowed from wherever their values are.

use std::fmt;

use featurestore_schema::Dtype;

use super::{ColumnType, FeatureType, Value, ValueError, ValueRef};
use crate::codec::EncodedList;

/// A list's values, borrowed from where they are: a row's bytes, a column of Arrow, a `Vec`.
#[derive(Clone, Copy)]
pub struct ListRef<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Encoded(EncodedList<'a>),
    Values(&'a [Option<Value>], &'static Dtype),
    Items(&'a dyn ListItems, usize, usize),
}

/// What holds the values of lists and gives them by their place.
pub(crate) trait ListItems: Sync {
    fn item(&self, index: usize) -> Option<ValueRef<'_>>;
}

impl<'a> ListRef<'a> {
    pub(crate) const fn encoded(list: EncodedList<'a>) -> Self {
        Self(Source::Encoded(list))
    }

    /// The values at `start..end` of `items`.
    pub(crate) const fn items(items: &'a dyn ListItems, start: usize, end: usize) -> Self {
        Self(Source::Items(items, start, end))
    }

    /// Values of dtype `item`.
    pub(super) fn values(
        values: &'a [Option<Value>],
        item: &'static Dtype,
    ) -> Result<Self, ValueError> {
        for (index, value) in values.iter().enumerate() {
            if let Some(value) = value {
                value
                    .borrow(*item)
                    .map_err(|error| ValueError::element(index, error))?;
            }
        }
        Ok(Self(Source::Values(values, item)))
    }

    /// How many values there are.
    #[must_use]
    pub fn len(self) -> usize {
        match self.0 {
            Source::Encoded(list) => list.len(),
            Source::Values(values, _) => values.len(),
            Source::Items(_, start, end) => end - start,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The values in their order, nothing for a null.
    pub fn iter(self) -> impl Iterator<Item = Option<ValueRef<'a>>> {
        let mut encoded = match self.0 {
            Source::Encoded(list) => Some(list.iter()),
            _ => None,
        };
        (0..self.len()).map(move |index| match self.0 {
            Source::Encoded(_) => encoded.as_mut()?.next()?,
            Source::Values(values, item) => values[index].as_ref()?.borrow(*item).ok(),
            Source::Items(items, start, _) => items.item(start + index),
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

/// How a list of a type is plain bytes; only `u8` has it.
#[derive(Debug)]
pub struct AsBytes<T> {
    pub(super) borrow: fn(&[T]) -> &[u8],
    pub(super) own: fn(&[u8]) -> Vec<T>,
}

impl<T: ColumnType> FeatureType for Vec<T> {
    const DTYPE: Dtype = if T::BYTES.is_some() {
        Dtype::Bytes
    } else {
        Dtype::list_of(&<T::Value as FeatureType>::DTYPE, T::NULLABLE)
    };

    #[inline]
    fn to_value(&self) -> ValueRef<'_> {
        match T::BYTES {
            Some(bytes) => ValueRef::Bytes((bytes.borrow)(self)),
            None => ValueRef::List(ListRef::items(self, 0, self.len())),
        }
    }

    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self, ValueError> {
        match (value, T::BYTES) {
            (ValueRef::Bytes(bytes), Some(hooks)) => Ok((hooks.own)(bytes)),
            (ValueRef::List(list), None) => list
                .iter()
                .enumerate()
                .map(|(index, value)| {
                    let value = value.map(<T::Value as FeatureType>::from_value).transpose();
                    value
                        .and_then(|value| T::from_nullable(value).ok_or(ValueError::Null))
                        .map_err(|error| ValueError::element(index, error))
                })
                .collect(),
            _ => Err(ValueError::dtype(value, Self::DTYPE)),
        }
    }
}

impl<T: ColumnType> ListItems for Vec<T> {
    fn item(&self, index: usize) -> Option<ValueRef<'_>> {
        self[index].as_value().map(FeatureType::to_value)
    }
}

impl<const LENGTH: usize> FeatureType for [f32; LENGTH] {
    const DTYPE: Dtype = Dtype::Array(LENGTH);

    #[inline]
    fn to_value(&self) -> ValueRef<'_> {
        ValueRef::List(ListRef::items(self, 0, LENGTH))
    }

    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self, ValueError> {
        let ValueRef::List(list) = value else {
            return Err(ValueError::dtype(value, Self::DTYPE));
        };
        check_length(list, LENGTH)?;
        let mut array = [0.0; LENGTH];
        for (index, (place, value)) in array.iter_mut().zip(list.iter()).enumerate() {
            *place = value
                .ok_or(ValueError::Null)
                .and_then(f32::from_value)
                .map_err(|error| ValueError::element(index, error))?;
        }
        Ok(array)
    }
}

impl<const LENGTH: usize> ListItems for [f32; LENGTH] {
    fn item(&self, index: usize) -> Option<ValueRef<'_>> {
        Some(ValueRef::F32(self[index]))
    }
}

/// An embedding has its declared length and no other.
pub(crate) fn check_length(list: ListRef<'_>, expected: usize) -> Result<(), ValueError> {
    let found = list.len();
    if found == expected {
        Ok(())
    } else {
        Err(ValueError::Length { found, expected })
    }
}
