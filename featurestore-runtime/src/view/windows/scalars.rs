//! Events' values as aggregates see them.

use super::super::EventSourceDefinition;
use super::{Filter, ResolvedWindows};
use crate::types::ValueRef;
use crate::windows::{EventId, ScalarRef};

/// What aggregates and filters take of an event, made from its columns' values.
pub(crate) struct Scalars<'a> {
    windows: &'a ResolvedWindows,
}

impl<'a> Scalars<'a> {
    /// For a window view's columns and filters.
    pub(crate) const fn of(windows: &'a ResolvedWindows) -> Self {
        Self { windows }
    }

    /// Gives each of the view's columns, then each filter's outcome, of an event whose value in a
    /// column of the source `value` gives: nothing for a null. `None` where a value is none that an
    /// aggregate can take.
    pub(crate) fn each<'v>(
        &self,
        value: &impl Fn(usize) -> Option<ValueRef<'v>>,
        mut take: impl FnMut(usize, Option<ScalarRef<'_>>),
    ) -> Option<()> {
        let columns = &self.windows.columns;
        for (index, column) in columns.iter().enumerate() {
            match value(*column) {
                None => take(index, None),
                Some(value) => with_scalar(value, |scalar| take(index, Some(scalar)))?,
            }
        }
        for (index, filter) in self.windows.filters.iter().enumerate() {
            let holds = Filter::holds(filter, value);
            take(
                columns.len() + index,
                Some(ScalarRef::Integer(holds.into())),
            );
        }
        Some(())
    }
}

/// Gives a value as an aggregate sees it; nothing for what no aggregate takes.
pub(crate) fn with_scalar<T>(
    value: ValueRef<'_>,
    take: impl FnOnce(ScalarRef<'_>) -> T,
) -> Option<T> {
    let scalar = match value {
        ValueRef::Bool(value) => ScalarRef::Integer(value.into()),
        ValueRef::Int(value) => ScalarRef::Integer(value.into()),
        ValueRef::UInt(value) => ScalarRef::Integer(value.into()),
        ValueRef::Variant(value) => ScalarRef::Integer(value.into()),
        ValueRef::Timestamp(value) => ScalarRef::Integer(value.timestamp_micros().into()),
        ValueRef::Date(value) => ScalarRef::Integer(value.to_epoch_days().into()),
        ValueRef::Decimal { mantissa, .. } => ScalarRef::Integer(mantissa),
        ValueRef::F32(value) => ScalarRef::Float(value.into()),
        ValueRef::F64(value) => ScalarRef::Float(value),
        ValueRef::Str(value) => ScalarRef::Bytes(value.as_bytes()),
        ValueRef::Bytes(value) => ScalarRef::Bytes(value),
        ValueRef::Uuid(value) => {
            return Some(take(ScalarRef::Bytes(value.as_bytes())));
        }
        _ => return None,
    };
    Some(take(scalar))
}

/// The id of an event, whose value in a column of the source `value` gives. `None` where a part of it
/// is null, or of lists or JSON.
///
/// A UUID, and whole numbers of up to 64 bits, stand for themselves; what is longer, or of several
/// columns, by its hash.
pub(crate) fn event_id<'v>(
    source: &EventSourceDefinition,
    value: &impl Fn(usize) -> Option<ValueRef<'v>>,
) -> Option<EventId> {
    if let [column] = source.id() {
        match value(*column)? {
            ValueRef::Uuid(id) => return Some(EventId::of_bytes(id.into_bytes())),
            // In the order of the numbers: negative ones are before zero.
            ValueRef::Int(id) => {
                let above = u128::from(id.cast_unsigned() ^ 1 << 63);
                return Some(EventId(above));
            }
            ValueRef::UInt(id) => return Some(EventId(id.into())),
            _ => {}
        }
    }
    let mut bytes = Vec::new();
    for column in source.id() {
        with_scalar(value(*column)?, |scalar| match scalar {
            ScalarRef::Integer(value) => bytes.extend_from_slice(&value.to_be_bytes()),
            ScalarRef::Float(value) => bytes.extend_from_slice(&value.to_bits().to_be_bytes()),
            ScalarRef::Bytes(value) => {
                bytes.extend_from_slice(&(value.len() as u64).to_be_bytes());
                bytes.extend_from_slice(value);
            }
        })?;
    }
    Some(EventId::hashed(&bytes))
}
