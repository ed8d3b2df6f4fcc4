//! Feature services: the features that one model or prompt uses together, over any number of
//! views. Knows views and rows, no store.

mod feature;
pub(crate) mod parts;
mod rows;

pub use feature::ServiceFeature;
#[cfg(test)]
pub(crate) use parts::FeatureParts;
pub(crate) use parts::ServiceParts;
#[cfg(any(feature = "duckdb", feature = "test-util"))]
pub(crate) use rows::OfflineRow;
pub use rows::ServiceRows;

use std::sync::OnceLock;

use crate::codec::RowError;
use crate::key::{EntityKey, KeyPart};
use crate::lookup::Lookup;
use crate::types::ValueRef;
use crate::view::{JoinKey, ViewDefinition};

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
    features: OnceLock<Vec<ServiceFeature>>,
}

impl ServiceDefinition {
    pub(crate) const fn new(parts: ServiceParts) -> Self {
        let mut index = 0;
        while index < parts.features.len() {
            assert!(
                parts.features[index].view < parts.views.len(),
                "a service's features are of its views"
            );
            index += 1;
        }
        Self {
            parts,
            features: OnceLock::new(),
        }
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
    pub fn features(&self) -> &[ServiceFeature] {
        self.features.get_or_init(|| {
            let features = self.parts.features.iter();
            let views = self.parts.views;
            features
                .map(|feature| ServiceFeature::resolve(feature, views))
                .collect()
        })
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
