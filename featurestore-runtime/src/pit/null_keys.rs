//! Join keys of a row beside those that are asked for.

use super::Reason;

/// Refuses keys that differ, and those with a null, which matches nothing: not even a null.
pub(super) fn match_keys<K: PartialEq>(
    row: &[Option<K>],
    asked: &[Option<K>],
) -> Result<(), Reason> {
    if row.iter().chain(asked).any(Option::is_none) {
        return Err(Reason::NullKey);
    }
    if row != asked {
        return Err(Reason::OtherKey);
    }
    Ok(())
}
