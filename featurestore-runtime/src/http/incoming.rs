//! Connections on their way to the thread that answers them.

use std::io;
use std::net::{SocketAddr, TcpStream as StdTcpStream};

use axum_server::{AddrListener, Address};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, mpsc};

/// A connection that was taken.
pub(super) type Connection = (StdTcpStream, Peer);

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(SocketAddr);

impl Peer {
    pub(super) const fn new(address: SocketAddr) -> Self {
        Self(address)
    }
}

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Address for Peer {
    type Stream = TcpStream;
    type Listener = Incoming;
}

/// The connections of a thread.
#[derive(Debug)]
pub(super) struct Incoming(Mutex<mpsc::Receiver<Connection>>);

impl Incoming {
    pub(super) fn new(connections: mpsc::Receiver<Connection>) -> Self {
        Self(Mutex::new(connections))
    }
}

impl AddrListener<TcpStream, Peer> for Incoming {
    async fn bind_to(_: Peer) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn accept_stream(&self) -> io::Result<(TcpStream, Peer)> {
        match self.0.lock().await.recv().await {
            Some((stream, peer)) => Ok((TcpStream::from_std(stream)?, peer)),
            // No more come.
            None => std::future::pending().await,
        }
    }

    fn get_local_addr(&self) -> io::Result<Peer> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
