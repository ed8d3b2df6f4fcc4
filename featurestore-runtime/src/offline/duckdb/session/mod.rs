//! A `DuckDB` connection of its own for each run, on a thread that may block.

pub(crate) mod failure;
pub(crate) mod spill;
pub(crate) mod sql;
pub(crate) mod stop;
mod watch;
mod watched;

use std::cell::Cell;
use std::path::{Path, PathBuf};

use arrow::record_batch::RecordBatch;
use duckdb::{Config, Connection};
use tokio::task::{JoinError, JoinHandle};

use self::failure::{failed, reason};
use self::watched::Watched;
use crate::offline::duckdb::session::spill::Spill;
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::session::stop::{InterruptOnDrop, stop_on_drop};
use crate::offline::settings::Search;
use crate::offline::{OfflineError, OfflineSettings};

/// An open connection, used by one thread.
#[derive(Debug)]
pub(crate) struct Session {
    connection: Connection,
    database: Option<PathBuf>,
    attached: Cell<bool>,
    search: Search,
    watched: Watched,
    tables: Cell<u64>,
    // Below the connection, as it is removed when that is closed.
    _spill: Spill,
}

/// What the attached database is called in queries.
const DATABASE: &str = "featurestore_source";

impl Session {
    fn open(settings: &OfflineSettings) -> Result<Self, OfflineError> {
        let failure = |error| failed("opening DuckDB", error);
        if let Some(directory) = &settings.temp_directory {
            std::fs::create_dir_all(directory).map_err(|error| OfflineError::Setting {
                setting: "temp_directory",
                value: directory.to_string_lossy().into_owned(),
                reason: format!("which can't be a directory: {error}"),
                source: Some(error.into()),
            })?;
        }
        let spill = Spill::make(settings.temp_directory.as_deref());
        let directory = spill.directory().to_string_lossy().into_owned();
        let mut set = vec![
            // Nothing is downloaded behind the user's back, and nothing depends on what was.
            ("autoinstall_known_extensions", "false".to_owned()),
            ("autoload_known_extensions", "false".to_owned()),
            // Small `ASOF` joins would be done by `arg_max`, which makes 0.0 of -0.0.
            ("asof_loop_join_threshold", "0".to_owned()),
            ("temp_directory", directory),
        ];
        set.extend(
            settings
                .threads
                .map(|threads| ("threads", threads.to_string())),
        );
        let mut config = set
            .into_iter()
            .try_fold(Config::default(), |config, (name, value)| {
                config.with(name, value)
            })
            .map_err(failure)?;
        if let Some(limit) = &settings.memory_limit {
            config = config
                .with("memory_limit", limit)
                .map_err(|error| OfflineError::Setting {
                    setting: "memory_limit",
                    value: limit.clone(),
                    reason: "which is no size; it takes one as in 4GB, 800MB or 2.5GiB".to_owned(),
                    source: Some(error.into()),
                })?;
        }
        let connection = Connection::open_in_memory_with_flags(config).map_err(failure)?;
        let session = Self {
            connection,
            database: settings.database_path().map(Path::to_owned),
            attached: Cell::new(false),
            search: settings.search,
            watched: Watched::default(),
            tables: Cell::new(0),
            _spill: spill,
        };
        // A footer is read once, though several queries ask for it.
        let cached = "SET parquet_metadata_cache = true";
        session
            .execute(cached, &Params::default())
            .map_err(failure)?;
        // With ICU, casts between zoned and naive times go by the session's zone; without, by UTC.
        if let Err(error) = session.execute("SET TimeZone = 'UTC'", &Params::default()) {
            let icu = "SELECT count(*) FROM duckdb_settings() WHERE lower(name) = 'timezone'";
            if session.count(icu, &Params::default()).map_err(failure)? > 0 {
                return Err(failure(error));
            }
        }
        Ok(session)
    }

