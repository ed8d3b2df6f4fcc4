//! An online store in memory.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::online::{
    Address, EntityRead, OnlineError, OnlineFuture, OnlineStore, RowWrite, ScanCursor, ScanPage,
    StateWrite, StoredEntity, StoredLayout, Written, project_prefix, view_field,
};

/// How many entities a page of a scan has at most.
const PAGE: usize = 1_000;

/// An online store in memory, for tests: it does all that [`OnlineStore`] promises, and what it has
/// is gone with it.
#[derive(Debug)]
pub struct MemoryStore {
    location: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    rows: BTreeMap<Address, BTreeMap<String, Bytes>>,
    projects: HashMap<String, Project>,
}

/// What a project keeps beside its rows.
#[derive(Debug, Default)]
struct Project {
    layouts: BTreeMap<(String, u32), String>,
    records: BTreeMap<String, String>,
}

impl MemoryStore {
    /// A store without anything in it.
    #[must_use]
    pub fn new() -> Self {
        Self::named("memory")
    }

    /// As [`new`](Self::new), with what messages say of where it is.
    pub fn named(location: impl Into<String>) -> Self {
        Self {
            location: location.into(),
            state: Mutex::default(),
        }
    }

    /// All rows of all projects, with their addresses and fields, in the order of these.
    #[must_use]
    pub fn rows(&self) -> Vec<(Address, String, Bytes)> {
        let state = self.lock();
        let rows = state.rows.iter().flat_map(|(address, rows)| {
            let rows = rows.iter();
            rows.map(|(field, row)| (address.clone(), field.clone(), row.clone()))
        });
        rows.collect()
    }

    /// Puts other bytes in the place of each row, as damage does.
    pub fn change_rows(&self, mut change: impl FnMut(&Address, &str, &Bytes) -> Bytes) {
        for (address, rows) in &mut self.lock().rows {
            for (field, row) in rows {
                *row = change(address, field, row);
            }
        }
    }

    /// Removes all rows; layouts and records stay.
    pub fn clear_rows(&self) {
        self.lock().rows.clear();
    }

    /// All records of a project, by their names.
    #[must_use]
    pub fn records(&self, project: &str) -> BTreeMap<String, String> {
        let state = self.lock();
        let project = state.projects.get(project);
        project.map_or_else(BTreeMap::new, |project| project.records.clone())
    }

    /// Puts a record's text in the place of whatever there is.
    pub fn set_record(&self, project: &str, name: &str, text: &str) {
        let mut state = self.lock();
        let records = &mut state.project(project).records;
        records.insert(name.to_owned(), text.to_owned());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer that is there at once.
    fn answer<'a, T: Send + 'a>(
        &'a self,
        answer: impl FnOnce(&mut State) -> Result<T, OnlineError> + Send + 'a,
    ) -> OnlineFuture<'a, T> {
        Box::pin(async move { answer(&mut self.lock()) })
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    fn read(&self, entity: &EntityRead<'_>) -> Vec<Option<Bytes>> {
        let rows = self.rows.get(entity.address);
        let fields = entity.fields.iter();
        fields
            .map(|field| rows.and_then(|rows| rows.get(*field)).cloned())
            .collect()
    }

    fn write(&mut self, write: &RowWrite) -> Written {
        let rows = self.rows.entry(write.address.clone()).or_default();
        match rows.get(&*write.field) {
            Some(stored) if write.merge.keeps(stored, &write.row) => Written::Older,
            _ => {
                rows.insert(write.field.to_string(), write.row.clone());
                Written::Stored
            }
        }
    }

    fn write_state(&mut self, state: &StateWrite) -> bool {
        let rows = self.rows.entry(state.address.clone()).or_default();
        let stored = rows.get(&*state.field).map(|stored| &stored[..]);
        let is_written = state.is_written(stored);
        if is_written {
            rows.retain(|field, _| !state.removes(field));
            let set = state.set();
            rows.extend(set.map(|(field, bytes)| (field.to_owned(), bytes.clone())));
        }
        if rows.is_empty() {
            self.rows.remove(&state.address);
        }
        is_written
    }

    fn project(&mut self, project: &str) -> &mut Project {
        self.projects.entry(project.to_owned()).or_default()
    }

    /// The addresses of a project's entities.
    fn addresses(&self, project: &str) -> Vec<Address> {
        let prefix = project_prefix(project);
        let rows = self.rows.range(Address::from_stored(prefix.as_slice())..);
        let own = rows.take_while(|(address, _)| address.as_bytes().starts_with(&prefix));
        own.map(|(address, _)| address.clone()).collect()
    }

    fn scan(&self, project: &str, cursor: Option<&ScanCursor>) -> ScanPage {
        let prefix = project_prefix(project);
        let start = match cursor {
            Some(last) => Bound::Excluded(Address::from_stored(last.as_bytes())),
            None => Bound::Included(Address::from_stored(prefix.as_slice())),
        };
        let rows = self.rows.range((start, Bound::Unbounded));
        let own = rows.take_while(|(address, _)| address.as_bytes().starts_with(&prefix));
        let entities = own.take(PAGE).map(|(address, rows)| {
            StoredEntity::new(
                address.clone(),
                rows.iter()
                    .map(|(field, row)| (field.clone(), row.clone()))
                    .collect(),
            )
        });
        let entities: Vec<StoredEntity> = entities.collect();
        let last = entities.last().filter(|_| entities.len() == PAGE);
        let next = last.map(|entity| ScanCursor::new(entity.address.as_bytes().to_vec()));
        ScanPage::new(entities, next)
    }
}

impl OnlineStore for MemoryStore {
    fn location(&self) -> String {
        self.location.clone()
    }

