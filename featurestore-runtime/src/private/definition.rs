//! Makes what a declaration is: nobody else can.

use crate::registry::entry::Entry;
use crate::registry::{Registry, RegistryError};
use crate::service::ServiceDefinition;
use crate::service::parts::{FeatureParts, FieldParts, ServiceParts};
use crate::types::{Dtype, Value};
use crate::view::column_definition::ColumnParts;
use crate::view::definition::{EventSourceParts, ViewParts, WindowParts};
use crate::view::{
    Column, ColumnDefinition, EventSourceDefinition, JoinKey, ViewDefinition, WindowFeatures,
};

/// A view.
#[must_use]
pub const fn view_definition(parts: ViewParts) -> ViewDefinition {
    ViewDefinition::new(parts)
}

/// An event source.
#[must_use]
pub const fn event_source_definition(parts: EventSourceParts) -> EventSourceDefinition {
    EventSourceDefinition::new(parts)
}

/// What a window view's features are.
#[must_use]
pub const fn window_features(parts: WindowParts) -> WindowFeatures {
    WindowFeatures::new(parts)
}

/// A feature of a view.
#[must_use]
pub const fn column_definition(parts: ColumnParts) -> ColumnDefinition {
    ColumnDefinition::new(parts)
}

/// The feature at `index` of the view `V`.
#[must_use]
pub const fn column<V, T>(index: usize) -> Column<V, T> {
    Column::new(index)
}

/// A join key of a view.
#[must_use]
pub const fn named_key(
    name: &'static str,
    source_column: &'static str,
    dtype: Dtype,
    description: &'static str,
) -> JoinKey {
    JoinKey {
        name,
        source_column,
        dtype,
        description,
    }
}

/// A service.
#[must_use]
pub const fn service_definition(parts: ServiceParts) -> ServiceDefinition {
    ServiceDefinition::new(parts)
}

/// A field of a service that is read: the column at an index of the view at another.
#[must_use]
pub const fn service_column(
    name: &'static str,
    description: &'static str,
    view: usize,
    column: usize,
    default: Option<fn() -> Value>,
    private: bool,
) -> FieldParts {
    FieldParts::Column(FeatureParts {
        name,
        description,
        view,
        column,
        default,
        private,
    })
}

/// A registry of just these.
///
/// # Errors
///
/// Declarations that contradict each other.
pub fn registry(entries: impl IntoIterator<Item = Entry>) -> Result<Registry, RegistryError> {
    Registry::new(entries)
}
