//! Which field types a service may have over a column's type, so that the compiler compares them.

use super::ServiceRows;
use crate::codec::RowError;
use crate::lookup::Lookup;
use crate::types::{ColumnType, FeatureType, Value};
use crate::view::{Column, FeatureView};

/// A field type that can hold the values of a column of type `C`, also where there is none.
#[diagnostic::on_unimplemented(
    message = "a service's field of type `{Self}` can't hold a column of type `{C}`",
    label = "the column's type is `{C}`",
    note = "an entity may have no row: make the field an `Option` or a `Lookup` of the column's type, or give it a `default = ..`"
)]
pub trait ServiceField<C>: Sized {
    /// Takes what was found.
    fn from_lookup(lookup: Lookup<C>) -> Self;
}

impl<T: FeatureType> ServiceField<T> for Option<T> {
    fn from_lookup(lookup: Lookup<T>) -> Self {
        lookup.found()
    }
}

impl<T: FeatureType> ServiceField<Option<T>> for Option<T> {
    fn from_lookup(lookup: Lookup<Option<T>>) -> Self {
        lookup.found().flatten()
    }
}

impl<C: ColumnType> ServiceField<C> for Lookup<C> {
    fn from_lookup(lookup: Self) -> Self {
        lookup
    }
}

/// A field type that can hold the values of a column of type `C`, given a default.
#[diagnostic::on_unimplemented(
    message = "a service's field of type `{Self}` with a default can't hold a column of type `{C}`",
    label = "the column's type is `{C}`",
    note = "with `default = ..` the field has the column's type without `Option`"
)]
pub trait DefaultField<C>: FeatureType {
    /// Takes what was found, else the default.
    fn from_lookup_or(lookup: Lookup<C>, default: fn() -> Self) -> Self;
}

impl<T: FeatureType> DefaultField<T> for T {
    fn from_lookup_or(lookup: Lookup<T>, default: fn() -> Self) -> Self {
        lookup.found().unwrap_or_else(default)
    }
}

impl<T: FeatureType> DefaultField<Option<T>> for T {
    fn from_lookup_or(lookup: Lookup<Option<T>>, default: fn() -> Self) -> Self {
        lookup.found().flatten().unwrap_or_else(default)
    }
}

impl<V: FeatureView, C: ColumnType> Column<V, C> {
    /// The value of a service's field without a default.
    ///
    /// # Errors
    ///
    /// A damaged row, or a value that the column's type refuses.
    #[doc(hidden)]
    pub fn field<F: ServiceField<C>>(
        self,
        rows: &mut ServiceRows<'_>,
        feature: usize,
        view: usize,
    ) -> Result<F, RowError> {
        Ok(F::from_lookup(rows.lookup(feature, view, self.index())?))
    }

    /// The value of a service's field with a default.
    ///
    /// # Errors
    ///
    /// As [`field`](Self::field).
    #[doc(hidden)]
    pub fn field_or<F: DefaultField<C>>(
        self,
        rows: &mut ServiceRows<'_>,
        feature: usize,
        view: usize,
        default: fn() -> F,
    ) -> Result<F, RowError> {
        Ok(F::from_lookup_or(
            rows.lookup(feature, view, self.index())?,
            default,
        ))
    }
}

/// A default as a value for answers and queries.
pub fn owned<T: FeatureType>(value: &T) -> Value {
    value.to_value().to_owned(T::DTYPE)
}
