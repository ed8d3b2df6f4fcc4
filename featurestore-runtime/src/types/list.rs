//! Lists and embeddings as Rust types.

use featurestore_schema::Dtype;

use super::{ColumnType, FeatureType, ListItems, ListRef, ValueError, ValueRef};

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
        for (index, (slot, value)) in array.iter_mut().zip(list.iter()).enumerate() {
            *slot = value
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
