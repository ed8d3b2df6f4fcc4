//! What declarations may not contradict each other in.

use super::{Registry, RegistryError};
use crate::service::ServiceDefinition;
use crate::view::{EventSourceDefinition, ViewDefinition};

impl Registry {
    pub(super) fn add_view(&mut self, view: &'static ViewDefinition) -> Result<(), RegistryError> {
        if let Some(windows) = view.windows() {
            self.add_event_source(windows.events())?;
        }
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

    pub(super) fn add_event_source(
        &mut self,
        events: &'static EventSourceDefinition,
    ) -> Result<(), RegistryError> {
        match self.event_sources.insert(events.name(), events) {
            Some(first) if !std::ptr::eq(first, events) => Err(RegistryError::Twice {
                kind: "event source",
                name: events.name(),
                first: first.rows().type_path(),
                second: events.rows().type_path(),
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
        let events = self.event_sources().map(EventSourceDefinition::rows);
        events.into_iter().try_for_each(check_defaults)?;
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

#[cfg(test)]
mod tests {
    use super::super::Entry;
    use super::*;
    use crate::view::definition::{EventSourceParts, WindowParts};
    use crate::view::{ViewParts, WindowFeatures, plain};

    static ROWS: ViewDefinition = ViewDefinition::new(ViewParts {
        name: "payment",
        entity: &[],
        entity_order: &[],
        ..plain::VIEW
    });
    const PARTS: EventSourceParts = EventSourceParts {
        rows: &ROWS,
        timestamp: "event_timestamp",
        created: None,
        id: &[],
        deleted: None,
        lateness: 1,
        push: false,
        retention: None,
    };
    static ONE: EventSourceDefinition = EventSourceDefinition::new(PARTS);
    static OTHER: EventSourceDefinition = EventSourceDefinition::new(PARTS);
    static VIEW: ViewDefinition = ViewDefinition::new(ViewParts {
        name: "payment",
        windows: Some(WindowFeatures::new(WindowParts {
            events: || &ONE,
            keys: &[],
            features: &[],
        })),
        ..plain::VIEW
    });

    #[test]
    fn event_sources_of_one_name_are_a_conflict_and_a_view_of_their_name_is_none() {
        let of_view = Registry::new([Entry::View(|| &VIEW)]).unwrap();
        let names: Vec<_> = of_view
            .event_sources()
            .map(EventSourceDefinition::name)
            .collect();
        assert_eq!((names, of_view.views().len()), (vec!["payment"], 1));
        let one = Entry::EventSource(|| &ONE);
        assert!(Registry::new([one, Entry::View(|| &VIEW)]).is_ok());
        let message = Registry::new([Entry::View(|| &VIEW), Entry::EventSource(|| &OTHER)]);
        assert_eq!(
            message.unwrap_err().to_string(),
            "FS0081: two event sources are named `payment`: tests::View and tests::View; give one of them another `name = \"..\"`"
        );
    }
}
