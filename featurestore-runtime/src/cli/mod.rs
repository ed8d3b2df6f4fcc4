//! The command line of a user's own binary. Knows the registry, the store's reads by name and the
//! retrieval service; every command makes a report, and one place prints it.

mod args;
mod declared;
mod describe;
mod duration;
mod error;
#[cfg(feature = "duckdb")]
mod explain;
mod get;
#[cfg(feature = "duckdb")]
mod historical;
mod keys;
mod list;
#[cfg(feature = "duckdb")]
mod lock;
#[cfg(any(feature = "http", feature = "mcp"))]
mod logs;
#[cfg(feature = "duckdb")]
mod materialize;
#[cfg(feature = "mcp")]
mod mcp;
mod online;
mod output;
mod plan;
#[cfg(feature = "duckdb")]
mod progress;
#[cfg(feature = "duckdb")]
mod run;
mod schema;
#[cfg(feature = "http")]
mod serve;
mod settings;
mod signals;
mod target;
mod tools;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use args::{Args, Command};
use clap::Parser as _;
use error::CliError;
use futures_util::future::{Either, select};
use output::{Output, Report, print_error};
use settings::Settings;
use target::Target;

use crate::store::{FeatureStore, StoreBuilder};
use crate::time::Clock;

/// Runs the command that the program was started with, on the store that `store` sets up. It is
/// the whole of a program's `main`:
///
/// ```no_run
/// # use featurestore::prelude::*;
/// fn main() -> std::process::ExitCode {
///     featurestore::cli::main(FeatureStore::builder("movies"))
/// }
/// ```
///
/// `--help` lists the commands. A flag counts before the environment, the environment before what
/// `store` sets, that before the default. Answers go to the standard output, for people or with
/// `--json` for programs; errors go to the standard error.
///
/// The exit status is 0, 1 where a command failed, 2 where it was not written as `--help` says,
/// and 3 where `plan --exit-code` finds rows that must be written again. Ctrl-C and SIGTERM stop
/// `historical`, `explain`, `materialize` and `lock` so that nothing half-done stays, with status
/// 130 and 143; a second one ends them at once. To `run`, `serve` and `mcp` they are the end, with status 0.
#[must_use]
pub fn main(store: StoreBuilder) -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version come this way too. What can't be printed has no other way out.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match start(store, args) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has all it wanted: `list | head`.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&error);
            error.exit_code()
        }
    }
}

fn start(store: StoreBuilder, args: Args) -> Result<(), CliError> {
    if tokio::runtime::Handle::try_current().is_ok() {
        return Err(CliError::Runtime {
            reason: "it is called inside of one; call it from a `main` that is not async"
                .to_owned(),
        });
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::Runtime {
            reason: error.to_string(),
        })?;
    let mut output = Output::new(args.settings.json, args.settings.width);
    let store = configure(store, args.settings);
    let stop = match args.command.is_long().then(signals::listen).transpose() {
        Ok(stop) => stop,
        Err(error) => {
            let reason = format!("can't listen for signals: {error}");
            return Err(CliError::Runtime { reason });
        }
    };
    #[cfg(feature = "duckdb")]
    let (stop, command) = match (stop, args.command) {
        (Some(stop), Command::Run(arguments)) => {
            let done = runtime.block_on(Box::pin(run::run(store, arguments, stop, &mut output)));
            // What was given up has to clean up.
            runtime.shutdown_timeout(CLEAN_UP);
            return done;
        }
        other => other,
    };
    #[cfg(not(feature = "duckdb"))]
    let command = args.command;
    let reads_input = command.reads_input();
    let command = Box::pin(answer(store, command, &mut output));
    let Some(stop) = stop else {
        let done = runtime.block_on(command);
        if reads_input {
            // Where the input is no pipe, the runtime would wait for its next line.
            runtime.shutdown_background();
        }
        return done;
    };
    match runtime.block_on(select(command, stop)) {
        Either::Left((done, _)) => done,
        Either::Right((Ok(signal), command)) => {
            let asked = Instant::now();
            // What the command waits for is told to stop by this, and then has to clean up.
            drop(command);
            runtime.shutdown_timeout(CLEAN_UP);
            let clean = asked.elapsed() < CLEAN_UP;
            Err(CliError::Stopped { signal, clean })
        }
        Either::Right((Err(_), command)) => runtime.block_on(command),
    }
}

