//! What the clients ask: an example, materialized and served.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use super::tools::succeed;
use crate::Result;
use crate::process;

/// What is served.
pub(super) struct Example {
    /// What the scripts call it.
    pub(super) name: &'static str,
    /// Its program, of the workspace.
    pub(super) program: &'static str,
    /// Whether its data is where its store is, rather than with its sources.
    pub(super) has_own_data: bool,
}

/// An example as it is served, until this is dropped.
pub(super) struct Server {
    process: Child,
    pub(super) url: String,
}

impl Server {
    /// Serves an example from an online store in `directory`, which is made anew.
    pub(super) fn start(checkout: &Path, example: &Example, directory: &Path) -> Result<Self> {
        let file = directory.join("online.redb");
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(format!("cannot remove {}: {error}", file.display()));
            }
            _ => {}
        }
        let program = |arguments: &[&str]| {
            let mut command = process::cargo(checkout);
            command.args(["run", "--quiet", "--locked", "--bin", example.program, "--"]);
            command.args(arguments);
            command.env(
                "FEATURESTORE_ONLINE",
                format!("embedded:{}", file.display()),
            );
            if example.has_own_data {
                command.env("FEATURESTORE_DATA_ROOT", directory);
            }
            command
        };
        succeed(&mut program(&["materialize"]))?;
        let mut serve = program(&["serve", "--listen", "127.0.0.1:0"]);
        let mut process = serve
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", process::line(&serve)))?;
        let stdout = process.stdout.take().ok_or("the server has no stdout")?;
        let mut lines = BufReader::new(stdout)
            .lines()
            .map_while(std::result::Result::ok);
        let url = lines.find_map(|line| {
            let (_, url) = line.split_once("listening on ")?;
            url.split(',').next().map(str::to_owned)
        });
        // What it says later is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(|line| eprintln!("{line}")));
        let server = Self {
            process,
            url: url.unwrap_or_default(),
        };
        if server.url.is_empty() {
            return Err(format!(
                "{} did not say where it listens",
                process::line(&serve)
            ));
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        if let Err(error) = ended {
            eprintln!("clients: the server did not end: {error}");
        }
    }
}
