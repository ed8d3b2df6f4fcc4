//! Rows that were read, kept in this process until the server says that they changed.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use lru::LruCache;
use redis::{PushInfo, PushKind, Value};

use super::super::EntityRead;

/// How long rows are kept without being read from the server again. Where a network drops what
/// the server says about changes, they are not older than this.
pub(super) const KEPT: Duration = Duration::from_secs(10);
/// Into how many parts a large cache is split, so that readers seldom wait for each other.
const PARTS: usize = 16;

/// Rows by entity, of at most so many entities: those that were read last.
pub(super) struct Cache {
    parts: Vec<Mutex<LruCache<Vec<u8>, Kept>>>,
    hasher: RandomState,
    ticket: AtomicU64,
    age: Duration,
}

/// What is kept of an entity. It is there before the server is asked, and gone once the server
/// says that the entity changed: an answer from before that finds it gone, or another one with
/// another ticket, and is not kept.
struct Kept {
    ticket: u64,
    since: Instant,
    rows: Vec<(Box<str>, Option<Bytes>)>,
}

/// What a cache has for a read.
pub(super) enum CacheAnswer {
    Rows(Vec<Option<Bytes>>),
    /// Not all of it. What the server answers is to be kept with this ticket.
    Ask(u64),
}

impl Cache {
    pub(super) fn new(entities: NonZeroUsize, age: Duration) -> Self {
        let parts = if entities.get() < PARTS * PARTS {
            1
        } else {
            PARTS
        };
        let each = NonZeroUsize::new(entities.get() / parts).unwrap_or(NonZeroUsize::MIN);
        Self {
            parts: (0..parts)
                .map(|_| Mutex::new(LruCache::new(each)))
                .collect(),
            hasher: RandomState::new(),
            ticket: AtomicU64::new(0),
            age,
        }
    }

    pub(super) fn find(&self, read: &EntityRead<'_>) -> CacheAnswer {
        let address = read.address.as_bytes();
        let mut part = self.part(address);
        if let Some(kept) = part.get(address)
            && kept.since.elapsed() < self.age
        {
            let rows = read.fields.iter().map(|field| kept.row(field).cloned());
            let ticket = kept.ticket;
            return rows
                .collect::<Option<_>>()
                .map_or(CacheAnswer::Ask(ticket), CacheAnswer::Rows);
        }
        let ticket = self.ticket.fetch_add(1, Ordering::Relaxed);
        let kept = Kept {
            ticket,
            since: Instant::now(),
            rows: Vec::new(),
        };
        part.put(address.to_vec(), kept);
        CacheAnswer::Ask(ticket)
    }

    /// Keeps what the server answered, unless the entity changed since the ticket was given.
    pub(super) fn keep(&self, ticket: u64, read: &EntityRead<'_>, rows: &[Option<Bytes>]) {
        let address = read.address.as_bytes();
        let mut part = self.part(address);
        let Some(kept) = part.peek_mut(address).filter(|kept| kept.ticket == ticket) else {
            return;
        };
        for (field, row) in read.fields.iter().zip(rows) {
            if kept.row(field).is_none() {
                kept.rows.push((Box::from(*field), row.clone()));
            }
        }
    }

    pub(super) fn forget(&self, address: &[u8]) {
        self.part(address).pop(address);
    }

    pub(super) fn clear(&self) {
        for part in &self.parts {
            part.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// Takes in what a server says without being asked.
    pub(super) fn hear(&self, push: &PushInfo) {
        match (&push.kind, push.data.as_slice()) {
            (PushKind::Invalidate, [Value::Array(keys)]) => {
                for key in keys {
                    match key {
                        Value::BulkString(key) => self.forget(key),
                        _ => self.clear(),
                    }
                }
            }
            // All keys changed, or nobody will say any more which do.
            (PushKind::Invalidate | PushKind::Disconnection, _) => self.clear(),
            _ => {}
        }
    }

    fn part(&self, address: &[u8]) -> MutexGuard<'_, LruCache<Vec<u8>, Kept>> {
        let hash = self.hasher.hash_one(address);
        let part = usize::try_from(hash % PARTS as u64).unwrap_or_default() % self.parts.len();
        self.parts[part]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn row(&self, field: &str) -> Option<&Option<Bytes>> {
        let mut rows = self.rows.iter();
        rows.find(|(known, _)| **known == *field)
            .map(|(_, row)| row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::online::Address;

    const ADDRESS: &[u8] = b"p:user_id:a";

    fn rows(value: &'static str) -> [Option<Bytes>; 1] {
        [Some(Bytes::from_static(value.as_bytes()))]
    }

    fn ticket(cache: &Cache, read: &EntityRead<'_>) -> u64 {
        match cache.find(read) {
            CacheAnswer::Ask(ticket) => ticket,
            CacheAnswer::Rows(rows) => panic!("it has {rows:?}"),
        }
    }

    #[test]
    fn an_answer_from_before_a_change_is_not_kept() {
        let address = Address::from_stored(ADDRESS);
        let read = EntityRead::new(&address, &["v"]);
        let push = |kind, data| PushInfo { kind, data };
        let keys = |key: &[u8]| vec![Value::Array(vec![Value::BulkString(key.to_vec())])];
        for change in [
            push(PushKind::Invalidate, keys(ADDRESS)),
            push(PushKind::Invalidate, vec![Value::Nil]),
            push(PushKind::Disconnection, Vec::new()),
        ] {
            let cache = Cache::new(NonZeroUsize::MIN, KEPT);
            let before = ticket(&cache, &read);
            cache.hear(&change);
            cache.keep(before, &read, &rows("old"));
            // Another read has begun, whose answer is still to come.
            let after = ticket(&cache, &read);
            cache.keep(before, &read, &rows("old"));
            assert_eq!(ticket(&cache, &read), after);
            cache.keep(after, &read, &rows("new"));
            cache.hear(&push(PushKind::Invalidate, keys(b"p:user_id:b")));
            cache.hear(&push(PushKind::Message, keys(ADDRESS)));
            assert!(matches!(cache.find(&read), CacheAnswer::Rows(found) if found == rows("new")));
            cache.hear(&change);
            assert_ne!(ticket(&cache, &read), after);
        }
    }

    #[test]
    fn rows_are_kept_no_longer_than_their_age() {
        let address = Address::from_stored(ADDRESS);
        let read = EntityRead::new(&address, &["v"]);
        for (age, kept) in [(KEPT, true), (Duration::ZERO, false)] {
            let cache = Cache::new(NonZeroUsize::MIN, age);
            let ticket = ticket(&cache, &read);
            cache.keep(ticket, &read, &rows("x"));
            let found = matches!(cache.find(&read), CacheAnswer::Rows(found) if found == rows("x"));
            assert_eq!(found, kept);
        }
    }
}