    pub(crate) const fn search(&self) -> Search {
        self.search
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// A name that no table has yet.
    pub(crate) fn new_table(&self, what: &str) -> String {
        self.tables.set(self.tables.get() + 1);
        format!("{what}_{}", self.tables.get())
    }

    /// What follows `FROM` to read `table` (or `schema.table`) of the store's database; nothing
    /// where the store has none.
    ///
    /// # Errors
    ///
    /// A file that is not there or no database, or one that another process writes.
    pub(crate) fn table(&self, table: &str) -> Result<Option<String>, OfflineError> {
        let Some(path) = &self.database else {
            return Ok(None);
        };
        let unreadable = |reason, source| OfflineError::Database {
            path: path.to_string_lossy().into_owned(),
            reason,
            source,
        };
        if !self.attached.get() {
            if !path.is_file() {
                return Err(unreadable("there is no such file".to_owned(), None));
            }
            // `ATTACH` takes no parameter.
            let text = path.to_string_lossy().replace('\'', "''");
            let sql = format!("ATTACH '{text}' AS {DATABASE} (READ_ONLY)");
            self.connection
                .execute_batch(&sql)
                .map_err(|error| unreadable(reason(&error), Some(error.into())))?;
            self.attached.set(true);
        }
        let parts: Vec<String> = table.split('.').map(quote).collect();
        let parts = if parts.len() == 1 {
            format!("main.{}", parts.join("."))
        } else {
            parts.join(".")
        };
        Ok(Some(format!("{DATABASE}.{parts}")))
    }

    pub(crate) fn execute(&self, sql: &str, params: &Params) -> Result<usize, duckdb::Error> {
        tracing::trace!(sql, "running");
        self.connection.prepare(sql)?.execute(params.bind())
    }

    /// How many bytes it may use.
    pub(crate) fn memory(&self) -> Result<usize, duckdb::Error> {
        // `4.0 GiB`, whatever was set.
        let sql = "SELECT CAST(parse_formatted_bytes(current_setting('memory_limit')) AS UBIGINT)";
        let bytes = self.count(sql, &Params::default())?;
        Ok(usize::try_from(bytes).unwrap_or(usize::MAX))
    }

    /// The whole result, in the order that the query gives.
    pub(crate) fn batches(
        &self,
        sql: &str,
        params: &Params,
    ) -> Result<Vec<RecordBatch>, duckdb::Error> {
        tracing::trace!(sql, "running");
        let mut statement = self.connection.prepare(sql)?;
        let batches = statement.query_arrow(params.bind())?;
        let schema = batches.get_schema();
        let mut batches: Vec<RecordBatch> = batches.collect();
        if batches.is_empty() {
            batches.push(RecordBatch::new_empty(schema));
        }
        Ok(batches)
    }

    /// Rows of a table from `first` on, at most `most`, in their order.
    pub(crate) fn page(
        &self,
        table: &str,
        first: u64,
        most: u64,
    ) -> Result<Vec<RecordBatch>, duckdb::Error> {
        let end = first.saturating_add(most);
        let sql = format!(
            "SELECT * FROM {table} WHERE {table}.rowid >= {first} AND {table}.rowid < {end} ORDER BY {table}.rowid"
        );
        self.batches(&sql, &Params::default())
    }

    /// The first column of the first row, which is a number.
    pub(crate) fn count(&self, sql: &str, params: &Params) -> Result<u64, duckdb::Error> {
        let numbers = self.numbers(sql, params)?;
        let first = numbers.first().copied();
        first.ok_or(duckdb::Error::QueryReturnedNoRows)
    }

    /// The first row, of numbers.
    pub(crate) fn numbers(&self, sql: &str, params: &Params) -> Result<Vec<u64>, duckdb::Error> {
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query(params.bind())?;
        let columns = rows.as_ref().map_or(0, duckdb::Statement::column_count);
        match rows.next()? {
            Some(row) => (0..columns).map(|index| row.get(index)).collect(),
            None => Err(duckdb::Error::QueryReturnedNoRows),
        }
    }

    /// The first row, of texts.
    pub(crate) fn texts(
        &self,
        sql: &str,
        params: &Params,
    ) -> Result<Vec<Option<String>>, duckdb::Error> {
        let row = self.texts_of_any(sql, params)?;
        row.ok_or(duckdb::Error::QueryReturnedNoRows)
    }

    /// The first row, of texts, if there is one.
    pub(crate) fn texts_of_any(
        &self,
        sql: &str,
        params: &Params,
    ) -> Result<Option<Vec<Option<String>>>, duckdb::Error> {
        tracing::trace!(sql, "running");
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query(params.bind())?;
        let columns = rows.as_ref().map_or(0, duckdb::Statement::column_count);
        match rows.next()? {
            Some(row) => {
                let texts = (0..columns).map(|index| row.get(index));
                texts.collect::<Result<_, _>>().map(Some)
            }
            None => Ok(None),
        }
    }

    /// The names and types of the columns of what follows `FROM`.
    pub(crate) fn describe(
        &self,
        from: &str,
        params: &Params,
    ) -> Result<Vec<(String, String)>, duckdb::Error> {
        self.described(&format!("SELECT * FROM {from}"), params)
    }

    /// The names and types of a query's columns, as it names them.
    pub(crate) fn describe_query(&self, sql: &str) -> Result<Vec<(String, String)>, duckdb::Error> {
        self.described(sql.trim().trim_end_matches(';'), &Params::default())
    }

    fn described(
        &self,
        query: &str,
        params: &Params,
    ) -> Result<Vec<(String, String)>, duckdb::Error> {
        let mut statement = self.connection.prepare(&format!("DESCRIBE {query}"))?;
        let columns = statement.query_map(params.bind(), |row| Ok((row.get(0)?, row.get(1)?)))?;
        columns.collect()
    }
}

/// Does `work` on a thread that may block. Whoever stops waiting for it interrupts it.
pub(crate) async fn run<T: Send + 'static>(
    settings: OfflineSettings,
    work: impl FnOnce(&Session) -> Result<T, OfflineError> + Send + 'static,
) -> Result<T, OfflineError> {
    let (interrupt, task) = start(settings, move |session| session.and_then(work));
    let result = task.await;
    drop(interrupt);
    result.unwrap_or_else(|error| Err(ended(error)))
}

