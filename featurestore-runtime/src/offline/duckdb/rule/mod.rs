//! What a search compares rows by.

pub(crate) mod created;
pub(crate) mod order;
pub(crate) mod times;
