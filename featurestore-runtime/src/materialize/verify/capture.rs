//! An online store that takes what materialization writes and keeps a sample of it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::online::{
    Address, EntityRead, OnlineFuture, OnlineStore, RowWrite, ScanCursor, ScanPage, StoredLayout,
    Written,
};

/// It keeps the rows of the entities that it is told, and of so many others at random: those whose
/// addresses have the smallest hashes.
#[derive(Debug)]
pub(super) struct Capture {
    wanted: HashSet<Address>,
    sample: usize,
    hasher: RandomState,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    wanted: HashMap<Address, Bytes>,
    sampled: BTreeMap<(u64, Address), Bytes>,
}

impl Capture {
    pub(super) fn new(wanted: impl Iterator<Item = Address>, sample: usize) -> Self {
        Self {
            wanted: wanted.collect(),
            sample,
            hasher: RandomState::new(),
            kept: Mutex::default(),
        }
    }

    /// The rows that were kept.
    pub(super) fn take_rows(&self) -> HashMap<Address, Bytes> {
        let Kept {
            mut wanted,
            sampled,
        } = std::mem::take(&mut *self.kept());
        let sampled = sampled.into_iter();
        wanted.extend(sampled.map(|((_, address), row)| (address, row)));
        wanted
    }

    fn take(&self, row: &RowWrite) -> Written {
        let mut kept = self.kept();
        if self.wanted.contains(&row.address) {
            kept.wanted.insert(row.address.clone(), row.row.clone());
        }
        let hash = self.hasher.hash_one(&row.address);
        let last = kept.sampled.last_key_value().map(|((hash, _), _)| *hash);
        if kept.sampled.len() < self.sample || last.is_some_and(|last| hash <= last) {
            let place = (hash, row.address.clone());
            kept.sampled.insert(place, row.row.clone());
            if kept.sampled.len() > self.sample {
                kept.sampled.pop_last();
            }
        }
        Written::Stored
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OnlineStore for Capture {
    fn location(&self) -> String {
        "a sample in memory".to_owned()
    }

    fn ping(&self) -> OnlineFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn read<'a>(
        &'a self,
        entities: &'a [EntityRead<'a>],
    ) -> OnlineFuture<'a, Vec<Vec<Option<Bytes>>>> {
        Box::pin(async {
            let nothing = |entity: &EntityRead<'_>| vec![None; entity.fields.len()];
            Ok(entities.iter().map(nothing).collect())
        })
    }

    fn write<'a>(&'a self, rows: &'a [RowWrite]) -> OnlineFuture<'a, Vec<Written>> {
        Box::pin(async { Ok(rows.iter().map(|row| self.take(row)).collect()) })
    }

    fn layouts<'a>(&'a self, _project: &'a str) -> OnlineFuture<'a, Vec<StoredLayout>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn keep_layout<'a>(
        &'a self,
        _project: &'a str,
        _layout: &'a StoredLayout,
    ) -> OnlineFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn record<'a>(&'a self, _project: &'a str, _name: &'a str) -> OnlineFuture<'a, Option<String>> {
        Box::pin(async { Ok(None) })
    }

    fn swap_record<'a>(
        &'a self,
        _project: &'a str,
        _name: &'a str,
        _old: Option<&'a str>,
        _new: Option<&'a str>,
    ) -> OnlineFuture<'a, bool> {
        Box::pin(async { Ok(true) })
    }

    fn scan<'a>(
        &'a self,
        _project: &'a str,
        _cursor: Option<&'a ScanCursor>,
    ) -> OnlineFuture<'a, ScanPage> {
        Box::pin(async { Ok(ScanPage::default()) })
    }

    fn delete_view<'a>(&'a self, _project: &'a str, _field: &'a str) -> OnlineFuture<'a, u64> {
        Box::pin(async { Ok(0) })
    }

    fn delete_project<'a>(&'a self, _project: &'a str) -> OnlineFuture<'a, u64> {
        Box::pin(async { Ok(0) })
    }
}