/// Work on a thread that may block; whoever drops it interrupts it.
#[derive(Debug)]
pub(crate) struct Task {
    _interrupt: InterruptOnDrop,
    task: JoinHandle<()>,
}

impl Task {
    /// Starts `work`, which gets the session or why there is none.
    pub(crate) fn spawn(
        settings: OfflineSettings,
        work: impl FnOnce(Result<&Session, OfflineError>) + Send + 'static,
    ) -> Self {
        let (interrupt, task) = start(settings, work);
        Self {
            _interrupt: interrupt,
            task,
        }
    }

    /// Why it ended without an answer.
    pub(crate) async fn failure(self) -> OfflineError {
        match self.task.await {
            Err(error) => ended(error),
            Ok(()) => OfflineError::stopped("it gave no answer"),
        }
    }
}

fn start<T: Send + 'static>(
    settings: OfflineSettings,
    work: impl FnOnce(Result<&Session, OfflineError>) -> T + Send + 'static,
) -> (InterruptOnDrop, JoinHandle<T>) {
    let (interrupt, stop) = stop_on_drop();
    let task = tokio::task::spawn_blocking(move || {
        let session = match Session::open(&settings) {
            Ok(session) => session,
            Err(error) => return work(Err(error)),
        };
        // Dropped before the session, also where the work panics: see `Stoppable`.
        let stop = stop;
        match stop.watch(session.connection.interrupt_handle()) {
            Ok(()) => work(Ok(&session)),
            Err(error) => work(Err(error)),
        }
    });
    (interrupt, task)
}

fn ended(error: JoinError) -> OfflineError {
    match error.try_into_panic() {
        Ok(panic) => OfflineError::stopped(
            panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_else(|| "for an unknown reason".to_owned()),
        ),
        Err(error) => OfflineError::Stopped {
            reason: error.to_string(),
            source: Some(error.into()),
        },
    }
}
