//! Reads by name, for the edges: HTTP, agents, the command line. In code, features are columns.

use featurestore_schema::Dtype;
use smallvec::SmallVec;

use super::computed::{GivenInputs, GivenValue};
use super::plan::{Plan, PlannedEntity, PlannedFeature};
use super::read_path::{PlannedRows, address};
use super::{FeatureStore, StoreError};
use crate::codec::Reason;
use crate::key::KeyParts;
use crate::lookup::Status;
use crate::online::Address;
use crate::registry::{RegistryError, unknown};
use crate::service::{ServiceDefinition, check_request};
use crate::time::Timestamp;
use crate::types::Value;
use crate::view::{ColumnDefinition, ViewDefinition, Violation};

/// A feature's value in an answer, and what is known of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FeatureValue {
    /// The value, or the service's default; nothing where there is neither.
    pub value: Option<Value>,
    /// Whether the view had a value.
    pub status: Status,
    /// The event timestamp of the view's row, where there is one.
    pub event_timestamp: Option<Timestamp>,
}

/// An entity that is asked about by name: its join keys' values, and what a request gives beside them.
#[derive(Debug, Clone, PartialEq)]
pub struct AskedEntity {
    keys: Vec<Value>,
    request: Vec<Option<Value>>,
}

/// A column with its index, and its view.
type Named = (&'static ViewDefinition, (usize, &'static ColumnDefinition));

impl FeatureStore {
    /// Resolves the features of a service.
    #[must_use]
    pub fn plan_service(&self, service: &'static ServiceDefinition) -> Plan {
        Plan::of_service(service)
    }

