//! The rows that a service's values are made from, of the online or of the offline store.

use super::request::Inputs;
use crate::codec::{RowError, RowReader};
use crate::key::EntityKey;
use crate::lookup::{Lookup, Status};
use crate::time::Timestamp;
use crate::types::{ColumnType, FeatureType, ValueError, ValueRef};
use crate::view::ColumnDefinition;

/// What the views of a service know of one entity, or of one entity row, and what is asked with it.
#[derive(Debug)]
pub struct ServiceRows<'a> {
    rows: Rows<'a>,
    inputs: Inputs<'a>,
    failed: Option<usize>,
}

#[derive(Debug)]
enum Rows<'a> {
    Online(&'a mut [Lookup<RowReader<'a>>]),
    #[cfg_attr(not(any(feature = "duckdb", feature = "test-util")), allow(dead_code))]
    Offline {
        views: &'a [OfflineRow],
        values: &'a [Option<ValueRef<'a>>],
        names: &'a [&'static str],
    },
}

/// What the offline store found for one view: whether, and the winner's event timestamp.
#[cfg_attr(not(any(feature = "duckdb", feature = "test-util")), allow(dead_code))]
#[derive(Debug, Clone, Copy)]
pub(crate) struct OfflineRow {
    pub(crate) status: Status,
    pub(crate) event_timestamp: Option<Timestamp>,
}

impl<'a> ServiceRows<'a> {
    /// The rows of an entity in the online store, one per view of the service.
    pub(crate) const fn online(rows: &'a mut [Lookup<RowReader<'a>>], inputs: Inputs<'a>) -> Self {
        Self {
            rows: Rows::Online(rows),
            inputs,
            failed: None,
        }
    }

    /// The values of an entity row: what each view found, and one value per feature.
    #[cfg_attr(not(any(feature = "duckdb", feature = "test-util")), allow(dead_code))]
    pub(crate) const fn offline(
        views: &'a [OfflineRow],
        values: &'a [Option<ValueRef<'a>>],
        names: &'a [&'static str],
        inputs: Inputs<'a>,
    ) -> Self {
        Self {
            rows: Rows::Offline {
                views,
                values,
                names,
            },
            inputs,
            failed: None,
        }
    }

    /// The index of the view whose row could not be read.
    pub(crate) const fn failed(&self) -> Option<usize> {
        self.failed
    }

    /// The time that is asked about.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.inputs.as_of
    }

    /// The key that is asked about, for a field that is computed of it.
    ///
    /// # Errors
    ///
    /// A row of a training set that has none.
    pub(crate) fn key<K: EntityKey>(&self, field: &'static str) -> Result<K, RowError> {
        let parts = self.inputs.key.ok_or_else(|| RowError::ComputedOfNoKey {
            field: field.to_owned(),
        })?;
        K::from_parts(parts).map_err(|error| RowError::Value {
            column: "join key".to_owned(),
            error,
        })
    }

    /// The request's value of its field at an index, or that field's default.
    pub(crate) fn request<T>(
        &self,
        index: usize,
        field: &ColumnDefinition,
        take: impl FnOnce(Option<ValueRef<'_>>) -> Result<T, ValueError>,
    ) -> Result<T, RowError> {
        self.inputs.request(index, field, take)
    }

    pub(crate) fn lookup<C: ColumnType>(
        &mut self,
        [feature, view, column]: [usize; 3],
    ) -> Result<Lookup<C>, RowError> {
        let found = match &mut self.rows {
            Rows::Online(rows) => match rows.get_mut(view) {
                Some(Lookup::Found(row)) => match row.lack(column) {
                    Some(error) if error.is_of_column() => Ok(Lookup::Missing),
                    _ => row.column(column).map(Lookup::Found),
                },
                Some(Lookup::Expired { event_timestamp }) => Ok(Lookup::Expired {
                    event_timestamp: *event_timestamp,
                }),
                Some(Lookup::Missing) => Ok(Lookup::Missing),
                None => Err(no_view(view)),
            },
            Rows::Offline {
                views,
                values,
                names,
            } => match views.get(view) {
                Some(row) => row.lookup(|| offline_value(values, names, feature)),
                None => Err(no_view(view)),
            },
        };
        if found.is_err() {
            self.failed = Some(view);
        }
        found
    }

    /// The same, of a window view: every entity has a row of it.
    pub(crate) fn present<C: ColumnType>(&mut self, index: [usize; 3]) -> Result<C, RowError> {
        if let Lookup::Found(value) = self.lookup(index)? {
            return Ok(value);
        }
        let [feature, view, _] = index;
        self.failed = Some(view);
        Err(match &self.rows {
            // Only rows without a key are not asked for.
            Rows::Offline { names, .. } if let Some(name) = names.get(feature) => RowError::NoKey {
                column: (*name).to_owned(),
            },
            _ => RowError::internal("an entity has no row of a window view"),
        })
    }
}

impl OfflineRow {
    /// What a feature of the view is, whose value `value` gives where there is a row.
    fn lookup<C>(self, value: impl FnOnce() -> Result<C, RowError>) -> Result<Lookup<C>, RowError> {
        match (self.status, self.event_timestamp) {
            (Status::Found | Status::Null, _) => value().map(Lookup::Found),
            (Status::Expired, Some(event_timestamp)) => Ok(Lookup::Expired { event_timestamp }),
            (Status::Expired, None) => Err(RowError::internal("an expired row has no time")),
            (Status::Missing, _) => Ok(Lookup::Missing),
        }
    }
}

/// The value of the feature at an index, as its column's type.
fn offline_value<C: ColumnType>(
    values: &[Option<ValueRef<'_>>],
    names: &[&'static str],
    feature: usize,
) -> Result<C, RowError> {
    let (Some(value), Some(name)) = (values.get(feature), names.get(feature)) else {
        let what = format!("a service has no value of its feature at index {feature}");
        return Err(RowError::internal(what));
    };
    let value = value.map(<C::Value as FeatureType>::from_value).transpose();
    value
        .and_then(|value| C::from_nullable(value).ok_or(ValueError::Null))
        .map_err(|error| RowError::Value {
            column: (*name).to_owned(),
            error,
        })
}

#[cold]
fn no_view(view: usize) -> RowError {
    RowError::internal(format!("a service has no row of its view at index {view}"))
}

#[cfg(test)]
mod tests {
    use super::{Inputs, OfflineRow, ServiceRows};
    use crate::lookup::Status;
    use crate::time::Timestamp;

    const INPUTS: Inputs<'_> = Inputs::at(Timestamp::UNIX_EPOCH);

    #[test]
    fn a_row_or_value_that_is_not_there_is_no_missing_one() {
        let error = ServiceRows::online(&mut [], INPUTS).lookup::<i64>([0, 0, 0]);
        assert!(error.is_err(), "{error:?}");
        let found = [OfflineRow {
            status: Status::Found,
            event_timestamp: None,
        }];
        for [feature, view, column] in [[0, 1, 0], [1, 0, 0]] {
            let mut rows = ServiceRows::offline(&found, &[None], &["coins"], INPUTS);
            let error = rows.lookup::<Option<i64>>([feature, view, column]);
            assert!(error.is_err(), "{error:?}");
        }
        let expired = [OfflineRow {
            status: Status::Expired,
            event_timestamp: None,
        }];
        let error =
            ServiceRows::offline(&expired, &[None], &["coins"], INPUTS).lookup::<i64>([0, 0, 0]);
        assert!(error.is_err(), "{error:?}");
    }
}
