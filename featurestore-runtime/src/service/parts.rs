//! What the macro knows of a service.

use crate::key::KeyPart;
use crate::types::Value;
use crate::view::ViewDefinition;

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
    pub features: &'static [FeatureParts],
}

/// What the macro knows of a service's feature: which column of which view, by index.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct FeatureParts {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) view: usize,
    pub(crate) column: usize,
    pub(crate) default: Option<fn() -> Value>,
}
