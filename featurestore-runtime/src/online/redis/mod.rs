//! The online store on Redis or Valkey: a hash per entity, a field per view and several of a state. Knows bytes and
//! addresses, and of rows only where their times stand.

mod ask;
mod batch;
mod cache;
mod cluster;
mod eviction;
mod failure;
mod link;
mod nodes;
mod parameters;
mod project;
mod read;
mod record;
mod replicas;
mod request;
mod runtimes;
mod scan;
mod script;
mod secrets;
mod sentinel;
mod settings;
mod slots;
mod state;
mod time;
#[cfg(feature = "redis-tls")]
mod tls;
mod verdict;
mod write;

use std::fmt;

use bytes::Bytes;
use redis::{Cmd, Value};

use self::ask::ask;
use self::cache::Cache;
use self::nodes::Kind;
use self::runtimes::Runtimes;
use self::settings::Settings;
use super::{
    EntityRead, FoundRows, OnlineError, OnlineFuture, OnlineStore, RowWrite, ScanCursor, ScanPage,
    StateWrite, StoredLayout, Written,
};
use crate::time::Timestamp;

/// The online store on Redis or Valkey: one server, the one that sentinels name, or a cluster.
///
/// It connects when it is first used and again whenever a connection was lost. All calls of a tokio
/// runtime share one connection per server, on which the server answers in order; runtimes share
/// nothing. A call waits for at most `command_timeout` per thousand entities that it reads or four thousand rows or a thousand states that it writes;
/// within that time it asks again where a connection was lost, where a server is loading, and where
/// an entity has moved to another one. Clones of a `FeatureStore` share it, so one per process is
/// enough.
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
    runtimes: Runtimes,
}

impl RedisStore {
    /// The store at an address. Nothing is connected yet.
    ///
    /// | what is there | address |
    /// |---|---|
    /// | one server | `redis://[USER][:PASSWORD@]HOST[:PORT][/DB]` |
    /// | one server, over a Unix socket | `redis+unix:///PATH[?db=DB&user=USER&pass=PASSWORD]` |
    /// | sentinels, and what they call the master | `redis+sentinel://[USER][:PASSWORD@]HOST[:PORT],HOST[:PORT]../MASTER[/DB]` |
    /// | some of a cluster's nodes | `redis+cluster://[USER][:PASSWORD@]HOST[:PORT],HOST[:PORT]..` |
    ///
    /// `rediss` instead of `redis` is TLS, with all servers and sentinels alike; it needs the
    /// cargo feature `redis-tls`. `valkey` and `valkeys` stand for `redis` and `rediss`. Ports are
    /// 6379, and 26379 for sentinels, unless given. The user and the password are the servers';
    /// in them, `@`, `/`, `?`, `#` and `%` are written as `%40`, `%2F`, `%3F`, `%23` and `%25`.
    ///
    /// | parameter | what it is | default |
    /// |---|---|---|
    /// | `connect_timeout` | how long connecting to a server may take, with the greeting | `1s` |
    /// | `command_timeout` | how long a request may take, connecting and further attempts included | `1800ms` |
    /// | `replicas` | `true` reads rows from replicas where there are any. They may be a little older than the master's, also than those read before | `false` |
    /// | `cache` | of how many entities each tokio runtime, as each thread of the retrieval service, keeps the rows that were read last. The server says when they change (`CLIENT TRACKING`, from Redis 6 on); rows that are read are older than the server's by no more than that takes, or by 10 s where the network fails silently | none |
    /// | `protocol` | `resp2` or `resp3` | `resp2`, with `cache` `resp3` |
    /// | `ca` | with TLS, a PEM file of the authorities to trust | the system's |
    /// | `cert`, `key` | with TLS, PEM files of the client's certificate and its private key | none |
    /// | `sentinel_user`, `sentinel_pass` | who the client is to the sentinels | nobody |
    ///
    /// With sentinels, the store asks once a second who the master is; rows that the old master
    /// took after another was chosen are lost, as with every client. A user needs the commands
    /// PING, HMGET, HGET, HSET, HSETNX, HGETALL, HKEYS, HDEL, EXISTS, EVAL, EVALSHA, SCRIPT LOAD, SCAN and
    /// UNLINK on the project's keys; TIME, by which values of windows decay; SELECT where the address names a database other than 0; INFO, by which a materialization sees whether the server evicts;
    /// CLIENT TRACKING with `cache`; ROLE for sentinels and for one
    /// server's replicas; CLUSTER SLOTS,
    /// ASKING and, for replicas, READONLY in a cluster.
    ///
    /// # Errors
    ///
    /// An address that is not one of these, one with a parameter that it can't have, a file that
    /// can't be read, or one with TLS in a program that was built without it.
    pub fn new(url: impl AsRef<str>) -> Result<Self, OnlineError> {
        Ok(Self {
            runtimes: Runtimes::new(Settings::parse(url.as_ref())?)?,
        })
    }

