//! Feature views: what `#[feature_view]` makes of a struct. Knows dtypes and rows, no store.

mod checks;
mod column;
pub(crate) mod column_definition;
pub(crate) mod definition;
mod feature_view;
#[cfg(feature = "duckdb")]
mod interval;
mod join_key;
pub(crate) mod names;
mod paths;
#[cfg(test)]
pub(crate) mod plain;
pub(crate) mod presence;
mod source;
#[cfg_attr(not(feature = "duckdb"), allow(dead_code, unused_imports))]
// as of the part of that name
pub(crate) mod windows;

pub use checks::{Check, Default, Number, Violation};
pub use column::Column;
pub use column_definition::ColumnDefinition;
#[cfg(test)]
pub(crate) use column_definition::ColumnParts;
#[cfg(test)]
pub(crate) use definition::ViewParts;
pub use definition::{EventSourceDefinition, ViewDefinition, WindowFeatures};
pub use feature_view::{FeatureView, LatestView};
pub use featurestore_schema::Cadence;
#[cfg(feature = "duckdb")]
pub(crate) use interval::interval;
pub use join_key::{JoinKey, KeyLengthError};
#[cfg(feature = "duckdb")]
pub(crate) use paths::LocalSource;
pub use paths::NotLocal;
pub(crate) use paths::Paths;
pub use source::{Drift, Source};
pub use windows::{Comparison, Constant, EventSource, Filter};
