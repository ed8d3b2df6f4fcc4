//! Typed reads: a view's row, many of them, a service.

use std::collections::HashMap;

use bytes::Bytes;

use super::rows::{reader, row_error};
use super::{FeatureStore, Selection, Served, ServedView};
use crate::error::Error;
use crate::key::{EntityKey, KeyParts};
use crate::lookup::Lookup;
use crate::online::{Address, EntityRead, read};
use crate::service::{FeatureService, ServiceDefinition, ServiceRows};
use crate::time::Timestamp;
use crate::view::{FeatureView, ViewDefinition};

impl FeatureStore {
    /// Reads an entity's row of a view.
    ///
    /// # Errors
    ///
    /// An online store that does not answer, or a damaged row.
    pub async fn get<V: FeatureView>(&self, key: &V::Key) -> Result<Lookup<V>, Error> {
        let mut rows = self.get_many::<V>(std::slice::from_ref(key)).await?;
        rows.pop().unwrap_or(Ok(Lookup::Missing))
    }

    /// Reads many entities' rows of a view in one round trip, in the order of the keys; one that
    /// comes again is read once. A damaged row is an error in its own place and does not fail the others.
    ///
    /// # Errors
    ///
    /// An online store that does not answer.
    pub async fn get_many<V: FeatureView>(
        &self,
        keys: &[V::Key],
    ) -> Result<Vec<Result<Lookup<V>, Error>>, Error> {
        let view = V::definition();
        let addresses: Vec<Address> = keys
            .iter()
            .map(|key| {
                let key = view.key_values(&key.to_parts())?;
                Ok(Address::new(self.project(), &key))
            })
            .collect::<Result<_, Error>>()?;
        let fields = [view.field()];
        let found = self.read_entities(&addresses, &fields).await?;
        let now = self.clock().now();
        let mut rows = Vec::with_capacity(keys.len());
        for ((key, address), found) in keys.iter().zip(&addresses).zip(&found) {
            let row = self
                .live_row(view, found.first().and_then(Option::as_ref), now)
                .await;
            rows.push(
                row.map_err(|error| error.at(view, address))
                    .and_then(|row| {
                        row.try_map(|row| reader(view, &row).and_then(|row| V::from_row(key, row)))
                            .map_err(|error| row_error(error, view, address))
                    }),
            );
        }
        Ok(rows)
    }

    /// Reads single features of one entity: a tuple of columns gives a tuple of lookups, all in
    /// one round trip, over any number of the entity's views.
    ///
    /// # Errors
    ///
    /// An online store that does not answer, a damaged row, or columns of different entities.
    pub async fn select<S: Selection>(&self, key: &S::Key, columns: S) -> Result<S::Values, Error> {
        let views = columns.views();
        let parts = key.to_parts();
        let Some(first) = views.first() else {
            return columns.values(&mut []);
        };
        if let Some(other) = views.iter().find(|view| view.entity() != first.entity()) {
            let text =
                |view: &ViewDefinition| format!("`{}` (entity `{}`)", view.name(), view.entity());
            return Err(Error::MixedEntities {
                first: text(first),
                second: text(other),
            });
        }
        let address = Address::new(self.project(), &first.key_values(&parts)?);
        let fields: Vec<&str> = views.iter().map(|view| view.field()).collect();
        let found = self
            .read_entities(std::slice::from_ref(&address), &fields)
            .await?;
        let now = self.clock().now();
        let mut live = Vec::with_capacity(views.len());
        for (view, row) in views.iter().zip(found.iter().flatten()) {
            live.push(
                self.live_row(view, row.as_ref(), now)
                    .await
                    .map_err(|error| error.at(view, &address))?,
            );
        }
        let mut readers = Vec::with_capacity(views.len());
        for (view, row) in views.iter().zip(&live) {
            let row = row.as_ref().try_map(|row| reader(view, row));
            readers.push(row.map_err(|error| row_error(error, view, &address))?);
        }
        columns.values(&mut readers)
    }

