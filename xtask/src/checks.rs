//! `cargo xtask test`: everything that must hold, in order, to the first failure.

use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::Result;
use crate::{layers, long, process, setup, tools};

/// The build of a service that only reads online features.
const ONLINE_ONLY: &[&str] = &[
    "--package",
    "featurestore",
    "--no-default-features",
    "--features",
    "redis",
];

/// What such a build must do without.
const NOT_ONLINE: &[&str] = &["duckdb", "libduckdb-sys", "arrow", "parquet", "axum"];

/// The build of a program that is an agent's server over standard input and output.
const AGENTS_ONLY: &[&str] = &[
    "--package",
    "featurestore",
    "--no-default-features",
    "--features",
    "embedded,mcp",
];

/// What such a build must do without.
const NOT_AGENTS: &[&str] = &[
    "duckdb",
    "libduckdb-sys",
    "arrow",
    "parquet",
    "axum",
    "hyper",
];

/// The build of a program that only serves, with all that this part has.
const SERVING_ONLY: &[&str] = &[
    "--package",
    "featurestore",
    "--no-default-features",
    "--features",
    "redis,http-tls,otel-tls",
];

/// The features that no build above has alone, or not with each other; who names just these gets what
/// compiles.
const ALONE: &[&str] = &[
    "embedded",
    "duckdb",
    "duckdb,http",
    "pages",
    "mcp",
    "cli",
    "test-util",
];

/// Asks for what takes longer.
const LONG: &str = "--long";

/// Asks for just one of these steps.
const ONLY: &str = "--only";

/// What the random tests read.
const FACTOR: (&str, &str) = ("FEATURESTORE_TEST_FACTOR", "10");

pub(crate) fn task(checkout: &Path, arguments: &[String]) -> Result<ExitCode> {
    let long = match arguments {
        [] => false,
        [long] if long == LONG => true,
        [long, only, name] if long == LONG && only == ONLY => {
            return run_only(checkout, name);
        }
        [first, rest @ ..] => {
            let argument = rest.first().filter(|_| first == LONG).unwrap_or(first);
            return Ok(crate::unknown_argument("test", argument));
        }
    };
    let checks = Checks {
        checkout,
        long,
        begun: Instant::now(),
    };
    setup::ensure(checkout)?;
    for tool in [tools::REDIS, tools::CHROMIUM, tools::CHROMEDRIVER] {
        tools::ensure(&tool)?;
    }
    checks.run_all()?;
    eprintln!(
        "\ntest: everything passed in {}",
        seconds(checks.begun.elapsed())
    );
    Ok(ExitCode::SUCCESS)
}

/// One of the steps that take longer, without all that comes before.
fn run_only(checkout: &Path, name: &str) -> Result<ExitCode> {
    let Some(step) = long::STEPS.iter().find(|step| step.name == name) else {
        let names: Vec<&str> = long::STEPS.iter().map(|step| step.name).collect();
        return Err(format!("no step `{name}`; there is: {}", names.join(", ")));
    };
    setup::ensure(checkout)?;
    run_step(step.name, || (step.run)(checkout))?;
    Ok(ExitCode::SUCCESS)
}

/// Where the tests' harness reads how many tests of a binary run at once.
const AT_ONCE: &str = "RUST_TEST_THREADS";

/// As many as somebody asks for, else two for each core: most of them wait, for processes, servers
/// and replicas of their own.
fn at_once() -> String {
    std::env::var(AT_ONCE).unwrap_or_else(|_| {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        (2 * cores).to_string()
    })
}

struct Checks<'a> {
    checkout: &'a Path,
    /// Whether random tests have ten times as many cases, and the steps of `long` follow.
    long: bool,
    begun: Instant,
}

