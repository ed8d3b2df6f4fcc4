//! The command line over this example's features: `cargo run -p watch-next --bin features -- list`.

use std::process::ExitCode;

fn main() -> ExitCode {
    featurestore::cli::main(watch_next::store())
}
