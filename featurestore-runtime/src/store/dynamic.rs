//! Reads by name, for the edges: HTTP, agents, the command line. In code, features are columns.

use std::collections::BTreeMap;

use bytes::Bytes;
use featurestore_schema::Dtype;

use super::FeatureStore;
use super::read::EntityPlan;
use super::rows::{reader, row_error};
use crate::error::Error;
use crate::key::KeyParts;
use crate::lookup::{Lookup, Status};
use crate::online::Address;
use crate::registry::{RegistryError, unknown};
use crate::service::ServiceDefinition;
use crate::time::Timestamp;
use crate::types::Value;
use crate::view::{ColumnDefinition, ViewDefinition};

/// What is read for a request, resolved once: which features, of which views, by which keys.
#[derive(Debug)]
pub struct Plan {
    features: Vec<PlannedFeature>,
    views: Vec<&'static ViewDefinition>,
    entities: EntityPlan,
    join_keys: Vec<(&'static str, Dtype)>,
}

#[derive(Debug)]
struct PlannedFeature {
    name: &'static str,
    view: usize,
    column: usize,
    default: Option<Value>,
}

/// A feature's value in an answer, and what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureValue {
    /// The value, or the service's default; nothing where there is neither.
    pub value: Option<Value>,
    /// Whether the view had a value.
    pub status: Status,
    /// The event timestamp of the view's row, where there is one.
    pub event_timestamp: Option<Timestamp>,
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

    fn new(views: Vec<&'static ViewDefinition>, features: Vec<PlannedFeature>) -> Self {
        let mut join_keys = BTreeMap::new();
        for key in views.iter().flat_map(|view| view.join_keys()) {
            join_keys.insert(key.name(), key.dtype());
        }
        let entities = EntityPlan::new(&views);
        Self {
            features,
            views,
            entities,
            join_keys: join_keys.into_iter().collect(),
        }
    }
}

