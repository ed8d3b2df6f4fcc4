//! Reads that check themselves: each is made online and point-in-time, and a difference fails the test.

use std::collections::BTreeMap;

use super::TestStore;
use super::compare::{Compared, table};
use super::given::Entity;
use super::taken::{PointInTime, Taken};
use crate::key::EntityKey;
use crate::lookup::{Lookup, Status};
use crate::service::{
    FeatureService, FieldValue, Inputs, ServedByKey, ServiceColumn, ServiceDefinition,
    ServiceRequest as _, ServiceRows,
};
use crate::store::{FeatureValue, Plan, Selection, Served, StoreError};
use crate::time::{Timestamp, format_timestamp};
use crate::types::{Dtype, Value, ValueRef};
use crate::view::{FeatureView, ViewDefinition};

/// The entities that are asked for, each with the view that it is asked of.
type Asked = Vec<(&'static ViewDefinition, Entity)>;

impl TestStore {
    /// As [`FeatureStore::get`](crate::FeatureStore::get).
    ///
    /// # Errors
    ///
    /// An online store that does not answer, or a damaged row.
    ///
    /// # Panics
    ///
    /// What is served is not what a training set has.
    pub async fn get<V: FeatureView>(&self, key: &V::Key) -> Result<Lookup<V>, StoreError> {
        let found = self.store.get::<V>(key).await?;
        let view = V::definition();
        let asked = vec![(view, self.entity(view, &key.to_parts()))];
        let failure = {
            let taken = self.taken(&asked);
            let served = found.as_ref().map(FeatureView::values);
            let columns = view.columns().iter().enumerate();
            let compared = columns.map(|(index, column)| Compared {
                name: column.name(),
                dtype: column.dtype(),
                served: match &served {
                    Lookup::Found(values) => Lookup::Found(values.get(index).copied().flatten()),
                    Lookup::Expired { event_timestamp } => Lookup::Expired {
                        event_timestamp: *event_timestamp,
                    },
                    Lookup::Missing => Lookup::Missing,
                },
                taken: field(&taken, 0, index),
            });
            difference(&compared.collect::<Vec<_>>())
        };
        self.fail_on(view.name(), &asked, failure).await;
        Ok(found)
    }

    /// As [`FeatureStore::select`](crate::FeatureStore::select).
    ///
    /// # Errors
    ///
    /// An online store that does not answer, a damaged row, or columns of different entities.
    ///
    /// # Panics
    ///
    /// What is served is not what a training set has.
    pub async fn select<S: Selection>(
        &self,
        key: &S::Key,
        columns: S,
    ) -> Result<S::Values, StoreError> {
        let found = self.store.select(key, columns).await?;
        let views = columns.views();
        let parts = key.to_parts();
        let asked = views.iter().map(|view| (*view, self.entity(view, &parts)));
        let asked: Asked = asked.collect();
        let failure = {
            let taken = self.taken(&asked);
            let places: Vec<(usize, usize)> = columns.columns().into_iter().enumerate().collect();
            let features = features(&taken, &places);
            let names: Vec<&str> = features.iter().map(|(name, _)| *name).collect();
            let inputs = Inputs::at(self.now());
            let offline = rows(&taken, &places, &names, inputs, |rows| columns.values(rows));
            let (served, offline) = (S::fields(&found), offline.as_ref().map(S::fields));
            difference(&compared(&features, &served, offline))
        };
        self.fail_on("select", &asked, failure).await;
        Ok(found)
    }

    /// As [`FeatureStore::serve`](crate::FeatureStore::serve).
    ///
    /// # Errors
    ///
    /// An online store that does not answer, or a damaged row.
    ///
    /// # Panics
    ///
    /// What is served is not what a training set has.
    pub async fn serve<S: ServedByKey>(&self, key: &S::Key) -> Result<S, StoreError> {
        Ok(self.serve_with_ages::<S>(key).await?.into_features())
    }

    /// As [`FeatureStore::serve_with`](crate::FeatureStore::serve_with).
    ///
    /// # Errors
    ///
    /// An online store that does not answer, a damaged row, a value that the request may not give, or an
    /// expression that panics.
    ///
    /// # Panics
    ///
    /// What is served is not what a training set has.
    pub async fn serve_with<S: FeatureService>(
        &self,
        key: &S::Key,
        request: S::Request,
    ) -> Result<S, StoreError> {
        let found = self.store.serve_with::<S>(key, request.clone()).await?;
        self.compare_served(key, &request.values(), &found, std::iter::empty())
            .await;
        Ok(found)
    }

    /// As [`FeatureStore::serve_with_ages`](crate::FeatureStore::serve_with_ages).
    ///
    /// # Errors
    ///
    /// An online store that does not answer, or a damaged row.
    ///
    /// # Panics
    ///
    /// What is served is not what a training set has.
    pub async fn serve_with_ages<S: ServedByKey>(
        &self,
        key: &S::Key,
    ) -> Result<Served<S>, StoreError> {
        let found = self.store.serve_with_ages::<S>(key).await?;
        let ages = found
            .views()
            .iter()
            .map(|served| (served.view(), served.row()));
        self.compare_served(key, &[], found.features(), ages).await;
        Ok(found)
    }

    /// Compares a service's features, and of which times the rows are.
    async fn compare_served<'a, S: FeatureService>(
        &self,
        key: &S::Key,
        request: &[Option<ValueRef<'_>>],
        found: &S,
        ages: impl Iterator<Item = (&'a str, Lookup<Timestamp>)>,
    ) {
        let service = S::definition();
        let parts = key.to_parts();
        let asked = self.entities(service, &parts);
        let inputs = Inputs {
            key: Some(&parts),
            request,
            as_of: self.now(),
        };
        let failure = {
            let taken = self.taken(&asked);
            let columns = service.columns().iter();
            let places = columns.map(|column| (column.view_index(), column.column_index()));
            let places: Vec<(usize, usize)> = places.collect();
            let names: Vec<&str> = service.columns().iter().map(ServiceColumn::name).collect();
            let offline = rows(&taken, &places, &names, inputs, S::from_rows);
            let features = service.features().iter();
            let features = features.map(|feature| (feature.name(), feature.column().dtype()));
            let features: Vec<(&str, Dtype)> = features.collect();
            let served = found.values();
            let offline = offline.as_ref().map(FeatureService::values);
            let mut compared = compared(&features, &served, offline);
            for (taken, (view, row)) in taken.iter().zip(ages) {
                compared.push(of_row(taken, view, row));
            }
            difference(&compared)
        };
        self.fail_on(service.name(), &asked, failure).await;
    }

    /// Compares what is served with what a training set has for every view, and every entity that a row
    /// or an event was given of: for what the program under test read by itself.
    ///
    /// # Panics
    ///
    /// What is served is not what a training set has, or can't be read.
    pub async fn check(&self) {
        for view in self.store.registry().views() {
            for entity in self.given_entities(view) {
                let compared = self.compare_view(view, entity).await;
                if let Some(failure) = compared.unwrap_or_else(|error| panic!("{error}")) {
                    panic!("{failure}");
                }
            }
        }
    }

    /// What a training set has of a view for an entity now, and which rows or events that is of, as text.
    ///
    /// # Panics
    ///
    /// A training set that can't be made.
    pub fn explain<V: FeatureView>(&self, key: &V::Key) -> String {
        let view = V::definition();
        let entity = self.entity(view, &key.to_parts());
        self.why(&[(view, entity)])
    }

    /// Compares a view's features by their names; gives the failure if one differs.
    pub(super) async fn compare_view(
        &self,
        view: &'static ViewDefinition,
        entity: Entity,
    ) -> Result<Option<String>, StoreError> {
        let plan = self.plan(view)?;
        let Some(found) = self.read_view(&plan, view, &entity).await? else {
            return Ok(None);
        };
        let asked = vec![(view, entity)];
        let failure = {
            let taken = self.taken(&asked);
            let columns = view.columns().iter().zip(&found).enumerate();
            let fields = columns.map(|(index, (column, found))| {
                let value = found
                    .value
                    .as_ref()
                    .map(|value| value.borrow(column.dtype()));
                let value = value.transpose().unwrap_or_else(|error| panic!("{error}"));
                Compared {
                    name: column.name(),
                    dtype: column.dtype(),
                    served: match (found.status, found.event_timestamp) {
                        (Status::Missing, _) => Lookup::Missing,
                        (Status::Expired, Some(event_timestamp)) => {
                            Lookup::Expired { event_timestamp }
                        }
                        _ => Lookup::Found(value),
                    },
                    taken: field(&taken, 0, index),
                }
            });
            let mut compared: Vec<Compared<'_>> = fields.collect();
            if let (Some(found), Some(taken)) = (found.first(), taken.first()) {
                compared.push(of_row(taken, view.name(), row_of(found)));
            }
            difference(&compared)
        };
        match failure {
            None => Ok(None),
            Some(table) => Ok(Some(self.failure(view.name(), &asked, &table).await)),
        }
    }

    /// The entities of a view that rows or events were given of.
    fn given_entities(&self, view: &'static ViewDefinition) -> Vec<Entity> {
        let given = self.sourced.given();
        let mut entities = BTreeMap::new();
        let rows = match view.windows() {
            None => given.rows_of(view),
            Some(windows) => given.events_of(windows.events()),
        };
        for entity in rows.iter().filter_map(|row| row.entity(view)) {
            if entity.values().is_some() {
                entities.insert(entity.address().clone(), entity.clone());
            }
        }
        entities.into_values().collect()
    }

    pub(super) fn entity(&self, view: &ViewDefinition, parts: &[ValueRef<'_>]) -> Entity {
        let entity = Entity::new(self.store.project(), view, parts);
        entity.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Of each of a service's views the entity that is asked for.
    fn entities(&self, service: &'static ServiceDefinition, parts: &[ValueRef<'_>]) -> Asked {
        let names = service.join_keys();
        let own = |view: &ViewDefinition| {
            let keys = view.join_keys().iter().map(|key| {
                let place = names.iter().position(|(name, _)| *name == key.name());
                place.and_then(|place| parts.get(place).copied())
            });
            let keys: Option<Vec<ValueRef<'_>>> = keys.collect();
            keys.unwrap_or_else(|| {
                panic!(
                    "service `{}` has not all join keys of view `{}`",
                    service.name(),
                    view.name()
                )
            })
        };
        service
            .views()
            .map(|view| (view, self.entity(view, &own(view))))
            .collect()
    }

    fn taken(&self, asked: &Asked) -> Vec<Taken> {
        let given = self.sourced.given();
        let point_in_time = PointInTime {
            given: &given,
            now: self.clock.micros(),
        };
        let taken = asked
            .iter()
            .map(|(view, entity)| point_in_time.taken(view, entity));
        taken
            .map(|taken| taken.unwrap_or_else(|error| panic!("{error}")))
            .collect()
    }

    /// Why a training set has what it has.
    pub(super) fn why(&self, asked: &[(&'static ViewDefinition, Entity)]) -> String {
        let given = self.sourced.given();
        let point_in_time = PointInTime {
            given: &given,
            now: self.clock.micros(),
        };
        let mut text = String::new();
        let mut named: Vec<&str> = Vec::new();
        for (view, entity) in asked {
            if named.contains(&view.name()) {
                continue;
            }
            named.push(view.name());
            let lines = point_in_time
                .explain(view, entity)
                .unwrap_or_else(|error| vec![error]);
            for line in lines {
                text.push_str(&format!("  {}: {line}\n", view.name()));
            }
        }
        text
    }

    async fn fail_on(&self, name: &str, asked: &Asked, failure: Option<String>) {
        if let Some(table) = failure {
            panic!("{}", self.failure(name, asked, &table).await);
        }
    }

    /// What a test fails with.
    async fn failure(&self, name: &str, asked: &Asked, table: &str) -> String {
        let mut keys: Vec<String> = asked
            .iter()
            .map(|(view, entity)| entity.text(view))
            .collect();
        keys.dedup();
        let mut served = String::new();
        let mut named: Vec<&str> = Vec::new();
        for (view, entity) in asked {
            if named.contains(&view.name()) {
                continue;
            }
            named.push(view.name());
            let line = self.served_line(view, entity).await;
            let line = line.unwrap_or_else(|error| error.to_string());
            served.push_str(&format!("  {}: {line}\n", view.name()));
        }
        let why = self.why(asked);
        format!(
            "what is served is not what a training set has: `{name}` for {} at {}\n\n{table}\nserved:\n{served}point in time:\n{why}",
            keys.join(" "),
            format_timestamp(self.now())
        )
    }

    /// Of which row a view is served.
    async fn served_line(
        &self,
        view: &'static ViewDefinition,
        entity: &Entity,
    ) -> Result<String, StoreError> {
        if view.windows().is_some() {
            return Ok("made of the entity's state".to_owned());
        }
        let plan = self.plan(view)?;
        let found = self
            .read_view(&plan, view, entity)
            .await?
            .unwrap_or_default();
        Ok(match found.first().map(row_of) {
            Some(Lookup::Found(time)) => format!("the row of {}", format_timestamp(time)),
            Some(Lookup::Expired { event_timestamp }) => {
                format!(
                    "the row of {}, which has expired",
                    format_timestamp(event_timestamp)
                )
            }
            Some(Lookup::Missing) | None => "no row".to_owned(),
        })
    }

    /// All of a view's features.
    fn plan(&self, view: &'static ViewDefinition) -> Result<Plan, StoreError> {
        let names = view
            .columns()
            .iter()
            .map(|column| format!("{}:{}", view.name(), column.name()));
        let names: Vec<String> = names.collect();
        Ok(self
            .store
            .plan_features(names.iter().map(String::as_str), &[])?)
    }

    /// Reads a plan of one view; nothing where the entity's key is not known.
    async fn read_view(
        &self,
        plan: &Plan,
        view: &ViewDefinition,
        entity: &Entity,
    ) -> Result<Option<Vec<FeatureValue>>, StoreError> {
        let Some(values) = entity.values() else {
            return Ok(None);
        };
        let value = |name: &str| {
            let place = view.join_keys().iter().position(|key| key.name() == name);
            place.and_then(|place| values.get(place)).cloned()
        };
        let key: Vec<Value> = plan
            .join_keys()
            .iter()
            .filter_map(|(name, _)| value(name))
            .collect();
        let mut found = self.store.read_plan(plan, &[key]).await?;
        found.pop().transpose()
    }
}

/// What a training set has of a column of a view.
fn field(taken: &[Taken], view: usize, column: usize) -> Result<FieldValue<'_>, String> {
    let taken = taken
        .get(view)
        .ok_or_else(|| format!("there is no view at index {view}"))?;
    taken.field(column)
}

/// The declared names and dtypes of columns, each given by its view and its place there.
fn features(taken: &[Taken], places: &[(usize, usize)]) -> Vec<(&'static str, Dtype)> {
    let feature = |(view, column): &(usize, usize)| {
        let column = taken
            .get(*view)
            .and_then(|taken| taken.view.columns().get(*column));
        column.map_or(("?", Dtype::Bool), |column| (column.name(), column.dtype()))
    };
    places.iter().map(feature).collect()
}

/// Makes of what a training set has what it makes of its rows.
fn rows<T>(
    taken: &[Taken],
    places: &[(usize, usize)],
    names: &[&'static str],
    inputs: Inputs<'_>,
    make: impl FnOnce(&mut ServiceRows<'_>) -> Result<T, crate::codec::RowError>,
) -> Result<T, String> {
    let value = |(view, column): &(usize, usize)| {
        let taken = taken
            .get(*view)
            .ok_or_else(|| format!("there is no view at index {view}"))?;
        taken.value(*column)
    };
    let values = places
        .iter()
        .map(value)
        .collect::<Result<Vec<_>, String>>()?;
    let rows: Vec<_> = taken.iter().map(Taken::row).collect();
    make(&mut ServiceRows::offline(&rows, &values, names, inputs))
        .map_err(|error| error.to_string())
}

/// Features beside each other, each given by its name and dtype.
fn compared<'a>(
    features: &[(&'a str, Dtype)],
    served: &[FieldValue<'a>],
    offline: Result<Vec<FieldValue<'a>>, &String>,
) -> Vec<Compared<'a>> {
    let features = features.iter().zip(served).enumerate();
    let features = features.map(|(index, ((name, dtype), served))| Compared {
        name,
        dtype: *dtype,
        served: *served,
        taken: match &offline {
            Ok(fields) => fields
                .get(index)
                .copied()
                .ok_or_else(|| "no value".to_owned()),
            Err(error) => Err((*error).clone()),
        },
    });
    features.collect()
}

/// Of which time the row of a view is.
fn of_row<'a>(taken: &Taken, view: &'a str, served: Lookup<Timestamp>) -> Compared<'a> {
    let event = taken.event_timestamp;
    Compared {
        name: view,
        dtype: Dtype::Timestamp,
        served: served.map(|time| Some(ValueRef::Timestamp(time))),
        taken: Ok(match (taken.status, event) {
            (Status::Missing, _) | (_, None) => Lookup::Missing,
            (Status::Expired, Some(event_timestamp)) => Lookup::Expired { event_timestamp },
            (_, Some(time)) => Lookup::Found(Some(ValueRef::Timestamp(time))),
        }),
    }
}

/// Of which time the row of a feature is that was read by its name.
fn row_of(found: &FeatureValue) -> Lookup<Timestamp> {
    match (found.status, found.event_timestamp) {
        (Status::Missing, _) | (_, None) => Lookup::Missing,
        (Status::Expired, Some(event_timestamp)) => Lookup::Expired { event_timestamp },
        (_, Some(time)) => Lookup::Found(time),
    }
}

/// The table, if a feature differs.
fn difference(compared: &[Compared<'_>]) -> Option<String> {
    let differs = compared.iter().any(|compared| !compared.is_same());
    differs.then(|| table(compared))
}
