//! A user's own binary, as the tests of the command line start it. Its online store is in memory
//! and holds the rows of the tests, unless a flag names another.

mod declarations;

use std::process::ExitCode;
use std::sync::Arc;

use featurestore_tests::MemoryStore;

fn main() -> ExitCode {
    let memory = Arc::new(MemoryStore::default());
    let filled =
        tokio::runtime::Runtime::new().map(|runtime| runtime.block_on(declarations::fill(&memory)));
    match filled {
        Ok(Ok(())) => featurestore::cli::main(declarations::builder(&memory)),
        other => {
            eprintln!("the tests' rows can't be written: {other:?}");
            ExitCode::FAILURE
        }
    }
}
