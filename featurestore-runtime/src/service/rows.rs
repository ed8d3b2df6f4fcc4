//! The rows that a service's values are made from, of the online or of the offline store.

use crate::codec::{RowError, RowReader};
use crate::lookup::{Lookup, Status};
use crate::time::Timestamp;
use crate::types::{ColumnType, FeatureType, ValueError, ValueRef};

/// What the views of a service know of one entity, or of one entity row.
#[derive(Debug)]
pub struct ServiceRows<'a>(Inner<'a>);

#[derive(Debug)]
enum Inner<'a> {
    Online(&'a mut [Lookup<RowReader<'a>>]),
    #[cfg_attr(not(feature = "duckdb"), allow(dead_code))]
    Offline {
        views: &'a [OfflineRow],
        values: &'a [Option<ValueRef<'a>>],
        names: &'a [&'static str],
    },
}

/// What the offline store found for one view: whether, and the winner's event timestamp.
#[cfg_attr(not(feature = "duckdb"), allow(dead_code))]
#[derive(Debug, Clone, Copy)]
pub(crate) struct OfflineRow {
    pub(crate) status: Status,
    pub(crate) event_timestamp: Option<Timestamp>,
}

impl<'a> ServiceRows<'a> {
    /// The rows of an entity in the online store, one per view of the service.
    pub(crate) fn online(rows: &'a mut [Lookup<RowReader<'a>>]) -> Self {
        Self(Inner::Online(rows))
    }

    /// The values of an entity row: what each view found, and one value per feature.
    #[cfg_attr(not(feature = "duckdb"), allow(dead_code))]
    pub(crate) fn offline(
        views: &'a [OfflineRow],
        values: &'a [Option<ValueRef<'a>>],
        names: &'a [&'static str],
    ) -> Self {
        Self(Inner::Offline {
            views,
            values,
            names,
        })
    }

    pub(crate) fn lookup<C: ColumnType>(
        &mut self,
        [feature, view, column]: [usize; 3],
    ) -> Result<Lookup<C>, RowError> {
        match &mut self.0 {
            Inner::Online(rows) => match rows.get_mut(view) {
                Some(Lookup::Found(row)) => Ok(Lookup::Found(row.column(column)?)),
                Some(Lookup::Expired { event_timestamp }) => Ok(Lookup::Expired {
                    event_timestamp: *event_timestamp,
                }),
                Some(Lookup::Missing) | None => Ok(Lookup::Missing),
            },
            Inner::Offline {
                views,
                values,
                names,
            } => {
                let row = views.get(view);
                match row.map(|row| (row.status, row.event_timestamp)) {
                    Some((Status::Expired, Some(event_timestamp))) => {
                        Ok(Lookup::Expired { event_timestamp })
                    }
                    Some((Status::Found | Status::Null, _)) => {
                        let value = values.get(feature).copied().flatten();
                        let value = value.map(<C::Value as FeatureType>::from_value).transpose();
                        value
                            .and_then(|value| C::from_nullable(value).ok_or(ValueError::Null))
                            .map(Lookup::Found)
                            .map_err(|error| {
                                let column = names.get(feature).copied().unwrap_or_default();
                                RowError::Value {
                                    column: column.to_owned(),
                                    error,
                                }
                            })
                    }
                    _ => Ok(Lookup::Missing),
                }
            }
        }
    }
}
