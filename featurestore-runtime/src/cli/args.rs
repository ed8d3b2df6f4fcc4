//! The commands and their flags, as clap reads and explains them.

#[cfg(feature = "duckdb")]
use std::num::NonZeroUsize;
use std::path::PathBuf;
#[cfg(feature = "duckdb")]
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand};

#[cfg(feature = "duckdb")]
use super::duration::duration;
use super::keys::KeyArgs;
#[cfg(feature = "mcp")]
use super::mcp::McpArgs;
#[cfg(feature = "http")]
use super::serve::ServeArgs;
use super::settings::Settings;
#[cfg(feature = "duckdb")]
use super::settings::time;
use super::tools::Format;
#[cfg(feature = "duckdb")]
use crate::time::Timestamp;

/// Shows, reads and serves the features that this program declares.
#[derive(Debug, Parser)]
#[command(name = "featurestore", version, arg_required_else_help = true)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) settings: Settings,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists the views with their features, and the services
    List,
    /// Shows all that is declared of a view or a service
    Describe {
        /// A view or a service
        name: String,
    },
    /// Prints the JSON Schema of a view's rows or a service's values, or of all of them
    Schema {
        /// A view or a service
        name: Option<String>,
    },
    /// Joins a service's features onto entity rows, as they were at each row's time
    #[cfg(feature = "duckdb")]
    Historical {
        /// A service
        service: String,
        #[command(flatten)]
        arguments: HistoricalArgs,
    },
    /// Writes every known entity's features as of a time, or of times in equal steps, without entity rows
    #[cfg(feature = "duckdb")]
    Snapshot {
        /// A service
        service: String,
        #[command(flatten)]
        times: TimesArgs,
        #[command(flatten)]
        arguments: ResultArgs,
    },
    /// Shows which row of its source each value of one training row comes from, and why
    ///
    /// The rules are those of `historical`. Rows of the key that were not taken are listed with
    /// the reason. What `--json` prints is described in docs/explain.md.
    #[cfg(feature = "duckdb")]
    Explain {
        /// A service
        service: String,
        /// The training row's time: 2026-05-07T22:00:00Z
        #[arg(long, value_name = "TIME", value_parser = time)]
        at: Timestamp,
        #[command(flatten)]
        keys: KeyArgs,
        /// How many rows that were not taken are shown, on each side of the time
        #[arg(long, value_name = "N", default_value_t = 5)]
        candidates: u64,
    },
    /// Moves the latest row of each entity to the online store
    #[cfg(feature = "duckdb")]
    Materialize {
        /// Views; all of them where none is named
        #[arg(value_name = "VIEW")]
        views: Vec<String>,
        #[command(flatten)]
        arguments: MaterializeArgs,
    },
    /// Keeps every view at its cadence, until Ctrl-C or SIGTERM
    ///
    /// Any number of these may run on one online store: they share the work, and another takes over
    /// where one dies.
    #[cfg(feature = "duckdb")]
    Run(RunArgs),
    /// Records what the sources and the declarations look like in featurestore.lock
    #[cfg(feature = "duckdb")]
    Lock {
        /// Writes nothing: shows what differs from the file, and fails where anything does
        #[arg(long)]
        check: bool,
        /// The file; featurestore.lock in the data root, if not given
        #[arg(long, value_name = "FILE")]
        lock: Option<PathBuf>,
    },
    /// Shows what changed since featurestore.lock was written, and what that means for stored rows
    ///
    /// Fails with status 1 where a change is breaking.
    Plan {
        /// Ends with status 3 where rows must be written again
        #[arg(long)]
        exit_code: bool,
        /// The file; featurestore.lock in the data root, if not given
        #[arg(long, value_name = "FILE")]
        lock: Option<PathBuf>,
    },
    /// Reads an entity's features from the online store
    Get {
        /// A view or a service
        name: String,
        #[command(flatten)]
        keys: KeyArgs,
        /// A request field of the service and its value
        #[arg(
            long = "request",
            short,
            value_name = "NAME=VALUE",
            allow_hyphen_values = true
        )]
        request: Vec<String>,
        /// Only this feature; may be given several times
        #[arg(long = "feature", short, value_name = "NAME")]
        features: Vec<String>,
    },
    /// Shows what the online store holds, deletes it, or compares it with the sources
    #[command(subcommand)]
    Online(OnlineCommand),
    /// Answers requests for features over HTTP, until Ctrl-C or SIGTERM
    ///
    /// Every setting is described with `HttpSettings`, tokens with `Tokens`.
    #[cfg(feature = "http")]
    Serve(Box<ServeArgs>),
    /// Prints services as tools of a language model: JSON for a request's `tools`
    Tools {
        /// Services; all of them where none is named
        #[arg(value_name = "SERVICE")]
        services: Vec<String>,
        /// Whose form
        #[arg(long, value_enum)]
        format: Format,
    },
    /// Answers an agent by the Model Context Protocol over standard input and output, until the input ends
    #[cfg(feature = "mcp")]
    Mcp(McpArgs),
}

/// What is done with the online store.
#[derive(Debug, Subcommand)]
pub(super) enum OnlineCommand {
    /// Counts entities, and each view's rows, bytes and times, by reading all of them
    Stats,
    /// Deletes views' rows, or all of the project; asks first
    Delete {
        #[command(flatten)]
        what: DeleteArgs,
        /// Does not ask
        #[arg(long)]
        yes: bool,
    },
    /// Compares some entities with what their sources say, as of the view's watermark
    ///
    /// Fails with status 1 where a value differs. Rows that are newer online are not compared.
    #[cfg(feature = "duckdb")]
    Verify {
        /// Views; all of them where none is named
        #[arg(value_name = "VIEW")]
        views: Vec<String>,
        /// How many entities of each view; 100, if not given
        #[arg(long, value_name = "N")]
        sample: Option<NonZeroUsize>,
    },
}

