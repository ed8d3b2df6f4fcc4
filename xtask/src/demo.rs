//! `cargo xtask demo`: the example watch-next, from nothing to its output.

use std::path::Path;
use std::process::ExitCode;

use crate::Result;
use crate::{process, setup};

const EXAMPLE: &str = "watch-next";

pub(crate) fn task(checkout: &Path, arguments: &[String]) -> Result<ExitCode> {
    setup::ensure(checkout)?;
    eprintln!("demo: building the example {EXAMPLE}");
    let mut build = process::cargo(checkout);
    build.args(["build", "--package", EXAMPLE]);
    if !process::status(&mut build)?.success() {
        return Err(format!("{} failed (above)", process::line(&build)));
    }
    let mut run = process::cargo(checkout);
    run.args(["run", "--quiet", "--package", EXAMPLE, "--"])
        .args(arguments);
    let status = process::status(&mut run)?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
