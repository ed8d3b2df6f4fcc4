//! Window views: features that are aggregates of an event source's events. What their columns'
//! arguments say (`args`: `aggregate`, `filter`), what they may not contradict (`check`), the code that is
//! made of them (`expand`), and the feature in words (`words`).

pub(super) mod aggregate;
pub(super) mod args;
pub(super) mod check;
pub(super) mod expand;
pub(super) mod filter;
pub(super) mod words;
