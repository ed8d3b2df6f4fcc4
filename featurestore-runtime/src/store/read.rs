//! Typed reads: a view's row, many of them, single features, a service.

use super::plan::{EntityPlan, PlannedEntity};
use super::read_path::{PlannedRows, address};
use super::{FeatureStore, Selection, Served, ServedView, StoreError};
use crate::key::{EntityKey, KeyParts};
use crate::lookup::Lookup;
use crate::online::Address;
use crate::service::{FeatureService, Inputs, ServedByKey, ServiceDefinition, ServiceRequest};
use crate::view::{FeatureView, ViewDefinition};

impl FeatureStore {
    /// Reads an entity's row of a view.
    ///
    /// # Errors
    ///
    /// An online store that does not answer, or a damaged row.
    pub async fn get<V: FeatureView>(&self, key: &V::Key) -> Result<Lookup<V>, StoreError> {
        only(self.get_many::<V>(std::slice::from_ref(key)).await?)?
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
    ) -> Result<Vec<Result<Lookup<V>, StoreError>>, StoreError> {
        let view = V::definition();
        let addresses = keys.iter().map(|key| address(self, view, &key.to_parts()));
        let addresses: Vec<Address> = addresses.collect::<Result<_, _>>()?;
        let plan = EntityPlan::new(vec![view]);
        let found = PlannedRows::read(self, &plan, addresses).await?;
        let mut rows = Vec::with_capacity(keys.len());
        for (index, key) in keys.iter().enumerate() {
            let live = found.live(self, &plan, index).await;
            rows.push(live.and_then(|live| {
                let row = only(live.readers().collect())??;
                let row = row.try_map(|row| V::from_row(key, row));
                row.map_err(|error| live.failure(0, error))
            }));
        }
        Ok(rows)
    }

    /// Reads single features of one entity: a tuple of columns gives a tuple of lookups, all in
    /// one round trip, over any number of the entity's views.
    ///
    /// # Errors
    ///
    /// An online store that does not answer, a damaged row, or columns of different entities.
    pub async fn select<S: Selection>(
        &self,
        key: &S::Key,
        columns: S,
    ) -> Result<S::Values, StoreError> {
        let views = columns.views();
        let parts = key.to_parts();
        let Some(first) = views.first().copied() else {
            return Err(StoreError::internal("a selection has no columns"));
        };
        if let Some(other) = views.iter().find(|view| view.entity() != first.entity()) {
            let text =
                |view: &ViewDefinition| format!("`{}` (entity `{}`)", view.name(), view.entity());
            return Err(StoreError::MixedEntities {
                first: text(first),
                second: text(other),
            });
        }
        let address = address(self, first, &parts)?;
        let plan = EntityPlan::new(views);
        let found = PlannedRows::read(self, &plan, vec![address]).await?;
        let live = found.live(self, &plan, 0).await?;
        let inputs = Inputs::at(live.as_of());
        live.make(inputs, |rows| columns.values(rows))
    }

    /// Reads a service's features of one entity, or of one of each of its entities, in one round
    /// trip.
    ///
    /// # Errors
    ///
    /// An online store that does not answer, a damaged row, or an expression that panics.
    pub async fn serve<S: ServedByKey>(&self, key: &S::Key) -> Result<S, StoreError> {
        only(self.serve_many::<S>(std::slice::from_ref(key)).await?)?
    }

    /// As [`serve`](Self::serve), with what the service's `#[request]` fields are.
    ///
    /// ```no_run
    /// # mod declared { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/paid.rs")); }
    /// # use declared::{PaymentCheck, PaymentCheckRequest};
    /// # use featurestore::prelude::*;
    /// # async fn example(store: FeatureStore, user: String) -> Result<(), Error> {
    /// let request = PaymentCheckRequest { amount: 12.5 };
    /// let check = store.serve_with::<PaymentCheck>(&user, request).await?;
    /// if check.times_the_mean.is_some_and(|times| times > 10.0) {
    ///     println!("hold it");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As there, and a value that the request may not give: out of its field's range.
    pub async fn serve_with<S: FeatureService>(
        &self,
        key: &S::Key,
        request: S::Request,
    ) -> Result<S, StoreError> {
        let asked = [(key, Some(&request))];
        let served = self.serve_planned::<S, false>(&asked).await?;
        Ok(only(served)??.0)
    }