impl FeatureStore {
    /// Resolves the features of a service.
    #[must_use]
    pub fn plan_service(&self, service: &ServiceDefinition) -> Plan {
        let feature = |feature: &'static crate::service::ServiceFeature| PlannedFeature {
            name: feature.name(),
            view: feature.view(),
            column: feature.column(),
            default: feature.default(),
        };
        Plan::new(
            service.views().collect(),
            service.features().iter().map(feature).collect(),
        )
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
        let mut views: Vec<&'static ViewDefinition> = Vec::new();
        let mut features = Vec::new();
        for name in names {
            let (view, column) = self.find_feature(name, given)?;
            let place = views.iter().position(|known| std::ptr::eq(*known, view));
            let place = place.unwrap_or_else(|| {
                views.push(view);
                views.len() - 1
            });
            let name = view.columns()[column].name();
            features.push(PlannedFeature {
                name,
                view: place,
                column,
                default: None,
            });
        }
        Ok(Plan::new(views, features))
    }

    fn find_feature(
        &self,
        name: &str,
        given: &[&str],
    ) -> Result<(&'static ViewDefinition, usize), RegistryError> {
        let place = |view: &'static ViewDefinition, name: &str| {
            view.columns()
                .iter()
                .position(|column| column.name() == name)
        };
        if let Some((view, name)) = name.split_once(':') {
            let view = self.registry().view(view)?;
            let names = view.columns().iter().map(ColumnDefinition::name);
            return match place(view, name) {
                Some(column) => Ok((view, column)),
                None => Err(unknown("feature", name, names)),
            };
        }
        let mut found: Vec<(&'static ViewDefinition, usize)> = self
            .registry()
            .views()
            .filter_map(|view| Some((view, place(view, name)?)))
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
                let views: Vec<_> = self.registry().views().collect();
                let names = views
                    .iter()
                    .flat_map(|view| view.columns())
                    .map(ColumnDefinition::name);
                Err(unknown("feature", name, names))
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
    /// A key of another dtype, or an online store that does not answer.
    pub async fn read_plan(
        &self,
        plan: &Plan,
        entities: &[Vec<Value>],
    ) -> Result<Vec<Result<Vec<FeatureValue>, Error>>, Error> {
        let addresses = self.plan_addresses(plan, entities)?;
        let found = self
            .read_planned(&plan.entities, &plan.views, &addresses)
            .await?;
        let now = self.clock().now();
        let width = plan.entities.entities.len();
        let mut answers = Vec::with_capacity(entities.len());
        for index in 0..entities.len() {
            let rows = index * width..(index + 1) * width;
            let (addresses, found) = (&addresses[rows.clone()], &found[rows]);
            answers.push(self.read_entity(plan, addresses, found, now).await);
        }
        Ok(answers)
    }

    /// One entity's values, from the rows that were found.
    async fn read_entity(
        &self,
        plan: &Plan,
        addresses: &[Address],
        found: &[Vec<Option<Bytes>>],
        now: Timestamp,
    ) -> Result<Vec<FeatureValue>, Error> {
        let mut live = Vec::with_capacity(plan.views.len());
        for (view, (entity, field)) in plan.views.iter().zip(&plan.entities.places) {
            let row = found[*entity].get(*field).and_then(Option::as_ref);
            let row = self.live_row(view, row, now).await;
            live.push(row.map_err(|error| error.at(view, &addresses[*entity]))?);
        }
        let mut values = Vec::with_capacity(plan.features.len());
        for feature in &plan.features {
            let view = plan.views[feature.view];
            let value = read_feature(view, feature, &live[feature.view]);
            let address = &addresses[plan.entities.places[feature.view].0];
            values.push(value.map_err(|error| row_error(error, view, address))?);
        }
        Ok(values)
    }

    fn plan_addresses(&self, plan: &Plan, entities: &[Vec<Value>]) -> Result<Vec<Address>, Error> {
        let mut addresses = Vec::with_capacity(entities.len() * plan.entities.entities.len());
        for values in entities {
            for views in &plan.entities.entities {
                let view = plan.views[views[0]];
                let mut parts = KeyParts::new();
                for key in view.join_keys() {
                    let place = plan
                        .join_keys
                        .iter()
                        .position(|(name, _)| *name == key.name());
                    let value = place.and_then(|place| values.get(place)).ok_or_else(|| {
                        Error::MissingKey {
                            key: key.name().to_owned(),
                            wanted: plan
                                .join_keys
                                .iter()
                                .map(|(name, _)| *name)
                                .collect::<Vec<_>>()
                                .join(", "),
                        }
                    })?;
                    let value = value.borrow(key.dtype()).map_err(|error| Error::Key {
                        key: key.name().to_owned(),
                        error,
                    })?;
                    parts.push(value);
                }
                addresses.push(Address::new(self.project(), view, &parts)?);
            }
        }
        Ok(addresses)
    }
}

fn read_feature(
    view: &'static ViewDefinition,
    feature: &PlannedFeature,
    row: &super::rows::LiveRow<'_>,
) -> Result<FeatureValue, crate::codec::RowError> {
    let default = || feature.default.clone();
    match row {
        Lookup::Found(row) => {
            let mut row = reader(view, row)?;
            let event_timestamp = Some(row.header().event_timestamp);
            let dtype = view.columns()[feature.column].dtype();
            let value = row
                .value(feature.column)?
                .map(|value| value.to_owned(dtype));
            let status = if value.is_some() {
                Status::Found
            } else {
                Status::Null
            };
            Ok(FeatureValue {
                value: value.or_else(default),
                status,
                event_timestamp,
            })
        }
        Lookup::Expired { event_timestamp } => Ok(FeatureValue {
            value: default(),
            status: Status::Expired,
            event_timestamp: Some(*event_timestamp),
        }),
        Lookup::Missing => Ok(FeatureValue {
            value: default(),
            status: Status::Missing,
            event_timestamp: None,
        }),
    }
}
