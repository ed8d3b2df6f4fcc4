//! A column as a service's field reads it: which field types a service may have over a column's type,
//! so that the compiler compares them.

use std::marker::PhantomData;

use super::broken;
use crate::codec::RowError;
use crate::lookup::Lookup;
use crate::service::{FieldValue, ServiceRows};
use crate::types::{ColumnType, FeatureType, Value};
use crate::view::presence::NeverMissing;
use crate::view::{Column, FeatureView};

/// A field type that can hold the values of a column of type `C`, also where there is none. `P` is the
/// view's [`FeatureView::Presence`].
#[diagnostic::on_unimplemented(
    message = "FS0056: a service's field of type `{Self}` can't hold a column of type `{C}`",
    label = "the column's type is `{C}`",
    note = "a field is an `Option` or a `Lookup` of the column's type, or that type itself with a `default = ..`"
)]
pub trait ServiceField<C, P>: Sized {
    /// Takes what the rows have at the feature, view and column at three places.
    ///
    /// # Errors
    ///
    /// As [`ReadField::read`].
    fn read(rows: &mut ServiceRows<'_>, index: [usize; 3]) -> Result<Self, RowError>;

    /// What it holds.
    fn to_lookup(&self) -> FieldValue<'_>;
}

impl<T: FeatureType, P> ServiceField<T, P> for Option<T> {
    fn read(rows: &mut ServiceRows<'_>, index: [usize; 3]) -> Result<Self, RowError> {
        Ok(rows.lookup::<T>(index)?.found())
    }

    fn to_lookup(&self) -> FieldValue<'_> {
        Lookup::Found(self.as_ref().map(T::to_value))
    }
}

impl<T: FeatureType, P> ServiceField<Option<T>, P> for Option<T> {
    fn read(rows: &mut ServiceRows<'_>, index: [usize; 3]) -> Result<Self, RowError> {
        Ok(rows.lookup::<Self>(index)?.found().flatten())
    }

    fn to_lookup(&self) -> FieldValue<'_> {
        Lookup::Found(self.as_ref().map(T::to_value))
    }
}

impl<C: ColumnType, P> ServiceField<C, P> for Lookup<C> {
    fn read(rows: &mut ServiceRows<'_>, index: [usize; 3]) -> Result<Self, RowError> {
        rows.lookup(index)
    }

    fn to_lookup(&self) -> FieldValue<'_> {
        self.as_ref()
            .map(|value| value.as_value().map(FeatureType::to_value))
    }
}

/// The presence of a view whose columns of type `T` a service's field of that type can hold: where an entity
/// may have no row, the field has nothing to be. It is a trait of its own so that the compiler tells this
/// mistake from a wrong type.
#[diagnostic::on_unimplemented(
    message = "FS0057: a service's field of type `{T}` is neither optional nor has a default",
    label = "an entity may have no row, and then this has no value",
    note = "make it an `Option<{T}>` or a `Lookup<{T}>`, or give it a `default = ..`"
)]
pub trait Present<T> {}

impl<T: FeatureType> Present<T> for NeverMissing {}

impl<T: FeatureType, P: Present<T>> ServiceField<T, P> for T {
    fn read(rows: &mut ServiceRows<'_>, index: [usize; 3]) -> Result<Self, RowError> {
        rows.present(index)
    }

    fn to_lookup(&self) -> FieldValue<'_> {
        Lookup::Found(Some(self.to_value()))
    }
}

/// A field type that can hold the values of a column of type `C`, given a default.
#[diagnostic::on_unimplemented(
    message = "FS0056: a service's field of type `{Self}` with a default can't hold a column of type `{C}`",
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