    /// Resolves features by name: `watch_count_30d`, or `watch_activity:watch_count_30d` where
    /// several views have one of that name. Names among views that other join keys than the
    /// `given` identify count only where no other view has them.
    ///
    /// # Errors
    ///
    /// A name that no view has, or that several have.
    pub fn plan_features<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
        given: &[&str],
    ) -> Result<Plan, RegistryError> {
        self.plan_readable(names, given, &|_, _| true)
    }

    /// As [`plan_features`](Self::plan_features), where other columns than those that are readable
    /// are as if they were not declared.
    pub(crate) fn plan_readable<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
        given: &[&str],
        readable: &dyn Fn(&'static ViewDefinition, usize) -> bool,
    ) -> Result<Plan, RegistryError> {
        let mut views: Vec<&'static ViewDefinition> = Vec::new();
        let mut features = Vec::new();
        for name in names {
            let (view, column) = self.find_feature(name, given, readable)?;
            let known = views.iter().position(|known| std::ptr::eq(*known, view));
            let index = known.unwrap_or_else(|| {
                views.push(view);
                views.len() - 1
            });
            features.push(PlannedFeature::new((index, view), column));
        }
        Ok(Plan::new(views, features))
    }

    fn find_feature(
        &self,
        name: &str,
        given: &[&str],
        readable: &dyn Fn(&'static ViewDefinition, usize) -> bool,
    ) -> Result<Named, RegistryError> {
        let columns = |view: &'static ViewDefinition| {
            let columns = view.columns().iter().enumerate();
            columns.filter(move |(index, _)| readable(view, *index))
        };
        let find = |view: &'static ViewDefinition, name: &str| {
            // Of one with this name alone it is asked whether it is readable.
            let mut named = view.columns().iter().enumerate();
            let named = named.find(|(_, column)| column.name() == name);
            named.filter(|(index, _)| readable(view, *index))
        };
        let names = |view: &'static ViewDefinition| -> Vec<&'static str> {
            columns(view).map(|(_, column)| column.name()).collect()
        };
        if let Some((view, name)) = name.split_once(':') {
            let known = self.registry().view(view).ok();
            if let Some(found) = known.and_then(|view| Some((view, find(view, name)?))) {
                return Ok(found);
            }
            let names_of = known.map(names).unwrap_or_default();
            if !names_of.is_empty() {
                return Err(unknown("feature", name, names_of.into_iter()));
            }
            let views = self.registry().views();
            let views = views.filter(|view| columns(view).next().is_some());
            let views: Vec<&str> = views.map(ViewDefinition::name).collect();
            return Err(unknown("view", view, views.into_iter()));
        }
        let mut found: Vec<Named> = self
            .registry()
            .views()
            .filter_map(|view| Some((view, find(view, name)?)))
            .collect();
        let fits = |view: &ViewDefinition| {
            view.join_keys()
                .iter()
                .all(|key| given.contains(&key.name()))
        };
        if found.len() > 1 && found.iter().any(|(view, _)| fits(view)) {
            found.retain(|(view, _)| fits(view));
        }
        match found[..] {
            [] => {
                let names: Vec<&str> = self.registry().views().flat_map(names).collect();
                Err(unknown("feature", name, names.into_iter()))
            }
            [found] => Ok(found),
            _ => {
                let candidates = found
                    .iter()
                    .map(|(view, _)| format!("{}:{name}", view.name()));
                let candidates = candidates.collect::<Vec<_>>().join(", ");
                Err(RegistryError::Ambiguous {
                    name: name.to_owned(),
                    candidates,
                })
            }
        }
    }

    /// Reads a plan's features for entities, each given by its join keys' values in the order of
    /// [`Plan::join_keys`]. One round trip; one list of values per entity, in the plan's order. A
    /// damaged row is an error in its entity's place and does not fail the others.
    ///
    /// # Errors
    ///
    /// A key of another dtype, a plan whose requests give more than keys
    /// ([`read_plan_with`](Self::read_plan_with) takes it), or an online store that does not answer.
    pub async fn read_plan(
        &self,
        plan: &Plan,
        entities: &[Vec<Value>],
    ) -> Result<Vec<Result<Vec<FeatureValue>, StoreError>>, StoreError> {
        let entities: Vec<AskedEntity> = entities.iter().cloned().map(AskedEntity::new).collect();
        self.read_plan_with(plan, &entities).await
    }

    /// As [`read_plan`](Self::read_plan), of entities each with what its request gives.
    ///
    /// # Errors
    ///
    /// As there, and a request field that is missing or has a value that a request may not give.
    pub async fn read_plan_with(
        &self,
        plan: &Plan,
        entities: &[AskedEntity],
    ) -> Result<Vec<Result<Vec<FeatureValue>, StoreError>>, StoreError> {
        let rows = self.read_plan_rows(plan, entities).await?;
        let mut answers = Vec::with_capacity(entities.len());
        for (index, entity) in entities.iter().enumerate() {
            answers.push(self.values_of(plan, &rows, index, entity).await);
        }
        Ok(answers)
    }

    /// As [`read_plan`](Self::read_plan) of one entity; and what its values would be if none were
    /// expired, for people who look for why one is.
    #[cfg(feature = "pages")]
    pub(crate) async fn read_plan_of_any_age(
        &self,
        plan: &Plan,
        entity: AskedEntity,
    ) -> Result<[Result<Vec<FeatureValue>, StoreError>; 2], StoreError> {
        let entities = std::slice::from_ref(&entity);
        let rows = self.read_plan_rows(plan, entities).await?;
        let values = self.values_of(plan, &rows, 0, &entity).await;
        let rows = rows.of_any_age();
        Ok([values, self.values_of(plan, &rows, 0, &entity).await])
    }

    /// Reads the rows of a plan for entities.
    async fn read_plan_rows(
        &self,
        plan: &Plan,
        entities: &[AskedEntity],
    ) -> Result<PlannedRows, StoreError> {
        for entity in entities {
            entity.check(plan)?;
        }
        let value = |entity: usize, key: (&'static str, Dtype)| match entities.get(entity) {
            Some(entity) => entity.key(plan, key),
            None => Err(plan.missing_key(key.0)),
        };
        let addresses = self.plan_addresses(plan, entities.len(), value)?;
        PlannedRows::read(self, plan.entities(), addresses).await
    }

    /// The values of an entity whose rows were read.
    async fn values_of(
        &self,
        plan: &Plan,
        rows: &PlannedRows,
        index: usize,
        entity: &AskedEntity,
    ) -> Result<Vec<FeatureValue>, StoreError> {
        let live = rows.live(self, plan.entities(), index).await?;
        let given = entity.inputs(plan)?;
        let computed = live.compute(plan, Some(&given))?;
        let mut cells = live.cells(plan, &computed)?;
        let values = plan.features().iter().enumerate();
        let values = values.map(|(index, feature)| {
            let cell = cells.get(index)?;
            Ok(FeatureValue {
                value: cell.value.map(|value| value.to_owned(feature.dtype())),
                status: cell.status,
                event_timestamp: cell.event_timestamp,
            })
        });
        values.collect()
    }

    /// The addresses that a plan reads for each entity, where `value` gives an entity's value of one
    /// of the plan's join keys.
    pub(crate) fn plan_addresses<'v, E: From<StoreError>>(
        &self,
        plan: &Plan,
        entities: usize,
        value: impl Fn(usize, (&'static str, Dtype)) -> Result<GivenValue<'v>, E>,
    ) -> Result<Vec<Address>, E> {
        let planned = &plan.entities().entities;
        let mut addresses = Vec::with_capacity(entities * planned.len());
        for entity in 0..entities {
            for PlannedEntity {
                first: (_, view), ..
            } in planned
            {
                let mut values: SmallVec<[GivenValue<'v>; 2]> = SmallVec::new();
                for key in view.join_keys() {
                    values.push(value(entity, (key.name(), key.dtype()))?);
                }
                let mut parts = KeyParts::new();
                for (key, value) in view.join_keys().iter().zip(&values) {
                    let part = value
                        .borrow(key.dtype())
                        .map_err(|source| StoreError::Key {
                            key: key.name().to_owned(),
                            source,
                        })?;
                    self.check_key(key.name(), part.bytes())?;
                    parts.push(part);
                }
                addresses.push(address(self, view, &parts)?);
            }
        }
        Ok(addresses)
    }
}

impl AskedEntity {
    /// The entity with the values of [`Plan::join_keys`], in their order.
    #[must_use]
    pub const fn new(keys: Vec<Value>) -> Self {
        Self {
            keys,
            request: Vec::new(),
        }
    }

    /// With the values of [`Plan::request`], in their order; nothing for one that is null or not given.
    #[must_use]
    pub fn with_request(self, request: Vec<Option<Value>>) -> Self {
        Self { request, ..self }
    }

    /// A value of one of the plan's join keys.
    fn key(
        &self,
        plan: &Plan,
        (key, dtype): (&'static str, Dtype),
    ) -> Result<GivenValue<'_>, StoreError> {
        let index = plan.join_keys().iter().position(|(name, _)| *name == key);
        let value = index.and_then(|index| self.keys.get(index));
        let value = value.ok_or_else(|| plan.missing_key(key))?;
        let borrowed = value.borrow(dtype).map(GivenValue::Borrowed);
        borrowed.map_err(|source| StoreError::Key {
            key: key.to_owned(),
            source,
        })
    }

    /// Refuses what a request may not give, before anything is read.
    fn check(&self, plan: &Plan) -> Result<(), StoreError> {
        for (index, field) in plan.request().iter().enumerate() {
            let value = self.request.get(index).and_then(Option::as_ref);
            let optional = field.nullable() || field.default().is_some();
            if value.is_none() && !optional {
                return Err(plan.missing_request(field.name()));
            }
            let value = value.map(|value| value.borrow(field.dtype())).transpose();
            let checked = value
                .map_err(Violation::from)
                .and_then(|value| check_request(field, value));
            checked.map_err(|violation| StoreError::Request {
                field: field.name().to_owned(),
                source: Reason::new(violation),
            })?;
        }
        Ok(())
    }

    /// What the plan's expressions are given.
    fn inputs(&self, plan: &Plan) -> Result<GivenInputs<'_>, StoreError> {
        GivenInputs::of(
            plan,
            |key| self.key(plan, key),
            |index, field| {
                let value = self.request.get(index).and_then(Option::as_ref);
                let value = value.map(|value| value.borrow(field.dtype()));
                let value = value.transpose().map_err(|error| StoreError::Request {
                    field: field.name().to_owned(),
                    source: Reason::new(error),
                })?;
                Ok(value.map(GivenValue::Borrowed))
            },
        )
    }
}
