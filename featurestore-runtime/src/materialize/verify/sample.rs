//! A sample of what a run would write.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use crate::online::Address;

/// It keeps what is made of the entities that it is told, and of so many others at random: those whose
/// addresses have the smallest hashes.
#[derive(Debug)]
pub(super) struct Sample<T> {
    wanted: HashSet<Address>,
    size: usize,
    hasher: RandomState,
    rows: HashMap<Address, T>,
    sampled: BTreeMap<(u64, Address), T>,
}

impl<T> Sample<T> {
    pub(super) fn new(wanted: impl Iterator<Item = Address>, size: usize) -> Self {
        Self {
            wanted: wanted.collect(),
            size,
            hasher: RandomState::new(),
            rows: HashMap::new(),
            sampled: BTreeMap::new(),
        }
    }

    /// Takes what `make` makes of an entity, or leaves it.
    pub(super) fn take<E>(
        &mut self,
        address: Address,
        make: impl Fn() -> Result<T, E>,
    ) -> Result<(), E> {
        if self.wanted.contains(&address) {
            self.rows.insert(address.clone(), make()?);
        }
        let hash = self.hasher.hash_one(&address);
        let last = self.sampled.last_key_value().map(|((hash, _), _)| *hash);
        if self.sampled.len() < self.size || last.is_some_and(|last| hash <= last) {
            self.sampled.insert((hash, address), make()?);
            if self.sampled.len() > self.size {
                self.sampled.pop_last();
            }
        }
        Ok(())
    }

    /// What was kept.
    pub(super) fn rows(self) -> HashMap<Address, T> {
        let (mut rows, sampled) = (self.rows, self.sampled.into_iter());
        rows.extend(sampled.map(|((_, address), row)| (address, row)));
        rows
    }
}
