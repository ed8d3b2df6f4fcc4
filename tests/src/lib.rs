//! Tests that run featurestore as its users do, and what they share.

pub mod memory;

pub use memory::MemoryStore;
