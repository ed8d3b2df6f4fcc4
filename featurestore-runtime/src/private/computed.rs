//! The fields of a service that are given by the request, or computed: how their values are taken and
//! answered, and the one place where an expression is called.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Field;
use crate::codec::RowError;
use crate::lookup::Lookup;
use crate::service::{FeatureService, FieldValue, ServiceRows};

impl<T> Field<T> {
    /// The request's value of the field, which is at an index among the request's.
    ///
    /// # Errors
    ///
    /// A value that a request may not give.
    pub fn request(&self, rows: &ServiceRows<'_>, index: usize) -> Result<T, RowError> {
        rows.request(index, &self.definition, self.take)
    }

    /// What the field holds, as an answer has it.
    pub fn answer<'a>(&self, field: &'a T) -> FieldValue<'a> {
        Lookup::Found((self.value)(field))
    }
}

/// The key that the service is asked with, for a field that is computed of it.
///
/// # Errors
///
/// A row that has none.
pub fn computed_of_key<S: FeatureService>(
    rows: &ServiceRows<'_>,
    field: &'static str,
) -> Result<S::Key, RowError> {
    rows.key::<<S as FeatureService>::Key>(field)
}

/// Calls a field's expression. That it panics is an error of this row alone.
///
/// # Errors
///
/// A panic.
#[inline]
pub fn computed<T>(
    service: &'static str,
    field: &'static str,
    expression: impl FnOnce() -> T,
) -> Result<T, RowError> {
    // What an expression sees it sees by shared references, and nothing of a row is used after an error.
    catch_unwind(AssertUnwindSafe(expression))
        .map_err(|panic| panicked(service, field, panic.as_ref()))
}

#[cold]
fn panicked(service: &str, field: &str, panic: &(dyn Any + Send)) -> RowError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    RowError::Panicked {
        service: service.to_owned(),
        field: field.to_owned(),
        message: text.unwrap_or("without a message").to_owned(),
    }
}

/// What an expression is given of a field. A method is looked for among a type's own first: so a type
/// that is `Copy` is given by value, and any other by reference.
#[derive(Debug)]
pub struct Argument<'a, T>(pub &'a T);

impl<T: Copy> Argument<'_, T> {
    /// The value.
    #[must_use]
    pub const fn give(&self) -> T {
        *self.0
    }
}

/// What is not `Copy`.
pub trait ByReference<'a, T> {
    /// The reference.
    fn give(&self) -> &'a T;
}

impl<'a, T> ByReference<'a, T> for Argument<'a, T> {
    fn give(&self) -> &'a T {
        self.0
    }
}
