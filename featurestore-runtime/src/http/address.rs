//! Where the service listens.

/// Where the service listens when nothing else is said: reachable from this machine only.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:6566";
