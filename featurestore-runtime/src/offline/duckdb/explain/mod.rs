//! Reading the rows of one key, for an explanation.

pub(crate) mod query;
pub(crate) mod rows;
