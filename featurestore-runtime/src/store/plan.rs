//! What is read for a request, resolved once: the views' rows of which entities, and which features
//! of them.

use featurestore_schema::Dtype;

use super::StoreError;
use crate::service::evaluate::Evaluate;
use crate::service::{ServiceDefinition, ServiceFeature};
use crate::types::{Value, ValueRef};
use crate::view::{ColumnDefinition, ViewDefinition};

/// What is read for a request, resolved once: which features, of which views, by which keys.
#[derive(Debug)]
pub struct Plan {
    features: Vec<PlannedFeature>,
    entities: EntityPlan,
    join_keys: Vec<(&'static str, Dtype)>,
    /// Where some features are computed, or the request gives something.
    evaluated: Option<Evaluated>,
}

/// A service whose values are made by its compiled expressions.
#[derive(Debug)]
pub(super) struct Evaluated {
    pub(super) service: &'static ServiceDefinition,
    pub(super) evaluate: Evaluate,
    /// The parts of its key, in the order of its type.
    pub(super) key: Vec<(&'static str, Dtype)>,
}

#[derive(Debug, Clone)]
pub(crate) struct PlannedFeature {
    name: &'static str,
    column: &'static ColumnDefinition,
    /// The indices of its view among the plan's, and of its column among the view's; nothing where it
    /// is computed.
    place: Option<(usize, usize)>,
    view: Option<&'static ViewDefinition>,
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
            column: column.1,
            place: Some((view.0, column.0)),
            view: Some(view.1),
            default: None,
        }
    }

    pub(super) fn of_service(feature: &ServiceFeature) -> Self {
        let column = feature.view_column();
        Self {
            name: feature.name(),
            column: feature.column(),
            place: column.map(|column| (column.view_index(), column.column_index())),
            view: feature.view(),
            default: feature.default(),
        }
    }

    /// Its name.
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    /// Its view; nothing where it is computed.
    #[cfg(feature = "http")]
    pub(crate) const fn view(&self) -> Option<&'static ViewDefinition> {
        self.view
    }

    /// Its name in its view.
    #[cfg(feature = "http")]
    pub(crate) const fn column_name(&self) -> &'static str {
        self.column.name()
    }

    /// The dtype of its values.
    pub(crate) const fn dtype(&self) -> Dtype {
        self.column.dtype()
    }

    /// The indices of its view among the plan's, and of its column among the view's; nothing where it
    /// is computed.
    pub(crate) const fn place(&self) -> Option<(usize, usize)> {
        self.place
    }

    /// What it is where its view has no value for the entity.
    pub(super) fn default(&self) -> Result<Option<ValueRef<'_>>, StoreError> {
        let default = self.default.as_ref();
        let default = default.map(|default| default.borrow(self.dtype()));
        default.transpose().map_err(|error| {
            let (view, name) = (self.view.map(ViewDefinition::name), self.name);
            let view = view.unwrap_or_default();
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

    /// What a request gives beside the join keys, in declared order.
    #[must_use]
    pub fn request(&self) -> &'static [&'static ColumnDefinition] {
        let evaluated = self.evaluated.as_ref();
        evaluated.map_or(&[], |evaluated| evaluated.service.request())
    }

    /// The service that it is of, where something is computed.
    #[cfg(feature = "http")]
    pub(crate) fn service_name(&self) -> Option<&'static str> {
        Some(self.evaluated.as_ref()?.service.name())
    }

    /// Whether values are made by a service's compiled expressions.
    #[cfg(feature = "http")]
    pub(crate) const fn is_evaluated(&self) -> bool {
        self.evaluated.is_some()
    }

    pub(super) const fn evaluated(&self) -> Option<&Evaluated> {
        self.evaluated.as_ref()
    }

    /// All features of a service.
    pub(super) fn of_service(service: &'static ServiceDefinition) -> Self {
        let features = service.features().iter().map(PlannedFeature::of_service);
        let mut plan = Self::new(service.views().collect(), features.collect());
        plan.evaluated = service.evaluate().map(|evaluate| Evaluated {
            service,
            evaluate,
            key: service.join_keys(),
        });
        // An expression may ask for a part of the key that no view has.
        let key = plan.evaluated.iter().flat_map(|evaluated| &evaluated.key);
        let others = key.filter(|(name, _)| !plan.join_keys.iter().any(|(own, _)| own == name));
        let others: Vec<_> = others.copied().collect();
        plan.join_keys.extend(others);
        plan.join_keys.sort_unstable_by_key(|(name, _)| *name);
        plan
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
            evaluated: None,
        }
    }

    /// With some of its features, by their indices, and where they are then: of the same keys, as the others
    /// are not looked at. A plan that computes keeps all, since any may be computed of any.
    #[cfg(feature = "cli")]
    pub(crate) fn only(mut self, indices: Vec<usize>) -> (Self, Vec<usize>) {
        if self.evaluated.is_some() {
            return (self, indices);
        }
        let chosen = indices.iter().filter_map(|index| self.features.get(*index));
        self.features = chosen.cloned().collect();
        let all = (0..self.features.len()).collect();
        (self, all)
    }

    /// The error of a join key that was not given.
    pub(super) fn missing_key(&self, key: &str) -> StoreError {
        let wanted: Vec<&str> = self.join_keys.iter().map(|(name, _)| *name).collect();
        StoreError::MissingKey {
            key: key.to_owned(),
            wanted: wanted.join(", "),
        }
    }

    /// The error of a request field that was not given.
    pub(crate) fn missing_request(&self, field: &str) -> StoreError {
        let wanted: Vec<&str> = self.request().iter().map(|field| field.name()).collect();
        let evaluated = self.evaluated.as_ref();
        StoreError::MissingRequest {
            field: field.to_owned(),
            service: evaluated.map_or("", |evaluated| evaluated.service.name()),
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
