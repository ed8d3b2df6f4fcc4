//! A view's fields as the expansion uses them: what their type can do, without its bounds.

use std::marker::PhantomData;

use featurestore_schema::Dtype;

use super::{Declared, broken};
use crate::codec::{Header, RowError, RowReader};
use crate::key::{EntityKey, KeyPart, part};
use crate::time::Timestamp;
use crate::types::{ColumnType, FeatureType, ValueError, ValueRef};
use crate::view::column_definition::ColumnParts;
use crate::view::windows::event_source::EventColumn;
use crate::view::{Check, ColumnDefinition, Default, FeatureView, JoinKey};

/// A feature of type `T`.
#[derive(Debug)]
pub struct Field<T> {
    /// As it is declared.
    pub definition: ColumnDefinition,
    /// Its value in a row's struct; nothing where it is null.
    pub value: fn(&T) -> Option<ValueRef<'_>>,
    /// Takes its value from what comes next in an online row.
    pub read: fn(&mut RowReader<'_>, usize) -> Result<T, RowError>,
    /// Takes a value; nothing for a null.
    pub(super) take: fn(Option<ValueRef<'_>>) -> Result<T, ValueError>,
}

/// A feature of type `T`, without its `#[column(..)]` arguments.
#[must_use]
pub const fn field<T: ColumnType>(
    name: &'static str,
    source_column: &'static str,
    description: &'static str,
) -> Field<T> {
    Field {
        definition: ColumnDefinition::new(ColumnParts {
            name,
            source_column,
            dtype: <T::Value as FeatureType>::DTYPE,
            nullable: T::NULLABLE,
            description,
            unit: None,
            default: None,
            checks: &[],
            mostly: None,
        }),
        value: |field| field.as_value().map(FeatureType::to_value),
        read: |row, index| row.column(index),
        take: |value| {
            let value = value.map(<T::Value as FeatureType>::from_value);
            T::from_nullable(value.transpose()?).ok_or(ValueError::Null)
        },
    }
}

impl<T> Field<T> {
    /// With `unit = ".."`.
    #[must_use]
    pub const fn with_unit(self, unit: &'static str) -> Self {
        Self {
            definition: self.definition.with_unit(unit),
            ..self
        }
    }

    /// With `default = ..`.
    #[must_use]
    pub const fn with_default(self, default: Default) -> Self {
        Self {
            definition: self.definition.with_default(default),
            ..self
        }
    }

    /// With `range = ..` or `one_of = [..]`.
    #[must_use]
    pub const fn with_checks(self, checks: &'static [Check]) -> Self {
        Self {
            definition: self.definition.with_checks(checks),
            ..self
        }
    }

    /// With `mostly = ..`.
    #[must_use]
    pub const fn with_mostly(self, share: f64) -> Self {
        Self {
            definition: self.definition.with_mostly(share),
            ..self
        }
    }

    /// What is checked of it while compiling.
    #[must_use]
    pub const fn declared(self) -> Declared {
        Declared::new(self.definition.name(), self.definition.dtype())
            .with_nullable(self.definition.nullable())
            .with_default(self.definition.default())
    }

    /// What windows over it know of it.
    #[must_use]
    pub const fn event_column(self) -> EventColumn {
        EventColumn {
            name: self.definition.name(),
            source_column: self.definition.source_column(),
            dtype: self.definition.dtype(),
            nullable: self.definition.nullable(),
        }
    }
}

/// The type of an event timestamp's field.
#[diagnostic::on_unimplemented(
    message = "FS0033: `{Self}` can't be an event timestamp",
    label = "not a `Timestamp`",
    note = "every row has an event timestamp: the field is a `Timestamp`, without `Option`"
)]
pub trait TimestampType: FeatureType {}

impl<T: FeatureType> TimestampType for T {}

/// The type of a created timestamp's field.
#[diagnostic::on_unimplemented(
    message = "FS0034: `{Self}` can't be a created timestamp",
    label = "not a `Timestamp`",
    note = "the field is a `Timestamp`, or an `Option<Timestamp>` where the source has nulls"
)]
pub trait CreatedType: ColumnType {}

impl<T: ColumnType> CreatedType for T {}

/// A timestamp of a row, in a field of type `T`.
#[derive(Debug)]
pub struct Time<T> {
    name: &'static str,
    dtype: Dtype,
    value: fn(&T) -> Option<ValueRef<'_>>,
    from: fn(&Header) -> Result<T, ValueError>,
}

/// The event timestamp's field.
#[must_use]
pub const fn event_time<T: TimestampType>(name: &'static str) -> Time<T> {
    Time {
        name,
        dtype: T::DTYPE,
        value: |field| Some(field.to_value()),
        from: |header| T::from_value(ValueRef::Timestamp(header.event_timestamp)),
    }
}

