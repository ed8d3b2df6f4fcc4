//! The offline store and materialization, over Parquet files made for each test.
#![cfg(feature = "duckdb")]
// Helpers of tests are not seen as tests by clippy.
#![allow(clippy::unwrap_used, clippy::panic)]

mod ahead;
mod bytes_keys;
mod changed;
mod checked;
mod damaged;
mod definitions;
mod drift;
mod explain;
mod explain_cases;
mod files;
mod floats;
mod heard;
mod in_place;
mod input;
mod input_spines;
mod join_keys;
mod kept;
mod lying_statistics;
mod materialize;
mod memory;
mod names;

mod oracle;
mod oracle_cases;
mod oracle_files;
mod oracle_online;
mod oracle_runs;
mod orders;
mod progress;
mod queries;
mod reading;
mod report;
mod results;
mod rules;
mod settings;
mod signed_statistics;
mod single;
mod snapshot;
mod sources;
mod spine_batches;
mod spines;
mod support;
mod text_formats;
mod ties;
mod times;
mod together;
mod typed;
mod unfinished;
mod valid;
mod valid_cases;
mod watermarks;
mod windows;
mod written;
