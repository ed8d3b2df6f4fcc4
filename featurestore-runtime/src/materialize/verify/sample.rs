//! A sample of the rows that a run would write.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use bytes::Bytes;

use crate::online::{Address, RowWrite};

/// It keeps the rows of the entities that it is told, and of so many others at random: those whose
/// addresses have the smallest hashes.
#[derive(Debug)]
pub(super) struct Sample {
    wanted: HashSet<Address>,
    size: usize,
    hasher: RandomState,
    rows: HashMap<Address, Bytes>,
    sampled: BTreeMap<(u64, Address), Bytes>,
}

impl Sample {
    pub(super) fn new(wanted: impl Iterator<Item = Address>, size: usize) -> Self {
        Self {
            wanted: wanted.collect(),
            size,
            hasher: RandomState::new(),
            rows: HashMap::new(),
            sampled: BTreeMap::new(),
        }
    }

    /// Takes a row, or leaves it.
    pub(super) fn take(&mut self, write: RowWrite) {
        let RowWrite { address, row, .. } = write;
        if self.wanted.contains(&address) {
            self.rows.insert(address.clone(), row.clone());
        }
        let hash = self.hasher.hash_one(&address);
        let last = self.sampled.last_key_value().map(|((hash, _), _)| *hash);
        if self.sampled.len() < self.size || last.is_some_and(|last| hash <= last) {
            self.sampled.insert((hash, address), row);
            if self.sampled.len() > self.size {
                self.sampled.pop_last();
            }
        }
    }

    /// The rows that were kept.
    pub(super) fn rows(self) -> HashMap<Address, Bytes> {
        let (mut rows, sampled) = (self.rows, self.sampled.into_iter());
        rows.extend(sampled.map(|((_, address), row)| (address, row)));
        rows
    }
}
