//! Rows that are put into tables before a search.

pub(crate) mod kept;
pub(crate) mod keys;
pub(crate) mod spine;
pub(crate) mod staged;
mod values;
