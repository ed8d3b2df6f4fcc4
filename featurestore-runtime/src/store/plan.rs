//! What is read for a request, resolved once: the views' rows of which entities, and which features
//! of them.

use featurestore_schema::Dtype;

use super::StoreError;
use crate::service::ServiceFeature;
use crate::types::{Value, ValueRef};
use crate::view::{ColumnDefinition, ViewDefinition};

/// What is read for a request, resolved once: which features, of which views, by which keys.
#[derive(Debug)]
pub struct Plan {
    features: Vec<PlannedFeature>,
    entities: EntityPlan,
    join_keys: Vec<(&'static str, Dtype)>,
}

#[derive(Debug, Clone)]
pub(crate) struct PlannedFeature {
    name: &'static str,
    view: (usize, &'static ViewDefinition),
    column: (usize, &'static ColumnDefinition),
    default: Option<Value>,
}

impl PlannedFeature {
    /// The column of a view, each with its index: among the plan's, and among the view's.
    pub(super) const fn new(
        view: (usize, &'static ViewDefinition),
        column: (usize, &'static ColumnDefinition),
    ) -> Self {
        Self {
            name: column.1.name(),
            view,
            column,
            default: None,
        }
    }

    pub(super) fn of_service(feature: &ServiceFeature) -> Self {
        Self {
            name: feature.name(),
            view: (feature.view_index(), feature.view()),
            column: (feature.column_index(), feature.column()),
            default: feature.default(),
        }
    }

    /// Its view.
    #[cfg(feature = "http")]
    pub(crate) const fn view(&self) -> &'static ViewDefinition {
        self.view.1
    }

    /// Its name in its view.
    #[cfg(feature = "http")]
    pub(crate) const fn column_name(&self) -> &'static str {
        self.column.1.name()
    }

    /// The dtype of its values.
    pub(crate) const fn dtype(&self) -> Dtype {
        self.column.1.dtype()
    }

    /// The index of its view among the plan's.
    pub(crate) const fn view_index(&self) -> usize {
        self.view.0
    }

    /// The index of its column among the view's.
    pub(crate) const fn column_index(&self) -> usize {
        self.column.0
    }

    /// What it is where its view has no value for the entity.
    pub(super) fn default(&self) -> Result<Option<ValueRef<'_>>, StoreError> {
        let default = self.default.as_ref();
        let default = default.map(|default| default.borrow(self.dtype()));
        default.transpose().map_err(|error| {
            let (view, name) = (self.view.1.name(), self.name);
            StoreError::internal(format!(
                "the default of `{name}` is not of its column's dtype in view `{view}`: {error}"
            ))
        })
    }
}

impl Plan {
    /// The features' names, in the order asked for.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &'static str> {
        self.features.iter().map(|feature| feature.name)
    }

    /// The join keys that are needed, with their dtypes, in alphabetical order.
    #[must_use]
    pub fn join_keys(&self) -> &[(&'static str, Dtype)] {
        &self.join_keys
    }

    /// The features, in the order asked for.
    pub(crate) fn features(&self) -> &[PlannedFeature] {
        &self.features
    }

    /// The views that they are of, each once.
    #[cfg(feature = "http")]
    pub(crate) fn views(&self) -> &[&'static ViewDefinition] {
        &self.entities.views
    }

    /// Which rows that needs.
    pub(crate) const fn entities(&self) -> &EntityPlan {
        &self.entities
    }

    pub(super) fn new(views: Vec<&'static ViewDefinition>, features: Vec<PlannedFeature>) -> Self {
        let mut join_keys: Vec<(&'static str, Dtype)> = Vec::new();
        for key in views.iter().flat_map(|view| view.join_keys()) {
            if !join_keys.iter().any(|(name, _)| *name == key.name()) {
                join_keys.push((key.name(), key.dtype()));
            }
        }
        join_keys.sort_unstable_by_key(|(name, _)| *name);
        let entities = EntityPlan::new(views);
        Self {
            features,
            entities,
            join_keys,
        }
    }

    /// With some of its features, by their indices: of the same keys, as the others are not looked at.
    #[cfg(feature = "cli")]
    pub(crate) fn only(mut self, indices: &[usize]) -> Self {
        let chosen = indices.iter().filter_map(|index| self.features.get(*index));
        self.features = chosen.cloned().collect();
        self
    }

    /// The error of a join key that was not given.
    pub(super) fn missing_key(&self, key: &str) -> StoreError {
        let wanted: Vec<&str> = self.join_keys.iter().map(|(name, _)| *name).collect();
        StoreError::MissingKey {
            key: key.to_owned(),
            wanted: wanted.join(", "),
        }
    }
}

/// The views that a read is of, and which of them are read together, because they are of one entity.
#[derive(Debug)]
pub(crate) struct EntityPlan {
    pub(super) views: Vec<&'static ViewDefinition>,
    pub(super) entities: Vec<PlannedEntity>,
    /// Per view, the index of its entity, and its own among the entity's.
    pub(super) indices: Vec<(usize, usize)>,
}

/// The views of one entity.
#[derive(Debug)]
pub(super) struct PlannedEntity {
    /// The first of them, and its index among all.
    pub(super) first: (usize, &'static ViewDefinition),
    /// Their fields; what a window view has beside its own follows from the time of a read.
    pub(super) fields: Vec<&'static str>,
}

impl EntityPlan {
    /// Whether some are window views.
    pub(super) fn has_windows(&self) -> bool {
        self.views.iter().any(|view| view.windows().is_some())
    }

    pub(super) fn new(views: Vec<&'static ViewDefinition>) -> Self {
        let mut entities: Vec<PlannedEntity> = Vec::new();
        let mut indices = Vec::with_capacity(views.len());
        for (index, view) in views.iter().copied().enumerate() {
            let same = |entity: &PlannedEntity| entity.first.1.entity() == view.entity();
            let entity = entities.iter().position(same).unwrap_or_else(|| {
                entities.push(PlannedEntity {
                    first: (index, view),
                    fields: Vec::new(),
                });
                entities.len() - 1
            });
            let fields = &mut entities[entity].fields;
            indices.push((entity, fields.len()));
            fields.push(view.field());
        }
        Self {
            views,
            entities,
            indices,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{ColumnParts, ViewParts, plain};

    static COLUMNS: [ColumnDefinition; 1] = [ColumnDefinition::new(ColumnParts {
        name: "segment",
        dtype: Dtype::Enum(&["casual", "power_user"]),
        ..plain::COLUMN
    })];
    static VIEW: ViewDefinition = ViewDefinition::new(ViewParts {
        name: "user_segment",
        columns: &COLUMNS,
        ..plain::VIEW
    });

    #[test]
    fn a_default_that_its_column_can_not_have_is_an_error_that_names_it() {
        let feature = |default: &str| PlannedFeature {
            default: Some(Value::Str(default.to_owned())),
            ..PlannedFeature::new((0, &VIEW), (0, &COLUMNS[0]))
        };
        let casual = feature("casual");
        assert_eq!(casual.default().unwrap(), Some(ValueRef::Variant(0)));
        let error = feature("nobody").default().unwrap_err();
        assert!(matches!(error, StoreError::Internal { .. }), "{error:?}");
        let text = error.to_string();
        for name in ["`segment`", "`user_segment`", "`nobody`"] {
            assert!(text.contains(name), "{text}");
        }
    }
}
