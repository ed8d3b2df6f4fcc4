//! Connections: how long their heads may take and how large they may be, with TLS or without.

use std::io;
use std::time::Duration;

use axum::Router;
use axum_server::accept::NoDelayAcceptor;
use futures_util::future::BoxFuture;

use super::incoming::{Incoming, Peer};
use super::limits::Connections;
use super::settings::HttpSettings;

/// How long requests that were taken may still run once the server was told to stop.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// After how long an HTTP/2 connection that is silent is asked whether the other side is there, and
/// how long it has to answer. One of HTTP/1.1 is closed where its next request takes too long.
const HTTP2_SILENCE: Duration = Duration::from_secs(30);
const HTTP2_ANSWER: Duration = Duration::from_secs(10);

/// What a thread's connections are counted and stopped by.
pub(super) type Handle = axum_server::Handle<Peer>;

type HttpServer<A> = axum_server::Server<Peer, A>;

/// Answers a thread's connections until `handle` is told to stop.
pub(super) fn serve(
    incoming: Incoming,
    router: Router,
    settings: &HttpSettings,
    handle: Handle,
) -> BoxFuture<'static, io::Result<()>> {
    let connections = settings.connections;
    let acceptor = NoDelayAcceptor::new();
    let server = axum_server::Server::from_listener(incoming).handle(handle);
    let service = router.into_make_service();
    #[cfg(feature = "http-tls")]
    if let Some(tls) = &settings.tls {
        use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
        let config = RustlsConfig::from_config(tls.config());
        let acceptor = RustlsAcceptor::new(config)
            .handshake_timeout(connections.head_time)
            .acceptor(acceptor);
        let server = bound(server.acceptor(acceptor), connections);
        return Box::pin(server.serve(service));
    }
    let server = bound(server.acceptor(acceptor), connections);
    Box::pin(server.serve(service))
}

fn bound<A>(server: HttpServer<A>, connections: Connections) -> HttpServer<A> {
    let mut server = server
        .first_request_timeout(connections.head_time)
        .accept_error_handler(not_taken);
    let max_head = connections.max_head;
    let builder = server.http_builder();
    builder
        .http1()
        .header_read_timeout(connections.head_time)
        .max_buf_size(max_head)
        // Who has sent all of a request may say so, and still waits for the answer.
        .half_close(true);
    builder
        .http2()
        .max_header_list_size(u32::try_from(max_head).unwrap_or(u32::MAX))
        .keep_alive_interval(HTTP2_SILENCE)
        .keep_alive_timeout(HTTP2_ANSWER);
    server
}

/// Logs why a connection is not answered; where that is nobody's, none could be taken at all.
pub(super) fn not_taken(peer: Option<&Peer>, error: &io::Error) {
    match peer {
        None => tracing::warn!(%error, "a connection could not be taken"),
        Some(address) => tracing::debug!(%address, %error, "a connection was closed"),
    }
}
