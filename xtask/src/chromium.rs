//! A real browser for the tests of the pages, and the program that drives it.

use crate::packages::Need;
use crate::process::which;

const DRIVER: &str = "chromedriver";
const BROWSERS: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Ubuntu has other names for them than Debian.
pub(crate) const NEED: Need = Need {
    what: "chromium and chromedriver",
    found,
    packages: &[
        (
            "apt-get",
            &[
                &["chromium", "chromium-driver"],
                &["chromium-browser", "chromium-chromedriver"],
            ],
        ),
        ("dnf", &[&["chromium", "chromedriver"]]),
        ("apk", &[&["chromium", "chromium-chromedriver"]]),
        ("pacman", &[&["chromium"]]),
        ("zypper", &[&["chromium", "chromedriver"]]),
        ("brew", &[&["chromium", "chromedriver"]]),
    ],
};

fn found() -> Option<&'static str> {
    which(DRIVER)?;
    if cfg!(target_os = "macos") {
        // Its browsers are applications, which stand on no path; the driver finds them.
        return Some(DRIVER);
    }
    BROWSERS
        .iter()
        .copied()
        .find(|browser| which(browser).is_some())
}