    /// As [`serve_many`](Self::serve_many), each key with what its `#[request]` fields are.
    ///
    /// # Errors
    ///
    /// As there. What a request may not give is an error in its own place.
    pub async fn serve_many_with<S: FeatureService>(
        &self,
        requests: &[(S::Key, S::Request)],
    ) -> Result<Vec<Result<S, StoreError>>, StoreError> {
        let asked = requests.iter();
        let asked: Vec<_> = asked.map(|(key, request)| (key, Some(request))).collect();
        let served = self.serve_planned::<S, false>(&asked).await?.into_iter();
        Ok(served.map(|served| Ok(served?.0)).collect())
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
    pub async fn serve_with_ages<S: ServedByKey>(
        &self,
        key: &S::Key,
    ) -> Result<Served<S>, StoreError> {
        let served = self.serve_planned::<S, true>(&[(key, None)]).await?;
        let (features, views) = only(served)??;
        Ok(Served { features, views })
    }

    /// Reads a service's features for many keys in one round trip, in their order; an entity that
    /// comes again is read once. A damaged row is an error in its own place and does not fail the others.
    ///
    /// # Errors
    ///
    /// An online store that does not answer.
    pub async fn serve_many<S: ServedByKey>(
        &self,
        keys: &[S::Key],
    ) -> Result<Vec<Result<S, StoreError>>, StoreError> {
        let asked: Vec<_> = keys.iter().map(|key| (key, None)).collect();
        let served = self.serve_planned::<S, false>(&asked).await?.into_iter();
        Ok(served.map(|served| Ok(served?.0)).collect())
    }

    /// The features for each key and its request, and if `AGES` what is known of their rows.
    async fn serve_planned<S: FeatureService, const AGES: bool>(
        &self,
        asked: &[(&S::Key, Option<&S::Request>)],
    ) -> Result<Vec<Result<(S, Vec<ServedView>), StoreError>>, StoreError> {
        let service = S::definition();
        let plan = EntityPlan::new(service.views().collect());
        let indices = key_indices(service, &plan.views)?;
        let mut addresses = Vec::with_capacity(asked.len() * plan.entities.len());
        for (key, _) in asked {
            let parts = key.to_parts();
            for PlannedEntity {
                first: (index, view),
                ..
            } in &plan.entities
            {
                let own = indices.get(*index).into_iter().flatten();
                let own: Option<KeyParts<'_>> =
                    own.map(|index| parts.get(*index).copied()).collect();
                // Of a key type that names more parts than its values have.
                let own = own.ok_or_else(|| {
                    StoreError::internal(format!(
                        "the key of service `{}` has {} values, fewer than its type says",
                        service.name(),
                        parts.len()
                    ))
                })?;
                addresses.push(address(self, view, &own)?);
            }
        }
        let found = PlannedRows::read(self, &plan, addresses).await?;
        let mut served = Vec::with_capacity(asked.len());
        for (index, (key, request)) in asked.iter().enumerate() {
            let live = found.live(self, &plan, index).await;
            served.push(live.and_then(|live| {
                let ages = if AGES {
                    ServedView::all(&live)?
                } else {
                    Vec::new()
                };
                let parts = key.to_parts();
                let request = request.map(ServiceRequest::values).unwrap_or_default();
                let inputs = Inputs {
                    key: Some(&parts),
                    request: &request,
                    as_of: live.as_of(),
                };
                Ok((live.make(inputs, S::from_rows)?, ages))
            }));
        }
        Ok(served)
    }
}

/// The one answer to one question.
fn only<T>(mut answers: Vec<T>) -> Result<T, StoreError> {
    let answer = answers.pop();
    answer
        .ok_or_else(|| StoreError::internal("one entity was asked for, and nothing is the answer"))
}

/// Per view, the indices of its join keys among the parts of the service's key.
fn key_indices(
    service: &ServiceDefinition,
    views: &[&'static ViewDefinition],
) -> Result<Vec<Vec<usize>>, StoreError> {
    let given = service.join_keys();
    let index = |name: &str| {
        given
            .iter()
            .position(|(given, _)| *given == name)
            .ok_or_else(|| StoreError::MissingKey {
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
                .map(|key| index(key.name()))
                .collect()
        })
        .collect()
}