    /// Reads a service's features of one entity, or of one of each of its entities, in one round
    /// trip.
    ///
    /// # Errors
    ///
    /// An online store that does not answer, or a damaged row.
    pub async fn serve<S: FeatureService>(&self, key: &S::Key) -> Result<S, Error> {
        let mut served = self.serve_many::<S>(std::slice::from_ref(key)).await?;
        served.pop().unwrap_or_else(|| {
            S::from_rows(&mut ServiceRows::online(&mut []))
                .map_err(|error| Error::row(error, S::definition().name(), ""))
        })
    }

    /// As [`serve`](Self::serve), and says of which time each view's row is.
    ///
    /// ```no_run
    /// # mod declared { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/watched.rs")); }
    /// # use declared::{WatchActivity, WatchNext};
    /// # use featurestore::prelude::*;
    /// # async fn example(store: FeatureStore, user: String) -> Result<(), Error> {
    /// let served = store.serve_with_ages::<WatchNext>(&user).await?;
    /// let age = served.view::<WatchActivity>().and_then(|row| row.age());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`serve`](Self::serve).
    pub async fn serve_with_ages<S: FeatureService>(
        &self,
        key: &S::Key,
    ) -> Result<Served<S>, Error> {
        let keys = std::slice::from_ref(key);
        let served = self.serve_planned::<S, true>(keys).await?.pop();
        let (features, views) = served.unwrap_or_else(|| {
            let missing = S::from_rows(&mut ServiceRows::online(&mut []));
            let missing = missing.map_err(|error| Error::row(error, S::definition().name(), ""));
            Ok((missing?, Vec::new()))
        })?;
        Ok(Served { features, views })
    }

    /// Reads a service's features for many keys in one round trip, in their order; an entity that
    /// comes again is read once. A damaged row is an error in its own place and does not fail the others.
    ///
    /// # Errors
    ///
    /// An online store that does not answer.
    pub async fn serve_many<S: FeatureService>(
        &self,
        keys: &[S::Key],
    ) -> Result<Vec<Result<S, Error>>, Error> {
        let served = self.serve_planned::<S, false>(keys).await?.into_iter();
        Ok(served.map(|served| Ok(served?.0)).collect())
    }

    /// The features for each key, and if `AGES` what is known of their rows.
    async fn serve_planned<S: FeatureService, const AGES: bool>(
        &self,
        keys: &[S::Key],
    ) -> Result<Vec<Result<(S, Vec<ServedView>), Error>>, Error> {
        let service = S::definition();
        let views: Vec<&'static ViewDefinition> = service.views().collect();
        let plan = EntityPlan::new(&views);
        let places = key_places(service, &views)?;
        let mut addresses = Vec::with_capacity(keys.len() * plan.entities.len());
        for key in keys {
            let parts = key.to_parts();
            for entity in &plan.entities {
                let view = views[entity[0]];
                let of_view: KeyParts<'_> = places[entity[0]]
                    .iter()
                    .filter_map(|place| parts.get(*place).copied())
                    .collect();
                addresses.push(Address::new(self.project(), &view.key_values(&of_view)?));
            }
        }
        let found = self.read_planned(&plan, &addresses).await?;
        let now = self.clock().now();
        let mut served = Vec::with_capacity(keys.len());
        for index in 0..keys.len() {
            let start = index * plan.entities.len();
            let entities = start..start + plan.entities.len();
            served.push(
                self.assemble::<S, AGES>(
                    &views,
                    &plan,
                    &addresses[entities.clone()],
                    &found[entities],
                    now,
                )
                .await,
            );
        }
        Ok(served)
    }

    async fn assemble<S: FeatureService, const AGES: bool>(
        &self,
        views: &[&'static ViewDefinition],
        plan: &EntityPlan,
        addresses: &[Address],
        found: &[Vec<Option<Bytes>>],
        now: Timestamp,
    ) -> Result<(S, Vec<ServedView>), Error> {
        let mut live = Vec::with_capacity(views.len());
        for (view, (entity, field)) in views.iter().zip(&plan.places) {
            let row = found
                .get(*entity)
                .and_then(|row| row.get(*field))
                .and_then(Option::as_ref);
            let row = self.live_row(view, row, now).await;
            live.push(row.map_err(|error| error.at(view, &addresses[*entity]))?);
        }
        let mut ages = Vec::new();
        if AGES {
            for ((view, row), (entity, _)) in views.iter().zip(&live).zip(&plan.places) {
                let served = ServedView::new(view, row, now);
                ages.push(served.map_err(|error| row_error(error, view, &addresses[*entity]))?);
            }
        }
        let mut readers = Vec::with_capacity(views.len());
        for ((view, row), (entity, _)) in views.iter().zip(&live).zip(&plan.places) {
            let row = row.as_ref().try_map(|row| reader(view, row));
            readers.push(row.map_err(|error| row_error(error, view, &addresses[*entity]))?);
        }
        let features = S::from_rows(&mut ServiceRows::online(&mut readers));
        let features = features.map_err(|error| Error::Row {
            view: format!("service {}", S::definition().name()),
            address: addresses
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" "),
            error: Box::new(error),
        })?;
        Ok((features, ages))
    }

