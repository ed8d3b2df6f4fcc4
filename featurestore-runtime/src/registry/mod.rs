//! The registry: every view, event source and service that the program declares, checked against each other.

mod check;
pub(crate) mod entry;
mod schema;

#[cfg(feature = "http")]
pub(crate) use schema::told_schema;
pub use schema::{column_schema, dtype_schema, event_schema, row_schema, service_schema};

use std::collections::BTreeMap;

pub(crate) use entry::Entry;
use featurestore_schema::listing;

use crate::service::ServiceDefinition;
use crate::view::{EventSourceDefinition, ViewDefinition};

/// The views, event sources and services of a program.
#[derive(Debug, Clone)]
pub struct Registry {
    views: BTreeMap<&'static str, &'static ViewDefinition>,
    event_sources: BTreeMap<&'static str, &'static EventSourceDefinition>,
    services: BTreeMap<&'static str, &'static ServiceDefinition>,
    collected: bool,
}

/// Declarations that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// Two declarations share a name.
    #[error(
        "FS0081: two {kind}s are named `{name}`: {first} and {second}; give one of them another `name = \"..\"`"
    )]
    Twice {
        /// View, event source or service.
        kind: &'static str,
        /// The name.
        name: &'static str,
        /// One struct.
        first: String,
        /// The other.
        second: String,
    },
    /// The lock knows views or event sources that the program does not link.
    #[error(
        "FS0080: featurestore.lock knows {views}, and this program does not link what declares it: a linker drops a crate that nothing names; add {uses} to the program's main file, or, if it is gone on purpose, accept that with the command `lock`"
    )]
    Dropped {
        /// The views and their structs.
        views: String,
        /// The lines that bring them back.
        uses: String,
    },
    /// Two views of an entity declare its key with different dtypes.
    #[error(
        "join key `{key}` of entity `{entity}` is {first_dtype} in view `{first}` and {second_dtype} in view `{second}`; an entity's key has one dtype"
    )]
    KeyDtype {
        /// The entity.
        entity: String,
        /// The join key.
        key: &'static str,
        /// One view.
        first: &'static str,
        /// Its dtype.
        first_dtype: String,
        /// Another view.
        second: &'static str,
        /// Its dtype.
        second_dtype: String,
    },
    /// A service's key does not give a view what it is joined by.
    #[error(
        "service `{service}` is asked with {given}, but its view `{view}` is joined by `{key}` ({dtype}); name all join keys in a struct with #[derive(EntityKey)] and declare the service with `key = ..`"
    )]
    ServiceKey {
        /// The service.
        service: &'static str,
        /// The view.
        view: &'static str,
        /// The join key that is missing or has another dtype.
        key: &'static str,
        /// Its dtype in the view.
        dtype: String,
        /// What the service's key gives.
        given: String,
    },
    /// A service reads a view that the registry doesn't have.
    #[error(
        "service `{service}` reads view `{view}` ({type_path}), which is not in the registry; add it to `registry![..]`"
    )]
    UnknownView {
        /// The service.
        service: &'static str,
        /// The view.
        view: &'static str,
        /// The view's struct.
        type_path: String,
    },
    /// A name that no view or service has.
    #[error("no {kind} `{name}`{}; there is: {known}", hint.as_deref().map(|hint| format!(" (did you mean `{hint}`?)")).unwrap_or_default())]
    Unknown {
        /// View, event source, service, entity or feature.
        kind: &'static str,
        /// The name.
        name: String,
        /// What it may have been meant to be.
        hint: Option<String>,
        /// What there is.
        known: String,
    },
    /// A column's default is not a value of its dtype.
    #[error(
        "FS0037: `{column}` of view `{view}` has the default {default}, which is no {dtype}; write one as the source does"
    )]
    Default {
        /// The view.
        view: &'static str,
        /// The column.
        column: &'static str,
        /// The default, as it was declared.
        default: String,
        /// The column's dtype.
        dtype: String,
    },
    /// A feature's name that several views have.
    #[error("feature `{name}` is in several views; write one of: {candidates}")]
    Ambiguous {
        /// The name.
        name: String,
        /// The full names.
        candidates: String,
    },
}

