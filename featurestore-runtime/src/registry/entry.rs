//! A declaration, as the macros hand it to the registry.

use crate::service::ServiceDefinition;
use crate::view::{EventSourceDefinition, ViewDefinition};

/// A declaration, as the macros hand it to the registry.
#[derive(Debug, Clone, Copy)]
pub enum Entry {
    /// Of a view.
    View(fn() -> &'static ViewDefinition),
    /// Of an event source.
    EventSource(fn() -> &'static EventSourceDefinition),
    /// Of a service.
    Service(fn() -> &'static ServiceDefinition),
}

inventory::collect!(Entry);

/// A struct that [`registry!`](crate::registry!) can name. Implemented by `#[feature_view]`,
/// `#[event_source]` and `#[feature_service]`.
pub trait Register {
    /// The declaration.
    const ENTRY: Entry;
}