/// How long a command that was stopped may take to clean up.
const CLEAN_UP: Duration = Duration::from_secs(1);

/// Lets flags and the environment, which clap reads for them, count before what the builder has.
fn configure(mut store: StoreBuilder, settings: Settings) -> StoreBuilder {
    if let Some(url) = settings.online.filter(|url| !url.is_empty()) {
        store = store.online(url);
    }
    if let Some(root) = settings
        .data_root
        .filter(|root| !root.as_os_str().is_empty())
    {
        store = store.data_root(root);
    }
    if let Some(now) = settings.now {
        store = store.clock(Clock::fixed(now));
    }
    if let Some(skew) = settings.clock_skew {
        store = store.clock_skew(skew);
    }
    #[cfg(feature = "duckdb")]
    {
        let some = |path: &std::path::PathBuf| !path.as_os_str().is_empty();
        store = store.change_offline(|mut offline| {
            if let Some(path) = settings.database.filter(some) {
                offline = offline.database(path);
            }
            if let Some(limit) = settings.memory_limit.filter(|limit| !limit.is_empty()) {
                offline = offline.memory_limit(limit);
            }
            if let Some(threads) = settings.threads {
                offline = offline.threads(threads);
            }
            if let Some(directory) = settings.temp_directory.filter(some) {
                offline = offline.temp_directory(directory);
            }
            offline
        });
    }
    store
}

async fn answer(
    store: StoreBuilder,
    command: Command,
    output: &mut Output,
) -> Result<(), CliError> {
    // What compares with the lock, or mends it, must work where the store refuses to open.
    let mends = match command {
        #[cfg(feature = "duckdb")]
        Command::Lock { .. } => true,
        Command::Plan { .. } => true,
        _ => false,
    };
    let store: FeatureStore = if mends {
        store.open_unchecked()?
    } else {
        store.open().await?
    };
    let target = |name: &str| Target::find(store.registry(), name);
    match command {
        Command::List => output.print(&list::list(store.registry())?),
        Command::Describe { name } => output.print(&describe::describe(target(&name)?)?),
        Command::Schema { name } => {
            let target = name.as_deref().map(target).transpose()?;
            output.print(&schema::schema(store.registry(), target)?)
        }
        #[cfg(feature = "duckdb")]
        Command::Historical { service, arguments } => {
            output.print(&historical::historical(&store, &service, &arguments).await?)
        }
        #[cfg(feature = "duckdb")]
        Command::Snapshot {
            service,
            times,
            arguments,
        } => output.print(&historical::snapshot(&store, &service, &times, &arguments).await?),
        #[cfg(feature = "duckdb")]
        Command::Explain {
            service,
            at,
            keys,
            candidates,
        } => {
            let explained = explain::explain(&store, &service, at, &keys.given, candidates);
            output.print(&explained.await?)
        }
        #[cfg(feature = "duckdb")]
        Command::Materialize { views, arguments } => {
            materialize::materialize(&store, &views, &arguments, output).await
        }
        // It has its own way, as a signal is a good end of it.
        #[cfg(feature = "duckdb")]
        Command::Run(_) => Ok(()),
        Command::Get {
            name,
            keys,
            request,
            features,
        } => {
            let given = get::Given {
                keys: &keys.given,
                request: &request,
            };
            output.print(&get::get(&store, target(&name)?, given, &features).await?)
        }
        Command::Online(command) => online::online(&store, command, output).await,
        #[cfg(feature = "http")]
        Command::Serve(arguments) => serve::serve(store, *arguments, output).await,
        Command::Tools { services, format } => {
            output.print(&tools::tools(store.registry(), &services, format)?)
        }
        #[cfg(feature = "mcp")]
        Command::Mcp(arguments) => mcp::mcp(store, arguments).await,
        #[cfg(feature = "duckdb")]
        Command::Lock { check, lock } => lock::lock(&store, check, lock, output).await,
        Command::Plan { exit_code, lock } => plan::plan(&store, exit_code, lock, output),
    }
}
