//! `DuckDB`, the engine of the offline store: all that names its client or writes its dialect.
//!
//! A training row passes each folder once: what is read is planned (`plan`), staged (`stage`),
//! searched (`search`), and put together (`result`).

mod engine;
mod explain;
mod join;
mod latest;
mod plan;
mod result;
mod rule;
mod search;
mod session;
mod source;
mod stage;
mod tables;
mod windows;

pub(crate) use engine::DuckDb;
