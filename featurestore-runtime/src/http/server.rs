//! A socket that answers, until it is told to stop.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::future::{Either, select};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::connections::GRACE;
use super::error::ServeError;
use super::router;
use super::serving::Serving;
use super::settings::HttpSettings;
use super::threads::Threads;
use crate::store::FeatureStore;

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

impl HttpSettings {
    /// Listens on `address`, written `HOST:PORT`; port 0 picks a free one. Nothing is answered
    /// before [`Server::run`].
    ///
    /// # Errors
    ///
    /// An address that is in use, is not one, or is not this machine's; one that other machines
    /// reach, without tokens and without [`insecure_no_tokens`](Self::insecure_no_tokens); those
    /// of [`router`](Self::router).
    pub async fn bind(self, store: FeatureStore, address: &str) -> Result<Server, ServeError> {
        Server::with_settings(self, store, address).await
    }

    /// Whether a server at `ip` may run without tokens, and whether it checks hosts.
    fn exposure(&self, ip: IpAddr, address: &str) -> Result<bool, ServeError> {
        let loopback = ip.to_canonical().is_loopback();
        match (&self.tokens, loopback) {
            (None, false) if !self.insecure_no_tokens => Err(ServeError::NoTokens {
                address: address.to_owned(),
            }),
            (None, true) => Ok(true),
            _ => Ok(!self.allowed_hosts.is_empty()),
        }
    }
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

    async fn with_settings(
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
        let (router, serving) = router::build(&settings, store, check_hosts, true)?;
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