    /// Reads the same fields of every entity.
    async fn read_entities(
        &self,
        addresses: &[Address],
        fields: &[&str],
    ) -> Result<Vec<Vec<Option<Bytes>>>, Error> {
        let reads = addresses
            .iter()
            .map(|address| EntityRead { address, fields })
            .collect();
        self.read_each_once(reads).await
    }

    /// Reads entities of which each is asked for the same fields wherever it comes again.
    async fn read_each_once(
        &self,
        mut reads: Vec<EntityRead<'_>>,
    ) -> Result<Vec<Vec<Option<Bytes>>>, Error> {
        if reads.len() < 2 {
            return Ok(read(&**self.online(), &reads).await?);
        }
        let mut known: HashMap<&Address, usize> = HashMap::with_capacity(reads.len());
        let mut places = Vec::with_capacity(reads.len());
        reads.retain(|read| {
            let next = known.len();
            let place = *known.entry(read.address).or_insert(next);
            places.push(place);
            place == next
        });
        let found = read(&**self.online(), &reads).await?;
        if found.len() == places.len() {
            return Ok(found);
        }
        let rows = |place: usize| found.get(place).cloned().unwrap_or_default();
        Ok(places.into_iter().map(rows).collect())
    }

    /// Reads, for each run of a plan's entities among the addresses, the fields of their views.
    pub(super) async fn read_planned(
        &self,
        plan: &EntityPlan,
        addresses: &[Address],
    ) -> Result<Vec<Vec<Option<Bytes>>>, Error> {
        let reads = addresses
            .iter()
            .zip(plan.fields.iter().cycle())
            .map(|(address, fields)| EntityRead { address, fields })
            .collect();
        self.read_each_once(reads).await
    }
}

/// Which views are read together, because they are of one entity.
#[derive(Debug)]
pub(super) struct EntityPlan {
    /// Per entity, its views' places.
    pub(super) entities: Vec<Vec<usize>>,
    /// Per entity, its views' fields.
    fields: Vec<Vec<&'static str>>,
    /// Per view, its entity's place and its place among the entity's views.
    pub(super) places: Vec<(usize, usize)>,
}

impl EntityPlan {
    pub(super) fn new(views: &[&'static ViewDefinition]) -> Self {
        let mut plan = Self {
            entities: Vec::new(),
            fields: Vec::new(),
            places: Vec::with_capacity(views.len()),
        };
        for (index, view) in views.iter().enumerate() {
            let same = |of: &Vec<usize>| views[of[0]].entity() == view.entity();
            let entity = plan.entities.iter().position(same).unwrap_or_else(|| {
                plan.entities.push(Vec::new());
                plan.fields.push(Vec::new());
                plan.entities.len() - 1
            });
            plan.places.push((entity, plan.entities[entity].len()));
            plan.entities[entity].push(index);
            plan.fields[entity].push(view.field());
        }
        plan
    }
}

/// Per view, the places of its join keys among the parts of the service's key.
fn key_places(
    service: &ServiceDefinition,
    views: &[&'static ViewDefinition],
) -> Result<Vec<Vec<usize>>, Error> {
    let given = service.join_keys();
    let place = |name: &str| {
        given
            .iter()
            .position(|(given, _)| *given == name)
            .ok_or_else(|| Error::MissingKey {
                key: name.to_owned(),
                wanted: given
                    .iter()
                    .map(|(name, _)| *name)
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    };
    views
        .iter()
        .map(|view| {
            view.join_keys()
                .iter()
                .map(|key| place(key.name()))
                .collect()
        })
        .collect()
}
