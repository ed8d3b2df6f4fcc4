//! What became of a feature, as Feast's clients read it: the names of its `FieldStatus`
//! (`protos/feast/serving/ServingService.proto`).

use crate::lookup::Status;

/// The name in JSON.
pub(super) const fn status_json(status: Status) -> &'static [u8] {
    match status {
        Status::Found => b"\"PRESENT\"",
        Status::Null => b"\"NULL_VALUE\"",
        Status::Expired => b"\"OUTSIDE_MAX_AGE\"",
        Status::Missing => b"\"NOT_FOUND\"",
    }
}
