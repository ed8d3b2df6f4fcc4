//! What the macros' expansions call. Not public: it changes without notice.

pub use std::borrow::Cow;
pub use std::vec::Vec;

pub use featurestore_macros::{FeatureServiceImpl, FeatureViewImpl};
pub use featurestore_schema::{SourceDtype, TimeUnit};
pub use inventory;
pub use schemars::{JsonSchema, Schema, SchemaGenerator};

pub use crate::codec::{Header, RowError, RowReader};
pub use crate::key::{EntityKey, KeyPart, KeyParts, part};
pub use crate::registry::{Entry, Register, row_schema, service_schema};
pub use crate::service::{
    FeatureService, ServiceDefinition, ServiceFeature, ServiceParts, ServiceRows, owned,
};
pub use crate::time::Timestamp;
pub use crate::types::{
    ColumnType, Dtype, FeatureEnum, FeatureType, Value, ValueError, ValueRef, variant_index,
};
pub use crate::view::{
    Check, Column, ColumnDefinition, Default, Drift, FeatureView, JoinKey, Number, Source,
    ViewDefinition, ViewParts,
};

use featurestore_schema::{drift_sentence, published_sentence, same_text};

use crate::view::ColumnParts;

/// A feature of type `T`, without its `#[column(..)]` arguments.
#[must_use]
pub const fn column<T: ColumnType>(
    name: &'static str,
    source_column: &'static str,
    description: &'static str,
) -> ColumnDefinition {
    ColumnDefinition::new(ColumnParts {
        name,
        source_column,
        dtype: <T::Value as FeatureType>::DTYPE,
        nullable: T::NULLABLE,
        description,
        unit: None,
        default: None,
        checks: &[],
        mostly: None,
    })
}

/// A join key of type `T`.
#[must_use]
pub const fn join_key<T: FeatureType>(name: &'static str, source_column: &'static str) -> JoinKey {
    JoinKey {
        name,
        source_column,
        dtype: T::DTYPE,
    }
}

/// A join key must have equal values for one entity on every machine.
#[track_caller]
pub const fn assert_key<T: FeatureType>() {
    assert!(
        !matches!(T::DTYPE, Dtype::F32 | Dtype::F64),
        "a float can't be a join key: equal entities may have unequal floats; use an integer or a String"
    );
    assert!(
        T::DTYPE.is_key(),
        "a list, an embedding or JSON can't be a join key; use an integer, a Uuid or a String, or several join keys"
    );
}

/// The event timestamp's field.
#[track_caller]
pub const fn assert_timestamp<T: FeatureType>() {
    assert!(
        matches!(T::DTYPE, Dtype::Timestamp),
        "the event timestamp must be a `Timestamp` (a date or an integer is none; convert it in the source)"
    );
}

/// The created timestamp's field.
#[track_caller]
pub const fn assert_created<T: ColumnType>() {
    assert!(
        matches!(<T::Value as FeatureType>::DTYPE, Dtype::Timestamp),
        "the created timestamp must be a `Timestamp` or an `Option<Timestamp>`"
    );
}

/// A field with `range`.
#[track_caller]
pub const fn assert_number<T: ColumnType>() {
    assert!(
        <T::Value as FeatureType>::DTYPE.is_number(),
        "`range` bounds numbers, and this feature is none; use `one_of` for texts"
    );
}

/// A field with `one_of`.
#[track_caller]
pub const fn assert_text<T: ColumnType>() {
    assert!(
        matches!(<T::Value as FeatureType>::DTYPE, Dtype::String),
        "`one_of` lists texts, and this feature is not a String; use `range` for numbers"
    );
}

/// A column of type `T` must hold what the source's column holds, without losing anything.
#[track_caller]
pub const fn assert_source<T: ColumnType>(
    view: &str,
    column: &str,
    source_column: &str,
    found: SourceDtype,
    source: &str,
) {
    let declared = <T::Value as FeatureType>::DTYPE;
    if !declared.accepts(&found) {
        let sentence = drift_sentence(view, column, declared, source_column, found, source);
        panic!("{}", sentence.as_str());
    }
}

/// A column of type `T` must hold what it held when it was published, for those who read it.
#[track_caller]
pub const fn assert_published<T: ColumnType>(
    view: &str,
    column: &str,
    published: Dtype,
    service: &str,
) {
    let declared = <T::Value as FeatureType>::DTYPE;
    if !declared.widens(published) {
        let sentence = published_sentence(view, column, declared, published, service);
        panic!("{}", sentence.as_str());
    }
}

/// The key of a service, whose parts are named by its type or else as its first view's join keys,
/// must give `view` what it is joined by.
#[track_caller]
pub const fn assert_joined(key: &[KeyPart], first: &[JoinKey], view: &[JoinKey]) {
    let mut wanted = 0;
    while wanted < view.len() {
        let mut found = false;
        let mut place = 0;
        while place < key.len() {
            let name = match key[place].name() {
                Some(name) => name,
                None if place < first.len() => first[place].name,
                None => "",
            };
            if same_text(name, view[wanted].name) {
                assert!(
                    key[place].dtype().same(view[wanted].dtype),
                    "this view's join key has another type than the service's key"
                );
                found = true;
            }
            place += 1;
        }
        assert!(
            found,
            "this view has a join key that the service's key doesn't give; name all join keys in a struct with #[derive(EntityKey)] and declare the service with `key = ..`"
        );
        wanted += 1;
    }
}

/// A feature's value, nothing where it is null.
pub fn value<T: ColumnType>(field: &T) -> Option<ValueRef<'_>> {
    field.as_value().map(FeatureType::to_value)
}

/// A copy of a join key's value.
///
/// # Errors
///
/// A value that its own type refuses.
pub fn same<T: FeatureType>(value: &T) -> Result<T, RowError> {
    T::from_value(value.to_value()).map_err(|error| RowError::Value {
        column: "join key".to_owned(),
        error,
    })
}

/// The part of a key at `index`, as its field's type.
///
/// # Errors
///
/// A value that the type refuses.
pub fn key_part<T: FeatureType>(parts: &[ValueRef<'_>], index: usize) -> Result<T, RowError> {
    part(parts, index).map_err(|error| RowError::Value {
        column: "join key".to_owned(),
        error,
    })
}

/// The instant in an event timestamp's field.
pub fn timestamp<T: FeatureType>(field: &T) -> Timestamp {
    match field.to_value() {
        ValueRef::Timestamp(time) => time,
        _ => Timestamp::default(),
    }
}

/// The instant in a created timestamp's field.
pub fn created<T: ColumnType>(field: &T) -> Option<Timestamp> {
    field.as_value().map(timestamp)
}

/// A row's event timestamp, as its field's type.
///
/// # Errors
///
/// A value that the type refuses.
pub fn event_timestamp<T: FeatureType>(header: &Header) -> Result<T, RowError> {
    T::from_value(ValueRef::Timestamp(header.event_timestamp)).map_err(|error| RowError::Value {
        column: "event timestamp".to_owned(),
        error,
    })
}

/// A row's created timestamp, as its field's type.
///
/// # Errors
///
/// A value that the type refuses, or none where the type needs one.
pub fn created_from<T: ColumnType>(header: &Header, name: &str) -> Result<T, RowError> {
    let value = header.created_timestamp.map(ValueRef::Timestamp);
    value
        .map(<T::Value as FeatureType>::from_value)
        .transpose()
        .and_then(|value| T::from_nullable(value).ok_or(ValueError::Null))
        .map_err(|error| RowError::Value {
            column: name.to_owned(),
            error,
        })
}

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
