//! `featurestore.lock`: what the sources and the published views of a crate looked like when they
//! were last accepted. `docs/lock-format.md` describes the file.
//!
//! The macro looks only for the sections that it needs, with [`section`]; it keeps nothing between
//! expansions, so the whole file must never have to be parsed for one view.

mod diff;
mod parse;
mod record;
mod write;

pub use diff::{Change, Grade, diff_event_sources, diff_services, diff_sources, diff_views};
pub use parse::{ParseLockError, section};
pub use record::{
    Lock, ServiceRecord, SourceColumn, SourceRecord, UsedColumn, ViewColumn, ViewRecord,
};

/// The file's name; it stands beside the crate's `Cargo.toml`.
pub const LOCK_FILE: &str = "featurestore.lock";

/// The version of the file's format.
pub const LOCK_FORMAT: &str = "1";
