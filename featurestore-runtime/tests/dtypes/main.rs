//! Every dtype on its whole way: what goes into a Parquet file comes out equal, from training rows,
//! from the online store and from JSON.
#![cfg(all(feature = "duckdb", feature = "embedded"))]
// Helpers of tests are not seen as tests by clippy.
#![allow(clippy::unwrap_used, clippy::panic)]

mod checks;
mod encodings;
mod nested;
mod scalars;
mod support;
mod times;
