//! Declarations that say nothing, for tests to say one thing of.

use featurestore_schema::Dtype;

use super::{ColumnParts, Drift, JoinKey, Source, ViewParts};

/// A column of integers that are always there.
pub(crate) const COLUMN: ColumnParts = ColumnParts {
    name: "",
    source_column: "",
    dtype: Dtype::I64,
    nullable: false,
    description: "",
    unit: None,
    default: None,
    checks: &[],
    mostly: None,
};

/// A view of users, without features.
pub(crate) const VIEW: ViewParts = ViewParts {
    type_name: "View",
    module: "tests",
    name: "view",
    version: 1,
    description: "",
    owner: None,
    tags: &[],
    entity: &[join_key("user_id", Dtype::String)],
    entity_order: &[0],
    source: Source::Table(""),
    timestamp: "event_timestamp",
    created: None,
    ttl: None,
    cadence: None,
    settling: 0,
    columns: &[],
    drift: Drift::Deny,
    windows: None,
};

pub(crate) const fn join_key(name: &'static str, dtype: Dtype) -> JoinKey {
    JoinKey {
        name,
        source_column: name,
        dtype,
        description: "",
    }
}
