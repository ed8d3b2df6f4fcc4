//! The online store's upkeep: what is in it, how fresh it is, and deleting it. Knows the online
//! store's rows and records, of the offline store nothing.

mod delete;
mod error;
mod freshness;
mod stats;

pub use error::UpkeepError;
pub use freshness::Freshness;
pub use stats::{FieldStats, OnlineStats};
