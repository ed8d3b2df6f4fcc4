//! A socket that answers, until it is told to stop.

use std::future::{Future, IntoFuture as _};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use futures_util::future::{Either, select};
use tokio::net::TcpListener;

use crate::store::FeatureStore;

/// Where the service listens when nothing else is said: reachable from this machine only.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:6566";

/// How long requests that were taken may still run once the server was told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// A service that can't listen.
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
    /// The socket failed while it was served.
    #[error("the server at {address} stopped: {reason}")]
    Stopped {
        /// The address.
        address: String,
        /// Why.
        reason: String,
    },
}

/// The retrieval service on a socket; see [`router`](super::router) for what it answers.
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
}

impl Server {
    /// Listens on `address`, written `HOST:PORT`; port 0 picks a free one. Nothing is answered
    /// before [`run`](Self::run).
    ///
    /// # Errors
    ///
    /// An address that is in use, is not one, or is not this machine's.
    pub async fn bind(store: FeatureStore, address: &str) -> Result<Self, ServeError> {
        Self::listen(super::router(store), address).await
    }

    /// As [`bind`](Self::bind), with the Model Context Protocol at `/mcp`.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind), and settings that name a service that can't be a tool.
    #[cfg(feature = "mcp")]
    pub async fn bind_with_mcp(
        store: FeatureStore,
        address: &str,
        settings: &crate::mcp::McpSettings,
    ) -> Result<Self, crate::error::Error> {
        let router = super::router_with_mcp(store, settings)?;
        Ok(Self::listen(router, address).await?)
    }

    async fn listen(router: Router, address: &str) -> Result<Self, ServeError> {
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
        Ok(Self {
            address: listener.local_addr().map_err(failure)?,
            listener,
            router,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `shutdown` is ready, then finishes those that it took, for up to ten
    /// seconds.
    ///
    /// # Errors
    ///
    /// A socket that fails.
    pub async fn run(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
        let signal = async move {
            shutdown.await;
            drop(stopping);
        };
        let serve = axum::serve(self.listener, self.router).with_graceful_shutdown(signal);
        let grace = async {
            // It ends when `stopping` is dropped, which is what is waited for.
            let _ = stopped.await;
            tokio::time::sleep(GRACE).await;
        };
        match select(serve.into_future(), pin!(grace)).await {
            Either::Left((served, _)) => served.map_err(|error| ServeError::Stopped {
                address: self.address.to_string(),
                reason: error.to_string(),
            }),
            Either::Right(_) => Ok(()),
        }
    }
}

/// Ready when the process is asked to stop: by Ctrl-C, or on Unix by SIGTERM. Signals count from
/// this call on, not from the first poll, so call it before telling anyone that the server is up.
///
/// # Panics
///
/// Outside of a tokio runtime.
pub fn shutdown_signal() -> impl Future<Output = ()> + Send + 'static {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let wait = |kind| {
            let signal = signal(kind);
            Box::pin(async move {
                match signal {
                    Ok(mut signal) => drop(signal.recv().await),
                    // What can't be waited for still ends the process, as it does by default.
                    Err(_) => std::future::pending().await,
                }
            })
        };
        let (interrupt, terminate) = (wait(SignalKind::interrupt()), wait(SignalKind::terminate()));
        async move {
            select(interrupt, terminate).await;
        }
    }
    #[cfg(not(unix))]
    {
        let interrupt = tokio::signal::windows::ctrl_c();
        async move {
            match interrupt {
                Ok(mut interrupt) => drop(interrupt.recv().await),
                Err(_) => std::future::pending().await,
            }
        }
    }
}
