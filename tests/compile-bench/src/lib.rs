//! What declarations cost the compiler: see `benches/compile.rs`.
