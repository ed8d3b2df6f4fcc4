//! What a test gives: rows of views and events of sources, as their sources would have them.

use std::collections::BTreeMap;

use super::clock::at;
use crate::codec::{RowError, RowReader};
use crate::key::EntityKey as _;
use crate::online::{Address, RowWrite};
use crate::pit::{Condition, Rejected};
use crate::types::{Dtype, Value, ValueRef};
use crate::view::{
    ColumnDefinition, EventSource, EventSourceDefinition, LatestView, ViewDefinition,
    WindowFeatures,
};

/// The entity that a row is of, or that is asked for.
#[derive(Debug, Clone)]
pub(super) struct Entity {
    /// The values of its join keys, in the order of the view's; nothing where only its address is known.
    values: Option<Vec<Value>>,
    address: Address,
}

/// Two are one where their keys are equal; an address counts where that is all that is known.
impl PartialEq for Entity {
    fn eq(&self, other: &Self) -> bool {
        match (&self.values, &other.values) {
            (Some(own), Some(other)) => own == other,
            _ => self.address == other.address,
        }
    }
}

/// A row of a source.
#[derive(Debug)]
pub(super) struct GivenRow {
    /// The entities that it is of, by the names of their views: of an event those of each window view. There
    /// is none where a join key is null, and of an event where one is empty.
    entities: BTreeMap<&'static str, Entity>,
    /// When it happened, microseconds since 1970.
    pub(super) time: i64,
    /// When it was written at its source.
    pub(super) created: Option<i64>,
    /// The columns' values.
    pub(super) values: Vec<Option<Value>>,
    /// What the declaration says against it.
    pub(super) rejected: Option<Rejected>,
    /// Whether it was taken to the online store, or kept out of it for good.
    pub(super) is_online: bool,
}

/// All that a test gave, in its order.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// Of views, by their names.
    pub(super) rows: BTreeMap<&'static str, Vec<GivenRow>>,
    /// Of event sources, by their names.
    pub(super) events: BTreeMap<&'static str, Vec<GivenRow>>,
    /// How often something came.
    pub(super) version: u64,
}

impl Entity {
    /// `parts` are in the order of the view's join keys.
    pub(super) fn new(
        project: &str,
        view: &ViewDefinition,
        parts: &[ValueRef<'_>],
    ) -> Result<Self, String> {
        let values = view.key_values(parts).map_err(|error| error.to_string())?;
        let keys = view.join_keys().iter().zip(parts);
        Ok(Self {
            address: Address::new(project, &values),
            values: Some(keys.map(|(key, part)| owned(*part, key.dtype())).collect()),
        })
    }

    pub(super) const fn address(&self) -> &Address {
        &self.address
    }

    /// For messages: `user_id=8a2f`.
    pub(super) fn text(&self, view: &ViewDefinition) -> String {
        let Some(values) = &self.values else {
            return self.address.to_string();
        };
        let keys = view.join_keys().iter().zip(values);
        let texts = keys.map(|(key, value)| format!("{}={}", key.name(), value.text()));
        texts.collect::<Vec<_>>().join(" ")
    }

    /// The values of its join keys, in the order of the view's.
    pub(super) fn values(&self) -> Option<&[Value]> {
        self.values.as_deref()
    }
}

impl GivenRow {
    /// A row of a view. `key` and `values` are those of its join keys and columns.
    pub(super) fn of_view(
        project: &str,
        view: &ViewDefinition,
        (time, created): (i64, Option<i64>),
        key: &[Option<Value>],
        values: Vec<Option<Value>>,
    ) -> Result<Self, String> {
        let mut rejected = None;
        for (join_key, value) in view.join_keys().iter().zip(key) {
            check(Condition::of_key(join_key), value.as_ref(), &mut rejected);
        }
        check_columns(view.columns(), &values, &mut rejected);
        let entity = entity(project, view, key)?;
        Ok(Self {
            entities: entity
                .into_iter()
                .map(|entity| (view.name(), entity))
                .collect(),
            time,
            created,
            values,
            rejected,
            is_online: false,
        })
    }

    /// A row of a view as a struct has it.
    pub(super) fn of<V: LatestView>(project: &str, row: &V) -> Result<Self, String> {
        let view = V::definition();
        let key = row.key().map_err(|error| error.to_string())?;
        let keys = key.to_parts();
        let keys = view.join_keys().iter().zip(&keys);
        let key: Vec<Option<Value>> = keys
            .map(|(key, part)| Some(owned(*part, key.dtype())))
            .collect();
        let created = row.created_timestamp();
        let times = (
            row.event_timestamp().timestamp_micros(),
            created.map(|time| time.timestamp_micros()),
        );
        Self::of_view(
            project,
            view,
            times,
            &key,
            all(view.columns(), &row.values()),
        )
    }

    /// An event, whose entity follows from its columns.
    pub(super) fn of_source(
        source: &EventSourceDefinition,
        (time, created): (i64, Option<i64>),
        values: Vec<Option<Value>>,
    ) -> Self {
        let mut rejected = None;
        check_columns(source.columns(), &values, &mut rejected);
        Self {
            entities: BTreeMap::new(),
            time,
            created,
            values,
            rejected,
            is_online: false,
        }
    }

    /// An event as a struct has it.
    pub(super) fn of_event<E: EventSource>(event: &E) -> Self {
        let source = E::definition();
        let created = event.created_timestamp();
        let times = (
            event.event_timestamp().timestamp_micros(),
            created.map(|time| time.timestamp_micros()),
        );
        Self::of_source(source, times, all(source.columns(), &event.values()))
    }

