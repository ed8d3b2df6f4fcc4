//! Tests that run featurestore as its users do, and what they share.

pub mod redis_server;

pub use redis_server::RedisServer;
