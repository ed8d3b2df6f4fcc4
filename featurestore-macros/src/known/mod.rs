//! What is known of a view's source and of its published state: the local Parquet footers, the file
//! of its query, and `featurestore.lock`. Nothing else is read, nothing is written, and nothing is kept between two
//! expansions.

mod package;
mod published;
mod query;
mod source;

pub(crate) use package::{Drift, Package};
pub(crate) use published::Published;
pub(crate) use query::QueryFile;
pub(crate) use source::{Known, look};
