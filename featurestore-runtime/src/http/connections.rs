//! Connections: how many, how long their heads may take and how large they may be, with TLS or
//! without.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::accept::{Accept, NoDelayAcceptor};
use futures_util::future::{BoxFuture, Either, Ready, ready};
use tokio::net::{TcpListener, TcpStream};

use super::serving::Serving;
use super::settings::{Connections, HttpSettings};

/// After how long an HTTP/2 connection that is silent is asked whether the other side is there, and
/// how long it has to answer. One of HTTP/1.1 is closed where its next request takes too long.
const HTTP2_SILENCE: Duration = Duration::from_secs(30);
const HTTP2_ANSWER: Duration = Duration::from_secs(10);

type HttpServer<A> = axum_server::Server<SocketAddr, A>;

/// Answers connections until `handle` is told to stop.
pub(super) fn serve(
    listener: TcpListener,
    router: Router,
    settings: &HttpSettings,
    serving: Arc<Serving>,
    handle: Handle<SocketAddr>,
) -> BoxFuture<'static, io::Result<()>> {
    let connections = settings.connections;
    let bounded = Bounded {
        inner: NoDelayAcceptor::new(),
        handle: handle.clone(),
        max: connections.max,
        serving,
    };
    let server = axum_server::Server::from_listener(listener).handle(handle);
    let service = router.into_make_service();
    #[cfg(feature = "http-tls")]
    if let Some(tls) = &settings.tls {
        use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
        let config = RustlsConfig::from_config(tls.config());
        let acceptor = RustlsAcceptor::new(config)
            .handshake_timeout(connections.head_time)
            .acceptor(bounded);
        let server = bound(server.acceptor(acceptor), connections);
        return Box::pin(server.serve(service));
    }
    let server = bound(server.acceptor(bounded), connections);
    Box::pin(server.serve(service))
}

fn bound<A>(server: HttpServer<A>, connections: Connections) -> HttpServer<A> {
    let mut server = server
        .first_request_timeout(connections.head_time)
        .accept_error_handler(
            |address: Option<&SocketAddr>, error: &io::Error| match address {
                // Where no connection could be taken, none can be until there are file descriptors.
                None => tracing::warn!(%error, "a connection could not be taken"),
                Some(address) => tracing::debug!(%address, %error, "a connection was closed"),
            },
        );
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

/// Takes connections while there are not too many.
#[derive(Clone)]
struct Bounded<A> {
    inner: A,
    handle: Handle<SocketAddr>,
    max: usize,
    serving: Arc<Serving>,
}

impl<A: Accept<TcpStream, S>, S> Accept<TcpStream, S> for Bounded<A> {
    type Stream = A::Stream;
    type Service = A::Service;
    type Future = Either<Ready<io::Result<(A::Stream, A::Service)>>, A::Future>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        // This one is counted already.
        if self.handle.connection_count() > self.max {
            self.serving.metrics.connections_refused.inc();
            let error = io::Error::other("there are too many connections");
            return Either::Left(ready(Err(error)));
        }
        Either::Right(self.inner.accept(stream, service))
    }
}
