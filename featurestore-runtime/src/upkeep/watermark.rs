//! Where a view's watermark is kept, and what it begins with: `watermark/{field}`, a time.

use crate::time::{Timestamp, parse_timestamp};
use crate::view::ViewDefinition;

/// The name of a view's record.
pub(crate) fn watermark_name(view: &ViewDefinition) -> String {
    format!("watermark/{}", view.field())
}

/// The time that a record starts with; nothing where it has none.
pub(crate) fn watermark_time(record: &str) -> Option<Timestamp> {
    parse_timestamp(record.split(' ').next()?)
}