/// What `online delete` deletes.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = true)]
pub(super) struct DeleteArgs {
    /// Views, or the fields of those that are no longer declared
    #[arg(value_name = "VIEW")]
    pub(super) views: Vec<String>,
    /// All of the project
    #[arg(long, conflicts_with = "views")]
    pub(super) project: bool,
}

/// What `run` takes.
#[cfg(feature = "duckdb")]
#[derive(Debug, ClapArgs)]
pub(super) struct RunArgs {
    /// Views; all that have a cadence where none is named
    #[arg(value_name = "VIEW")]
    pub(super) views: Vec<String>,
    /// Materializes what is due now, and ends
    #[arg(long)]
    pub(super) once: bool,
    /// Begins up to so much later than a view is due, at random: 30s
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) jitter: Option<Duration>,
    /// How long a view stays with a process that died; 30s, if not given
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) lease: Option<Duration>,
    /// How many views are materialized at once; 2, if not given
    #[arg(long, value_name = "NUMBER")]
    pub(super) parallel: Option<usize>,
}

/// What `historical` takes beside its service.
#[cfg(feature = "duckdb")]
#[derive(Debug, ClapArgs)]
pub(super) struct HistoricalArgs {
    /// The entity rows: Parquet, CSV or JSON, with the service's join keys and a time
    #[arg(long, value_name = "FILE")]
    pub(super) spine: PathBuf,
    /// The column of the entity rows' times, if not event_timestamp
    #[arg(long, value_name = "COLUMN")]
    pub(super) timestamp: Option<String>,
    /// Features of what was known strictly before each row's time, where rows are made of events
    #[arg(long)]
    pub(super) before: bool,
    #[command(flatten)]
    pub(super) result: ResultArgs,
}

/// Which rows `materialize` takes, and where it puts those that it keeps out.
#[cfg(feature = "duckdb")]
#[derive(Debug, ClapArgs)]
pub(super) struct MaterializeArgs {
    /// Only rows with this event time or a later one
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "incremental")]
    pub(super) from: Option<Timestamp>,
    /// Only what was known at this time; now, if not given or later than that
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) until: Option<Timestamp>,
    /// Only rows since each view's watermark, which every run leaves in the online store
    #[arg(long)]
    pub(super) incremental: bool,
    /// How late rows --incremental takes, as in 6h; the view's cadence, or 1d, if not given
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "incremental")]
    pub(super) lookback: Option<Duration>,
    /// Writes the rows that are kept out to this Parquet file, with the reasons
    #[arg(long, value_name = "FILE")]
    pub(super) quarantine: Option<PathBuf>,
    /// Fails a view of which any row is rejected, before it writes, and where the online store may evict
    /// rows
    #[arg(long)]
    pub(super) strict: bool,
    /// Writes rows also where a build with another layout of them came after this one: to go back
    #[arg(long)]
    pub(super) take_over: bool,
    /// Takes all rows, and leaves a watermark for them in the place of one that is later
    #[arg(long, conflicts_with = "from")]
    pub(super) reset_watermark: bool,
}

/// A time, or times in equal steps.
#[cfg(feature = "duckdb")]
#[derive(Debug, ClapArgs)]
pub(super) struct TimesArgs {
    /// The time: 2026-05-07T22:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time, required_unless_present = "from")]
    pub(super) at: Option<Timestamp>,
    /// The first of several times
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "at", requires_all = ["until", "every"])]
    pub(super) from: Option<Timestamp>,
    /// The end of the times, which is none of them
    #[arg(long, value_name = "TIME", value_parser = time, requires = "from")]
    pub(super) until: Option<Timestamp>,
    /// How far apart the times are, as in 1d
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "from")]
    pub(super) every: Option<Duration>,
}

/// What is to be made of a join.
#[cfg(feature = "duckdb")]
#[derive(Debug, ClapArgs)]
pub(super) struct ResultArgs {
    /// The Parquet file to write
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: PathBuf,
    /// Leaves out rows created after this time, though their event time be earlier
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) known_at: Option<Timestamp>,
    /// Names features VIEW__FEATURE
    #[arg(long)]
    pub(super) full_names: bool,
}

impl Command {
    /// Whether it may take long, and leave something half-done where it is ended at once.
    pub(super) const fn is_long(&self) -> bool {
        match self {
            #[cfg(feature = "duckdb")]
            Self::Historical { .. }
            | Self::Snapshot { .. }
            | Self::Explain { .. }
            | Self::Materialize { .. }
            | Self::Run(_)
            | Self::Online(OnlineCommand::Verify { .. })
            | Self::Lock { .. } => true,
            Self::List
            | Self::Describe { .. }
            | Self::Schema { .. }
            | Self::Plan { .. }
            | Self::Get { .. }
            | Self::Online(_)
            | Self::Tools { .. } => false,
            #[cfg(feature = "http")]
            Self::Serve(_) => false,
            #[cfg(feature = "mcp")]
            Self::Mcp(_) => false,
        }
    }

    /// Whether it reads the standard input, which may not end when the command does.
    pub(super) const fn reads_input(&self) -> bool {
        match self {
            #[cfg(feature = "mcp")]
            Self::Mcp(_) => true,
            _ => false,
        }
    }
}
