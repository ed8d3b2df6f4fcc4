//! A real Redis server for the tests, which start their own processes of it.

use crate::packages::Need;
use crate::process::which;

const SERVERS: &[&str] = &["redis-server", "valkey-server"];

/// Some systems replaced Redis by Valkey.
pub(crate) const NEED: Need = Need {
    what: "a real redis-server (or valkey-server)",
    found: || {
        SERVERS
            .iter()
            .copied()
            .find(|server| which(server).is_some())
    },
    packages: &[
        ("apt-get", &[&["redis-server"], &["valkey-server"]]),
        ("dnf", &[&["redis"], &["valkey"]]),
        ("apk", &[&["redis"], &["valkey"]]),
        ("pacman", &[&["valkey"], &["redis"]]),
        ("zypper", &[&["redis"], &["valkey"]]),
        ("brew", &[&["redis"]]),
    ],
};
