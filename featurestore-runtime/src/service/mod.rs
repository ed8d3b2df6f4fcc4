//! Feature services: the features that one model or prompt uses together, over any number of
//! views. Knows views and rows, no store.

pub(crate) mod parts;
mod rows;

pub(crate) use parts::ServiceParts;
#[cfg(feature = "duckdb")]
pub(crate) use rows::OfflineRow;
pub use rows::ServiceRows;

use crate::codec::RowError;
use crate::key::{EntityKey, KeyPart};
use crate::lookup::Lookup;
use crate::types::{Value, ValueRef};
use crate::view::{ColumnDefinition, JoinKey, ViewDefinition};

/// A struct that declares a feature service. Implemented by `#[feature_service]`.
#[diagnostic::on_unimplemented(
    message = "FS0059: `{Self}` is not a feature service",
    label = "not a feature service",
    note = "declare it with `#[feature_service]` and `#[from(View)]` on its fields"
)]
pub trait FeatureService: Sized + Send + Sync + 'static {
    /// What identifies the entity or entities that it is asked about.
    type Key: EntityKey;

    /// The declaration.
    fn definition() -> &'static ServiceDefinition;

    /// Makes the service's values from the rows of its views.
    ///
    /// # Errors
    ///
    /// Damaged rows, or a value that its field's type refuses.
    fn from_rows(rows: &mut ServiceRows<'_>) -> Result<Self, RowError>;

    /// The fields' values, in declared order.
    fn values(&self) -> Vec<FieldValue<'_>>;
}

/// What a service's field holds: a value, or nothing. A field that is a [`Lookup`] says why it
/// holds nothing; of an `Option` it is not known, and it counts as a null that was found.
pub type FieldValue<'a> = Lookup<Option<ValueRef<'a>>>;

/// A feature service as it was declared.
#[derive(Debug)]
pub struct ServiceDefinition {
    parts: ServiceParts,
}

/// A feature of a service.
#[derive(Debug)]
pub struct ServiceFeature {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) view: usize,
    pub(crate) column: usize,
    pub(crate) default: Option<fn() -> Value>,
}

impl ServiceDefinition {
    pub(crate) const fn new(parts: ServiceParts) -> Self {
        Self { parts }
    }

    /// The service's name: `name = ".."`, else the struct's in snake case.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.parts.name
    }

    /// The struct's path in its crate, for messages.
    #[must_use]
    pub fn type_path(&self) -> String {
        format!("{}::{}", self.parts.module, self.parts.type_name)
    }

    /// What it is for: `description = ".."`, else the struct's doc comment; empty where there is
    /// neither.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        self.parts.description
    }

    /// Who answers for it.
    #[must_use]
    pub const fn owner(&self) -> Option<&'static str> {
        self.parts.owner
    }

    /// Free words to find it by.
    #[must_use]
    pub const fn tags(&self) -> &'static [&'static str] {
        self.parts.tags
    }

    /// The views that its features come from, each once.
    pub fn views(&self) -> impl ExactSizeIterator<Item = &'static ViewDefinition> {
        self.parts.views.iter().map(|view| view())
    }

    /// The features, in declared order.
    #[must_use]
    pub const fn features(&self) -> &'static [ServiceFeature] {
        self.parts.features
    }

    /// The parts of its key type.
    #[must_use]
    pub const fn key_parts(&self) -> &'static [KeyPart] {
        self.parts.key
    }

    /// The names and dtypes of the join keys that it is asked with, in the order of its key type.
    /// Where the key's type names no parts, they are those of its views.
    #[must_use]
    pub fn join_keys(&self) -> Vec<(&'static str, featurestore_schema::Dtype)> {
        let view = self.parts.views.first().map(|view| view());
        let names = view.map_or(&[][..], |view| view.join_keys());
        let part = |(index, part): (usize, &KeyPart)| {
            let name = part.name().or_else(|| names.get(index).map(JoinKey::name));
            (name.unwrap_or_default(), part.dtype())
        };
        self.parts.key.iter().enumerate().map(part).collect()
    }
}

impl ServiceFeature {
    /// The feature's name in the service: the field's.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The place of its view among the service's views.
    #[must_use]
    pub const fn view(&self) -> usize {
        self.view
    }

    /// The place of its column among the view's features.
    #[must_use]
    pub const fn column(&self) -> usize {
        self.column
    }

    /// The column that it reads.
    #[must_use]
    pub fn definition(&self, service: &ServiceDefinition) -> Option<&'static ColumnDefinition> {
        service.views().nth(self.view)?.columns().get(self.column)
    }

    /// What it means: the field's doc comment, else its column's description.
    #[must_use]
    pub fn description(&self, service: &ServiceDefinition) -> &'static str {
        if self.description.is_empty() {
            self.definition(service)
                .map_or("", ColumnDefinition::description)
        } else {
            self.description
        }
    }

    /// What it is where its view has no value for the entity.
    #[must_use]
    pub fn default(&self) -> Option<Value> {
        self.default.map(|default| default())
    }
}
