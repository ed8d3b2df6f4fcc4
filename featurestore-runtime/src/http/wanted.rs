//! What a request asks for.

use std::borrow::Cow;

/// Which features a request asks for.
#[derive(Debug)]
pub(super) enum Wanted<'a> {
    /// These, by name.
    Features(Vec<Cow<'a, str>>),
    /// All of a service.
    Service(Cow<'a, str>),
}
