//! What an online store holds of a project.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use bytes::Bytes;

use super::UpkeepError;
use crate::codec::{Header, RowError};
use crate::online::view_field;
use crate::store::FeatureStore;
use crate::time::Timestamp;
use crate::view::ViewDefinition;
use crate::view::windows::ResolvedWindows;

/// The version of the bytes of states, as of rows.
const STATE: u8 = 2;

/// What an online store holds of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlineStats {
    entities: u64,
    fields: Vec<FieldStats>,
}

/// What an online store holds of one view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldStats {
    field: String,
    view: Option<&'static str>,
    rows: u64,
    bytes: u64,
    damaged: u64,
    oldest: Option<Timestamp>,
    newest: Option<Timestamp>,
}

/// Counts what the online store holds.
pub(super) async fn of(store: &FeatureStore) -> Result<OnlineStats, UpkeepError> {
    let mut fields: BTreeMap<String, FieldStats> = store
        .registry()
        .views()
        .map(|view| {
            let field = FieldStats::new(view.field().to_owned(), Some(view.name()));
            (view.field().to_owned(), field)
        })
        .collect();
    let (hasher, mut seen) = (RandomState::new(), HashSet::new());
    let mut cursor = None;
    loop {
        let page = store
            .online()
            .scan(store.project(), cursor.as_ref())
            .await?;
        for entity in page.entities {
            if !seen.insert(hasher.hash_one(entity.address.as_bytes())) {
                continue;
            }
            for (name, row) in entity.rows {
                let field = view_field(&name);
                let new = || FieldStats::new(field.to_owned(), None);
                let stats = fields.entry(field.to_owned()).or_insert_with(new);
                stats.bytes += row.len() as u64;
                // The further fields of a state are no rows of their own.
                if field == name {
                    let view = store.registry().views().find(|view| view.field() == field);
                    stats.add(&row, view);
                }
            }
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    Ok(OnlineStats {
        entities: seen.len() as u64,
        fields: fields.into_values().collect(),
    })
}

impl OnlineStats {
    /// How many entities have rows.
    #[must_use]
    pub const fn entities(&self) -> u64 {
        self.entities
    }

    /// What there is of each of the registry's views, and of fields that none of them has, in
    /// alphabetical order.
    #[must_use]
    pub fn fields(&self) -> &[FieldStats] {
        &self.fields
    }
}

impl FieldStats {
    const fn new(field: String, view: Option<&'static str>) -> Self {
        Self {
            field,
            view,
            rows: 0,
            bytes: 0,
            damaged: 0,
            oldest: None,
            newest: None,
        }
    }

    fn add(&mut self, row: &Bytes, view: Option<&ViewDefinition>) {
        self.rows += 1;
        let header = match Header::read(&mut &row[..]) {
            Ok(header) => header,
            Err(RowError::Version { found: STATE }) => {
                let windows = view.and_then(ViewDefinition::resolved);
                let is_damaged = |windows: &ResolvedWindows| windows.is_damaged(row);
                let windows = windows.and_then(Result::ok);
                self.damaged += u64::from(windows.is_some_and(is_damaged));
                return;
            }
            Err(_) => {
                self.damaged += 1;
                return;
            }
        };
        let time = header.event_timestamp;
        self.oldest = Some(self.oldest.map_or(time, |oldest| oldest.min(time)));
        self.newest = Some(self.newest.map_or(time, |newest| newest.max(time)));
    }

    /// The field's name: the view's, and from its second version on `@` and the version.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// The view that has the field; nothing where the registry has none.
    #[must_use]
    pub const fn view(&self) -> Option<&'static str> {
        self.view
    }

    /// How many rows there are, or states of a window view.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// How many bytes the rows have; what the store needs beside them is not counted.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many rows have no header that can be read; of a window view, how many states no
    /// build can read.
    #[must_use]
    pub const fn damaged(&self) -> u64 {
        self.damaged
    }

    /// The earliest event timestamp; a state has none.
    #[must_use]
    pub const fn oldest(&self) -> Option<Timestamp> {
        self.oldest
    }

    /// The latest event timestamp.
    #[must_use]
    pub const fn newest(&self) -> Option<Timestamp> {
        self.newest
    }
}
