//! What loads HTTP servers, for a bench.

use crate::packages::Need;
use crate::process::which;

pub(crate) const NEED: Need = Need {
    what: "wrk",
    found: || which("wrk").map(|_| "wrk"),
    packages: &[
        ("apt-get", &[&["wrk"]]),
        ("dnf", &[&["wrk"]]),
        ("apk", &[&["wrk"]]),
        ("pacman", &[&["wrk"]]),
        ("zypper", &[&["wrk"]]),
        ("brew", &[&["wrk"]]),
    ],
};
