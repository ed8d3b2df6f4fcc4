//! What `#[event_source(..)]` says beside what views say.

use syn::LitStr;

use crate::args::Args;
use crate::names;

/// How late events may be where it is not said: an hour.
const LATENESS: i64 = 3_600_000_000;

pub(in crate::view) struct EventArgs {
    /// What `id` names; nothing where it is not written, or wrongly.
    pub(super) id: Option<Vec<LitStr>>,
    pub(super) id_given: bool,
    pub(super) deleted: Option<LitStr>,
    pub(super) lateness: i64,
    pub(super) push: bool,
    pub(super) retention: Option<i64>,
}

impl EventArgs {
    pub(in crate::view) fn of(args: &Args<'_>) -> Self {
        Self {
            id: args.texts(names::ID),
            id_given: args.may_have(names::ID),
            deleted: args.text(names::DELETED),
            lateness: args.duration(names::LATENESS).unwrap_or(LATENESS),
            push: args.flag(names::PUSH),
            retention: args.duration(names::RETENTION),
        }
    }

    /// Whether a field is a part of the id.
    pub(in crate::view) fn is_id(&self, name: &str) -> bool {
        self.id.iter().flatten().any(|id| id.value() == name)
    }

    /// Whether a field says that a row takes its event back.
    pub(in crate::view) fn is_deleted(&self, name: &str) -> bool {
        self.deleted
            .as_ref()
            .is_some_and(|deleted| deleted.value() == name)
    }
}
