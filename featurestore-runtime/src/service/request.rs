//! What a request gives a service beside the key.

use std::fmt::Debug;

use crate::codec::{Reason, RowError};
use crate::time::Timestamp;
use crate::types::{ValueError, ValueRef};
use crate::view::{ColumnDefinition, Violation};

/// The `#[request]` fields of a service, which every request gives: `{Service}Request`, a struct that
/// `#[feature_service]` makes; `()` where the service has none.
pub trait ServiceRequest: Debug + Clone + Send + Sync + 'static {
    /// The values, nothing for a null, in the order of
    /// [`ServiceDefinition::request`](super::ServiceDefinition::request).
    fn values(&self) -> Vec<Option<ValueRef<'_>>>;
}

impl ServiceRequest for () {
    fn values(&self) -> Vec<Option<ValueRef<'_>>> {
        Vec::new()
    }
}

/// Whether a request may give a value, nothing for a null: the one function that says so.
pub(crate) fn check_request(
    field: &ColumnDefinition,
    value: Option<ValueRef<'_>>,
) -> Result<(), Violation> {
    // What is not given is the default, where there is one.
    if value.is_none() && field.default().is_some() {
        return Ok(());
    }
    field.check(value)
}

/// What a service is asked with, beside the rows of its views.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inputs<'a> {
    /// The values of the key's parts, in the order of its type; nothing where one is null.
    pub(crate) key: Option<&'a [ValueRef<'a>]>,
    /// The values of the request fields, nothing for a null, in declared order.
    pub(crate) request: &'a [Option<ValueRef<'a>>],
    /// The time that is asked about.
    pub(crate) as_of: Timestamp,
}

impl Inputs<'_> {
    /// Of what is asked about with a time alone.
    pub(crate) const fn at(as_of: Timestamp) -> Self {
        Self {
            key: None,
            request: &[],
            as_of,
        }
    }

    /// The value of the request field at an index, or its default.
    pub(super) fn request<T>(
        &self,
        index: usize,
        field: &ColumnDefinition,
        take: impl FnOnce(Option<ValueRef<'_>>) -> Result<T, ValueError>,
    ) -> Result<T, RowError> {
        let value = self.request.get(index).ok_or_else(|| {
            let name = field.name();
            RowError::internal(format!("the request field `{name}` was not asked for"))
        })?;
        let refused = |violation| RowError::Request {
            field: field.name().to_owned(),
            reason: Reason::new(violation),
        };
        check_request(field, *value).map_err(refused)?;
        let taken = match (value, field.default()) {
            (None, Some(default)) => match default.value(field.dtype()) {
                Some(default) => default
                    .borrow(field.dtype())
                    .and_then(|default| take(Some(default))),
                None => {
                    let name = field.name();
                    let what = format!("the default of request field `{name}` is no value of it");
                    return Err(RowError::internal(what));
                }
            },
            (value, _) => take(*value),
        };
        taken.map_err(|error| refused(error.into()))
    }
}
