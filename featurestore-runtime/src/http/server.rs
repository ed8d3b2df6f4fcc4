//! A socket that answers, until it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::future::{Either, select};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::connections::GRACE;
use super::serving::Serving;
use super::settings::HttpSettings;
use super::threads::Threads;
use crate::store::FeatureStore;

/// Where the service listens when nothing else is said: reachable from this machine only.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:6566";

/// A service that can't listen, or not as it was set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Another program listens there.
    #[error(
        "{address} is in use by another program; stop that one, or choose another address with --listen (with port 0, a free one is picked)"
    )]
    InUse {
        /// The address.
        address: String,
    },
    /// The address is not one, or not one of this machine.
    #[error("can't listen on `{address}`: {reason}; write HOST:PORT, as in {DEFAULT_ADDRESS}")]
    Listen {
        /// The address.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Other machines could read everything.
    #[error(
        "{address} can be reached from other machines, and nobody would be asked for a token; name a file of tokens with --tokens, listen on {DEFAULT_ADDRESS}, or insist with --insecure-no-tokens"
    )]
    NoTokens {
        /// The address.
        address: String,
    },
    /// A certificate or a key that can't be used.
    #[error("{path}: {reason}")]
    Tls {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A service that agents can't get.
    #[cfg(feature = "mcp")]
    #[error(transparent)]
    Mcp(#[from] crate::mcp::McpError),
    /// A setting that is not right.
    #[error("{setting}: {reason}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The socket failed while it was served.
    #[error("the server at {address} stopped: {reason}")]
    Stopped {
        /// The address.
        address: String,
        /// Why.
        reason: String,
    },
}

/// The retrieval service on a socket; see [`HttpSettings::router`] for what it answers.
///
/// ```no_run
/// # async fn example(store: featurestore::FeatureStore) -> Result<(), featurestore::Error> {
/// use featurestore::http::{DEFAULT_ADDRESS, Server, shutdown_signal};
///
/// let server = Server::bind(store, DEFAULT_ADDRESS).await?;
/// let shutdown = shutdown_signal();
/// println!("listening on http://{}", server.local_addr());
/// server.run(shutdown).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    serving: Arc<Serving>,
    settings: HttpSettings,
}

impl Server {
    /// Listens on `address`, written `HOST:PORT`, with the default settings; port 0 picks a free
    /// one. Nothing is answered before [`run`](Self::run). Without tokens, that is an address of
    /// this machine only; [`HttpSettings::bind`] has more.
    ///
    /// # Errors
    ///
    /// An address that is in use, is not one, is not this machine's, or is one that other machines
    /// reach.
    pub async fn bind(store: FeatureStore, address: &str) -> Result<Self, ServeError> {
        Self::with_settings(HttpSettings::new(), store, address).await
    }

    pub(super) async fn with_settings(
        settings: HttpSettings,
        store: FeatureStore,
        address: &str,
    ) -> Result<Self, ServeError> {
        let failure = |error: io::Error| match error.kind() {
            io::ErrorKind::AddrInUse => ServeError::InUse {
                address: address.to_owned(),
            },
            _ => ServeError::Listen {
                address: address.to_owned(),
                reason: error.to_string(),
            },
        };
        let listener = TcpListener::bind(address).await.map_err(failure)?;
        let bound = listener.local_addr().map_err(failure)?;
        let check_hosts = settings.exposure(bound.ip(), address)?;
        let (router, serving) = settings.build(store, check_hosts)?;
        Ok(Self {
            address: bound,
            listener,
            router,
            serving,
            settings,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `shutdown` is ready, then finishes those that it took, for up to ten
    /// seconds. They are answered on threads of its own, as many as
    /// [`HttpSettings::workers`] says.
    ///
    /// # Errors
    ///
    /// A socket that fails, threads that can't be started.
    pub async fn run(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let address = self.address;
        self.serve(shutdown)
            .await
            .map_err(|error| ServeError::Stopped {
                address: address.to_string(),
                reason: error.to_string(),
            })
    }

    async fn serve(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let (threads, ended) = Threads::start(&self.router, &self.serving, &self.settings)?;
        let listener = self.listener;
        #[cfg(feature = "duckdb")]
        let _looked = {
            let serving = Arc::clone(&self.serving);
            tokio::spawn(async move { serving.metrics.drift.refresh(&serving.store).await })
        };
        let until_shutdown = async {
            let (taking, shutdown) = (pin!(threads.take_from(listener)), pin!(shutdown));
            select(taking, shutdown).await;
        };
        let ended = pin!(ended.all());
        match select(pin!(until_shutdown), ended).await {
            Either::Left(((), ended)) => {
                threads.stop(GRACE);
                // A thread that does not get to its own clock is not waited for.
                let late = |_| Err(io::Error::other("a request holds its thread"));
                timeout(GRACE + Duration::from_secs(1), ended)
                    .await
                    .unwrap_or_else(late)
            }
            Either::Right((failed, _)) => failed,
        }
    }
}
