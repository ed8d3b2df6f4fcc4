//! Programs that tests and benches run, installed through the system's package manager if missing.

use std::io::IsTerminal;
use std::process::{Command, Stdio};

use crate::Result;
use crate::process::{self, which};

/// A program that is needed.
pub(crate) struct Tool {
    /// Which task needs it.
    task: &'static str,
    /// Its names: any of them will do.
    programs: &'static [&'static str],
    /// What to install, in the order to try: some systems replaced Redis by Valkey.
    packages: &'static [&'static str],
    /// What to install where the package manager names it otherwise.
    named_otherwise: &'static [(&'static str, &'static [&'static str])],
    way_out: &'static str,
}

/// A real Redis server. The tests start their own processes of it.
pub(crate) const REDIS: Tool = Tool {
    task: "test",
    programs: &["redis-server", "valkey-server"],
    packages: &["redis", "valkey"],
    named_otherwise: &[
        ("apt-get", &["redis-server", "valkey-server"]),
        ("pacman", &["valkey", "redis"]),
    ],
    way_out: "the tests need a real redis-server (or valkey-server) on PATH; install Redis and run \
              this again",
};

/// A real browser, for the tests of the pages.
pub(crate) const CHROMIUM: Tool = Tool {
    task: "test",
    programs: &[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ],
    packages: &["chromium"],
    named_otherwise: &[("apt-get", &["chromium", "chromium-browser"])],
    way_out: "the tests open pages in chromium; install it and run this again",
};

/// What drives the browser. It is of the browser's version, so a system's package of one goes with
/// its package of the other.
pub(crate) const CHROMEDRIVER: Tool = Tool {
    task: "test",
    programs: &["chromedriver"],
    packages: &["chromedriver"],
    named_otherwise: &[
        ("apt-get", &["chromium-driver", "chromium-chromedriver"]),
        ("apk", &["chromium-chromedriver"]),
        ("pacman", &["chromium"]),
    ],
    way_out: "the tests drive chromium by chromedriver; install it and run this again",
};

/// What loads HTTP servers.
pub(crate) const WRK: Tool = Tool {
    task: "bench",
    programs: &["wrk"],
    packages: &["wrk"],
    named_otherwise: &[],
    way_out: "the bench loads servers with wrk; install it and run this again",
};

struct Manager {
    program: &'static str,
    refresh: Option<&'static [&'static str]>,
    install: &'static [&'static str],
    as_root: bool,
}

const MANAGERS: &[Manager] = &[
    Manager {
        program: "apt-get",
        refresh: Some(&["update"]),
        install: &["install", "--yes", "--no-install-recommends"],
        as_root: true,
    },
    Manager {
        program: "dnf",
        refresh: None,
        install: &["install", "--assumeyes"],
        as_root: true,
    },
    Manager {
        program: "apk",
        refresh: None,
        install: &["add", "--no-cache"],
        as_root: true,
    },
    Manager {
        program: "pacman",
        refresh: None,
        install: &["--sync", "--refresh", "--noconfirm"],
        as_root: true,
    },
    Manager {
        program: "zypper",
        refresh: None,
        install: &["--non-interactive", "install"],
        as_root: true,
    },
    Manager {
        program: "brew",
        refresh: None,
        install: &["install"],
        as_root: false,
    },
];

/// Makes sure that a program is on `PATH`.
///
/// # Errors
///
/// When there is none and it cannot be installed.
pub(crate) fn ensure(tool: &Tool) -> Result<()> {
    let Tool { task, way_out, .. } = tool;
    if let Some(program) = found(tool) {
        eprintln!("{task}: a real {program} is here");
        return Ok(());
    }
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
        run(tool, manager, refresh, None, sudo)?;
    }
    for package in packages(tool, manager) {
        run(tool, manager, manager.install, Some(package), sudo)?;
        if let Some(program) = found(tool) {
            eprintln!("{task}: installed {program}");
            return Ok(());
        }
    }
    Err(format!(
        "{} did not install it (above): {way_out}",
        manager.program
    ))
}

fn found(tool: &Tool) -> Option<&'static str> {
    let mut programs = tool.programs.iter().copied();
    programs.find(|program| which(program).is_some())
}

fn packages(tool: &Tool, manager: &Manager) -> &'static [&'static str] {
    let mut otherwise = tool.named_otherwise.iter();
    otherwise
        .find(|(program, _)| *program == manager.program)
        .map_or(tool.packages, |(_, packages)| packages)
}

fn run(
    tool: &Tool,
    manager: &Manager,
    arguments: &[&str],
    package: Option<&str>,
    sudo: bool,
) -> Result<()> {
    let terminal = std::io::stdin().is_terminal();
    let mut command = command(manager, arguments, package, sudo, terminal);
    eprintln!("{}: {}", tool.task, process::line(&command));
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
    fn a_package_has_the_name_that_its_manager_knows() {
        let of = |tool, program| {
            let manager = MANAGERS.iter().find(|manager| manager.program == program);
            packages(tool, manager.unwrap())
        };
        assert_eq!(of(&REDIS, "apt-get"), ["redis-server", "valkey-server"]);
        assert_eq!(of(&REDIS, "pacman"), ["valkey", "redis"]);
        assert_eq!(of(&REDIS, "brew"), ["redis", "valkey"]);
        assert_eq!(of(&CHROMEDRIVER, "dnf"), ["chromedriver"]);
    }

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