    /// Has every runtime read again what this one changed. The server says it too, but perhaps
    /// after its answer.
    fn forget(&self, forget: impl Fn(&Cache)) {
        if self.runtimes.settings().cache.is_some() {
            let all = self.runtimes.all();
            all.iter()
                .filter_map(|nodes| nodes.endpoint().cache())
                .for_each(|cache| forget(cache));
        }
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "RedisStore({})",
            self.runtimes.settings().location
        )
    }
}

impl OnlineStore for RedisStore {
    fn location(&self) -> String {
        self.runtimes.settings().location.clone()
    }

    fn ping(&self) -> OnlineFuture<'_, ()> {
        Box::pin(async {
            let mut ping = Cmd::new();
            ping.arg("PING");
            let nodes = self.runtimes.nodes()?;
            // Of a cluster, the nodes are asked that have the slot of this name.
            match ask(&nodes, Kind::Read, b"", ping).await? {
                Value::SimpleString(_) | Value::Okay => Ok(()),
                other => Err(nodes.endpoint().unexpected(&other)),
            }
        })
    }

    fn may_lag(&self) -> bool {
        self.runtimes.settings().replicas
    }

    fn evicts(&self) -> OnlineFuture<'_, Option<String>> {
        Box::pin(async { eviction::policy(&*self.runtimes.nodes()?).await })
    }

    fn read<'a>(
        &'a self,
        entities: &'a [EntityRead<'a>],
    ) -> OnlineFuture<'a, Vec<Vec<Option<Bytes>>>> {
        Box::pin(async move { read::read(&*self.runtimes.nodes()?, entities).await })
    }

    fn read_timed<'a>(
        &'a self,
        entities: &'a [EntityRead<'a>],
    ) -> OnlineFuture<'a, (FoundRows, Option<Timestamp>)> {
        Box::pin(async move { read::read_timed(&*self.runtimes.nodes()?, entities).await })
    }

    fn time(&self) -> OnlineFuture<'_, Option<Timestamp>> {
        Box::pin(async { time::earliest(&*self.runtimes.nodes()?).await })
    }

    fn read_newest<'a>(
        &'a self,
        entities: &'a [EntityRead<'a>],
    ) -> OnlineFuture<'a, Vec<Vec<Option<Bytes>>>> {
        Box::pin(async move { read::read_newest(&*self.runtimes.nodes()?, entities).await })
    }

    fn write<'a>(&'a self, rows: &'a [RowWrite]) -> OnlineFuture<'a, Vec<Written>> {
        Box::pin(async move {
            let written = write::write(&*self.runtimes.nodes()?, rows).await;
            self.forget(|cache| {
                for row in rows {
                    cache.forget(row.address.as_bytes());
                }
            });
            written
        })
    }

    fn write_states<'a>(&'a self, states: &'a [StateWrite]) -> OnlineFuture<'a, Vec<bool>> {
        Box::pin(async move {
            let written = state::write(&*self.runtimes.nodes()?, states).await;
            self.forget(|cache| {
                for state in states {
                    cache.forget(state.address.as_bytes());
                }
            });
            written
        })
    }

    fn layouts<'a>(&'a self, project: &'a str) -> OnlineFuture<'a, Vec<StoredLayout>> {
        Box::pin(async move { project::layouts(&*self.runtimes.nodes()?, project).await })
    }

    fn keep_layout<'a>(
        &'a self,
        project: &'a str,
        layout: &'a StoredLayout,
    ) -> OnlineFuture<'a, ()> {
        Box::pin(
            async move { project::keep_layout(&*self.runtimes.nodes()?, project, layout).await },
        )
    }

    fn record<'a>(&'a self, project: &'a str, name: &'a str) -> OnlineFuture<'a, Option<String>> {
        Box::pin(async move { record::record(&*self.runtimes.nodes()?, project, name).await })
    }

    fn swap_record<'a>(
        &'a self,
        project: &'a str,
        name: &'a str,
        old: Option<&'a str>,
        new: Option<&'a str>,
    ) -> OnlineFuture<'a, bool> {
        Box::pin(
            async move { record::swap(&*self.runtimes.nodes()?, project, name, (old, new)).await },
        )
    }

    fn scan<'a>(
        &'a self,
        project: &'a str,
        cursor: Option<&'a ScanCursor>,
    ) -> OnlineFuture<'a, ScanPage> {
        Box::pin(async move { scan::page(&*self.runtimes.nodes()?, project, cursor).await })
    }

    fn delete_view<'a>(&'a self, project: &'a str, field: &'a str) -> OnlineFuture<'a, u64> {
        Box::pin(async move {
            let deleted = scan::delete_view(&*self.runtimes.nodes()?, project, field).await;
            self.forget(Cache::clear);
            deleted
        })
    }

    fn delete_project<'a>(&'a self, project: &'a str) -> OnlineFuture<'a, u64> {
        Box::pin(async move {
            let deleted = scan::delete_project(&*self.runtimes.nodes()?, project).await;
            self.forget(Cache::clear);
            deleted
        })
    }
}
