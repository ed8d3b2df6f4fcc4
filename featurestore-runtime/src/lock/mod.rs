//! `featurestore.lock` at run time: what is written into it, and what a store compares with it
//! when it opens. Knows declarations, the paths of sources and, to look at live ones, the engine of
//! the offline store; no store.

#[cfg(feature = "cli")]
mod declared;
#[cfg(all(feature = "cli", feature = "duckdb"))]
mod live;
mod missing;

#[cfg(feature = "cli")]
pub(crate) use declared::accepted;
#[cfg(all(feature = "cli", feature = "duckdb"))]
pub(crate) use live::{Absent, sources};
pub(crate) use missing::check_complete;
