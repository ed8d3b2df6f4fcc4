//! The part of the registry that a caller may read.

use crate::registry::Registry;
use crate::service::ServiceDefinition;
use crate::serving::Grant;
use crate::view::{ColumnDefinition, ViewDefinition};

/// The views and services that a caller may read.
#[derive(Debug, Clone)]
pub(super) struct Visible {
    pub(super) services: Vec<&'static ServiceDefinition>,
    pub(super) views: Vec<VisibleView>,
}

/// A view of which a caller may read at least one feature.
#[derive(Debug, Clone)]
pub(super) struct VisibleView {
    pub(super) view: &'static ViewDefinition,
    pub(super) columns: Vec<&'static ColumnDefinition>,
}

impl Visible {
    pub(super) fn new(registry: &Registry, grant: &Grant) -> Self {
        let services = registry.services().filter(|service| grant.allows(service));
        let visible = |view: &'static ViewDefinition| {
            let allowed = |index: usize| grant.allows_column(registry.services(), view, index);
            let columns = view.columns().iter().enumerate();
            let columns: Vec<_> = columns
                .filter(|(index, _)| allowed(*index))
                .map(|(_, column)| column)
                .collect();
            (!columns.is_empty()).then_some(VisibleView { view, columns })
        };
        Self {
            services: services.collect(),
            views: registry.views().filter_map(visible).collect(),
        }
    }

    /// The view with this name.
    #[cfg(feature = "pages")]
    pub(super) fn view(&self, name: &str) -> Option<&VisibleView> {
        self.views
            .iter()
            .find(|visible| visible.view.name() == name)
    }

    /// The service with this name.
    #[cfg(feature = "pages")]
    pub(super) fn service(&self, name: &str) -> Option<&'static ServiceDefinition> {
        let mut services = self.services.iter().copied();
        services.find(|service| service.name() == name)
    }

    /// Whether `other` shows the same; it is of the same registry.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let columns = |visible: &Self| {
            let views = visible.views.iter();
            views.map(|view| view.columns.len()).sum::<usize>()
        };
        self.services.len() == other.services.len() && columns(self) == columns(other)
    }
}
