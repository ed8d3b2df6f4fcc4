//! The online store on Redis or Valkey: a hash per entity, a field per view. Knows bytes and
//! addresses, and of rows only where their times stand.

mod batch;
mod cluster;
mod failure;
mod link;
mod nodes;
mod project;
mod read;
mod replicas;
mod sentinel;
mod settings;
mod slots;
#[cfg(feature = "redis-tls")]
mod tls;
mod write;

use std::fmt;

use bytes::Bytes;
use redis::{Cmd, Value};

use self::nodes::{Kind, Nodes};
use super::{EntityRead, OnlineError, OnlineFuture, OnlineStore, RowWrite, StoredLayout, Written};

/// The online store on Redis or Valkey.
///
/// It connects when it is first used and again whenever the connection was lost. All calls share
/// one connection, on which the server answers in order; a call waits for at most 1.8 seconds.
/// Clones of a `FeatureStore` share it, so one per process is enough.
///
/// ```no_run
/// # async fn example() -> Result<(), featurestore::online::OnlineError> {
/// use featurestore::online::{OnlineStore, RedisStore};
///
/// let store = RedisStore::new("redis://app:secret@redis.internal:6379/3")?;
/// store.ping().await?;
/// # Ok(())
/// # }
/// ```
pub struct RedisStore {
    nodes: Nodes,
}

impl RedisStore {
    /// The store at `redis://[USER][:PASSWORD@]HOST[:PORT][/DB]`, `rediss://..` (TLS) or
    /// `redis+unix:///PATH[?db=DB&user=USER&pass=PASSWORD]`. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// An address that is not one of these, or one with TLS in a program that was built without it.
    pub fn new(url: impl AsRef<str>) -> Result<Self, OnlineError> {
        Ok(Self {
            nodes: Nodes::new(url.as_ref())?,
        })
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RedisStore({})", self.nodes.place().location())
    }
}

impl OnlineStore for RedisStore {
    fn location(&self) -> String {
        self.nodes.place().location().to_owned()
    }

    fn ping(&self) -> OnlineFuture<'_, ()> {
        Box::pin(async {
            let mut ping = Cmd::new();
            ping.arg("PING");
            // Of a cluster, the nodes are asked that have the slot of this name.
            match self.nodes.ask(Kind::Read, b"", ping).await? {
                Value::SimpleString(_) | Value::Okay => Ok(()),
                other => Err(self.nodes.place().unexpected(&other)),
            }
        })
    }

    fn read<'a>(
        &'a self,
        entities: &'a [EntityRead<'a>],
    ) -> OnlineFuture<'a, Vec<Vec<Option<Bytes>>>> {
        Box::pin(read::read(&self.nodes, entities))
    }

    fn write<'a>(&'a self, rows: &'a [RowWrite]) -> OnlineFuture<'a, Vec<Written>> {
        Box::pin(write::write(&self.nodes, rows))
    }

    fn layouts<'a>(&'a self, project: &'a str) -> OnlineFuture<'a, Vec<StoredLayout>> {
        Box::pin(project::layouts(&self.nodes, project))
    }

    fn keep_layout<'a>(
        &'a self,
        project: &'a str,
        layout: &'a StoredLayout,
    ) -> OnlineFuture<'a, ()> {
        Box::pin(project::keep_layout(&self.nodes, project, layout))
    }

    fn delete_project<'a>(&'a self, project: &'a str) -> OnlineFuture<'a, u64> {
        Box::pin(project::delete(&self.nodes, project))
    }
}
