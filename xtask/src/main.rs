//! `cargo xtask`: sets this checkout up, runs the demonstration, every test and the measurements.

mod bench;
mod cache;
mod checks;
mod clients;
mod compile;
mod demo;
mod environment;
mod layers;
mod library;
mod local;
mod long;
mod npm;
mod platform;
mod process;
mod setup;
mod tools;
mod version;
#[cfg(any(windows, test))]
mod windows;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A failure is a finished sentence: what, where and the way out.
type Result<T, E = String> = std::result::Result<T, E>;

struct Task {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&Path, &[String]) -> Result<ExitCode>,
}

const TASKS: &[Task] = &[
    Task {
        name: "setup",
        arguments: "[--compile]",
        about: "make plain cargo build, run and test work here: find, fetch or compile DuckDB",
        run: setup::task,
    },
    Task {
        name: "demo",
        arguments: "[ARGUMENTS..]",
        about: "run the example watch-next; its arguments follow, as in --online redis://localhost",
        run: demo::task,
    },
    Task {
        name: "bench",
        arguments: "[NAME [ARGUMENTS..]]",
        about: "measure, beside what it is compared with; without a name, say what there is",
        run: bench::task,
    },
    Task {
        name: "layers",
        arguments: "",
        about: "check which part of the library uses which, by the table in ARCHITECTURE.md",
        run: layers::task,
    },
    Task {
        name: "test",
        arguments: "[--long [--only clients|soak]]",
        about: "format, lints, layers, unit, integration and doc tests (RUST_TEST_THREADS at once, else two a core), documentation; installs redis-server and chromium; --long, some ten minutes more: ten times the random cases, stock clients (these want python3, java and node), and the soak for two and a half minutes; --only, one of these two without what comes before",
        run: checks::task,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let Some((name, rest)) = arguments.split_first() else {
        print!("{}", help());
        return ExitCode::SUCCESS;
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        eprint!("no command `{name}`\n\n{}", help());
        return ExitCode::from(2);
    };
    match (task.run)(&checkout(), rest) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// A task that does not know an argument answers with this.
fn unknown_argument(task: &str, argument: &str) -> ExitCode {
    eprint!("`cargo xtask {task}` takes no `{argument}`\n\n{}", help());
    ExitCode::from(2)
}

fn help() -> String {
    let usage = |task: &Task| format!("{} {}", task.name, task.arguments);
    let width = TASKS.iter().map(|task| usage(task).len()).max();
    let mut text = String::from("cargo xtask COMMAND\n\n");
    for task in TASKS {
        text.push_str(&format!(
            "  {:width$}  {}\n",
            usage(task),
            task.about,
            width = width.unwrap_or(0)
        ));
    }
    text
}

/// The checkout that cargo runs this from, which need not be the one it was compiled in: two
/// clones may share a target directory.
fn checkout() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or(package.clone(), Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    #[test]
    fn help_names_every_task() {
        let help = super::help();
        for task in super::TASKS {
            assert!(help.contains(task.about), "{help}");
        }
    }
}
