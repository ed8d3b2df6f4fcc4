//! An online store in memory, by the contract of `OnlineStore`.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use featurestore::online::{
    Address, EntityRead, OnlineError, OnlineFuture, OnlineStore, RowWrite, ScanCursor, ScanPage,
    StoredEntity, StoredLayout, Written,
};

type Rows = BTreeMap<(Vec<u8>, String), Bytes>;

#[derive(Debug, Default)]
pub(crate) struct MemoryStore {
    pub(crate) rows: Mutex<Rows>,
    layouts: Mutex<Vec<StoredLayout>>,
    pub(crate) records: Mutex<BTreeMap<String, String>>,
    /// The sizes of the chunks that were written.
    pub(crate) chunks: Mutex<Vec<usize>>,
    /// After how many chunks the store refuses; never where it is 0.
    pub(crate) refuses_after: AtomicUsize,
}

impl OnlineStore for MemoryStore {
    fn location(&self) -> String {
        "memory".to_owned()
    }

    fn ping(&self) -> OnlineFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn read<'a>(
        &'a self,
        entities: &'a [EntityRead<'a>],
    ) -> OnlineFuture<'a, Vec<Vec<Option<Bytes>>>> {
        Box::pin(async move {
            let rows = self.rows.lock().unwrap();
            let entity = |entity: &EntityRead<'_>| {
                let field = |field: &&str| {
                    rows.get(&(entity.address.as_bytes().to_vec(), (*field).to_owned()))
                };
                entity
                    .fields
                    .iter()
                    .map(|name| field(name).cloned())
                    .collect()
            };
            Ok(entities.iter().map(entity).collect())
        })
    }

    fn write<'a>(&'a self, writes: &'a [RowWrite]) -> OnlineFuture<'a, Vec<Written>> {
        Box::pin(async move {
            let mut chunks = self.chunks.lock().unwrap();
            let limit = self.refuses_after.load(Ordering::SeqCst);
            if limit > 0 && chunks.len() >= limit {
                return Err(OnlineError::Refused {
                    location: self.location(),
                    reason: "it is full".to_owned(),
                });
            }
            chunks.push(writes.len());
            let mut rows = self.rows.lock().unwrap();
            let mut written = Vec::new();
            for write in writes {
                let place = (write.address.as_bytes().to_vec(), write.field.to_string());
                let newer = rows
                    .get(&place)
                    .is_some_and(|row| write.merge.keeps(row, &write.row));
                if newer {
                    written.push(Written::Older);
                } else {
                    rows.insert(place, write.row.clone());
                    written.push(Written::Stored);
                }
            }
            Ok(written)
        })
    }

    fn layouts<'a>(&'a self, _project: &'a str) -> OnlineFuture<'a, Vec<StoredLayout>> {
        Box::pin(async { Ok(self.layouts.lock().unwrap().clone()) })
    }

    fn keep_layout<'a>(
        &'a self,
        _project: &'a str,
        layout: &'a StoredLayout,
    ) -> OnlineFuture<'a, ()> {
        Box::pin(async {
            self.layouts.lock().unwrap().push(layout.clone());
            Ok(())
        })
    }

    fn record<'a>(&'a self, _project: &'a str, name: &'a str) -> OnlineFuture<'a, Option<String>> {
        Box::pin(async { Ok(self.records.lock().unwrap().get(name).cloned()) })
    }

    fn swap_record<'a>(
        &'a self,
        _project: &'a str,
        name: &'a str,
        old: Option<&'a str>,
        new: Option<&'a str>,
    ) -> OnlineFuture<'a, bool> {
        Box::pin(async move {
            let mut records = self.records.lock().unwrap();
            let now = records.get(name).map(String::as_str);
            if now != old && now != new {
                return Ok(false);
            }
            match new {
                Some(new) => drop(records.insert(name.to_owned(), new.to_owned())),
                None => drop(records.remove(name)),
            }
            Ok(true)
        })
    }

    fn scan<'a>(
        &'a self,
        _project: &'a str,
        _cursor: Option<&'a ScanCursor>,
    ) -> OnlineFuture<'a, ScanPage> {
        Box::pin(async {
            let mut page = ScanPage::default();
            for ((address, field), row) in &*self.rows.lock().unwrap() {
                let row = (field.clone(), row.clone());
                match page.entities.last_mut() {
                    Some(last) if last.address.as_bytes() == address => last.rows.push(row),
                    _ => page.entities.push(StoredEntity {
                        address: Address::from_stored(address.clone()),
                        rows: vec![row],
                    }),
                }
            }
            Ok(page)
        })
    }

    fn delete_view<'a>(&'a self, _project: &'a str, field: &'a str) -> OnlineFuture<'a, u64> {
        Box::pin(async move {
            let mut rows = self.rows.lock().unwrap();
            let before = rows.len();
            rows.retain(|(_, known), _| known != field);
            Ok((before - rows.len()) as u64)
        })
    }

    fn delete_project<'a>(&'a self, _project: &'a str) -> OnlineFuture<'a, u64> {
        Box::pin(async {
            let mut rows = self.rows.lock().unwrap();
            let count = rows.len() as u64;
            rows.clear();
            Ok(count)
        })
    }
}
