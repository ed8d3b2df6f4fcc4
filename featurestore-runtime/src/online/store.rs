//! What every online store does, and what it is asked with.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::{Address, Merge, OnlineError, ScanCursor, ScanPage, StateWrite};
use crate::time::Timestamp;

/// Rows that are wanted of one entity.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct EntityRead<'a> {
    /// The entity.
    pub address: &'a Address,
    /// The fields of its hash: one per view, of a window view several.
    pub fields: &'a [&'a str],
}

impl<'a> EntityRead<'a> {
    /// The fields that are wanted of the entity at an address.
    #[must_use]
    pub const fn new(address: &'a Address, fields: &'a [&'a str]) -> Self {
        Self { address, fields }
    }
}

/// A row that is to be written.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RowWrite {
    /// The entity.
    pub address: Address,
    /// The field of its hash: the view's.
    pub field: Cow<'static, str>,
    /// The row's bytes.
    pub row: Bytes,
    /// How it meets the row that stands there.
    pub merge: Merge,
}

impl RowWrite {
    /// A row for an entity's field, and how it meets the one that stands there.
    pub fn new(
        address: Address,
        field: impl Into<Cow<'static, str>>,
        row: impl Into<Bytes>,
        merge: Merge,
    ) -> Self {
        Self {
            address,
            field: field.into(),
            row: row.into(),
            merge,
        }
    }
}

/// What became of a row that was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Written {
    /// It is in the store.
    Stored,
    /// The store holds a newer one, which it kept.
    Older,
}

/// A layout that an online store keeps beside its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredLayout {
    /// The field of the view whose rows have it.
    pub field: String,
    /// The schema id that stands in the rows.
    pub id: u32,
    /// Its text; see `Layout`.
    pub text: String,
}

impl StoredLayout {
    /// The layout of a view's field, by its id and its text.
    pub fn new(field: impl Into<String>, id: u32, text: impl Into<String>) -> Self {
        let (field, text) = (field.into(), text.into());
        Self { field, id, text }
    }
}

/// Rows that were read: of each entity a list, with a row or none per field.
pub type FoundRows = Vec<Vec<Option<Bytes>>>;

/// A result of an online store, when it is there.
pub type OnlineFuture<'a, T> = BoxFuture<'a, Result<T, OnlineError>>;

/// What every online store does; `docs/online-format.md` has what those of this crate store.
///
#[doc = include_str!("custom.md")]
pub trait OnlineStore: fmt::Debug + Send + Sync {
    /// The store's address for people, without passwords.
    fn location(&self) -> String;

    /// Whether the store answers.
    fn ping(&self) -> OnlineFuture<'_, ()>;

    /// Whether what is stored is as it was written, as far as the store can tell without knowing
    /// what it means; reads all of it where it can.
    fn check(&self) -> OnlineFuture<'_, ()> {
        self.ping()
    }

    /// Why the store may lose rows by itself, as one that evicts them where its memory is full; nothing
    /// where it keeps what it is given, or does not say.
    fn evicts(&self) -> OnlineFuture<'_, Option<String>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Whether reads may miss for a while what was written, as where replicas answer them.
    fn may_lag(&self) -> bool {
        false
    }

    /// Reads rows, one list per entity in the order asked for, a row or none per field. All of it is
    /// one round trip, or as few as the store's bounds allow.
    fn read<'a>(
        &'a self,
        entities: &'a [EntityRead<'a>],
    ) -> OnlineFuture<'a, Vec<Vec<Option<Bytes>>>>;

    /// As [`read`](Self::read), and by the store's own clock the time after the rows were read, in the same round
    /// trip: no state that was read is of a later one. Of several servers that were asked it is the latest; nothing of a store
    /// that has no clock, whose time is the process's, and where no server had to be asked.
    fn read_timed<'a>(
        &'a self,
        entities: &'a [EntityRead<'a>],
    ) -> OnlineFuture<'a, (FoundRows, Option<Timestamp>)> {
        Box::pin(async move { Ok((self.read(entities).await?, None)) })
    }

    /// What time it is by the store's own clock, of several servers the earliest: none of them reads a state of this
    /// time too early. Nothing of a store that has no clock.
    fn time(&self) -> OnlineFuture<'_, Option<Timestamp>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// As [`read`](Self::read), and misses nothing that was written before: asked of the server that takes
    /// writes, where others may answer reads ([`may_lag`](Self::may_lag)).
    fn read_newest<'a>(
        &'a self,
        entities: &'a [EntityRead<'a>],
    ) -> OnlineFuture<'a, Vec<Vec<Option<Bytes>>>> {
        self.read(entities)
    }

    /// Writes rows. Each meets the stored one by its rule, in one atomic step. Several rows with one
    /// address and field count in their order.
    fn write<'a>(&'a self, rows: &'a [RowWrite]) -> OnlineFuture<'a, Vec<Written>>;

    /// Changes states of window views, each in one atomic step, and only where the one that is there is
    /// the one that the change was made of: gives of each whether it is there now. No read sees a part of a change. Several changes
    /// with one address and field count in their order.
    fn write_states<'a>(&'a self, states: &'a [StateWrite]) -> OnlineFuture<'a, Vec<bool>>;

    /// The layouts that a project's rows were written with.
    fn layouts<'a>(&'a self, project: &'a str) -> OnlineFuture<'a, Vec<StoredLayout>>;

    /// Keeps a layout; must come before the first row that has it.
    ///
    /// Fails with [`OnlineError::LayoutCollision`] where the field has another layout with the id.
    fn keep_layout<'a>(
        &'a self,
        project: &'a str,
        layout: &'a StoredLayout,
    ) -> OnlineFuture<'a, ()>;

    /// What a project keeps under a name beside its rows: a watermark, a lease.
    fn record<'a>(&'a self, project: &'a str, name: &'a str) -> OnlineFuture<'a, Option<String>>;

    /// Puts `new` in the place of `old` under a name, in one atomic step; nothing stands for no
    /// record. Gives whether `new` is there now: where another text is, that stays.
    fn swap_record<'a>(
        &'a self,
        project: &'a str,
        name: &'a str,
        old: Option<&'a str>,
        new: Option<&'a str>,
    ) -> OnlineFuture<'a, bool>;

    /// Reads a part of a project's entities with all that is stored of each: the first part without
    /// a cursor, then from where the page before ended. An entity that is there from the first page
    /// to the last comes at least once, perhaps more often; in a cluster, unless slots move.
    fn scan<'a>(
        &'a self,
        project: &'a str,
        cursor: Option<&'a ScanCursor>,
    ) -> OnlineFuture<'a, ScanPage>;

    /// Deletes a view's rows, or its states with all their fields ([`view_field`](super::view_field)), and
    /// then its layouts, in small steps; gives the number of rows or states. What the project keeps by
    /// name stays.
    fn delete_view<'a>(&'a self, project: &'a str, field: &'a str) -> OnlineFuture<'a, u64>;

    /// Deletes all that a project has, in small steps; gives the number of entities. No other
    /// project's keys are touched, also where one name is part of another.
    fn delete_project<'a>(&'a self, project: &'a str) -> OnlineFuture<'a, u64>;
}
