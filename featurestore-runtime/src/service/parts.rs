//! What the macro knows of a service.

use super::ServiceFeature;
use crate::key::KeyPart;
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
    pub features: &'static [ServiceFeature],
}
