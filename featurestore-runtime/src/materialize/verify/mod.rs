//! Whether the online store holds what its sources say.

mod chunk;
mod compare;
mod report;
mod sample;
mod states;
mod sweep;

pub use report::{Difference, VerifyReport, ViewVerified};

use self::chunk::CHUNK;
use std::collections::BTreeSet;
use std::convert::Infallible;

use super::run::rows_of;
use crate::materialize::MaterializeError;
use crate::online::{Address, EntityRead, Record, read};
use crate::store::FeatureStore;
use crate::time::Timestamp;
use crate::view::{FeatureView, ViewDefinition};
use sample::Sample;

/// How many entities of a view are compared, if not told otherwise.
const SAMPLE: usize = 100;

/// A comparison of the online store with the sources that is being set up; [`run`](Self::run) does
/// it.
#[derive(Debug)]
#[must_use = "nothing is compared before `run`"]
pub struct OnlineVerify {
    store: FeatureStore,
    views: Option<Vec<&'static ViewDefinition>>,
    sample: usize,
}

impl OnlineVerify {
    pub(super) fn new(store: FeatureStore) -> Self {
        Self {
            store,
            views: None,
            sample: SAMPLE,
        }
    }

    /// Adds a view; without any, all of the registry are compared.
    pub fn view<V: FeatureView>(self) -> Self {
        self.views([V::definition()])
    }

    /// Adds views, as the registry gives them.
    pub fn views(mut self, views: impl IntoIterator<Item = &'static ViewDefinition>) -> Self {
        self.views.get_or_insert_default().extend(views);
        self
    }

    /// How many entities of each view are compared: so many of the source's at random, and as many
    /// that the online store has. 100, if not given.
    pub const fn sample(mut self, entities: usize) -> Self {
        self.sample = entities;
        self
    }

    /// Compares. Each view's source is read once, as materialization reads it, as of the view's
    /// watermark, else as of now. Of a window view, an entity's features at that time are made of its state,
    /// and once more of its events, by a sweep as for training sets. Rows that are newer online, as from a stream, are counted and not
    /// compared. Of an entity whose latest row is rejected, the latest that is valid is
    /// compared.
    ///
    /// # Errors
    ///
    /// An online store that does not answer or whose bytes are damaged, a source that can't be read, or a row online that
    /// belongs to no layout.
    pub async fn run(self) -> Result<VerifyReport, MaterializeError> {
        let views = match &self.views {
            Some(views) => views.clone(),
            None => self.store.registry().views().collect(),
        };
        self.store.online().check().await?;
        let mut verified = Vec::with_capacity(views.len());
        for view in views {
            verified.push(self.verify(view).await?);
        }
        Ok(VerifyReport::new(verified))
    }

    async fn verify(
        &self,
        view: &'static ViewDefinition,
    ) -> Result<ViewVerified, MaterializeError> {
        let as_of = self.as_of(view).await?;
        let stored = self.some_stored(view).await?;
        if view.windows().is_some() {
            return states::verify(&self.store, view, as_of, stored, self.sample).await;
        }
        let mut sample = Sample::new(stored.iter().cloned(), self.sample);
        let rows = rows_of(&self.store, view, as_of, |row| {
            let taken: Result<(), Infallible> = sample.take(row.address, || Ok(row.row.clone()));
            let Ok(()) = taken;
        });
        if let Err(error) = rows.await {
            return Err(MaterializeError::NotCompared {
                view: view.name(),
                error: Box::new(error),
            });
        }
        let offline = sample.rows();
        let addresses: BTreeSet<Address> = offline.keys().cloned().chain(stored).collect();
        let addresses: Vec<Address> = addresses.into_iter().collect();
        let mut verified = ViewVerified::new(view.name(), as_of);
        let fields = [view.field()];
        for addresses in addresses.chunks(CHUNK) {
            let reads: Vec<EntityRead<'_>> = addresses
                .iter()
                .map(|address| EntityRead::new(address, &fields))
                .collect();
            let online = read(&**self.store.online(), &reads).await?;
            for (address, online) in addresses.iter().zip(&online) {
                let online = online.first().and_then(Option::as_ref);
                let offline = offline.get(address);
                compare::compare(&self.store, view, address, (online, offline), &mut verified)
                    .await?;
            }
        }
        Ok(verified)
    }

    /// Up to when the view is materialized, else now.
    async fn as_of(&self, view: &ViewDefinition) -> Result<Timestamp, MaterializeError> {
        for record in [Record::Watermark, Record::Run] {
            if let Some(time) = self.store.records().time(record, view.field()).await? {
                return Ok(time);
            }
        }
        Ok(self.store.clock().now())
    }

    /// Some of the entities that have a row of the view online.
    async fn some_stored(
        &self,
        view: &ViewDefinition,
    ) -> Result<BTreeSet<Address>, MaterializeError> {
        let (store, mut cursor) = (&self.store, None);
        let mut found = BTreeSet::new();
        while found.len() < self.sample {
            let page = store
                .online()
                .scan(store.project(), cursor.as_ref())
                .await?;
            for entity in page.entities {
                let has = entity.rows.iter().any(|(field, _)| field == view.field());
                if has && found.len() < self.sample {
                    found.insert(entity.address);
                }
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        Ok(found)
    }
}
