//! The command line over this example's features: `cargo run -p flights --bin flights-features -- list`.

use std::process::ExitCode;

fn main() -> ExitCode {
    featurestore::cli::main(flights::store())
}
