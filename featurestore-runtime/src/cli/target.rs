//! What a command is about: a view or a service, by name.

use super::CliError;
use crate::registry::{Registry, unknown};
use crate::service::ServiceDefinition;
use crate::view::ViewDefinition;

#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    View(&'static ViewDefinition),
    Service(&'static ServiceDefinition),
}

impl Target {
    /// The view or service with this name; `view:NAME` and `service:NAME` tell them apart where
    /// both have it.
    pub(super) fn find(registry: &Registry, name: &str) -> Result<Self, CliError> {
        match name.split_once(':') {
            Some(("view", name)) => return Ok(Self::View(registry.view(name)?)),
            Some(("service", name)) => return Ok(Self::Service(registry.service(name)?)),
            _ => {}
        }
        match (registry.view(name), registry.service(name)) {
            (Ok(view), Err(_)) => Ok(Self::View(view)),
            (Err(_), Ok(service)) => Ok(Self::Service(service)),
            (Ok(_), Ok(_)) => Err(CliError::Both {
                name: name.to_owned(),
            }),
            (Err(_), Err(_)) => {
                let views: Vec<&str> = registry.views().map(ViewDefinition::name).collect();
                let services = registry.services().map(ServiceDefinition::name);
                let known: Vec<&str> = views.into_iter().chain(services).collect();
                Err(unknown("view or service", name, known.iter().copied()).into())
            }
        }
    }
}
