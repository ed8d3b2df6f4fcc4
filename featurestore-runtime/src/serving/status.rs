//! What answers say of a value.

use crate::lookup::Status;

/// A value's status as answers show it. NaN and infinities are there, and null in JSON, which has
/// no way to say them.
pub(crate) fn status(status: Status, sayable: bool) -> &'static str {
    match status {
        Status::Found if !sayable => "not_finite",
        status => status.as_str(),
    }
}
