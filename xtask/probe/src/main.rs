//! Prints the version of the `DuckDB` library that this workspace links.

use std::process::ExitCode;

fn main() -> ExitCode {
    match duckdb_probe::version() {
        Ok(version) => {
            println!("{version}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
