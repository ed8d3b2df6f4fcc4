//! What the macro knows of a service.

use super::evaluate::Evaluate;
use crate::key::KeyPart;
use crate::types::Value;
use crate::view::{ColumnDefinition, ViewDefinition};

/// What the macro knows of a service; only generated code builds it.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct ServiceParts {
    pub type_name: &'static str,
    pub module: &'static str,
    pub name: &'static str,
    pub description: &'static str,
    pub owner: Option<&'static str>,
    pub tags: &'static [&'static str],
    pub key: &'static [KeyPart],
    pub views: &'static [fn() -> &'static ViewDefinition],
    /// In declared order, without those that are computed and private: nobody asks for them.
    pub fields: &'static [FieldParts],
    /// Where a field is given by the request, or computed.
    pub evaluate: Option<Evaluate>,
}

/// What the macro knows of a service's field: where its value comes from.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum FieldParts {
    Column(FeatureParts),
    Request(&'static ColumnDefinition),
    Computed(&'static ColumnDefinition),
}

/// What the macro knows of a service's field that is read: which column of which view, by index.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct FeatureParts {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) view: usize,
    pub(crate) column: usize,
    pub(crate) default: Option<fn() -> Value>,
    pub(crate) private: bool,
}
