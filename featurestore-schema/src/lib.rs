//! What the macros and the runtime of featurestore must agree on: dtypes and their lossless
//! widenings, durations and cadences, the layouts of online rows, and the wording of messages about them.
//!
//! Nothing in here knows of syn, arrow, `DuckDB` or Redis, so that both sides can use it.

mod cadence;
mod conversion;
mod drift;
mod dtype;
mod duration;
#[cfg(feature = "parquet")]
pub mod files;
#[cfg(feature = "parquet")]
pub mod footer;
mod intern;
mod layout;
mod location;
pub mod lock;
mod lossless;
mod rounded;
mod sentence;
mod source;
mod source_path;
mod suggest;
mod text;

pub use cadence::{Cadence, ParseCadenceError};
pub use conversion::{Role, relation};
pub use drift::{SourceDrift, published_sentence};
pub use dtype::{Dtype, MAX_PRECISION, ParseDtypeError};
pub use duration::{ParseDurationError, format_micros, parse_micros};
pub use intern::{intern, intern_all, intern_dtype, intern_source};
pub use layout::{Layout, LayoutColumn, ParseLayoutError};
pub use location::{Location, literal_pattern, not_local};
pub use lossless::{has_text, same_text};
pub use rounded::{Rounded, check_rounded, is_zero};
pub use sentence::Sentence;
pub use source::{SourceDtype, TimeUnit};
pub use source_path::{FileFormat, SourcePath};
pub use suggest::{alike, listing, meant, nearest};
pub use text::shortened;