/// The created timestamp's field.
#[must_use]
pub const fn created_time<T: CreatedType>(name: &'static str) -> Time<T> {
    Time {
        name,
        dtype: <T::Value as FeatureType>::DTYPE,
        value: |field| field.as_value().map(FeatureType::to_value),
        from: |header| {
            let value = header.created_timestamp.map(ValueRef::Timestamp);
            let value = value.map(<T::Value as FeatureType>::from_value);
            T::from_nullable(value.transpose()?).ok_or(ValueError::Null)
        },
    }
}

impl<T> Time<T> {
    /// The instant in the field; nothing where it is null.
    pub fn get(&self, field: &T) -> Option<Timestamp> {
        match (self.value)(field) {
            Some(ValueRef::Timestamp(time)) => Some(time),
            _ => None,
        }
    }

    /// The instant of a row, as the field's type.
    ///
    /// # Errors
    ///
    /// A value that the type refuses, or none where the type needs one.
    pub fn read(&self, header: &Header) -> Result<T, RowError> {
        (self.from)(header).map_err(|error| RowError::Value {
            column: self.name.to_owned(),
            error,
        })
    }

    /// What is checked of it while compiling.
    #[must_use]
    pub const fn declared(self) -> Declared {
        Declared::new(self.name, self.dtype)
    }
}

/// The join key at `index` of a view's key.
#[must_use]
pub const fn join_key<V: FeatureView>(
    index: usize,
    name: &'static str,
    source_column: &'static str,
    description: &'static str,
) -> JoinKey {
    JoinKey {
        name,
        source_column,
        description,
        dtype: <V::Key as EntityKey>::PARTS[index].dtype(),
    }
}

/// What is checked of the join key at `index` while compiling.
#[must_use]
pub const fn key<V: FeatureView>(index: usize) -> Declared {
    let key = V::JOIN_KEYS[index];
    let part = <V::Key as EntityKey>::PARTS[index];
    let is_one = part.name().is_none() && <V::Key as EntityKey>::PARTS.len() == V::JOIN_KEYS.len();
    Declared::new(key.name, key.dtype).with_one_value(is_one)
}

/// A copy of a key.
///
/// # Errors
///
/// A value that its own type refuses.
pub fn same_key<V: FeatureView>(key: &V::Key) -> Result<V::Key, RowError> {
    V::Key::from_parts(&key.to_parts()).map_err(join_key_error)
}

/// The type of a field that is one of several join keys.
#[diagnostic::on_unimplemented(
    message = "FS0031: `{Self}` can't be a join key",
    label = "not a join key",
    note = "join keys are never null: String, integers, bool, Date, Timestamp, Vec<u8>, enums, and newtypes of these"
)]
pub trait KeyFieldType: FeatureType {}

impl<T: FeatureType> KeyFieldType for T {}

/// A join key of type `T`, one of several.
#[derive(Debug)]
pub struct KeyField<T> {
    dtype: Dtype,
    /// Its value.
    pub value: fn(&T) -> ValueRef<'_>,
    /// Takes its value from its index among the parts of a key.
    pub from: fn(&[ValueRef<'_>], usize) -> Result<T, ValueError>,
}

/// A join key of type `T`, one of several.
#[must_use]
pub const fn key_field<T: KeyFieldType>() -> KeyField<T> {
    KeyField {
        dtype: T::DTYPE,
        value: T::to_value,
        from: part,
    }
}

/// Gives the field of a view's composite key. Whether the key's types are key types is said once,
/// of the whole key: so where `T` is none, [`NoKeyPart`] stands in without a word.
#[derive(Debug)]
pub struct KeyPartOf<T>(PhantomData<fn() -> T>);

impl<T: FeatureType> KeyPartOf<T> {
    /// The field.
    pub const FIELD: KeyField<T> = key_field::<T>();
}

/// What the compiler takes where [`KeyPartOf`] has no field of its own.
pub trait NoKeyPart<T: 'static> {
    /// The field.
    const FIELD: KeyField<T> = KeyField {
        dtype: Dtype::String,
        value: |_| broken(),
        from: |_, _| broken(),
    };
}

impl<T: 'static> NoKeyPart<T> for KeyPartOf<T> {}

impl<T> KeyField<T> {
    /// The part of a key struct.
    #[must_use]
    pub const fn part(self, name: &'static str) -> KeyPart {
        KeyPart::named(name, self.dtype)
    }

    /// A copy of the key's value.
    ///
    /// # Errors
    ///
    /// A value that its own type refuses.
    pub fn copy(&self, field: &T) -> Result<T, RowError> {
        (self.from)(&[(self.value)(field)], 0).map_err(join_key_error)
    }
}

fn join_key_error(error: ValueError) -> RowError {
    RowError::Value {
        column: "join key".to_owned(),
        error,
    }
}
