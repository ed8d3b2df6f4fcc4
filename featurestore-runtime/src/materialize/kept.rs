//! Whether an online store still has what a run gave it.

use super::MaterializeError;
use crate::online::{Address, EntityRead, Record, read};
use crate::store::FeatureStore;
use crate::view::ViewDefinition;

/// How many of a view's rows a run looks for again.
const SAMPLE: usize = 64;

/// What a run left for a view: it is looked for again before the watermark moves.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The text of the view's mark, once there is one.
    mark: Option<String>,
    /// Some of the entities whose rows were written, any as likely as another.
    sample: Vec<Address>,
    seen: usize,
}

impl Kept {
    /// Finds the view's mark, or leaves one.
    pub(super) async fn start(
        store: &FeatureStore,
        view: &ViewDefinition,
    ) -> Result<Self, MaterializeError> {
        let (records, field) = (store.records(), view.field());
        let new = uuid::Uuid::new_v4().to_string();
        let mark = loop {
            if let Some(mark) = records.text(Record::Mark, field).await? {
                break mark;
            }
            if records.swap(Record::Mark, field, None, Some(&new)).await? {
                break new;
            }
        };
        Ok(Self {
            mark: Some(mark),
            ..Self::default()
        })
    }

    /// Notes that an entity's row was written.
    pub(super) fn wrote(&mut self, address: &Address) {
        self.seen += 1;
        if self.sample.len() < SAMPLE {
            self.sample.push(address.clone());
            return;
        }
        let index = fastrand::usize(..self.seen);
        if let Some(sampled) = self.sample.get_mut(index) {
            *sampled = address.clone();
        }
    }

    /// Looks for all of it.
    ///
    /// # Errors
    ///
    /// Something that is not there any more. The watermark that was there goes, since it says that
    /// rows are there.
    pub(super) async fn check(
        &self,
        store: &FeatureStore,
        view: &'static ViewDefinition,
    ) -> Result<(), MaterializeError> {
        let Some(what) = self.lost(store, view).await? else {
            return Ok(());
        };
        let (view, location) = (view.name(), store.online().location());
        Err(MaterializeError::Lost {
            view,
            location,
            what,
        })
    }

    async fn lost(
        &self,
        store: &FeatureStore,
        view: &'static ViewDefinition,
    ) -> Result<Option<&'static str>, MaterializeError> {
        let field = view.field();
        if self.mark.is_none() || store.records().text(Record::Mark, field).await? != self.mark {
            return Ok(Some("the mark that it found at its start"));
        }
        let layouts = store.online().layouts(store.project()).await?;
        let id = view.layout().id();
        if !layouts.iter().any(|it| it.field == field && it.id == id) {
            return Ok(Some("the layout of its rows"));
        }
        if store.online().may_lag() {
            return Ok(None);
        }
        let fields = [field];
        let reads: Vec<EntityRead<'_>> = self
            .sample
            .iter()
            .map(|address| EntityRead::new(address, &fields))
            .collect();
        let rows = read(&**store.online(), &reads).await?;
        let is_there = |rows: &Vec<Option<bytes::Bytes>>| rows.iter().all(Option::is_some);
        Ok((!rows.iter().all(is_there)).then_some("rows that it wrote"))
    }
}
