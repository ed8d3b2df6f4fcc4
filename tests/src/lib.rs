//! Tests that run featurestore as its users do, and what they share.

pub mod held;
pub mod memory;
pub mod redis_cluster;
pub mod redis_sentinel;
pub mod redis_server;
pub mod redis_tls;
pub mod wait;
pub mod work;

pub use memory::MemoryStore;
pub use redis_cluster::RedisCluster;
pub use redis_sentinel::RedisSentinels;
pub use redis_server::RedisServer;
pub use redis_tls::RedisTls;
pub use wait::{PATIENCE, wait_until};

/// How many keys `embedded-writer` writes in each call.
pub const WRITER_KEYS: usize = 50;
