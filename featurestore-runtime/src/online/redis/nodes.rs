//! Who is asked: one server, or each key's node of a cluster.

use std::sync::Arc;

use redis::{ConnectionInfo, RedisError};
use tokio::time::Instant;

use super::super::OnlineError;
use super::cluster::Cluster;
use super::failure::Endpoint;
use super::link::{Link, Target};
use super::replicas::Replicas;
use super::script::Script;
use super::sentinel::Sentinels;
use super::settings::{Servers, Settings};
use super::slots::Slots;

/// What requests do, which says who may be asked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// They read, and an answer from a replica will do.
    Read,
    /// They read or change what only the master has.
    Master,
    /// They call a script that writes.
    Script(&'static Script),
}

/// The servers of a store.
pub(super) struct Nodes {
    endpoint: Arc<Endpoint>,
    form: Deployment,
}

enum Deployment {
    One {
        master: Arc<Link>,
        /// Whether another server may become the master.
        sentinels: bool,
        replicas: Option<Replicas>,
    },
    Cluster(Cluster),
}

impl Kind {
    const fn is_read(self) -> bool {
        matches!(self, Self::Read)
    }
}

/// The nodes as they are known during one attempt.
pub(super) struct Routes {
    kind: Kind,
    first: bool,
    slots: Option<Arc<Slots>>,
    /// Who answers for all keys, where that is one.
    one: Option<Arc<Link>>,
}

impl Nodes {
    pub(super) fn new(settings: &Settings) -> Result<Self, OnlineError> {
        let endpoint = Arc::new(Endpoint::new(settings));
        let invalid = |error: RedisError| OnlineError::Url {
            url: settings.location.clone(),
            reason: error.category().to_owned(),
            source: None,
        };
        let replicas = |server: &ConnectionInfo| {
            let endpoint = Arc::clone(&endpoint);
            settings
                .replicas
                .then(|| Replicas::new(server.clone(), endpoint))
        };
        let form = match &settings.servers {
            Servers::One(info) => Deployment::One {
                master: Arc::new(Link::to(info.clone(), None, Arc::clone(&endpoint))?),
                sentinels: false,
                replicas: replicas(info),
            },
            Servers::Sentinel {
                sentinels,
                master,
                server,
            } => {
                let sentinels = Sentinels::new(sentinels.clone(), master.clone(), server.clone())
                    .map_err(invalid)?;
                let target = Target::Master(sentinels);
                Deployment::One {
                    master: Arc::new(Link::new(target, None, Arc::clone(&endpoint))),
                    sentinels: true,
                    replicas: replicas(server),
                }
            }
            Servers::Cluster(nodes) => Deployment::Cluster(Cluster::new(
                nodes,
                settings.replicas,
                Arc::clone(&endpoint),
            )),
        };
        Ok(Self { endpoint, form })
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Until when a call that begins now may take.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.endpoint.timeouts().command
    }

    pub(super) fn cluster(&self) -> Option<&Cluster> {
        match &self.form {
            Deployment::Cluster(cluster) => Some(cluster),
            Deployment::One { .. } => None,
        }
    }

    /// Whether it helps to ask again where a server did not answer.
    pub(super) fn has_others(&self) -> bool {
        match &self.form {
            Deployment::One { sentinels, .. } => *sentinels,
            Deployment::Cluster(_) => true,
        }
    }

    /// Whether somebody else may do what a server refuses to.
    pub(super) fn may_be_elsewhere(&self, link: &Arc<Link>) -> bool {
        self.has_others()
            || matches!(&self.form, Deployment::One { master, .. } if !Arc::ptr_eq(link, master))
    }

    /// The one server that there is, where no other can answer instead.
    pub(super) fn only(&self) -> Option<&Link> {
        match &self.form {
            Deployment::One {
                master,
                sentinels: false,
                replicas: None,
            } => Some(master),
            _ => None,
        }
    }

    /// Links to all servers that may have keys of their own.
    pub(super) async fn masters(&self) -> Result<Vec<Arc<Link>>, OnlineError> {
        match &self.form {
            Deployment::One { master, .. } => Ok(vec![Arc::clone(master)]),
            Deployment::Cluster(cluster) => cluster.masters(self.deadline()).await,
        }
    }

    /// Whom to ask in an attempt, which is the first or a further one.
    pub(super) async fn routes(
        &self,
        kind: Kind,
        first: bool,
        deadline: Instant,
    ) -> Result<Routes, OnlineError> {
        let mut routes = Routes {
            kind,
            first,
            slots: None,
            one: None,
        };
        match &self.form {
            Deployment::One {
                master,
                sentinels,
                replicas,
            } => {
                if *sentinels && master.is_master_due() {
                    let master = Arc::clone(master);
                    tokio::spawn(async move { master.check_master().await });
                }
                let replica = match replicas {
                    Some(replicas) if kind.is_read() && first => {
                        replicas.link(master, half(deadline)).await
                    }
                    _ => None,
                };
                routes.one = Some(replica.unwrap_or_else(|| Arc::clone(master)));
            }
            Deployment::Cluster(cluster) => routes.slots = Some(cluster.slots(deadline).await?),
        }
        Ok(routes)
    }

    /// Who answers for a key.
    pub(super) fn link(&self, routes: &Routes, key: &[u8]) -> Result<Arc<Link>, OnlineError> {
        match (&self.form, &routes.slots, &routes.one) {
            (Deployment::Cluster(cluster), Some(slots), _) => {
                cluster.link(slots, key, routes.kind.is_read() && routes.first)
            }
            (Deployment::One { .. }, _, Some(link)) => Ok(Arc::clone(link)),
            (Deployment::One { master, .. }, _, None) => Ok(Arc::clone(master)),
            (Deployment::Cluster(_), None, _) => {
                Err(self.endpoint.unreachable("no map".to_owned()))
            }
        }
    }

    /// Until when a server is waited for, where another one may be asked after it.
    pub(super) fn patience(&self, routes: &Routes, deadline: Instant) -> Instant {
        let replicas = match &self.form {
            Deployment::One {
                replicas, master, ..
            } => {
                replicas.is_some()
                    && routes
                        .one
                        .as_ref()
                        .is_some_and(|link| !Arc::ptr_eq(link, master))
            }
            Deployment::Cluster(cluster) => cluster.reads_replicas(),
        };
        if replicas && routes.kind.is_read() && routes.first {
            half(deadline)
        } else {
            deadline
        }
    }

    /// Notes that a server is not, or no longer, who was to be asked.
    pub(super) fn doubt(&self, link: &Arc<Link>) {
        match &self.form {
            Deployment::One {
                master,
                sentinels,
                replicas,
            } => {
                if !Arc::ptr_eq(link, master) {
                    if let Some(replicas) = replicas {
                        replicas.leave(link);
                    }
                } else if *sentinels {
                    master.leave();
                }
            }
            Deployment::Cluster(cluster) => cluster.doubt(),
        }
    }
}

/// Half of what is left until a deadline.
fn half(deadline: Instant) -> Instant {
    let now = Instant::now();
    now + deadline.saturating_duration_since(now) / 2
}
