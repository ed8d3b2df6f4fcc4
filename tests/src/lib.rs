//! Tests that run featurestore as its users do, and what they share.

pub mod memory;
pub mod redis_server;

pub use memory::MemoryStore;
pub use redis_server::RedisServer;
