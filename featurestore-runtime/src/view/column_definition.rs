//! A column of a view as it was declared.

use featurestore_schema::Dtype;

use super::{Check, Default, Violation};
use crate::types::ValueRef;

/// A feature as it was declared.
#[derive(Debug)]
pub struct ColumnDefinition {
    parts: ColumnParts,
}

/// What the macro knows of a column; only generated code builds it.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct ColumnParts {
    pub name: &'static str,
    pub source_column: &'static str,
    pub dtype: Dtype,
    pub nullable: bool,
    pub description: &'static str,
    pub unit: Option<&'static str>,
    pub default: Option<Default>,
    pub checks: &'static [Check],
    pub mostly: Option<f64>,
}

impl ColumnDefinition {
    pub(crate) const fn new(parts: ColumnParts) -> Self {
        Self { parts }
    }

    pub(crate) const fn with_unit(mut self, unit: &'static str) -> Self {
        self.parts.unit = Some(unit);
        self
    }

    pub(crate) const fn with_default(mut self, default: Default) -> Self {
        self.parts.default = Some(default);
        self
    }

    pub(crate) const fn with_checks(mut self, checks: &'static [Check]) -> Self {
        self.parts.checks = checks;
        self
    }

    pub(crate) const fn with_mostly(mut self, share: f64) -> Self {
        self.parts.mostly = Some(share);
        self
    }

    /// The feature's name: the field's.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.parts.name
    }

    /// The name of the source's column.
    #[must_use]
    pub const fn source_column(&self) -> &'static str {
        self.parts.source_column
    }

    /// The dtype of its values.
    #[must_use]
    pub const fn dtype(&self) -> Dtype {
        self.parts.dtype
    }

    /// Whether a value may be null.
    #[must_use]
    pub const fn nullable(&self) -> bool {
        self.parts.nullable
    }

    /// What it means: `description = ".."`, else the field's doc comment; empty where there is
    /// neither.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        self.parts.description
    }

    /// The unit of its values.
    #[must_use]
    pub const fn unit(&self) -> Option<&'static str> {
        self.parts.unit
    }

    /// The value that a row written before this column was declared reads as.
    #[must_use]
    pub const fn default(&self) -> Option<Default> {
        self.parts.default
    }

    /// What every value must satisfy: a row with one that does not is as one that is not there.
    #[must_use]
    pub const fn checks(&self) -> &'static [Check] {
        self.parts.checks
    }

    /// The share of rows, from 0 to 1, that must satisfy the checks; where it is not declared,
    /// rows that don't are only counted and left out.
    #[must_use]
    pub const fn mostly(&self) -> Option<f64> {
        self.parts.mostly
    }

    /// Whether a row may have a value, nothing for a null, in this column.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check(&self, value: Option<ValueRef<'_>>) -> Result<(), Violation> {
        Violation::check(value, self.dtype(), self.nullable(), self.checks())
    }
}