    /// A row that a program writes to the online store by itself.
    pub(super) fn of_write(
        view: &'static ViewDefinition,
        write: &RowWrite,
    ) -> Result<Self, String> {
        let read = || {
            let mut reader = RowReader::new(&write.row, view.layout())?;
            let columns = view.columns().iter().enumerate();
            let values = columns.map(|(index, column)| {
                let value = reader.value(index)?;
                Ok::<_, RowError>(value.map(|value| owned(value, column.dtype())))
            });
            let values = values.collect::<Result<Vec<_>, _>>()?;
            Ok::<_, RowError>((*reader.header(), values))
        };
        let (header, values) = read().map_err(|error| {
            let name = view.name();
            format!("a row of view `{name}` was written that can't be read: {error}")
        })?;
        let created = header.created_timestamp;
        let entity = Entity {
            values: None,
            address: write.address.clone(),
        };
        Ok(Self {
            entities: BTreeMap::from([(view.name(), entity)]),
            time: header.event_timestamp.timestamp_micros(),
            created: created.map(|time| time.timestamp_micros()),
            values,
            // Whoever writes rows checks them.
            rejected: None,
            is_online: true,
        })
    }

    /// The entity that it is of.
    pub(super) fn entity(&self, view: &ViewDefinition) -> Option<&Entity> {
        self.entities.get(view.name())
    }

    /// Notes of which entity of a window view it is.
    pub(super) fn note_entity(
        &mut self,
        project: &str,
        view: &ViewDefinition,
        windows: &WindowFeatures,
    ) -> Result<(), String> {
        let columns = windows.keys().iter();
        let key = columns.map(|column| self.values.get(*column).cloned().flatten());
        let key: Vec<Option<Value>> = key.collect();
        let mut rejected = None;
        for (join_key, value) in view.join_keys().iter().zip(&key) {
            check(Condition::of_key(join_key), value.as_ref(), &mut rejected);
        }
        if rejected.is_none()
            && let Some(entity) = entity(project, view, &key)?
        {
            self.entities.insert(view.name(), entity);
        }
        Ok(())
    }

    /// The columns' values as they are declared.
    pub(super) fn borrowed<'a>(
        &'a self,
        columns: &[ColumnDefinition],
    ) -> Result<Vec<Option<ValueRef<'a>>>, String> {
        let values = columns.iter().zip(&self.values).map(|(column, value)| {
            let value = value.as_ref().map(|value| value.borrow(column.dtype()));
            let value = value.transpose();
            value.map_err(|error| format!("column `{}`: {error}", column.name()))
        });
        values.collect()
    }
}

impl Given {
    /// A view's rows.
    pub(super) fn rows_of(&self, view: &ViewDefinition) -> &[GivenRow] {
        self.rows.get(view.name()).map_or(&[], Vec::as_slice)
    }

    /// A source's events.
    pub(super) fn events_of(&self, source: &EventSourceDefinition) -> &[GivenRow] {
        self.events.get(source.name()).map_or(&[], Vec::as_slice)
    }

    pub(super) fn add_rows(
        &mut self,
        view: &'static ViewDefinition,
        rows: impl IntoIterator<Item = GivenRow>,
    ) {
        self.rows.entry(view.name()).or_default().extend(rows);
        self.version += 1;
    }

    pub(super) fn add_events(
        &mut self,
        source: &'static EventSourceDefinition,
        events: impl IntoIterator<Item = GivenRow>,
    ) {
        self.events.entry(source.name()).or_default().extend(events);
        self.version += 1;
    }
}

/// A value that is kept, its time in whole microseconds, as sources and rows have them.
pub(super) fn owned(value: ValueRef<'_>, dtype: Dtype) -> Value {
    match value {
        ValueRef::Timestamp(time) => Value::Timestamp(at(time.timestamp_micros())),
        value => value.to_owned(dtype),
    }
}

fn all(columns: &[ColumnDefinition], values: &[Option<ValueRef<'_>>]) -> Vec<Option<Value>> {
    let values = columns.iter().zip(values);
    values
        .map(|(column, value)| value.map(|value| owned(value, column.dtype())))
        .collect()
}

fn entity(
    project: &str,
    view: &ViewDefinition,
    key: &[Option<Value>],
) -> Result<Option<Entity>, String> {
    let keys = view.join_keys().iter().zip(key);
    let parts = keys.map(|(join_key, value)| {
        let value = value.as_ref().map(|value| value.borrow(join_key.dtype()));
        value.transpose().map_err(|error| error.to_string())
    });
    let parts: Option<Vec<ValueRef<'_>>> = parts.collect::<Result<_, String>>()?;
    parts
        .map(|parts| Entity::new(project, view, &parts))
        .transpose()
}

/// Notes what is wrong with a value, if it is the first of its row.
fn check(condition: Condition, value: Option<&Value>, rejected: &mut Option<Rejected>) {
    let value = value.map(|value| value.borrow(condition.dtype()));
    if let Err(error) = condition.check(value.transpose()) {
        rejected.get_or_insert(error);
    }
}

fn check_columns(
    columns: &[ColumnDefinition],
    values: &[Option<Value>],
    rejected: &mut Option<Rejected>,
) {
    for (column, value) in columns.iter().zip(values) {
        check(Condition::of_column(column), value.as_ref(), rejected);
    }
}
