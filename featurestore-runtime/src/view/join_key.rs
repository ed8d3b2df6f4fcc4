//! Join keys.

use featurestore_schema::Dtype;

/// A join key column of a view. Two are equal where they are the same column, whatever is said of it.
#[derive(Debug, Clone, Copy)]
pub struct JoinKey {
    pub(crate) name: &'static str,
    pub(crate) source_column: &'static str,
    pub(crate) dtype: Dtype,
    pub(crate) description: &'static str,
}

impl JoinKey {
    /// Its name: the field's.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The name of the source's column.
    #[must_use]
    pub const fn source_column(&self) -> &'static str {
        self.source_column
    }

    /// The dtype of its values.
    #[must_use]
    pub const fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// What it means: `description = ".."`, else the field's doc comment; empty where there is
    /// neither.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        self.description
    }
}

/// A key with another number of values than its view has join keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the key of view `{view}` has {given} values, its entity `{entity}` has {wanted} join keys"
)]
pub struct KeyLengthError {
    pub(super) view: &'static str,
    pub(super) entity: String,
    pub(super) given: usize,
    pub(super) wanted: usize,
}

impl PartialEq for JoinKey {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.source_column, self.dtype)
            == (other.name, other.source_column, other.dtype)
    }
}

impl Eq for JoinKey {}
