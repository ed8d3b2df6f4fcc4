//! Prints the version of the `DuckDB` library that this workspace links.

use std::process::ExitCode;

fn main() -> ExitCode {
    match duckdb::Connection::open_in_memory().and_then(|connection| connection.version()) {
        Ok(version) => {
            println!("{version}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("the DuckDB library does not answer: {error}");
            ExitCode::FAILURE
        }
    }
}
