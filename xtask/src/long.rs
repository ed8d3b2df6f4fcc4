//! What `cargo xtask test --long` does after all else: what takes minutes, or more of the network
//! than a test may.

use std::path::Path;

use crate::{Result, bench, clients};

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
        name: "soak",
        run: soak,
    },
];

/// How long the soak takes here; by itself it takes ten minutes. Redis is down in its middle, and
/// views are materialized every ten seconds before and after that.
const SOAK: &str = "150";

fn soak(checkout: &Path) -> Result<()> {
    let arguments = ["--seconds".to_owned(), SOAK.to_owned()];
    bench::run(checkout, "soak", &arguments)
}