    fn ping(&self) -> OnlineFuture<'_, ()> {
        self.answer(|_| Ok(()))
    }

    fn read<'a>(
        &'a self,
        entities: &'a [EntityRead<'a>],
    ) -> OnlineFuture<'a, Vec<Vec<Option<Bytes>>>> {
        self.answer(|state| Ok(entities.iter().map(|entity| state.read(entity)).collect()))
    }

    fn write<'a>(&'a self, rows: &'a [RowWrite]) -> OnlineFuture<'a, Vec<Written>> {
        self.answer(|state| Ok(rows.iter().map(|row| state.write(row)).collect()))
    }

    fn write_states<'a>(&'a self, states: &'a [StateWrite]) -> OnlineFuture<'a, Vec<bool>> {
        self.answer(|state| {
            let written = states.iter().map(|change| state.write_state(change));
            Ok(written.collect())
        })
    }

    fn layouts<'a>(&'a self, project: &'a str) -> OnlineFuture<'a, Vec<StoredLayout>> {
        self.answer(|state| {
            let layouts = state.project(project).layouts.iter();
            let stored = layouts.map(|((field, id), text)| StoredLayout::new(field, *id, text));
            Ok(stored.collect())
        })
    }

    fn keep_layout<'a>(
        &'a self,
        project: &'a str,
        layout: &'a StoredLayout,
    ) -> OnlineFuture<'a, ()> {
        self.answer(|state| {
            let layouts = &mut state.project(project).layouts;
            let kept = layouts.entry((layout.field.clone(), layout.id));
            if *kept.or_insert_with(|| layout.text.clone()) == layout.text {
                return Ok(());
            }
            Err(OnlineError::LayoutCollision {
                field: layout.field.clone(),
                id: layout.id,
            })
        })
    }

    fn record<'a>(&'a self, project: &'a str, name: &'a str) -> OnlineFuture<'a, Option<String>> {
        self.answer(|state| Ok(state.project(project).records.get(name).cloned()))
    }

    fn swap_record<'a>(
        &'a self,
        project: &'a str,
        name: &'a str,
        old: Option<&'a str>,
        new: Option<&'a str>,
    ) -> OnlineFuture<'a, bool> {
        self.answer(move |state| {
            let records = &mut state.project(project).records;
            let now = records.get(name).map(String::as_str);
            // Who asks again because the answer was lost finds its own text.
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
        project: &'a str,
        cursor: Option<&'a ScanCursor>,
    ) -> OnlineFuture<'a, ScanPage> {
        self.answer(move |state| Ok(state.scan(project, cursor)))
    }

    fn delete_view<'a>(&'a self, project: &'a str, field: &'a str) -> OnlineFuture<'a, u64> {
        self.answer(move |state| {
            let mut deleted = 0;
            for address in state.addresses(project) {
                let Some(rows) = state.rows.get_mut(&address) else {
                    continue;
                };
                deleted += u64::from(rows.contains_key(field));
                rows.retain(|known, _| view_field(known) != field);
                if rows.is_empty() {
                    state.rows.remove(&address);
                }
            }
            let layouts = &mut state.project(project).layouts;
            layouts.retain(|(known, _), _| known != field);
            Ok(deleted)
        })
    }

    fn delete_project<'a>(&'a self, project: &'a str) -> OnlineFuture<'a, u64> {
        self.answer(|state| {
            let addresses = state.addresses(project);
            for address in &addresses {
                state.rows.remove(address);
            }
            state.projects.remove(project);
            Ok(addresses.len() as u64)
        })
    }
}
