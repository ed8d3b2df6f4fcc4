//! `cargo xtask bench NAME`: what a part costs, beside what it is compared with, in one run.

use std::path::Path;
use std::process::ExitCode;

use crate::Result;
use crate::tools::{self, Tool};
use crate::{process, setup};

/// A measurement, which is a bench target of its package.
struct Bench {
    name: &'static str,
    package: &'static str,
    about: &'static str,
    /// Programs that it runs.
    tools: &'static [Tool],
}

const BENCHES: &[Bench] = &[
    Bench {
        name: "compile",
        package: "featurestore-compile-bench",
        about: "declarations, beside derives on the same structs",
        tools: &[],
    },
    Bench {
        name: "decode",
        package: "featurestore-online-bench",
        about: "reading the bytes of an online row",
        tools: &[],
    },
    Bench {
        name: "embedded",
        package: "featurestore-online-bench",
        about: "reads of the embedded store, beside redb's own of the same bytes",
        tools: &[],
    },
    Bench {
        name: "http",
        package: "featurestore-http-bench",
        about: "the retrieval service under load, beside a bare handler of the same HMGET; installs wrk",
        tools: &[tools::REDIS, tools::WRK],
    },
    Bench {
        name: "materialize",
        package: "featurestore-online-bench",
        about: "a million entities into Redis, beside bare pipelined HSETs of the same rows",
        tools: &[tools::REDIS],
    },
    Bench {
        name: "memory",
        package: "featurestore-online-bench",
        about: "what rows take in Redis",
        tools: &[tools::REDIS],
    },
    Bench {
        name: "online",
        package: "featurestore-online-bench",
        about: "reads from Redis, beside the same bare HMGETs",
        tools: &[tools::REDIS],
    },
    Bench {
        name: "pit",
        package: "featurestore-pit-bench",
        about: "training sets, beside the same joins written by hand in SQL; --quick leaves out \
                50 million rows, --flights DIR names the year of flights",
        tools: &[],
    },
    Bench {
        name: "soak",
        package: "featurestore-soak",
        about: "the retrieval service for ten minutes under load, while views are materialized \
                and Redis is restarted; --seconds N",
        tools: &[tools::REDIS],
    },
];

/// Without a name, says which there are. What follows the name is the bench's own.
pub(crate) fn task(checkout: &Path, arguments: &[String]) -> Result<ExitCode> {
    let Some((name, rest)) = arguments.split_first() else {
        print!("{}", list());
        return Ok(ExitCode::SUCCESS);
    };
    run(checkout, name, rest)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs one of them with its own arguments.
pub(crate) fn run(checkout: &Path, name: &str, arguments: &[String]) -> Result<()> {
    let Some(bench) = BENCHES.iter().find(|bench| bench.name == name) else {
        return Err(format!("no bench `{name}`\n\n{}", list()));
    };
    setup::ensure(checkout)?;
    for tool in bench.tools {
        tools::ensure(tool)?;
    }
    let mut command = process::cargo(checkout);
    command.args(["bench", "--quiet", "--package", bench.package]);
    command.args(["--bench", bench.name, "--"]).args(arguments);
    if process::status(&mut command)?.success() {
        return Ok(());
    }
    Err(format!("{} failed (above)", process::line(&command)))
}

fn list() -> String {
    let width = BENCHES.iter().map(|bench| bench.name.len()).max();
    let mut text = String::from("cargo xtask bench NAME\n\n");
    for Bench { name, about, .. } in BENCHES {
        text.push_str(&format!(
            "  {name:width$}  {about}\n",
            width = width.unwrap_or(0)
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_bench_is_listed_and_there() {
        let list = super::list();
        let manifests = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
        for super::Bench { name, package, .. } in super::BENCHES {
            assert!(list.contains(&format!("\n  {name} ")), "{list}");
            let folder = package.trim_start_matches("featurestore-");
            let manifest = manifests.join(folder).join("Cargo.toml");
            let manifest = std::fs::read_to_string(manifest).unwrap();
            assert!(manifest.contains(&format!("name = \"{package}\"")));
            assert!(manifest.contains(&format!("name = \"{name}\"")));
        }
    }
}
