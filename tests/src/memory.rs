//! An online store in memory, which a test can break.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use featurestore::online::{
    Address, EntityRead, OnlineError, OnlineFuture, OnlineStore, RowWrite, ScanCursor, ScanPage,
    StoredEntity, StoredLayout, Written, project_prefix,
};

/// What the store does when it is asked something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    /// What it is asked to.
    #[default]
    Works,
    /// As a server that is down.
    Unreachable,
    /// As a server that does not know the command, which it quotes.
    Refuses,
    /// As a server that takes requests and never answers.
    Hangs,
    /// As code with a mistake.
    Panics,
}

/// An online store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    rows: HashMap<(Address, String), Bytes>,
    layouts: Vec<StoredLayout>,
    records: HashMap<(String, String), String>,
    mood: Mood,
    reads: usize,
    entities: usize,
}

impl MemoryStore {
    /// Changes what it does from now on.
    pub fn set_mood(&self, mood: Mood) {
        self.lock().mood = mood;
    }

    /// Cuts every row short.
    pub fn damage(&self) {
        for row in self.lock().rows.values_mut() {
            row.truncate(row.len() - 1);
        }
    }

    /// Cuts the rows of one entity short.
    pub fn damage_at(&self, address: &str) {
        for ((known, _), row) in &mut self.lock().rows {
            if known.to_string() == address {
                row.truncate(row.len() - 1);
            }
        }
    }

    /// How many entities it was asked for.
    #[must_use]
    pub fn entities(&self) -> usize {
        self.lock().entities
    }

    /// How often it was read from: the number of round trips.
    #[must_use]
    pub fn reads(&self) -> usize {
        self.lock().reads
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer<'a, T: Send + 'a>(
        &self,
        act: impl FnOnce(&mut State) -> Result<T, OnlineError>,
    ) -> OnlineFuture<'a, T> {
        let mut state = self.lock();
        let answer = match state.mood {
            Mood::Works => act(&mut state),
            Mood::Unreachable => Err(OnlineError::Unreachable {
                location: self.location(),
                reason: "connection refused".to_owned(),
            }),
            Mood::Refuses => Err(OnlineError::Refused {
                location: self.location(),
                reason: "ERR unknown command, with args beginning with: watch:user_id:sentinel"
                    .to_owned(),
            }),
            Mood::Hangs => return Box::pin(std::future::pending()),
            Mood::Panics => {
                drop(state);
                #[allow(clippy::panic)] // what is tested is that it does no harm
                return Box::pin(async { panic!("a mistake") });
            }
        };
        Box::pin(async { answer })
    }
}

impl OnlineStore for MemoryStore {
    fn location(&self) -> String {
        "memory://app:***@here".to_owned()
    }

    fn ping(&self) -> OnlineFuture<'_, ()> {
        self.answer(|_| Ok(()))
    }

    fn read<'a>(
        &'a self,
        entities: &'a [EntityRead<'a>],
    ) -> OnlineFuture<'a, Vec<Vec<Option<Bytes>>>> {
        self.answer(|state| {
            state.reads += 1;
            state.entities += entities.len();
            let row = |address: &Address, field: &str| {
                state
                    .rows
                    .get(&(address.clone(), field.to_owned()))
                    .cloned()
            };
            let entity = |read: &EntityRead<'_>| {
                let fields = read.fields.iter();
                fields.map(|field| row(read.address, field)).collect()
            };
            Ok(entities.iter().map(entity).collect())
        })
    }

    fn write<'a>(&'a self, rows: &'a [RowWrite]) -> OnlineFuture<'a, Vec<Written>> {
        self.answer(|state| {
            let write = |row: &RowWrite| {
                let place = (row.address.clone(), row.field.to_string());
                match state.rows.get(&place) {
                    Some(stored) if row.merge.keeps(stored, &row.row) => Written::Older,
                    _ => {
                        state.rows.insert(place, row.row.clone());
                        Written::Stored
                    }
                }
            };
            Ok(rows.iter().map(write).collect())
        })
    }

    fn layouts<'a>(&'a self, _project: &'a str) -> OnlineFuture<'a, Vec<StoredLayout>> {
        self.answer(|state| Ok(state.layouts.clone()))
    }

    fn keep_layout<'a>(
        &'a self,
        _project: &'a str,
        layout: &'a StoredLayout,
    ) -> OnlineFuture<'a, ()> {
        self.answer(|state| {
            state.layouts.push(layout.clone());
            Ok(())
        })
    }

    fn record<'a>(&'a self, project: &'a str, name: &'a str) -> OnlineFuture<'a, Option<String>> {
        self.answer(|state| {
            let place = (project.to_owned(), name.to_owned());
            Ok(state.records.get(&place).cloned())
        })
    }

    fn swap_record<'a>(
        &'a self,
        project: &'a str,
        name: &'a str,
        old: Option<&'a str>,
        new: Option<&'a str>,
    ) -> OnlineFuture<'a, bool> {
        self.answer(|state| {
            let place = (project.to_owned(), name.to_owned());
            let now = state.records.get(&place).map(String::as_str);
            if now != old && now != new {
                return Ok(false);
            }
            match new {
                Some(new) => drop(state.records.insert(place, new.to_owned())),
                None => drop(state.records.remove(&place)),
            }
            Ok(true)
        })
    }

    fn scan<'a>(
        &'a self,
        project: &'a str,
        _cursor: Option<&'a ScanCursor>,
    ) -> OnlineFuture<'a, ScanPage> {
        self.answer(|state| {
            let prefix = project_prefix(project);
            let mut entities: HashMap<Address, Vec<(String, Bytes)>> = HashMap::new();
            let own = state.rows.iter();
            for ((address, field), row) in
                own.filter(|((address, _), _)| address.as_bytes().starts_with(&prefix))
            {
                let rows = entities.entry(address.clone()).or_default();
                rows.push((field.clone(), row.clone()));
            }
            let entity = |(address, rows)| StoredEntity { address, rows };
            Ok(ScanPage {
                entities: entities.into_iter().map(entity).collect(),
                next: None,
            })
        })
    }

    fn delete_view<'a>(&'a self, project: &'a str, field: &'a str) -> OnlineFuture<'a, u64> {
        self.answer(|state| {
            let (prefix, before) = (project_prefix(project), state.rows.len());
            state.rows.retain(|(address, known), _| {
                known != field || !address.as_bytes().starts_with(&prefix)
            });
            state.layouts.retain(|layout| layout.field != field);
            Ok((before - state.rows.len()) as u64)
        })
    }

    fn delete_project<'a>(&'a self, project: &'a str) -> OnlineFuture<'a, u64> {
        self.answer(|state| {
            let prefix = project_prefix(project);
            let own = |address: &Address| address.as_bytes().starts_with(&prefix);
            let rows = state.rows.keys().map(|(address, _)| address);
            let entities: HashSet<&Address> = rows.filter(|address| own(address)).collect();
            let count = entities.len() as u64;
            state.rows.retain(|(address, _), _| !own(address));
            state.layouts.clear();
            state.records.retain(|(known, _), _| known != project);
            Ok(count)
        })
    }
}
