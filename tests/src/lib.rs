//! Tests that run featurestore as its users do, and what they share.

pub mod memory;
pub mod redis_cluster;
pub mod redis_sentinel;
pub mod redis_server;
pub mod redis_tls;

pub use memory::MemoryStore;
pub use redis_cluster::RedisCluster;
pub use redis_sentinel::RedisSentinels;
pub use redis_server::RedisServer;
pub use redis_tls::RedisTls;

/// A client for requests over HTTP. Its TLS is that of the service, which must be said before the
/// first client is made, also one that speaks none.
pub fn http_client() -> reqwest::ClientBuilder {
    // It fails where it was said before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}
