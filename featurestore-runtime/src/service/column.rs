//! A column of a view that a service reads.

use super::parts::FeatureParts;
use crate::types::Value;
use crate::view::{ColumnDefinition, ViewDefinition};

/// A column of a view that a service reads into a field.
#[derive(Debug, Clone, Copy)]
pub struct ServiceColumn {
    parts: &'static FeatureParts,
    view: &'static ViewDefinition,
    column: &'static ColumnDefinition,
}

impl ServiceColumn {
    /// What is declared together is resolved: the index of a view was checked when it was compiled,
    /// and that of a column is the typed column's of this view.
    pub(super) fn resolve(
        parts: &'static FeatureParts,
        views: &[fn() -> &'static ViewDefinition],
    ) -> Self {
        let view = views[parts.view]();
        Self {
            parts,
            view,
            column: &view.columns()[parts.column],
        }
    }

    /// The field's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.parts.name
    }

    /// The view that it is of, one of the service's.
    #[must_use]
    pub const fn view(&self) -> &'static ViewDefinition {
        self.view
    }

    /// The index of its view among the service's views.
    pub(crate) const fn view_index(&self) -> usize {
        self.parts.view
    }

    /// The column.
    #[must_use]
    pub const fn column(&self) -> &'static ColumnDefinition {
        self.column
    }

    /// The index of its column among the view's features.
    pub(crate) const fn column_index(&self) -> usize {
        self.parts.column
    }

    /// What it means: the field's doc comment, else its column's description.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        if self.parts.description.is_empty() {
            self.column.description()
        } else {
            self.parts.description
        }
    }

    /// What it is where its view has no value for the entity.
    #[must_use]
    pub fn default(&self) -> Option<Value> {
        self.parts.default.map(|default| default())
    }

    /// Whether it is read only for others to be computed of: `#[private]`.
    #[must_use]
    pub const fn is_private(&self) -> bool {
        self.parts.private
    }
}
