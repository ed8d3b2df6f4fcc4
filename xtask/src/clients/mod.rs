//! Stock clients over examples as they are served: Feast's, beside Feast's own server, and those that are
//! made from `/openapi.json`. What they install and generate is in `target/clients`.

mod generated;
mod server;
mod tools;

use std::fs;
use std::path::Path;

use self::generated::Generated;
use self::server::{Example, Server};
use self::tools::Tools;
use crate::Result;
use crate::process::which;

/// What is served: one entity, two entities and windows, and every dtype.
const WATCH_NEXT: Example = Example {
    name: "watch_next",
    program: "features",
    has_own_data: false,
};
const FLIGHTS: Example = Example {
    name: "flights",
    program: "flights-features",
    has_own_data: false,
};
const EVERY: Example = Example {
    name: "every",
    program: "feast-dtypes",
    has_own_data: true,
};

/// The versions of Feast whose clients are tried, each with what it runs on: the server of the older
/// one fails over newer versions of protobuf.
const FEAST: &[(&str, &[&str])] = &[
    ("0.63", &["feast==0.63.*", "protobuf<6"]),
    ("0.67", &["feast==0.67.*"]),
];

/// Runs every client.
///
/// # Errors
///
/// When a program is missing, or one of them fails: what it said is above.
pub(crate) fn run(checkout: &Path) -> Result<()> {
    for program in ["python3", "java", "npm", "node"] {
        which(program).ok_or_else(|| {
            format!(
                "the clients need {program}, which is not on PATH: install it and run this again"
            )
        })?;
    }
    let tools = Tools::new(checkout)?;
    let feasts = FEAST.iter().map(|(version, packages)| {
        let programs = tools.python(&format!("feast-{version}"), packages)?;
        Ok(programs.join("python"))
    });
    let feasts = feasts.collect::<Result<Vec<_>>>()?;
    let generated = Generated::install(&tools)?;
    for example in [&WATCH_NEXT, &FLIGHTS, &EVERY] {
        let directory = tools.directory.join(example.name);
        let failed =
            |error: std::io::Error| format!("cannot write to {}: {error}", directory.display());
        fs::create_dir_all(&directory).map_err(failed)?;
        let tools = tools.within(&directory);
        if example.has_own_data {
            let python = feasts.last().ok_or("no version of Feast is tried")?;
            tools.run(python, "every_rows.py", &["every.parquet"])?;
        }
        let server = Server::start(checkout, example, &directory)?;
        let script = match example.name {
            "watch_next" => Some("feast_client.py"),
            "every" => Some("feast_dtypes.py"),
            _ => None,
        };
        if let Some(script) = script {
            for python in &feasts {
                tools.run(python, script, &[&server.url])?;
            }
        }
        generated.run(&tools, example.name, &server.url)?;
    }
    Ok(())
}
