//! Window views that one sweep answers: of one event source, by the same join keys.

use featurestore_schema::SourceDtype;

use crate::offline::OfflineError;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::failed;
use crate::offline::duckdb::source::columns::SourceColumn;
use crate::view::windows::ResolvedWindows;
use crate::view::{ColumnDefinition, EventSourceDefinition, ViewDefinition};
use crate::windows::{Arrival, Feature};

use super::events::EventColumn;
use crate::offline::events::columns_of;

/// Window views that one sweep answers.
#[derive(Debug)]
pub(crate) struct GroupWindows {
    pub(super) source: &'static EventSourceDefinition,
    pub(super) views: Vec<(&'static ViewDefinition, &'static ResolvedWindows)>,
    /// The events' columns, with the type that the source has them in.
    of_source: Vec<SourceDtype>,
}

/// A feature that a sweep gives: of which view and column, and what it is.
pub(super) struct SweptFeature {
    pub(super) view: &'static ViewDefinition,
    pub(super) column: &'static ColumnDefinition,
    pub(super) feature: Feature,
}

impl GroupWindows {
    /// Of one view; nothing where it is no window view. `of_source` are the types that its events'
    /// columns have in their source.
    pub(crate) fn of(
        view: &'static ViewDefinition,
        of_source: &[SourceDtype],
    ) -> Result<Option<Self>, OfflineError> {
        let Some((windows, resolved)) = view.windows().zip(view.resolved()) else {
            return Ok(None);
        };
        let resolved = resolved.map_err(|error| OfflineError::unusable(view.name(), error))?;
        Ok(Some(Self {
            source: windows.events(),
            views: vec![(view, resolved)],
            of_source: of_source.to_vec(),
        }))
    }

    /// Whether one sweep answers both; views of one rule over one source may be of other events.
    pub(crate) fn has_events_of(&self, other: &Self) -> bool {
        std::ptr::eq(self.source, other.source)
    }

    /// Takes the views of another group; gives the columns of their features among the group's.
    pub(crate) fn add(&mut self, other: Self) {
        self.views.extend(other.views);
    }

    /// The features' columns, in the order of the views and their columns.
    pub(crate) fn columns(&self) -> Vec<SourceColumn> {
        let columns = self.views.iter().flat_map(|(view, _)| {
            let columns = view.columns().iter();
            columns.map(|column| SourceColumn {
                name: format!("{}.{}", view.name(), column.name()),
                dtype: SourceDtype::of(column.dtype()),
            })
        });
        columns.collect()
    }

    /// The index among [`columns`](Self::columns) of a view's column.
    pub(crate) fn index_of(&self, view: &ViewDefinition, column: usize) -> Option<usize> {
        let own = self
            .views
            .iter()
            .position(|(own, _)| std::ptr::eq(*own, view))?;
        let before = self.views[..own].iter();
        let before: usize = before.map(|(view, _)| view.columns().len()).sum();
        Some(before + column)
    }

    /// Whether a window of a view can hold an event of the very time that it is asked for.
    pub(crate) fn hold_their_time(&self, view: &ViewDefinition) -> bool {
        let own = self
            .views
            .iter()
            .filter(|(own, _)| std::ptr::eq(*own, view));
        let mut features = own.flat_map(|(_, windows)| &windows.features);
        features.any(|feature| feature.window.delay() == 0)
    }

    /// The indices of the events' columns that are read.
    pub(super) fn read(&self) -> Vec<usize> {
        columns_of(self.source, self.views.iter().map(|(_, windows)| *windows))
    }

    /// The same, as they are read.
    pub(super) fn read_columns(&self) -> Vec<EventColumn> {
        super::events::event_columns(self.source, &self.of_source, &self.read())
    }

    /// The names of the source's columns that are read beside keys, times and what the rule is about.
    pub(crate) fn column_names(&self) -> impl Iterator<Item = &'static str> {
        self.read_columns().into_iter().map(|column| column.name())
    }

    /// The features, whose columns and filters are indices among those of all views, one after the
    /// other: of each view its columns, then its filters.
    pub(super) fn features(&self) -> Vec<SweptFeature> {
        let mut features = Vec::new();
        let mut before = 0;
        for (view, windows) in &self.views {
            for (column, feature) in view.columns().iter().zip(&windows.features) {
                features.push(SweptFeature {
                    view,
                    column,
                    feature: Feature {
                        column: feature.column.map(|column| before + column),
                        filter: feature.filter.map(|filter| before + filter),
                        ..*feature
                    },
                });
            }
            before += windows.kinds.len();
        }
        features
    }

    /// When events count.
    pub(super) fn arrival(&self) -> Arrival {
        Arrival {
            lateness: self.source.lateness_micros(),
            settling: self.source.rows().settling_micros(),
        }
    }

    /// How many events of one key may be in memory: what half of the memory that the session may use
    /// holds of them.
    pub(super) fn most_events(&self, session: &Session) -> Result<usize, OfflineError> {
        let limit = session
            .memory()
            .map_err(|error| failed("asking for the memory limit", error))?;
        let columns: usize = self
            .views
            .iter()
            .map(|(_, windows)| windows.kinds.len())
            .sum();
        // Time, id, place, created time; per column up to 16 bytes; and as much while results are made.
        let row = 2 * (48 + 16 * columns);
        Ok((limit / 2 / row).max(1))
    }

    /// How far back from an entity row's time an event can count, in microseconds; nothing where to the
    /// beginning.
    pub(super) fn reach(&self) -> Option<i64> {
        let windows = self.views.iter().flat_map(|(_, windows)| &windows.features);
        windows
            .map(|feature| {
                let window = &feature.window;
                Some(window.length()? + window.delay() + window.resolution().unwrap_or(0))
            })
            .try_fold(0, |longest, reach| Some(reach?.max(longest)))
    }
}
