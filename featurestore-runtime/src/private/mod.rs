//! What the macros' expansions call, and what tests of declarations build by hand. Not public: it
//! changes without notice, and has the version's name, so that nothing else can lean on it.
//!
//! Every bound on a field's type is in one constructor (`field`, `event_time`, ..), whose result is
//! a constant that needs no bound any more. So a type that does not fit is one error, at the field.

mod column;
mod computed;
mod declared;
mod default;
mod definition;
mod field;
mod no_column;
mod service;
mod windows;

pub use std::borrow::Cow;
pub use std::vec::Vec;

pub use featurestore_macros::{EventSourceImpl, FeatureServiceImpl, FeatureViewImpl};
pub use featurestore_schema::{SourceDtype, TimeUnit};
pub use inventory;
pub use schemars::{JsonSchema, Schema, SchemaGenerator};

pub use crate::codec::{Header, RowError, RowReader};
pub use crate::key::{EntityKey, KeyPart, KeyParts};
pub use crate::registry::entry::{Entry, Register};
pub use crate::registry::{event_schema, row_schema, service_schema};
pub use crate::service::parts::{FieldParts, ServiceParts};
pub use crate::service::{
    FeatureService, FieldValue, ServedByKey, ServiceDefinition, ServiceRequest, ServiceRows,
};
pub use crate::time::Timestamp;
pub use crate::types::feature_type::AsBytes;
pub use crate::types::{ColumnType, Dtype, FeatureEnum, FeatureType, Value, ValueError, ValueRef};
pub use crate::view::column_definition::ColumnParts;
pub use crate::view::definition::{EventSourceParts, ViewParts, WindowParts};
pub use crate::view::names::Names;
pub use crate::view::presence::{MayBeMissing, NeverMissing};
pub use crate::view::windows::event_source::{EventColumn, EventFacts};
pub use crate::view::windows::feature::WindowFeature;
pub use crate::view::{
    Cadence, Check, Column, ColumnDefinition, Comparison, Constant, Default, Drift, EventSource,
    EventSourceDefinition, FeatureView, Filter, JoinKey, LatestView, Number, Source,
    ViewDefinition, WindowFeatures,
};
pub use crate::windows::{Aggregate, Bins, Divisor, MeasureError, Precision, Window, WindowError};
pub use column::{
    DefaultField, Present, ReadColumn, ReadField, ReadFieldOr, ServiceField, Typed, Untyped,
};
pub use computed::{Argument, ByReference, computed, computed_of_key};
pub use declared::{Declared, assert_joined, assert_no_key, key_parts};
pub use default::{DefaultFrom, FromText, Given};
pub use definition::{
    column, column_definition, event_source_definition, named_key, registry, service_column,
    service_definition, view_definition, window_features,
};
pub use field::{
    CreatedType, Field, KeyField, KeyFieldType, KeyPartOf, NoKeyPart, Time, TimestampType,
    created_time, event_time, field, join_key, key, key_field, same_key,
};
pub use no_column::NoColumn;
pub use service::{DeclaredService, KeyOf, KeySource, evaluate};
pub use windows::{
    Literal, Named, assert_aggregates, assert_compares, assert_is_bool, assert_states, bins,
    compared, precision, window,
};

// The module's name is the version's, which the macros work out and `registry!` spells.
const _: () = assert!(
    featurestore_schema::same_text(env!("CARGO_PKG_VERSION"), "0.1.0"),
    "the private module has the name of another version"
);

/// A variant from its index, or from its text.
///
/// # Errors
///
/// A value of another dtype, or a text that is no variant.
pub fn enum_from_value<T: FeatureType + FeatureEnum>(value: ValueRef<'_>) -> Result<T, ValueError> {
    let index = match value {
        ValueRef::Variant(index) => Some(index),
        ValueRef::Str(text) => Some(crate::types::variant_index(T::VARIANTS, text)?),
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
