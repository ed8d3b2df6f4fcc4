//! Removing the states of entities that have no events any more.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::write::is_newer;
use crate::materialize::MaterializeError;
use crate::materialize::group::Task;
use crate::online::{Address, Expected, StateWrite, view_field, write_states};
use crate::store::FeatureStore;

/// The entities that have events, by hashes of 64 bits of their addresses: eight bytes for each.
#[derive(Debug, Default)]
pub(in crate::materialize) struct Seen {
    hasher: RandomState,
    hashes: HashSet<u64>,
}

impl Seen {
    pub(in crate::materialize) fn add(&mut self, address: &Address) {
        self.hashes.insert(self.hasher.hash_one(address));
    }

    fn has(&self, address: &Address) -> bool {
        self.hashes.contains(&self.hasher.hash_one(address))
    }
}

/// Goes through the online store, and removes the states of a view of which no entity was seen; gives their
/// number. One that is of a later time stays, as does one that another writer changes meanwhile.
pub(in crate::materialize) async fn prune(
    store: &FeatureStore,
    task: &Task,
    seen: &Seen,
) -> Result<u64, MaterializeError> {
    let (online, field) = (store.online(), task.view.field());
    let (mut cursor, mut removed) = (None, 0);
    loop {
        let page = online.scan(store.project(), cursor.as_ref()).await?;
        let mut writes = Vec::new();
        for entity in page.entities {
            let mut own = entity
                .rows
                .iter()
                .filter(|(name, _)| view_field(name) == field);
            if own.next().is_none() || seen.has(&entity.address) {
                continue;
            }
            let summary = entity.rows.iter().find(|(name, _)| name == field);
            let summary = summary.map(|(_, bytes)| &bytes[..]);
            if !is_newer(task, summary) {
                let expected = Expected::of(summary);
                writes.push(StateWrite::replacing(
                    entity.address,
                    field,
                    expected,
                    None,
                    vec![],
                ));
            }
        }
        if !writes.is_empty() {
            let gone = write_states(&**online, &writes).await?;
            removed += gone.into_iter().filter(|gone| *gone).count() as u64;
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(removed),
        }
    }
}
