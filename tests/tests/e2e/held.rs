//! The example's command line as a process that stands still at an event.

use std::process::Stdio;

use featurestore_tests::held::{CALLS, HELD, HOLD, Hold, ONLINE};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::support::{Online, Ran, program};

/// A process of the example's command line over a store that holds it.
pub(crate) struct HeldRun {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl HeldRun {
    /// Starts a command, whose arguments name no online store.
    pub(crate) fn start(online: &Online, hold: Hold, args: &[&str]) -> Self {
        let mut command = program(env!("CARGO_BIN_EXE_held-features"));
        command
            .args(args)
            .env(ONLINE, online.url())
            .env(HOLD, hold.to_string());
        let mut process = Command::from(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    /// Waits until it is held.
    pub(crate) async fn held(&mut self) {
        let (mut out, mut line) = (String::new(), Some(String::new()));
        while let Some(text) = &line {
            if text == HELD {
                return;
            }
            out += text;
            line = self.lines.next_line().await.unwrap();
        }
        let mut err = String::new();
        let stderr = self.process.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut err).await.unwrap();
        panic!("it ended before it was held: {out}{err}");
    }

    /// Kills it, where it must be held or else not be at its end.
    pub(crate) async fn kill(mut self) {
        self.process.kill().await.unwrap();
        let status = self.process.wait().await.unwrap();
        assert_eq!(status.code(), None, "it was killed before it ended");
    }

    /// Lets it go on, where it waits to be told: how it ended, without the standard output.
    pub(crate) async fn let_go(mut self) -> Ran {
        drop(self.process.stdin.take());
        // What it prints is to be taken, so that it can end.
        let out = async { while self.lines.next_line().await.unwrap().is_some() {} };
        let mut err = String::new();
        let mut stderr = self.process.stderr.take().unwrap();
        let (read, ()) = tokio::join!(stderr.read_to_string(&mut err), out);
        read.unwrap();
        let status = self.process.wait().await.unwrap();
        Ran {
            code: status.code(),
            out: String::new(),
            err,
        }
    }
}

/// How often a command that nothing holds calls its store.
pub(crate) async fn calls(online: &Online, args: &[&str]) -> u64 {
    let mut run = HeldRun::start(online, Hold::BeforeCall(u64::MAX), args);
    while let Some(line) = run.lines.next_line().await.unwrap() {
        if let Some(calls) = line.strip_prefix(CALLS) {
            return calls.parse().unwrap();
        }
    }
    panic!("it ended without a word of its calls")
}
