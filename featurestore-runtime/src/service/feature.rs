//! A feature of a service: a field that it answers.

use super::ServiceColumn;
use crate::types::Value;
use crate::view::{ColumnDefinition, ViewDefinition};

/// A feature of a service: a field that it answers with, read from a view or computed.
#[derive(Debug, Clone, Copy)]
pub struct ServiceFeature(Origin);

#[derive(Debug, Clone, Copy)]
enum Origin {
    View(ServiceColumn),
    Computed(&'static ColumnDefinition),
}

impl ServiceFeature {
    pub(super) const fn of_view(column: ServiceColumn) -> Self {
        Self(Origin::View(column))
    }

    pub(super) const fn computed(definition: &'static ColumnDefinition) -> Self {
        Self(Origin::Computed(definition))
    }

    /// The feature's name in the service: the field's.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match &self.0 {
            Origin::View(column) => column.name(),
            Origin::Computed(definition) => definition.name(),
        }
    }

    /// What is declared of its values: of one that is read by its view, of one that is computed by the
    /// service.
    #[must_use]
    pub const fn column(&self) -> &'static ColumnDefinition {
        match &self.0 {
            Origin::View(column) => column.column(),
            Origin::Computed(definition) => definition,
        }
    }

    /// The column that it is read from; nothing where it is computed.
    #[must_use]
    pub const fn view_column(&self) -> Option<&ServiceColumn> {
        match &self.0 {
            Origin::View(column) => Some(column),
            Origin::Computed(_) => None,
        }
    }

    /// The view that it is read from; nothing where it is computed.
    #[must_use]
    pub const fn view(&self) -> Option<&'static ViewDefinition> {
        match &self.0 {
            Origin::View(column) => Some(column.view()),
            Origin::Computed(_) => None,
        }
    }

    /// What it means: the field's doc comment, else its column's description.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        match &self.0 {
            Origin::View(column) => column.description(),
            Origin::Computed(definition) => definition.description(),
        }
    }

    /// What it is where its view has no value for the entity. One that is computed has none: its
    /// expression says what it is.
    #[must_use]
    pub fn default(&self) -> Option<Value> {
        match &self.0 {
            Origin::View(column) => column.default(),
            Origin::Computed(_) => None,
        }
    }

    /// Whether an entity may have no value of it: where its view may lack one and there is no default,
    /// or its expression may give none.
    #[must_use]
    pub fn may_be_null(&self) -> bool {
        match &self.0 {
            Origin::View(column) => {
                column.default().is_none() && column.view().may_lack(column.column())
            }
            Origin::Computed(definition) => definition.nullable(),
        }
    }
}
