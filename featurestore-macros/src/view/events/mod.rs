//! Event sources: what `#[event_source(..)]` says beside what views say (`args`), what it may not
//! contradict (`check`), and the code that is made of it (`expand`).

pub(super) mod args;
pub(super) mod check;
pub(super) mod expand;
