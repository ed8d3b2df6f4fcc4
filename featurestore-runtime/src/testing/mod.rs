#![doc = include_str!("testing.md")]
// A test that finds something out fails by a panic, and what is here is part of tests.
#![allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc)]

pub mod contract;
mod intercept;
mod memory;
mod numbers;
pub mod rows;
mod seed;
mod store;
pub mod writers;

pub use intercept::{Call, Intercept};
pub use memory::MemoryStore;
pub use numbers::Numbers;
pub use seed::seed;
pub use store::{ScenarioError, TestStore, TestStoreBuilder, time};
