//! What the macros' expansions call. Not public: it changes without notice.
//!
//! Every bound on a field's type is in one constructor (`field`, `event_time`, ..), whose result is
//! a constant that needs no bound any more. So a type that does not fit is one error, at the field.

mod declared;
mod field;

pub use std::borrow::Cow;
pub use std::vec::Vec;

pub use featurestore_macros::{FeatureServiceImpl, FeatureViewImpl};
pub use featurestore_schema::{SourceDtype, TimeUnit};
pub use inventory;
pub use schemars::{JsonSchema, Schema, SchemaGenerator};

pub use crate::codec::{Header, RowError, RowReader};
pub use crate::key::{EntityKey, KeyPart, KeyParts};
pub use crate::registry::{Entry, Register, row_schema, service_schema};
pub use crate::service::{
    DeclaredService, FeatureService, FieldValue, FromText, Given, KeyOf, KeySource, NoColumn,
    ReadColumn, ReadField, ReadFieldOr, ServiceDefinition, ServiceFeature, ServiceParts,
    ServiceRows,
};
pub use crate::time::Timestamp;
pub use crate::types::{
    ColumnType, Dtype, FeatureEnum, FeatureType, Value, ValueError, ValueRef, variant_index,
};
pub use crate::view::{
    Cadence, Check, Column, ColumnDefinition, Default, Drift, FeatureView, JoinKey, Names, Number,
    Source, ViewDefinition, ViewParts,
};
pub use declared::{Declared, assert_joined, key_parts};
pub use field::{
    CreatedType, Field, KeyField, KeyFieldType, KeyPartOf, NoKeyPart, Time, TimestampType,
    created_time, event_time, field, join_key, key, key_field, same_key,
};

/// A variant from its place, or from its text.
///
/// # Errors
///
/// A value of another dtype, or a text that is no variant.
pub fn enum_from_value<T: FeatureType + FeatureEnum>(value: ValueRef<'_>) -> Result<T, ValueError> {
    let index = match value {
        ValueRef::Variant(index) => Some(index),
        ValueRef::Str(text) => Some(variant_index(T::VARIANTS, text)?),
        _ => None,
    };
    index
        .and_then(T::from_index)
        .ok_or_else(|| ValueError::dtype(value, T::DTYPE))
}

/// Stands in declarations with mistakes, which never run.
#[allow(clippy::panic)]
pub fn broken() -> ! {
    panic!("this declaration did not compile")
}
