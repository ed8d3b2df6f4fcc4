//! A service's features, and of which time the rows are that they come from.

use std::time::Duration;

use crate::lookup::Lookup;
use crate::time::Timestamp;
use crate::view::FeatureView;

use super::StoreError;
use super::read_path::LiveRows;

/// A service's features with what is known of the rows that they come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served<S> {
    pub(super) features: S,
    pub(super) views: Vec<ServedView>,
}

/// Of which time a view's row is that a service was served from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServedView {
    view: &'static str,
    row: Lookup<Timestamp>,
    now: Timestamp,
}

impl<S> Served<S> {
    /// The features.
    pub const fn features(&self) -> &S {
        &self.features
    }

    /// The features alone.
    pub fn into_features(self) -> S {
        self.features
    }

    /// The row of a view; nothing where the service has no feature of it.
    #[must_use]
    pub fn view<V: FeatureView>(&self) -> Option<ServedView> {
        let name = V::definition().name();
        self.views.iter().find(|row| row.view == name).copied()
    }

    /// The rows of all of the service's views.
    #[must_use]
    pub fn views(&self) -> &[ServedView] {
        &self.views
    }
}

impl ServedView {
    /// Of each of an entity's rows.
    pub(super) fn all(live: &LiveRows<'_>) -> Result<Vec<Self>, StoreError> {
        let readers = live.rows().zip(live.readers());
        let served = readers.map(|((view, _), row)| {
            Ok(Self {
                view: view.name(),
                row: row?.map(|row| row.header().event_timestamp),
                now: live.now(),
            })
        });
        served.collect()
    }

    /// The view's name.
    #[must_use]
    pub const fn view(&self) -> &'static str {
        self.view
    }

    /// The row's event timestamp; or why the view's features are the service's defaults.
    pub const fn row(&self) -> Lookup<Timestamp> {
        self.row
    }

    /// How long before it was served the row became true, by the store's clock; zero for one of the
    /// future. Nothing where there is no row.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        match self.row {
            Lookup::Found(event_timestamp) | Lookup::Expired { event_timestamp } => {
                Some((self.now - event_timestamp).to_std().unwrap_or_default())
            }
            Lookup::Missing => None,
        }
    }
}
