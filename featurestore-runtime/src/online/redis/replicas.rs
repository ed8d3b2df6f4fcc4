//! The replicas of one server, for reads that may be a little old.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::{Cmd, ConnectionInfo, Value};
use tokio::time::Instant;

use super::failure::Endpoint;
use super::link::Link;
use super::request::Request;
use super::slots::{Node, with_address};

/// How long a list of the replicas is used before the master is asked again.
const KEPT: Duration = Duration::from_secs(5);

pub(super) struct Replicas {
    endpoint: Arc<Endpoint>,
    /// How each replica is talked to.
    server: ConnectionInfo,
    turn: AtomicUsize,
    known: Mutex<ReplicaLinks>,
}

#[derive(Default)]
struct ReplicaLinks {
    links: Vec<(Node, Arc<Link>)>,
    asked: Option<Instant>,
}

impl Replicas {
    pub(super) fn new(server: ConnectionInfo, endpoint: Arc<Endpoint>) -> Self {
        Self {
            endpoint,
            server,
            turn: AtomicUsize::new(0),
            known: Mutex::new(ReplicaLinks::default()),
        }
    }

    /// A replica, if the master has one; a master that is down has those that it had.
    pub(super) async fn link(&self, master: &Link, deadline: Instant) -> Option<Arc<Link>> {
        let due = {
            let mut known = self.known();
            let due = known.asked.is_none_or(|when| when.elapsed() >= KEPT);
            if due {
                // Whoever comes meanwhile takes those that are known.
                known.asked = Some(Instant::now());
            }
            due
        };
        if due && let Some(nodes) = nodes(master, deadline).await {
            self.learn(nodes);
        }
        let known = self.known();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let (_, link) = known.links.get(turn.checked_rem(known.links.len())?)?;
        Some(Arc::clone(link))
    }

    /// Leaves a replica alone until the master names it again.
    pub(super) fn leave(&self, replica: &Arc<Link>) {
        self.known()
            .links
            .retain(|(_, link)| !Arc::ptr_eq(link, replica));
    }

    fn learn(&self, nodes: Vec<Node>) {
        let mut known = self.known();
        let links = nodes.into_iter().filter_map(|node| {
            if let Some((_, link)) = known.links.iter().find(|(other, _)| *other == node) {
                return Some((node, Arc::clone(link)));
            }
            let info = with_address(&self.server, node.0.clone(), node.1);
            let name = format!("replica {}:{}", node.0, node.1);
            let link = Link::to(info, Some(name), Arc::clone(&self.endpoint)).ok()?;
            Some((node, Arc::new(link)))
        });
        known.links = links.collect();
    }

    fn known(&self) -> MutexGuard<'_, ReplicaLinks> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The replicas that a master has, in its own words.
async fn nodes(master: &Link, deadline: Instant) -> Option<Vec<Node>> {
    let mut command = Cmd::new();
    command.arg("ROLE");
    let answer = master
        .ask(Request::Command(&command), deadline)
        .await
        .ok()?;
    let [_, _, replicas] = answer.as_sequence()? else {
        return None;
    };
    let node = |replica: &Value| {
        let [host, port, ..] = replica.as_sequence()? else {
            return None;
        };
        let text = |value: &Value| match value {
            Value::BulkString(text) => String::from_utf8(text.clone()).ok(),
            _ => None,
        };
        Some((text(host)?, text(port)?.parse().ok()?))
    };
    replicas.as_sequence()?.iter().map(node).collect()
}
