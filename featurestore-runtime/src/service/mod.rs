//! Feature services: the features that one model or prompt uses together, over any number of
//! views, given by the request, or computed. Knows views and rows, no store.

mod column;
pub(crate) mod evaluate;
mod feature;
pub(crate) mod parts;
mod request;
mod rows;
mod value;

pub use column::ServiceColumn;
pub use feature::ServiceFeature;
#[cfg(test)]
pub(crate) use parts::FeatureParts;
pub(crate) use parts::{FieldParts, ServiceParts};
pub use request::ServiceRequest;
pub(crate) use request::{Inputs, check_request};
#[cfg(any(feature = "duckdb", feature = "test-util"))]
pub(crate) use rows::OfflineRow;
pub use rows::ServiceRows;
pub use value::FieldValue;

use std::sync::OnceLock;

use crate::codec::RowError;
use crate::key::{EntityKey, KeyPart};
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

    /// What a request gives beside the key: its `#[request]` fields, in a struct that is named after
    /// the service; `()` where there are none.
    type Request: ServiceRequest;

    /// The declaration.
    fn definition() -> &'static ServiceDefinition;

    /// Makes the service's values from the rows of its views.
    ///
    /// # Errors
    ///
    /// Damaged rows, a value that its field's type refuses or that a request may not give, an
    /// expression that panics.
    fn from_rows(rows: &mut ServiceRows<'_>) -> Result<Self, RowError>;

    /// The features' values, in declared order: those of all fields but what the request gives and
    /// what is private.
    fn values(&self) -> Vec<FieldValue<'_>>;
}

/// A service that is asked with a key alone: it has no `#[request]` fields. Implemented by
/// `#[feature_service]`.
#[diagnostic::on_unimplemented(
    message = "FS0100: `{Self}` has request fields, which a key alone does not give",
    label = "a request has to give its `#[request]` fields",
    note = "ask with them: `serve_with::<{Self}>(&key, {Self}Request {{ .. }})`, or `serve_many_with`"
)]
pub trait ServedByKey: FeatureService {}

/// A feature service as it was declared.
#[derive(Debug)]
pub struct ServiceDefinition {
    parts: ServiceParts,
    fields: OnceLock<Fields>,
}

/// The fields by where their values come from, each kind in declared order.
#[derive(Debug)]
struct Fields {
    columns: Vec<ServiceColumn>,
    request: Vec<&'static ColumnDefinition>,
    features: Vec<ServiceFeature>,
}

impl ServiceDefinition {
    pub(crate) const fn new(parts: ServiceParts) -> Self {
        let mut index = 0;
        while index < parts.fields.len() {
            if let FieldParts::Column(column) = &parts.fields[index] {
                assert!(
                    column.view < parts.views.len(),
                    "a service's features are of its views"
                );
            }
            index += 1;
        }
        Self {
            parts,
            fields: OnceLock::new(),
        }
    }

    fn fields(&self) -> &Fields {
        self.fields.get_or_init(|| {
            let mut fields = Fields {
                columns: Vec::new(),
                request: Vec::new(),
                features: Vec::new(),
            };
            for field in self.parts.fields {
                match field {
                    FieldParts::Column(parts) => {
                        let column = ServiceColumn::resolve(parts, self.parts.views);
                        fields.columns.push(column);
                        if !column.is_private() {
                            fields.features.push(ServiceFeature::of_view(column));
                        }
                    }
                    FieldParts::Request(definition) => fields.request.push(definition),
                    FieldParts::Computed(definition) => {
                        fields.features.push(ServiceFeature::computed(definition));
                    }
                }
            }
            fields
        })
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

    /// The features that it answers with, in declared order: read from a view, or computed.
    #[must_use]
    pub fn features(&self) -> &[ServiceFeature] {
        &self.fields().features
    }

    /// The columns of its views that it reads, in declared order, those too that only others are
    /// computed of.
    #[must_use]
    pub fn columns(&self) -> &[ServiceColumn] {
        &self.fields().columns
    }

    /// What a request gives beside the key, in declared order.
    #[must_use]
    pub fn request(&self) -> &[&'static ColumnDefinition] {
        &self.fields().request
    }

    /// What makes its features of rows, where not all are read as they are.
    pub(crate) const fn evaluate(&self) -> Option<evaluate::Evaluate> {
        self.parts.evaluate
    }

    /// Whether some of its features are computed.
    #[must_use]
    pub fn is_computed(&self) -> bool {
        let mut features = self.features().iter();
        features.any(|feature| feature.view_column().is_none())
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
