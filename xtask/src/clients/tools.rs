//! What clients are installed and run with: virtual environments of Python, packages of npm.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;
use crate::process;

/// Where the scripts of the clients are.
const SCRIPTS: &str = "tests/clients";

/// What runs clients.
pub(super) struct Tools {
    scripts: PathBuf,
    /// Where what is installed is.
    installed: PathBuf,
    /// Where programs run, and what they generate is.
    pub(super) directory: PathBuf,
}

impl Tools {
    /// What installs into `target/clients`, and runs there.
    pub(super) fn new(checkout: &Path) -> Result<Self> {
        let directory = checkout.join("target").join("clients");
        fs::create_dir_all(&directory)
            .map_err(|error| format!("cannot write to {}: {error}", directory.display()))?;
        Ok(Self {
            scripts: checkout.join(SCRIPTS),
            installed: directory.clone(),
            directory,
        })
    }

    /// The same, which runs programs elsewhere.
    pub(super) fn within(&self, directory: &Path) -> Self {
        Self {
            scripts: self.scripts.clone(),
            installed: self.installed.clone(),
            directory: directory.to_owned(),
        }
    }

    /// The programs of a virtual environment with these packages.
    pub(super) fn python(&self, name: &str, packages: &[&str]) -> Result<PathBuf> {
        let environment = self.installed.join(name);
        let programs = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
        if !programs.join("python").exists() {
            let mut make = Command::new("python3");
            succeed(make.args(["-m", "venv"]).arg(&environment))?;
        }
        let mut install = Command::new(programs.join("python"));
        install.args(["-m", "pip", "install", "--quiet"]);
        succeed(install.args(packages))?;
        Ok(programs)
    }

    /// Installs packages of npm.
    pub(super) fn npm(&self, packages: &[&str]) -> Result<()> {
        let module = "{\"private\": true, \"type\": \"module\"}\n";
        self.write("package.json", module)?;
        let mut install = Command::new("npm");
        install.args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ]);
        self.succeed(install.args(packages))
    }

    /// A program of an npm package.
    pub(super) fn node_program(&self, name: &str) -> Command {
        Command::new(self.installed.join("node_modules").join(".bin").join(name))
    }

    /// Runs a script of the repository, which finds what was generated.
    pub(super) fn run(&self, python: &Path, script: &str, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new(python);
        command.env("PYTHONPATH", &self.directory);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        self.succeed(command.arg(self.scripts.join(script)).args(arguments))
    }

    /// Copies a file of the repository to where what was generated is.
    pub(super) fn copy(&self, source: &Path, name: &str) -> Result<()> {
        let copied = fs::copy(self.scripts.join(source), self.directory.join(name));
        let failed = |error| format!("cannot copy {}: {error}", source.display());
        copied.map(drop).map_err(failed)
    }

    /// Writes a file to where what was generated is.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<()> {
        let file = self.directory.join(name);
        fs::write(&file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))
    }

    /// Runs a program, which must succeed.
    pub(super) fn succeed(&self, command: &mut Command) -> Result<()> {
        succeed(command.current_dir(&self.directory))
    }

    /// The same, without what it says when all is well.
    pub(super) fn succeed_quietly(&self, command: &mut Command) -> Result<()> {
        self.succeed(command.stdout(Stdio::null()))
    }
}

/// Runs a program, which must succeed.
pub(super) fn succeed(command: &mut Command) -> Result<()> {
    eprintln!("clients: {}", process::line(command));
    if process::status(command)?.success() {
        return Ok(());
    }
    Err(format!("{} failed (above)", process::line(command)))
}
