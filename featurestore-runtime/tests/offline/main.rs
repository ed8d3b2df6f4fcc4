//! The offline store and materialization, over Parquet files made for each test.
#![cfg(feature = "duckdb")]
// Helpers of tests are not seen as tests by clippy.
#![allow(clippy::unwrap_used, clippy::panic)]

mod definitions;
mod explain;
mod input;
mod materialize;
mod memory;
mod opening;
mod oracle;
mod progress;
mod rules;
mod support;
mod together;
mod typed;
mod watermarks;
