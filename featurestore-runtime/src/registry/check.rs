//! What declarations may not contradict each other in.

use super::{Registry, RegistryError};
use crate::service::ServiceDefinition;
use crate::view::ViewDefinition;

impl Registry {
    pub(super) fn add_view(&mut self, view: &'static ViewDefinition) -> Result<(), RegistryError> {
        match self.views.insert(view.name(), view) {
            Some(first) if !std::ptr::eq(first, view) => Err(RegistryError::Twice {
                kind: "view",
                name: view.name(),
                first: first.type_path(),
                second: view.type_path(),
            }),
            _ => Ok(()),
        }
    }

    pub(super) fn add_service(
        &mut self,
        service: &'static ServiceDefinition,
    ) -> Result<(), RegistryError> {
        match self.services.insert(service.name(), service) {
            Some(first) if !std::ptr::eq(first, service) => Err(RegistryError::Twice {
                kind: "service",
                name: service.name(),
                first: first.type_path(),
                second: service.type_path(),
            }),
            _ => Ok(()),
        }
    }

    pub(super) fn check(&self) -> Result<(), RegistryError> {
        self.check_key_dtypes()?;
        self.views().try_for_each(check_defaults)?;
        self.services()
            .try_for_each(|service| self.check_service(service))
    }

    fn check_key_dtypes(&self) -> Result<(), RegistryError> {
        for second in self.views() {
            let same_entity = self
                .views()
                .take_while(|first| !std::ptr::eq(*first, second))
                .filter(|first| first.entity() == second.entity());
            for first in same_entity {
                for key in second.join_keys() {
                    let other = first
                        .join_keys()
                        .iter()
                        .find(|other| other.name() == key.name());
                    let Some(other) = other.filter(|other| other.dtype() != key.dtype()) else {
                        continue;
                    };
                    return Err(RegistryError::KeyDtype {
                        entity: second.entity().to_owned(),
                        key: key.name(),
                        first: first.name(),
                        first_dtype: other.dtype().to_string(),
                        second: second.name(),
                        second_dtype: key.dtype().to_string(),
                    });
                }
            }
        }
        Ok(())
    }

    fn check_service(&self, service: &'static ServiceDefinition) -> Result<(), RegistryError> {
        let given = service.join_keys();
        for view in service.views() {
            if !self.views.contains_key(view.name()) {
                return Err(RegistryError::UnknownView {
                    service: service.name(),
                    view: view.name(),
                    type_path: view.type_path(),
                });
            }
            let missing = view
                .join_keys()
                .iter()
                .find(|key| !given.contains(&(key.name(), key.dtype())));
            if let Some(key) = missing {
                let given: Vec<String> = given
                    .iter()
                    .map(|(name, dtype)| format!("`{name}` ({dtype})"))
                    .collect();
                return Err(RegistryError::ServiceKey {
                    service: service.name(),
                    view: view.name(),
                    key: key.name(),
                    dtype: key.dtype().to_string(),
                    given: given.join(", "),
                });
            }
        }
        Ok(())
    }
}

/// A default that only a parser can judge, as of a date or a decimal. The compiler judges the rest.
fn check_defaults(view: &'static ViewDefinition) -> Result<(), RegistryError> {
    for column in view.columns() {
        let Some(default) = column.default() else {
            continue;
        };
        if default.value(column.dtype()).is_none() {
            return Err(RegistryError::Default {
                view: view.name(),
                column: column.name(),
                default: format!("{default:?}"),
                dtype: column.dtype().to_string(),
            });
        }
    }
    Ok(())
}
