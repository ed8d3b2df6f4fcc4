//! What was found, put together.

pub(crate) mod query;
