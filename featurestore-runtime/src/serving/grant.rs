//! What a caller may read.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::service::ServiceDefinition;
#[cfg(feature = "http")]
use crate::view::ViewDefinition;

/// The services that a caller may read; goes with each request as an extension.
#[derive(Debug, Clone)]
pub(crate) struct Grant(Option<Arc<BTreeSet<String>>>);

impl Grant {
    /// Everything.
    pub(crate) const fn all() -> Self {
        Self(None)
    }

    /// The services of these names, and nothing else.
    #[cfg(feature = "http")]
    pub(crate) fn services(names: impl IntoIterator<Item = String>) -> Self {
        Self(Some(Arc::new(names.into_iter().collect())))
    }

    /// The names of the services that it is bound to; nothing where it is everything.
    #[cfg(feature = "http")]
    pub(crate) fn names(&self) -> Option<&BTreeSet<String>> {
        self.0.as_deref()
    }

    /// Whether the caller may read a service.
    pub(crate) fn allows(&self, service: &ServiceDefinition) -> bool {
        self.0
            .as_ref()
            .is_none_or(|names| names.contains(service.name()))
    }

    /// Whether the caller may read a view's column by its name: it is a feature of one of the
    /// services that the caller may read.
    #[cfg(feature = "http")]
    pub(crate) fn allows_column(
        &self,
        mut services: impl Iterator<Item = &'static ServiceDefinition>,
        view: &ViewDefinition,
        column: usize,
    ) -> bool {
        self.0.is_none()
            || services.any(|service| {
                // What only others are computed of is not answered, and so not to be asked for.
                let reads = |own: &crate::service::ServiceColumn| {
                    own.column_index() == column
                        && std::ptr::eq(own.view(), view)
                        && !own.is_private()
                };
                self.allows(service) && service.columns().iter().any(reads)
            })
    }
}
