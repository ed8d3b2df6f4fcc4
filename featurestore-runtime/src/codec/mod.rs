//! The bytes of an online row, as `docs/online-format.md` describes them. Knows dtypes and
//! layouts, no view and no store.

mod convert;
mod error;
mod header;
pub(crate) mod integers;
mod made;
mod read;
#[cfg(test)]
pub(crate) mod tests;
mod transcode;
mod value;
mod version;
mod write;

pub use error::{Reason, RowError};
pub use featurestore_schema::{Layout, LayoutColumn};
pub use header::Header;
#[cfg(feature = "redis")]
pub(crate) use header::ordered_time;
pub(crate) use made::Made;
pub use read::RowReader;
pub use transcode::transcode;
pub(crate) use transcode::{Transcoded, Transcoding};
pub(crate) use write::encode;
#[cfg(feature = "duckdb")]
pub(crate) use write::write_value;
pub use write::{RowValues, encode_row};
