//! A feature of a service, with the column that it reads.

use super::parts::FeatureParts;
use crate::types::Value;
use crate::view::{ColumnDefinition, ViewDefinition};

/// A feature of a service.
#[derive(Debug)]
pub struct ServiceFeature {
    parts: &'static FeatureParts,
    view: &'static ViewDefinition,
    column: &'static ColumnDefinition,
}

impl ServiceFeature {
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

    /// The feature's name in the service: the field's.
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

    /// The column that it reads.
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

    /// Whether an entity may have no value of it: where its view may lack one and there is no default.
    #[must_use]
    pub fn may_be_null(&self) -> bool {
        self.parts.default.is_none() && self.view.may_lack(self.column)
    }

    /// What it is where its view has no value for the entity.
    #[must_use]
    pub fn default(&self) -> Option<Value> {
        self.parts.default.map(|default| default())
    }
}
