//! Which Rust types can be features and join keys, judged by trait: a newtype or an alias works
//! wherever its inner type does. Knows nothing of views and stores,
//! and of the codec only how a list's values are read.

mod decimal;
mod document;
mod json;
pub(crate) mod list;
mod scalars;
mod value;

pub use decimal::Decimal;
pub(crate) use decimal::{fits, parse as parse_decimal, rescale, text as decimal_text};
pub use document::{Json, JsonRef, JsonType};
pub use featurestore_schema::Dtype;
use list::AsBytes;
#[cfg(feature = "duckdb")]
pub(crate) use list::ListItems;
pub use list::ListRef;
pub(crate) use list::check_length;
pub use uuid::Uuid;
#[cfg(feature = "http")]
pub(crate) use value::item_of;
pub(crate) use value::variant_index;
pub use value::{Value, ValueError, ValueRef};

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

/// An enum whose variants are texts in the source and one or two bytes online. Derived.
pub trait FeatureEnum: Copy + Send + Sync + 'static {
    /// The variants' texts, in declared order.
    const VARIANTS: &'static [&'static str];

    /// The variant's place in [`Self::VARIANTS`].
    fn index(self) -> u16;

    /// The variant at a place.
    fn from_index(index: u16) -> Option<Self>;

    /// The variant's text in the source.
    fn as_str(self) -> &'static str {
        Self::VARIANTS
            .get(usize::from(self.index()))
            .copied()
            .unwrap_or_default()
    }
}
