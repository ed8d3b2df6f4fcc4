//! What is exposed, and of that, what a caller may read.

use std::collections::BTreeMap;

use super::settings::{McpError, McpSettings};
use crate::llm::Tool;
use crate::registry::Registry;
use crate::service::{ServiceDefinition, ServiceFeature};
use crate::serving::Grant;
use crate::view::{ColumnDefinition, ViewDefinition};

/// The services that are exposed, as tools, in the order of their names.
#[derive(Debug)]
pub(super) struct Exposed(Vec<Tool>);

impl Exposed {
    /// Resolves the settings' names.
    pub(super) fn new(registry: &Registry, settings: &McpSettings) -> Result<Self, McpError> {
        let named = settings.services.iter().map(|name| registry.service(name));
        let mut services = named.collect::<Result<Vec<_>, _>>()?;
        if settings.all {
            services = registry.services().collect();
        }
        services.sort_by_key(|service| service.name());
        services.dedup_by_key(|service| service.name());
        let tools = services.into_iter().map(Tool::new);
        Ok(Self(tools.collect::<Result<_, _>>()?))
    }

    /// What a caller with this grant may call.
    pub(super) fn granted(&self, grant: &Grant) -> Granted<'_> {
        let tools = self.0.iter().filter(|tool| grant.allows(tool.service()));
        Granted(tools.collect())
    }
}

/// Columns of a view by their indices, so in declared order.
pub(super) type Columns = BTreeMap<usize, &'static ColumnDefinition>;

/// The tools that a caller may call.
#[derive(Debug)]
pub(super) struct Granted<'a>(Vec<&'a Tool>);

impl<'a> Granted<'a> {
    pub(super) fn tools(&self) -> impl Iterator<Item = &'a Tool> + Clone {
        self.0.iter().copied()
    }

    pub(super) fn tool(&self, name: &str) -> Option<&'a Tool> {
        self.tools().find(|tool| tool.name() == name)
    }

    pub(super) fn services(&self) -> impl Iterator<Item = &'static ServiceDefinition> + Clone {
        self.0.iter().map(|tool| tool.service())
    }

    /// The views that the tools read, each once, and the columns that they read of it, by index.
    pub(super) fn views(&self) -> Vec<(&'static ViewDefinition, Columns)> {
        let mut views: Vec<(&'static ViewDefinition, Columns)> = Vec::new();
        for service in self.services() {
            let read = service.features().iter();
            for feature in read.filter_map(ServiceFeature::view_column) {
                let (view, column) = (feature.view(), (feature.column_index(), feature.column()));
                let known = views.iter_mut();
                match known
                    .into_iter()
                    .find(|(known, _)| std::ptr::eq(*known, view))
                {
                    Some((_, columns)) => {
                        columns.insert(column.0, column.1);
                    }
                    None => views.push((view, BTreeMap::from([column]))),
                }
            }
        }
        views.sort_by_key(|(view, _)| view.name());
        views
    }
}
