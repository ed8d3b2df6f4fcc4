//! What `cargo xtask test --long` does after all else: what takes minutes, or more of the network
//! than a test may.

use std::path::Path;

use crate::{Result, bench, clients, process};

/// A step, which says what it does as it goes.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Path) -> Result<()>,
}

pub(crate) const STEPS: &[Step] = &[
    Step {
        name: "clients",
        run: clients::run,
    },
    Step {
        name: "histories of windows",
        run: histories,
    },
    Step {
        name: "soak",
        run: soak,
    },
];

/// How many random histories states and sweeps are compared on with the definition in process, and how
/// many on each online store, by the tests that have them.
const HISTORIES: &[(&str, &[&str])] = &[
    (
        "100000",
        &[
            "windows::tests::state::every_read",
            "windows::tests::sweep::every",
        ],
    ),
    ("5000", &["windows::tests::stores::every_read"]),
];

fn histories(checkout: &Path) -> Result<()> {
    for (cases, tests) in HISTORIES {
        let mut command = process::cargo(checkout);
        // With the workspace, so that nothing is built that the tests before have not.
        command.args(["test", "--workspace", "--locked", "--lib", "--"]);
        command.args(*tests).args(["--nocapture"]);
        command.env("WINDOWS_CASES", cases);
        if !process::status(&mut command)?.success() {
            return Err(format!(
                "a history is not what it should be, see above: WINDOWS_CASES={cases} {}",
                process::line(&command)
            ));
        }
    }
    Ok(())
}

/// How long the soak takes here; by itself it takes ten minutes. Redis is down in its middle, and
/// views are materialized every ten seconds before and after that.
const SOAK: &str = "150";

fn soak(checkout: &Path) -> Result<()> {
    let arguments = ["--seconds".to_owned(), SOAK.to_owned()];
    bench::run(checkout, "soak", &arguments)
}
