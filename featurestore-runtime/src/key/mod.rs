//! Join keys: which entity a row is about. A key is one value, several in a tuple, or a struct of
//! named ones for a service over several entities.

use featurestore_schema::Dtype;
use smallvec::SmallVec;

use crate::types::{FeatureType, ValueError, ValueRef};

/// The values of a join key, in the order of [`EntityKey::PARTS`].
pub type KeyParts<'a> = SmallVec<[ValueRef<'a>; 2]>;

/// The values of an entity's join keys, as its address has them.
pub type KeyValues<'a> = SmallVec<[JoinKeyValue<'a>; 2]>;

/// A value of a join key.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct JoinKeyValue<'a> {
    /// The join key's name.
    pub name: &'a str,
    /// The dtype of its values.
    pub dtype: Dtype,
    /// The value.
    pub value: ValueRef<'a>,
}

impl<'a> JoinKeyValue<'a> {
    /// A value of the join key with a name and a dtype.
    #[must_use]
    pub const fn new(name: &'a str, dtype: Dtype, value: ValueRef<'a>) -> Self {
        Self { name, dtype, value }
    }
}

/// One join key column of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPart {
    name: Option<&'static str>,
    dtype: Dtype,
}

impl KeyPart {
    /// A part that takes its name from the view: the key of one view.
    #[must_use]
    pub const fn unnamed(dtype: Dtype) -> Self {
        Self { name: None, dtype }
    }

    /// A part with a join key's name: a field of a key struct.
    #[must_use]
    pub const fn named(name: &'static str, dtype: Dtype) -> Self {
        Self {
            name: Some(name),
            dtype,
        }
    }

    /// The join key's name, where the key's type gives one.
    #[must_use]
    pub const fn name(&self) -> Option<&'static str> {
        self.name
    }

    /// The dtype of its values.
    #[must_use]
    pub const fn dtype(&self) -> Dtype {
        self.dtype
    }
}

/// What identifies an entity.
///
/// Every [`FeatureType`] but floats is one, so `String`, `i64`, a newtype with
/// `#[derive(EntityKey)]` or an enum can be a key; tuples are composite keys, their values in the
/// order that the view's `entity` names them. A struct with `#[derive(EntityKey)]` names its
/// parts; a service over several entities is asked with one.
#[diagnostic::on_unimplemented(
    message = "FS0031: `{Self}` can't be a join key",
    label = "not a join key",
    note = "join keys are never null: String, integers, bool, Date, Timestamp, Vec<u8>, enums, and newtypes or tuples of these",
    note = "for a type of your own, add `#[derive(EntityKey)]` to it"
)]
pub trait EntityKey: Sized + Send + Sync + 'static {
    /// The parts, in order.
    const PARTS: &'static [KeyPart];

    /// The values of the parts, in order.
    fn to_parts(&self) -> KeyParts<'_>;

    /// Takes the values of the parts, in order.
    ///
    /// # Errors
    ///
    /// A value of another dtype, or a wrong number of them.
    fn from_parts(parts: &[ValueRef<'_>]) -> Result<Self, ValueError>;
}

impl<T: FeatureType> EntityKey for T {
    const PARTS: &'static [KeyPart] = &[KeyPart::unnamed(T::DTYPE)];

    #[inline]
    fn to_parts(&self) -> KeyParts<'_> {
        let mut parts = SmallVec::new();
        parts.push(self.to_value());
        parts
    }

    #[inline]
    fn from_parts(parts: &[ValueRef<'_>]) -> Result<Self, ValueError> {
        part(parts, 0)
    }
}

/// The part at `index`, as its type.
///
/// # Errors
///
/// As [`EntityKey::from_parts`].
#[inline]
pub(crate) fn part<T: FeatureType>(parts: &[ValueRef<'_>], index: usize) -> Result<T, ValueError> {
    T::from_value(*parts.get(index).ok_or(ValueError::Null)?)
}

macro_rules! tuples {
    ($(($($type:ident $index:tt),+);)*) => {$(
        impl<$($type: FeatureType),+> EntityKey for ($($type,)+) {
            const PARTS: &'static [KeyPart] = &[$(KeyPart::unnamed($type::DTYPE)),+];

            fn to_parts(&self) -> KeyParts<'_> {
                SmallVec::from_iter([$(self.$index.to_value()),+])
            }

            fn from_parts(parts: &[ValueRef<'_>]) -> Result<Self, ValueError> {
                Ok(($(part::<$type>(parts, $index)?,)+))
            }
        }
    )*};
}

tuples! {
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
}
