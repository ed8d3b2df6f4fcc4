//! What tests of features and of online stores need: a store in memory, one that troubles can be
//! caused in, and what every online store must do.

// A test that finds something out fails by a panic, and what is here is part of tests.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

pub mod contract;
mod intercept;
mod memory;
mod numbers;
pub mod rows;
mod seed;
pub mod writers;

pub use intercept::{Call, Intercept};
pub use memory::MemoryStore;
pub use numbers::Numbers;
pub use seed::seed;
