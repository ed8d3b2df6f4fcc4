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

/// The service with this name, for a command that takes no view.
#[cfg(feature = "duckdb")]
pub(super) fn service(
    registry: &Registry,
    name: &str,
) -> Result<&'static ServiceDefinition, CliError> {
    let Ok(view) = registry.view(name) else {
        return Ok(registry.service(name)?);
    };
    registry.service(name).map_err(|_| {
        let reads = |service: &&'static ServiceDefinition| {
            service.views().any(|read| std::ptr::eq(read, view))
        };
        let services = registry.services().filter(reads);
        let services: Vec<String> = services
            .map(|service| format!("`{}`", service.name()))
            .collect();
        CliError::ViewForService {
            view: view.name(),
            instead: if services.is_empty() {
                "none has its features yet: declare one with #[feature_service]".to_owned()
            } else {
                format!(
                    "of those that have its features, ask for {}",
                    services.join(" or ")
                )
            },
        }
    })
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
