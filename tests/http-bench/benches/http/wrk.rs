//! Runs `wrk`, which makes the load.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::servers::Process;

/// Posts the bodies of a file in turn, a line each, and says at the end what came of it.
const SCRIPT: &str = r#"
local requests, place = {}, 0

function init(args)
  wrk.method = "POST"
  wrk.headers["content-type"] = "application/json"
  for body in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format(nil, nil, nil, body)
  end
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency, _)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("RESULT %d %d %f %f %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), failed))
end
"#;

/// What a run came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// Requests per second.
    pub(crate) rate: f64,
    /// In milliseconds.
    pub(crate) p50: f64,
    /// In milliseconds.
    pub(crate) p99: f64,
    /// The server's processor time per request, in microseconds.
    pub(crate) processor: f64,
}

/// A load: bodies, how many connections send them, for how long.
pub(crate) struct Load {
    script: PathBuf,
    bodies: PathBuf,
    connections: usize,
}

impl Load {
    pub(crate) fn new(
        directory: &Path,
        name: &str,
        bodies: &[String],
        connections: usize,
    ) -> Result<Self, Box<dyn Error>> {
        let (script, file) = (directory.join("post.lua"), directory.join(name));
        std::fs::write(&script, SCRIPT)?;
        std::fs::write(&file, bodies.join("\n"))?;
        Ok(Self {
            script,
            bodies: file,
            connections,
        })
    }

    /// Sends it to a server.
    pub(crate) fn run(&self, server: &Process, time: Duration) -> Result<Run, Box<dyn Error>> {
        let address = &server.address;
        let before = server.processor_time();
        let output = Command::new("wrk")
            .args([
                "--threads",
                "1",
                "--connections",
                &self.connections.to_string(),
            ])
            .args(["--duration", &format!("{}s", time.as_secs())])
            .arg("--script")
            .arg(&self.script)
            .arg(format!("http://{address}/get-online-features"))
            .arg("--")
            .arg(&self.bodies)
            .output()
            .map_err(|error| {
                format!(
                    "this bench needs `wrk` in the PATH ({error}); install the package wrk, or run \
                     `cargo xtask bench http`, which does"
                )
            })?;
        let processor = server
            .processor_time()
            .zip(before)
            .map_or(f64::NAN, |(after, before)| after - before);
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().find_map(|line| line.strip_prefix("RESULT "));
        let parts: Vec<f64> = line
            .into_iter()
            .flat_map(str::split_whitespace)
            .filter_map(|part| part.parse().ok())
            .collect();
        match parts[..] {
            [requests, micros, p50, p99, 0.0] => Ok(Run {
                rate: requests / micros * 1e6,
                p50: p50 / 1e3,
                p99: p99 / 1e3,
                processor: processor / requests * 1e6,
            }),
            _ => {
                let error = String::from_utf8_lossy(&output.stderr);
                Err(format!("wrk failed, or requests did:\n{text}{error}").into())
            }
        }
    }
}

/// The middle of several runs, each figure by itself.
pub(crate) fn median(runs: &[Run]) -> Run {
    let middle = |figure: fn(&Run) -> f64| {
        let mut figures: Vec<f64> = runs.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    Run {
        rate: middle(|run| run.rate),
        p50: middle(|run| run.p50),
        p99: middle(|run| run.p99),
        processor: middle(|run| run.processor),
    }
}
