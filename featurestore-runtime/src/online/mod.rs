//! The online store: the latest row, or the state, of each entity and view, read in well under a millisecond.
//! Knows bytes and addresses; of views only their field names, of the offline store nothing.

mod address;
mod answers;
#[cfg(feature = "embedded")]
mod embedded;
mod error;
#[cfg(any(feature = "redis", feature = "embedded"))]
mod layouts;
mod merge;
mod records;
#[cfg(feature = "redis")]
mod redis;
mod scan;
mod state;
mod store;
mod url;

#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
pub use address::{Address, project_prefix};
#[cfg(any(feature = "duckdb", feature = "test-util"))]
pub(crate) use answers::write_states;
pub(crate) use answers::{read, read_newest, read_timed, write};
#[cfg(feature = "embedded")]
pub use embedded::EmbeddedStore;
pub use error::{Cause, OnlineError};
pub use merge::{Expected, Merge};
pub(crate) use records::{Load, Outcome, Record, Records};
#[cfg(feature = "duckdb")]
pub(crate) use records::{Watermark, before, lease_text, time as record_time};
pub use scan::{ScanCursor, ScanPage, StoredEntity};
pub use state::{StateWrite, view_field};
pub use store::{
    EntityRead, FoundRows, OnlineFuture, OnlineStore, RowWrite, StoredLayout, Written,
};
pub use url::redact;
