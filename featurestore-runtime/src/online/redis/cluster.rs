//! The nodes of a cluster: which has a key, and links to them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::select_ok;
use redis::{Client, Cmd, ConnectionAddr, ConnectionInfo};
use tokio::time::Instant;

use super::super::OnlineError;
use super::failure::Endpoint;
use super::link::{Link, Target};
use super::request::Request;
use super::slots::{Node, Shard, Slots, slot, with_address};

/// How long a map of the slots is kept at least.
const REST: Duration = Duration::from_millis(100);
/// How many nodes are asked for the map at once.
const ASKED: usize = 5;

pub(super) struct Cluster {
    endpoint: Arc<Endpoint>,
    /// The nodes that the address names.
    seeds: Vec<Node>,
    /// How each node is talked to.
    node: ConnectionInfo,
    replicas: bool,
    turn: AtomicUsize,
    known: Mutex<Topology>,
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Topology {
    slots: Option<(Arc<Slots>, Instant)>,
    /// Whether an answer said that the map no longer holds.
    doubted: bool,
    /// By node, and whether it is asked as a replica.
    links: HashMap<(Node, bool), Arc<Link>>,
}

impl Cluster {
    pub(super) fn new(nodes: &[ConnectionInfo], replicas: bool, endpoint: Arc<Endpoint>) -> Self {
        let seeds = nodes.iter().filter_map(|info| match info.addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                Some((host.clone(), *port))
            }
            _ => None,
        });
        Self {
            endpoint,
            seeds: seeds.collect(),
            node: nodes[0].clone(),
            replicas,
            turn: AtomicUsize::new(0),
            known: Mutex::new(Topology::default()),
            asking: tokio::sync::Mutex::new(()),
        }
    }

    /// The link for a key, which for a read may be to a replica.
    pub(super) fn link(
        &self,
        slots: &Slots,
        key: &[u8],
        older_will_do: bool,
    ) -> Result<Arc<Link>, OnlineError> {
        let slot = slot(key);
        let Some(shard) = slots.shard(slot) else {
            self.doubt();
            return Err(self.endpoint.unreachable(format!(
                "no node of the cluster has the slot {slot}; start its node, or give the slot to another"
            )));
        };
        match self.replica(shard).filter(|_| older_will_do) {
            Some(replica) => self.node(replica, true),
            None => self.node(&shard.master, false),
        }
    }

    fn replica<'a>(&self, shard: &'a Shard) -> Option<&'a Node> {
        if !self.replicas || shard.replicas.is_empty() {
            return None;
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        shard.replicas.get(turn % shard.replicas.len())
    }

    /// The link to a node, which says that an older answer will do if it is `replica`.
    pub(super) fn node(&self, node: &Node, replica: bool) -> Result<Arc<Link>, OnlineError> {
        let key = (node.clone(), replica);
        let mut known = self.known();
        if let Some(link) = known.links.get(&key) {
            return Ok(Arc::clone(link));
        }
        let info = with_address(&self.node, node.0.clone(), node.1);
        let client = Client::open(info).map_err(|error| self.endpoint.failure(&error))?;
        let target = if replica {
            Target::ReadOnly(client)
        } else {
            Target::Server(client)
        };
        let name = Some(format!("node {}:{}", node.0, node.1));
        let link = Arc::new(Link::new(target, name, Arc::clone(&self.endpoint)));
        known.links.insert(key, Arc::clone(&link));
        Ok(link)
    }

    pub(super) fn reads_replicas(&self) -> bool {
        self.replicas
    }

    /// Links to all masters.
    pub(super) async fn masters(&self, deadline: Instant) -> Result<Vec<Arc<Link>>, OnlineError> {
        let slots = self.slots(deadline).await?;
        let masters = slots.shards().iter().map(|shard| &shard.master);
        let mut masters: Vec<&Node> = masters.collect();
        masters.sort_unstable();
        masters.dedup();
        masters
            .into_iter()
            .map(|master| self.node(master, false))
            .collect()
    }

    /// Has the map of the slots asked for again before it is next used.
    pub(super) fn doubt(&self) {
        self.known().doubted = true;
    }

    /// The map of the slots: the last one, unless it is doubted.
    pub(super) async fn slots(&self, deadline: Instant) -> Result<Arc<Slots>, OnlineError> {
        if let Some(slots) = self.undoubted() {
            return Ok(slots);
        }
        let _asking = self.asking.lock().await;
        if let Some(slots) = self.undoubted() {
            return Ok(slots);
        }
        let end = deadline.min(Instant::now() + self.endpoint.timeouts().connect);
        let asked = self.ask(end).await;
        let mut known = self.known();
        match (asked, &known.slots) {
            (Ok(slots), _) => {
                let slots = Arc::new(slots);
                known.slots = Some((Arc::clone(&slots), Instant::now()));
                known.doubted = false;
                known
                    .links
                    .retain(|(node, _), _| self.is_named(&slots, node));
                Ok(slots)
            }
            // The nodes that can be reached still have what they had.
            (Err(_), Some((slots, _))) => Ok(Arc::clone(slots)),
            (Err(error), None) => Err(error),
        }
    }

    fn undoubted(&self) -> Option<Arc<Slots>> {
        let known = self.known();
        let (slots, since) = known.slots.as_ref()?;
        (!known.doubted || since.elapsed() < REST).then(|| Arc::clone(slots))
    }

    /// Asks a few nodes at once, those with an open connection first, and takes the first answer.
    async fn ask(&self, deadline: Instant) -> Result<Slots, OnlineError> {
        let mut nodes = self.seeds.clone();
        if let Some((slots, _)) = &self.known().slots {
            nodes.extend(slots.shards().iter().map(|shard| shard.master.clone()));
        }
        nodes.sort_unstable();
        nodes.dedup();
        let links = nodes.iter().map(|node| Ok((node, self.node(node, false)?)));
        let mut links: Vec<_> = links.collect::<Result<_, OnlineError>>()?;
        links.sort_by_key(|(_, link)| !link.is_open());
        let mut failed = None;
        for links in links.chunks(ASKED) {
            let answers = links
                .iter()
                .map(|((host, _), link)| Box::pin(self.ask_one(link, host, deadline)));
            match select_ok(answers).await {
                Ok((slots, _)) => return Ok(slots),
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or_else(|| self.endpoint.unreachable("it names no node".to_owned())))
    }

    async fn ask_one(
        &self,
        link: &Link,
        host: &str,
        deadline: Instant,
    ) -> Result<Slots, OnlineError> {
        let mut command = Cmd::new();
        command.arg("CLUSTER").arg("SLOTS");
        let answer = link.ask(Request::Command(&command), deadline).await?;
        Slots::parse(&answer, host).ok_or_else(|| self.endpoint.unexpected(&answer))
    }

    fn is_named(&self, slots: &Slots, node: &Node) -> bool {
        let has = |shard: &Shard| shard.master == *node || shard.replicas.contains(node);
        self.seeds.contains(node) || slots.shards().iter().any(has)
    }

    fn known(&self) -> MutexGuard<'_, Topology> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