impl Checks<'_> {
    fn run_all(&self) -> Result<()> {
        self.cargo("format", &["fmt", "--all", "--check"], &[], &[])?;
        run_step("layers", || layers::check(self.checkout))?;
        let lint = &["clippy", "--workspace", "--all-targets", "--locked"];
        self.cargo("lints", lint, &["--", "-D", "warnings"], &[])?;
        let online_only = [&["clippy", "--locked"], ONLINE_ONLY].concat();
        self.cargo(
            "lints, online only",
            &online_only,
            &["--", "-D", "warnings"],
            &[],
        )?;
        let serving_only = [&["clippy", "--locked"], SERVING_ONLY].concat();
        self.cargo(
            "lints, serving only",
            &serving_only,
            &["--", "-D", "warnings"],
            &[],
        )?;
        for feature in ALONE {
            let alone = [
                "clippy",
                "--locked",
                "--package",
                "featurestore",
                "--no-default-features",
            ];
            let alone = [&alone[..], &["--features", feature]].concat();
            let name = format!("lints, {feature} alone");
            self.cargo(&name, &alone, &["--", "-D", "warnings"], &[])?;
        }
        run_step("dependencies, online only", || {
            self.dependencies("online-only", ONLINE_ONLY, NOT_ONLINE)
        })?;
        run_step("dependencies, agents only", || {
            self.dependencies("agents-only", AGENTS_ONLY, NOT_AGENTS)
        })?;
        let tests = &[
            "test",
            "--workspace",
            "--locked",
            "--lib",
            "--bins",
            "--tests",
            "--examples",
        ];
        let at_once = at_once();
        let mut settings = vec![(AT_ONCE, at_once.as_str())];
        settings.extend(self.long.then_some(FACTOR));
        self.cargo("unit and integration tests", tests, &[], &settings)?;
        self.cargo(
            "doc tests",
            &["test", "--workspace", "--locked", "--doc"],
            &[],
            &[],
        )?;
        let documentation = &["doc", "--workspace", "--locked", "--no-deps"];
        self.cargo(
            "documentation",
            documentation,
            &[],
            &[("RUSTDOCFLAGS", "-D warnings")],
        )?;
        for step in long::STEPS.iter().filter(|_| self.long) {
            run_step(step.name, || (step.run)(self.checkout))?;
        }
        Ok(())
    }

    fn cargo(
        &self,
        name: &str,
        arguments: &[&str],
        more: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<()> {
        run_step(name, || {
            let mut command = process::cargo(self.checkout);
            command
                .args(arguments)
                .args(more)
                .envs(environment.iter().copied());
            if process::status(&mut command)?.success() {
                return Ok(());
            }
            let settings: String = environment
                .iter()
                .map(|(name, value)| format!("{name}=\"{value}\" "))
                .collect();
            let line = process::line(&command);
            Err(format!("{name}: this failed, see above: {settings}{line}"))
        })
    }

    fn dependencies(&self, name: &str, build: &[&str], without: &[&str]) -> Result<()> {
        let mut command = process::cargo(self.checkout);
        command.args(["tree", "--locked", "--edges", "normal", "--prefix", "none"]);
        command.args(build);
        let listing = process::output(&mut command)?;
        let unwanted = unwanted(&listing, without);
        if unwanted.is_empty() {
            return Ok(());
        }
        Err(format!(
            "the {name} build depends on {}; who brings them: {} --invert NAME",
            unwanted.join(", "),
            process::line(&command)
        ))
    }
}

fn run_step(name: &str, run: impl FnOnce() -> Result<()>) -> Result<()> {
    eprintln!("\ntest: {name}");
    let begun = Instant::now();
    let result = run();
    let word = if result.is_ok() { "passed" } else { "failed" };
    eprintln!("test: {name} {word} in {}", seconds(begun.elapsed()));
    result
}

/// The packages in `cargo tree`'s listing that the build must do without.
fn unwanted<'l>(listing: &'l str, without: &[&str]) -> Vec<&'l str> {
    let names = listing
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let mut found: Vec<&str> = names
        .filter(|name| {
            without.iter().any(|family| {
                name.strip_prefix(family)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            })
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_online_only_build_has_no_duckdb_arrow_or_http_server() {
        let listing = "featurestore v0.1.0 (/somewhere/axum)\nredis v1.8.0\n\
                       arrow-array v58.0.0\narrow v58.0.0\naxum-core v0.5.0\narrow v58.0.0 (*)\n\
                       duckdb v1.10506.1\narrowhead v1.0.0\n\n";
        assert_eq!(
            unwanted(listing, NOT_ONLINE),
            ["arrow", "arrow-array", "axum-core", "duckdb"]
        );
    }

    #[test]
    fn a_clean_build_has_none() {
        assert_eq!(
            unwanted("redis v1.8.0\ntokio v1.0.0\n", NOT_ONLINE),
            Vec::<&str>::new()
        );
    }
}
