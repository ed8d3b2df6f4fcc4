//! The online store's upkeep: what is in it, deleting it, comparing it with the sources. Knows the
//! online store's rows and records; `verify` alone knows the offline store, through materialization.

mod delete;
mod freshness;
mod stats;
#[cfg(feature = "duckdb")]
mod verify;
mod watermark;

pub use freshness::Freshness;
pub use stats::{FieldStats, OnlineStats};
#[cfg(feature = "duckdb")]
pub use verify::{Difference, OnlineVerify, VerifyReport, ViewVerified};
#[cfg(any(feature = "duckdb", feature = "http"))]
pub(crate) use watermark::{watermark_name, watermark_time};