/// How a service's field of type `F` is read, without the bounds on its type.
#[derive(Debug)]
pub struct ReadField<F> {
    /// The index of its column among the view's features.
    pub column: usize,
    read: fn(&mut ServiceRows<'_>, [usize; 3]) -> Result<F, RowError>,
    value: fn(&F) -> FieldValue<'_>,
}

/// Reads the feature, view and column at three places, else takes the default.
type ReadOr<F> = fn(&mut ServiceRows<'_>, [usize; 3], fn() -> F) -> Result<F, RowError>;

/// How a service's field of type `F` with a default is read.
#[derive(Debug)]
pub struct ReadFieldOr<F> {
    /// The index of its column among the view's features.
    pub column: usize,
    read: ReadOr<F>,
    default: fn() -> F,
    owned: fn(&F) -> Value,
    value: fn(&F) -> FieldValue<'_>,
}

/// A column that a service's field reads. A method is looked for by value first, which finds those of
/// a [`Typed`] column. Where its type is no feature's, which is the view's mistake, they don't apply,
/// and the compiler takes by reference those of an [`Untyped`] one, without a word.
#[derive(Debug)]
pub struct ReadColumn<V, C, By> {
    column: usize,
    types: PhantomData<(V, C, By)>,
}

/// Of a column whose type is a feature's.
#[derive(Debug)]
pub struct Typed;

/// Of any column.
#[derive(Debug)]
pub struct Untyped;

impl<V, C> Column<V, C> {
    /// The column for a service's field.
    #[doc(hidden)]
    #[must_use]
    pub const fn read<By>(self) -> ReadColumn<V, C, By> {
        ReadColumn {
            column: self.index(),
            types: PhantomData,
        }
    }
}

impl<V: FeatureView, C: ColumnType> ReadColumn<V, C, Typed> {
    /// A service's field without a default.
    #[must_use]
    pub const fn field<F: ServiceField<C, V::Presence>>(self) -> ReadField<F> {
        ReadField {
            column: self.column,
            read: |rows, index| F::read(rows, index),
            value: |field| F::to_lookup(field),
        }
    }

    /// A service's field with a default.
    #[must_use]
    pub const fn field_or<F: DefaultField<C>>(self, default: fn() -> F) -> ReadFieldOr<F> {
        ReadFieldOr {
            column: self.column,
            read: |rows, index, default| Ok(F::from_lookup_or(rows.lookup(index)?, default)),
            default,
            owned: |value| value.to_value().to_owned(F::DTYPE),
            value: |field| Lookup::Found(Some(field.to_value())),
        }
    }
}

impl<V, C> ReadColumn<V, C, Untyped> {
    /// A service's field without a default, of any type.
    #[must_use]
    pub const fn field<F>(&self) -> ReadField<F> {
        ReadField::none(self.column)
    }

    /// A service's field with a default, of any type.
    #[must_use]
    pub const fn field_or<F>(&self, default: fn() -> F) -> ReadFieldOr<F> {
        ReadFieldOr::none(self.column, default)
    }
}

impl<F> ReadField<F> {
    /// Of a column that can't be read, in a declaration with a mistake.
    pub(super) const fn none(column: usize) -> Self {
        Self {
            column,
            read: |_, _| broken(),
            value: |_| broken(),
        }
    }

    /// The field's value.
    ///
    /// # Errors
    ///
    /// A damaged row, a value that the column's type refuses, or nothing of a window view.
    pub fn read(
        &self,
        rows: &mut ServiceRows<'_>,
        feature: usize,
        view: usize,
    ) -> Result<F, RowError> {
        (self.read)(rows, [feature, view, self.column])
    }

    /// What the field holds.
    pub fn value<'a>(&self, field: &'a F) -> FieldValue<'a> {
        (self.value)(field)
    }
}

impl<F> ReadFieldOr<F> {
    /// Of a column that can't be read, in a declaration with a mistake.
    pub(super) const fn none(column: usize, default: fn() -> F) -> Self {
        Self {
            column,
            read: |_, _, _| broken(),
            default,
            owned: |_| broken(),
            value: |_| broken(),
        }
    }

    /// The field's value, else the default.
    ///
    /// # Errors
    ///
    /// As [`ReadField::read`].
    pub fn read(
        &self,
        rows: &mut ServiceRows<'_>,
        feature: usize,
        view: usize,
    ) -> Result<F, RowError> {
        (self.read)(rows, [feature, view, self.column], self.default)
    }

    /// What the field holds.
    pub fn value<'a>(&self, field: &'a F) -> FieldValue<'a> {
        (self.value)(field)
    }

    /// The default as a value, for answers and queries.
    pub fn default(&self) -> Value {
        (self.owned)(&(self.default)())
    }
}
