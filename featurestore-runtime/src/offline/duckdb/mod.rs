//! `DuckDB`, the engine of the offline store: all that names its client or writes its dialect.
//!
//! A training row passes each folder once: what is read is planned (`plan`), staged (`stage`),
//! searched (`search`), and put together (`result`).

pub(crate) mod explain;
pub(crate) mod join;
pub(crate) mod latest;
pub(crate) mod plan;
pub(crate) mod result;
pub(crate) mod rule;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod source;
pub(crate) mod stage;
