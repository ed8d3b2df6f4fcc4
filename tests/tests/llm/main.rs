//! Services for language models: tools, prompts, and the Model Context Protocol.

#![allow(clippy::panic, clippy::unwrap_used)] // helpers of tests are not tests to clippy

#[path = "../../src/watch/declarations.rs"]
mod declarations;
#[allow(dead_code)] // the services are asked by name
mod every;

mod calls;
mod definitions;
mod http;
mod prompts;
mod refusals;
mod stdio;
mod tools;
mod vendors;

use std::sync::Arc;

use featurestore::prelude::*;
use featurestore_tests::MemoryStore;
use serde_json::Value as Json;

fn time(text: &str) -> Timestamp {
    declarations::time(text)
}

/// A store with the rows of the tests.
async fn filled() -> (Arc<MemoryStore>, FeatureStore) {
    let memory = Arc::new(MemoryStore::default());
    declarations::fill(&memory).await.unwrap();
    let store = declarations::builder(&memory).open().await.unwrap();
    (memory, store)
}

/// Whether JSON is what a schema says, formats too; if not, why.
fn fits(schema: &Json, json: &Json) -> Result<(), String> {
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(schema)
        .unwrap();
    let errors = validator.iter_errors(json);
    let errors: Vec<String> = errors
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors.join("; "))
    }
}
