//! The command line, as processes of a user's own binary.

#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

mod commands;
mod explain;
mod lock;
mod offline;
mod online;
mod run;
mod serve;
mod serve_callers;
#[cfg(unix)]
mod serve_traces;
#[cfg(unix)]
mod stop;
mod tables;
mod usage;

use std::process::{Command, Output};

use serde_json::Value as Json;

/// The user's binary, started with nothing in its environment that featurestore reads.
fn watch(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watch"));
    command
        .args(args)
        .env_remove("FEATURESTORE_ONLINE")
        .env_remove("FEATURESTORE_DATA_ROOT")
        .env_remove("FEATURESTORE_TOKENS")
        .env_remove("FEATURESTORE_LOG")
        .env_remove("RUST_LOG");
    command
}

/// What a command said, but for how far it was: on a slow machine it says that every few seconds.
fn without_progress(said: &str) -> String {
    let is_progress = |line: &str| {
        let seconds = line.trim_end().strip_suffix(" s");
        let number = seconds.and_then(|text| text.rsplit_once(", "));
        number.is_some_and(|(_, number)| number.parse::<u64>().is_ok())
    };
    let lines = said.split_inclusive('\n');
    lines.filter(|line| !is_progress(line)).collect()
}

/// What a command printed and how it ended.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: without_progress(&String::from_utf8(output.stderr).unwrap()),
        }
    }
}

fn run(args: &[&str]) -> Ran {
    watch(args).output().unwrap().into()
}

/// Runs a command that must succeed and say nothing on the standard error.
fn succeed(args: &[&str]) -> String {
    let ran = run(args);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{args:?}");
    ran.out
}

fn json(args: &[&str]) -> Json {
    serde_json::from_str(&succeed(&[args, &["--json"]].concat())).unwrap()
}

/// Runs a command that must fail with status 1 and print nothing: its error.
fn fail(args: &[&str]) -> String {
    let ran = run(args);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{args:?}");
    let message = ran.err.strip_prefix("error: ").unwrap().to_owned();
    assert!(!message.contains("Error {") && !message.contains("Some("));
    message
}