impl Registry {
    /// Every view, event source and service in the crates that the program links.
    ///
    /// A linker drops a crate that nothing refers to, and its views with it; name them with
    /// [`registry!`](crate::registry!) where that happens.
    ///
    /// # Errors
    ///
    /// Declarations that contradict each other.
    pub fn collect() -> Result<Self, RegistryError> {
        let mut registry = Self::new(inventory::iter::<Entry>.into_iter().copied())?;
        registry.collected = true;
        Ok(registry)
    }

    /// Just these; see [`registry!`](crate::registry!).
    ///
    /// # Errors
    ///
    /// Declarations that contradict each other.
    pub(crate) fn new(entries: impl IntoIterator<Item = Entry>) -> Result<Self, RegistryError> {
        let mut registry = Self {
            views: BTreeMap::new(),
            event_sources: BTreeMap::new(),
            services: BTreeMap::new(),
            collected: false,
        };
        for entry in entries {
            match entry {
                Entry::View(view) => registry.add_view(view())?,
                Entry::EventSource(events) => registry.add_event_source(events())?,
                Entry::Service(service) => registry.add_service(service())?,
            }
        }
        registry.check()?;
        Ok(registry)
    }

    /// Whether it holds what the program links, rather than what somebody named.
    pub(crate) const fn is_collected(&self) -> bool {
        self.collected
    }

    /// The views, by name.
    pub fn views(&self) -> impl ExactSizeIterator<Item = &'static ViewDefinition> {
        self.views.values().copied()
    }

    /// The event sources, by name: those that are declared and those that windows are of.
    pub fn event_sources(&self) -> impl ExactSizeIterator<Item = &'static EventSourceDefinition> {
        self.event_sources.values().copied()
    }

    /// The services, by name.
    pub fn services(&self) -> impl ExactSizeIterator<Item = &'static ServiceDefinition> {
        self.services.values().copied()
    }

    /// The view with this name.
    ///
    /// # Errors
    ///
    /// There is none; the error lists those that there are.
    pub fn view(&self, name: &str) -> Result<&'static ViewDefinition, RegistryError> {
        self.views
            .get(name)
            .copied()
            .ok_or_else(|| unknown("view", name, self.views.keys().copied()))
    }

    /// The event source with this name.
    ///
    /// # Errors
    ///
    /// There is none; the error lists those that there are.
    pub fn event_source(
        &self,
        name: &str,
    ) -> Result<&'static EventSourceDefinition, RegistryError> {
        let names = self.event_sources.keys().copied();
        self.event_sources
            .get(name)
            .copied()
            .ok_or_else(|| unknown("event source", name, names))
    }

    /// The service with this name.
    ///
    /// # Errors
    ///
    /// There is none; the error lists those that there are.
    pub fn service(&self, name: &str) -> Result<&'static ServiceDefinition, RegistryError> {
        let names = self.services.keys().copied();
        self.services
            .get(name)
            .copied()
            .ok_or_else(|| unknown("service", name, names))
    }
}

/// The error for a name that is none of `known`.
pub(crate) fn unknown<'a>(
    kind: &'static str,
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> RegistryError {
    RegistryError::Unknown {
        kind,
        name: name.to_owned(),
        hint: featurestore_schema::nearest(name, known.clone()).map(str::to_owned),
        known: listing(known),
    }
}

/// A registry of just the named views, event sources and services, for programs that don't want every
/// declaration that they link. A window view brings its event source along.
///
/// ```
/// # mod declared { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/watched.rs")); }
/// # use declared::{WatchActivity, WatchNext};
/// use featurestore::registry;
///
/// let registry = registry![WatchActivity, WatchNext]?;
/// assert_eq!((registry.views().len(), registry.services().len()), (1, 1));
/// # Ok::<(), featurestore::Error>(())
/// ```
#[macro_export]
macro_rules! registry {
    ($($declaration:ty),* $(,)?) => {
        $crate::__private_0_1_0::registry([
            $(<$declaration as $crate::__private_0_1_0::Register>::ENTRY),*
        ])
    };
}
