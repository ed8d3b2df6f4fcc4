//! Programs that tests and benches need, installed through the system's package manager if missing.

use std::io::IsTerminal;
use std::process::{Command, Stdio};

use crate::Result;
use crate::process::{self, which};

/// Something that is needed.
pub(crate) struct Need {
    /// What it is, for who has to install it.
    pub(crate) what: &'static str,
    /// What there is of it.
    pub(crate) found: fn() -> Option<&'static str>,
    /// What to install by each package manager, in the order to try.
    pub(crate) packages: &'static [(&'static str, &'static [&'static [&'static str]])],
}

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

/// Makes sure that it is there.
///
/// # Errors
///
/// When it is not and cannot be installed.
pub(crate) fn ensure(need: &Need) -> Result<()> {
    if let Some(found) = (need.found)() {
        eprintln!("{found} is here");
        return Ok(());
    }
    let what = need.what;
    let way_out = format!("{what} is needed on PATH; install it and run this again");
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
        run(manager, refresh, &[], sudo)?;
    }
    let known = need.packages.iter();
    let choices = known
        .filter(|(program, _)| *program == manager.program)
        .flat_map(|(_, choices)| *choices);
    for packages in choices {
        run(manager, manager.install, packages, sudo)?;
        if let Some(found) = (need.found)() {
            eprintln!("installed {found}");
            return Ok(());
        }
    }
    Err(format!(
        "{} did not install it (above): {way_out}",
        manager.program
    ))
}

fn run(manager: &Manager, arguments: &[&str], packages: &[&str], sudo: bool) -> Result<()> {
    let mut command = command(
        manager,
        arguments,
        packages,
        sudo,
        std::io::stdin().is_terminal(),
    );
    eprintln!("{}", process::line(&command));
    process::status(&mut command).map(|_| ())
}

fn command(
    manager: &Manager,
    arguments: &[&str],
    packages: &[&str],
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
        .args(packages)
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
                &["redis-server"],
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
