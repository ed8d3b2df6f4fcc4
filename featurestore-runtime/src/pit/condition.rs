//! What a row must satisfy to be a candidate: a condition per column.

use featurestore_schema::Dtype;

use crate::types::{ValueError, ValueRef};
use crate::view::{Check, ColumnDefinition, JoinKey, Violation};

/// What a row's value in a column must satisfy, as its view declares it. A row that does not is no
/// candidate: not for a training set, and not for the online store.
#[derive(Debug, Clone, Copy)]
pub struct Condition {
    column: &'static str,
    dtype: Dtype,
    nullable: bool,
    checks: &'static [Check],
    /// Whether it is of a join key.
    is_key: bool,
}

/// What keeps a row from being a candidate: the first of its values that may not be there.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("`{column}`: {violation}")]
#[non_exhaustive]
pub struct Rejected {
    /// The source's column.
    pub column: &'static str,
    /// What is wrong with its value.
    #[source]
    pub violation: Violation,
}

impl Condition {
    /// What a feature's values must satisfy.
    #[must_use]
    pub const fn of_column(column: &ColumnDefinition) -> Self {
        Self {
            column: column.source_column(),
            dtype: column.dtype(),
            nullable: column.nullable(),
            checks: column.checks(),
            is_key: false,
        }
    }

    /// What a join key's values must satisfy: they are not empty, as no entity is known by that. A
    /// null one matches nothing anyway.
    #[must_use]
    pub const fn of_key(key: &JoinKey) -> Self {
        Self {
            column: key.source_column(),
            dtype: key.dtype(),
            nullable: true,
            checks: &[],
            is_key: true,
        }
    }

    /// The source's column.
    #[must_use]
    pub const fn column(&self) -> &'static str {
        self.column
    }

    /// The dtype that its values are read as.
    #[must_use]
    pub const fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Whether a value may be null.
    #[must_use]
    pub const fn nullable(&self) -> bool {
        self.nullable
    }

    /// What each value that is not null must satisfy.
    #[must_use]
    pub const fn checks(&self) -> &'static [Check] {
        self.checks
    }

    /// Whether a value may not be empty: a text or bytes that identify an entity.
    #[must_use]
    pub const fn is_filled(&self) -> bool {
        self.is_key && matches!(self.dtype, Dtype::String | Dtype::Bytes)
    }

    /// Whether any value that a source's column may have satisfies it.
    #[must_use]
    pub const fn is_trivial(&self) -> bool {
        self.nullable && self.checks.is_empty() && !self.is_filled() && !is_judged(self.dtype)
    }

    /// Gives a value, nothing for a null, back where a row may have it. `value` is as it was read:
    /// the error is that of a value which is none of the dtype.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check<'a>(
        &self,
        value: Result<Option<ValueRef<'a>>, ValueError>,
    ) -> Result<Option<ValueRef<'a>>, Rejected> {
        let checked = value.map_err(Violation::from).and_then(|value| {
            Violation::check(value, self.dtype, self.nullable, self.checks)?;
            let is_empty = matches!(value, Some(ValueRef::Str("") | ValueRef::Bytes([])));
            if is_empty && self.is_filled() {
                return Err(Violation::EmptyKey);
            }
            Ok(value)
        });
        checked.map_err(|violation| Rejected {
            column: self.column,
            violation,
        })
    }
}

/// Two are equal where the same values satisfy them.
impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        let judged = |own: &Self| {
            let is_judged = !own.checks.is_empty() || own.is_filled() || is_judged(own.dtype);
            is_judged.then_some((own.dtype, own.is_filled()))
        };
        (self.column, self.nullable, self.checks) == (other.column, other.nullable, other.checks)
            && judged(self) == judged(other)
    }
}

/// Whether a source's column may have values that are none of the dtype: texts that no variant has,
/// lists of another length, times that no calendar has.
const fn is_judged(dtype: Dtype) -> bool {
    match dtype {
        Dtype::Enum(_) | Dtype::Json | Dtype::Array(_) | Dtype::Timestamp | Dtype::Date => true,
        Dtype::List { item, nullable } => !nullable || is_judged(*item),
        _ => false,
    }
}
