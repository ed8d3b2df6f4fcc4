//! What a service computes of an entity's rows and of what a request gives, for reads by name.

use smallvec::SmallVec;

use super::StoreError;
use super::plan::{Plan, PlannedFeature};
use crate::types::{Dtype, Value, ValueError, ValueRef};
use crate::view::ColumnDefinition;

/// A value that was given, borrowed from where it was if it can be.
#[derive(Debug)]
pub(crate) enum GivenValue<'v> {
    Borrowed(ValueRef<'v>),
    #[cfg_attr(not(feature = "http"), allow(dead_code))]
    Owned(Value),
}

impl GivenValue<'_> {
    pub(crate) fn borrow(&self, dtype: Dtype) -> Result<ValueRef<'_>, ValueError> {
        match self {
            Self::Borrowed(value) => Ok(*value),
            Self::Owned(value) => value.borrow(dtype),
        }
    }
}

/// What an entity is asked with, for the expressions of a plan; nothing where it has none.
#[derive(Debug, Default)]
pub(crate) struct GivenInputs<'v> {
    /// In the order of the key's type.
    pub(super) key: SmallVec<[GivenValue<'v>; 2]>,
    /// In declared order, nothing for a null.
    pub(super) request: SmallVec<[Option<GivenValue<'v>>; 4]>,
}

/// The values of a plan's computed features.
#[derive(Debug, Default)]
pub(crate) struct ComputedValues(pub(super) Vec<Option<Value>>);

impl ComputedValues {
    /// That of the feature at an index, nothing for a null.
    pub(super) fn get(
        &self,
        index: usize,
        feature: &PlannedFeature,
    ) -> Result<Option<ValueRef<'_>>, StoreError> {
        let name = feature.name();
        let value = self.0.get(index).ok_or_else(|| {
            StoreError::internal(format!("the computed feature `{name}` was not computed"))
        })?;
        let value = value.as_ref().map(|value| value.borrow(feature.dtype()));
        value.transpose().map_err(|error| {
            StoreError::internal(format!("the computed feature `{name}` is none: {error}"))
        })
    }
}

impl<'v> GivenInputs<'v> {
    /// What `key` gives for the parts of the key, and `request` for the request fields.
    pub(crate) fn of<E: From<StoreError>>(
        plan: &Plan,
        key: impl Fn((&'static str, Dtype)) -> Result<GivenValue<'v>, E>,
        request: impl Fn(usize, &'static ColumnDefinition) -> Result<Option<GivenValue<'v>>, E>,
    ) -> Result<Self, E> {
        let Some(evaluated) = plan.evaluated() else {
            return Ok(Self::default());
        };
        let key = evaluated.key.iter().map(|part| key(*part));
        let fields = plan.request().iter().enumerate();
        let request = fields.map(|(index, field)| request(index, field));
        Ok(Self {
            key: key.collect::<Result<_, E>>()?,
            request: request.collect::<Result<_, E>>()?,
        })
    }
}
