//! Which Rust types features and columns can have.

use featurestore_schema::Dtype;

use super::{ValueError, ValueRef};

/// A Rust type whose values can be features and join keys.
///
/// Derived for newtypes with `#[derive(FeatureType)]` or `#[derive(EntityKey)]`, and for enums
/// with `#[derive(FeatureEnum)]`.
#[diagnostic::on_unimplemented(
    message = "FS0030: `{Self}` can't be a feature",
    label = "this type has no dtype",
    note = "features are bool, i8..i64, u8..u64, f32, f64, String, Vec<u8>, Timestamp, Date, Decimal<P, S>, Uuid, Json<T>, [f32; N], `Vec` of these, and `Option` of all",
    note = "a newtype of such a type: add `#[derive(FeatureType)]` to it; an enum: `#[derive(FeatureEnum)]`"
)]
pub trait FeatureType: Sized + Send + Sync + 'static {
    /// The dtype of its values.
    const DTYPE: Dtype;

    /// The value, borrowed.
    fn to_value(&self) -> ValueRef<'_>;

    /// Takes a value of [`Self::DTYPE`].
    ///
    /// # Errors
    ///
    /// A value of another dtype, or one that the type does not hold.
    fn from_value(value: ValueRef<'_>) -> Result<Self, ValueError>;

    #[doc(hidden)]
    const BYTES: Option<AsBytes<Self>> = None;
}

/// A Rust type that a view's column can have: a [`FeatureType`], or an `Option` of one where the
/// feature may be null.
#[diagnostic::on_unimplemented(
    message = "FS0030: `{Self}` can't be a feature",
    label = "this type has no dtype",
    note = "features are bool, i8..i64, u8..u64, f32, f64, String, Vec<u8>, Timestamp, Date, Decimal<P, S>, Uuid, Json<T>, [f32; N], `Vec` of these, and `Option` of all",
    note = "a newtype of such a type: add `#[derive(FeatureType)]` to it; an enum: `#[derive(FeatureEnum)]`"
)]
pub trait ColumnType: Sized + Send + Sync + 'static {
    /// The type without the `Option`.
    type Value: FeatureType;

    /// Whether a value may be null.
    const NULLABLE: bool;

    /// The value; nothing where it is null.
    fn as_value(&self) -> Option<&Self::Value>;

    /// Takes a value or a null; nothing where the column may not be null.
    fn from_nullable(value: Option<Self::Value>) -> Option<Self>;

    #[doc(hidden)]
    const BYTES: Option<AsBytes<Self>> = None;
}

impl<T: FeatureType> ColumnType for T {
    type Value = T;
    const NULLABLE: bool = false;
    const BYTES: Option<AsBytes<T>> = T::BYTES;

    fn as_value(&self) -> Option<&T> {
        Some(self)
    }

    fn from_nullable(value: Option<T>) -> Option<Self> {
        value
    }
}

impl<T: FeatureType> ColumnType for Option<T> {
    type Value = T;
    const NULLABLE: bool = true;

    fn as_value(&self) -> Option<&T> {
        self.as_ref()
    }

    fn from_nullable(value: Option<T>) -> Option<Self> {
        Some(value)
    }
}

/// How a list of a type is plain bytes; only `u8` has it.
#[derive(Debug)]
pub struct AsBytes<T> {
    pub(super) borrow: fn(&[T]) -> &[u8],
    pub(super) own: fn(&[u8]) -> Vec<T>,
}
