//! A real Redis server for the tests, installed through the system's package manager if missing.
//! The tests start their own processes of it.

use std::io::IsTerminal;
use std::process::{Command, Stdio};

use crate::Result;
use crate::process::{self, which};

const SERVERS: &[&str] = &["redis-server", "valkey-server"];

struct Manager {
    program: &'static str,
    refresh: Option<&'static [&'static str]>,
    install: &'static [&'static str],
    /// What to install, in the order to try: some systems replaced Redis by Valkey.
    packages: &'static [&'static str],
    as_root: bool,
}

const MANAGERS: &[Manager] = &[
    Manager {
        program: "apt-get",
        refresh: Some(&["update"]),
        install: &["install", "--yes", "--no-install-recommends"],
        packages: &["redis-server", "valkey-server"],
        as_root: true,
    },
    Manager {
        program: "dnf",
        refresh: None,
        install: &["install", "--assumeyes"],
        packages: &["redis", "valkey"],
        as_root: true,
    },
    Manager {
        program: "apk",
        refresh: None,
        install: &["add", "--no-cache"],
        packages: &["redis", "valkey"],
        as_root: true,
    },
    Manager {
        program: "pacman",
        refresh: None,
        install: &["--sync", "--refresh", "--noconfirm"],
        packages: &["valkey", "redis"],
        as_root: true,
    },
    Manager {
        program: "zypper",
        refresh: None,
        install: &["--non-interactive", "install"],
        packages: &["redis", "valkey"],
        as_root: true,
    },
    Manager {
        program: "brew",
        refresh: None,
        install: &["install"],
        packages: &["redis"],
        as_root: false,
    },
];

/// Makes sure that a server is on `PATH`.
///
/// # Errors
///
/// When there is none and it cannot be installed.
pub(crate) fn ensure() -> Result<()> {
    if let Some(server) = found() {
        eprintln!("test: a real {server} is here");
        return Ok(());
    }
    let way_out = "the tests need a real redis-server (or valkey-server) on PATH; \
                   install Redis and run this again";
    let manager = MANAGERS
        .iter()
        .find(|manager| which(manager.program).is_some())
        .ok_or_else(|| format!("no package manager that is known here: {way_out}"))?;
    let root = is_root();
    if manager.as_root && !root && which("sudo").is_none() {
        return Err(format!("not root, and no sudo: {way_out}"));
    }
    let sudo = manager.as_root && !root;
    if let Some(refresh) = manager.refresh {
        // A mirror that fails need not be the one that has the package.
        run(manager, refresh, None, sudo)?;
    }
    for package in manager.packages {
        run(manager, manager.install, Some(package), sudo)?;
        if let Some(server) = found() {
            eprintln!("test: installed {server}");
            return Ok(());
        }
    }
    Err(format!(
        "{} did not install it (above): {way_out}",
        manager.program
    ))
}

fn found() -> Option<&'static str> {
    SERVERS
        .iter()
        .copied()
        .find(|server| which(server).is_some())
}

fn run(manager: &Manager, arguments: &[&str], package: Option<&str>, sudo: bool) -> Result<()> {
    let mut command = command(
        manager,
        arguments,
        package,
        sudo,
        std::io::stdin().is_terminal(),
    );
    eprintln!("test: {}", process::line(&command));
    process::status(&mut command).map(|_| ())
}

fn command(
    manager: &Manager,
    arguments: &[&str],
    package: Option<&str>,
    sudo: bool,
    terminal: bool,
) -> Command {
    let mut command = if sudo {
        let mut command = Command::new("sudo");
        if !terminal {
            // Nobody is there to type a password.
            command.arg("--non-interactive");
        }
        command
            .arg("DEBIAN_FRONTEND=noninteractive")
            .arg(manager.program);
        command
    } else {
        Command::new(manager.program)
    };
    command
        .args(arguments)
        .args(package)
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root() -> bool {
    let mut command = Command::new("id");
    let output = command.arg("-u").stderr(Stdio::null()).output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sudo_asks_for_a_password_only_at_a_terminal() {
        let line = |sudo, terminal| {
            let manager = &MANAGERS[0];
            process::line(&command(
                manager,
                manager.install,
                Some("redis-server"),
                sudo,
                terminal,
            ))
        };
        let install = "apt-get install --yes --no-install-recommends redis-server";
        assert_eq!(line(false, false), install);
        assert_eq!(
            line(true, true),
            format!("sudo DEBIAN_FRONTEND=noninteractive {install}")
        );
        assert_eq!(
            line(true, false),
            format!("sudo --non-interactive DEBIAN_FRONTEND=noninteractive {install}")
        );
    }
}
