//! What was found, put together.

pub(crate) mod computed;
pub(crate) mod file;
pub(crate) mod floats;
pub(crate) mod pages;
pub(crate) mod query;
pub(crate) mod report;
