//! `cargo xtask bench NAME`: what a part costs, beside what it is compared with, in one run.

use std::path::Path;
use std::process::ExitCode;

use crate::Result;
use crate::{process, setup};

/// The benchmarks, each with its package.
const BENCHES: &[(&str, &str)] = &[
    ("compile", "featurestore-compile-bench"),
    ("decode", "featurestore-online-bench"),
    ("embedded", "featurestore-online-bench"),
    ("memory", "featurestore-online-bench"),
    ("online", "featurestore-online-bench"),
];

pub(crate) fn task(checkout: &Path, arguments: &[String]) -> Result<ExitCode> {
    let known = || {
        BENCHES
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let [name] = arguments else {
        return Err(format!("bench takes one name; there is: {}", known()));
    };
    let Some((name, package)) = BENCHES.iter().find(|(known, _)| known == name) else {
        return Err(format!("no bench `{name}`; there is: {}", known()));
    };
    setup::ensure(checkout)?;
    let mut bench = process::cargo(checkout);
    bench.args(["bench", "--quiet", "--package", package, "--bench", name]);
    if process::status(&mut bench)?.success() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(format!("{} failed (above)", process::line(&bench)))
}
