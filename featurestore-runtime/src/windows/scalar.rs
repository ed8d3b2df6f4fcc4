//! A value of an event's column, as aggregates see it.

use std::cmp::Ordering;

/// What a column's values are for aggregates.
///
/// Bools, integers, timestamps (microseconds), dates (days), enums (places) and decimals (the
/// number without its point) are integers; floats of 32 bits are widened; texts, bytes and UUIDs
/// are bytes, in whose order they stand. Lists, embeddings and JSON are in no aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A whole number, in units of 10^-`scale`.
    Integer {
        /// How many digits stand behind the point.
        scale: u8,
    },
    /// A float.
    Float,
    /// Bytes.
    Bytes,
}

/// A value that is borrowed from where it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ScalarRef<'a> {
    /// Of an integer column.
    Integer(i128),
    /// Of a float column.
    Float(f64),
    /// Of a column of texts, bytes or UUIDs.
    Bytes(&'a [u8]),
}

/// A value that is owned; see [`ScalarRef`]. Floats are compared by IEEE 754's total order, so
/// each value equals itself, -0.0 is before 0.0 and NaN is behind all.
#[derive(Debug, Clone)]
pub(crate) enum Scalar {
    /// Of an integer column.
    Integer(i128),
    /// Of a float column.
    Float(f64),
    /// Of a column of texts, bytes or UUIDs.
    Bytes(Box<[u8]>),
}

impl ScalarRef<'_> {
    /// A copy of the value.
    pub(crate) fn to_owned(self) -> Scalar {
        match self {
            Self::Integer(value) => Scalar::Integer(value),
            Self::Float(value) => Scalar::Float(value),
            Self::Bytes(value) => Scalar::Bytes(value.into()),
        }
    }

    /// Whether it is of a column of a kind.
    pub(crate) const fn is_of(self, kind: Kind) -> bool {
        matches!(
            (self, kind),
            (Self::Integer(_), Kind::Integer { .. })
                | (Self::Float(_), Kind::Float)
                | (Self::Bytes(_), Kind::Bytes)
        )
    }

    /// The order of two values of one column.
    pub(crate) fn order(self, other: ScalarRef<'_>) -> Ordering {
        match (self, other) {
            (Self::Integer(one), ScalarRef::Integer(other)) => one.cmp(&other),
            (Self::Float(one), ScalarRef::Float(other)) => one.total_cmp(&other),
            (Self::Bytes(one), ScalarRef::Bytes(other)) => one.cmp(other),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Integer(_) => 0,
            Self::Float(_) => 1,
            Self::Bytes(_) => 2,
        }
    }
}

impl Scalar {
    /// The value, borrowed.
    pub(crate) fn borrow(&self) -> ScalarRef<'_> {
        match self {
            Self::Integer(value) => ScalarRef::Integer(*value),
            Self::Float(value) => ScalarRef::Float(*value),
            Self::Bytes(value) => ScalarRef::Bytes(value),
        }
    }
}

impl Ord for Scalar {
    fn cmp(&self, other: &Self) -> Ordering {
        self.borrow().order(other.borrow())
    }
}

impl PartialOrd for Scalar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Scalar {}
