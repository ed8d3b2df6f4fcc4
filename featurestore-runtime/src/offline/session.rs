//! A `DuckDB` connection of its own for each run, on a thread that may block.

use std::path::PathBuf;

use arrow::record_batch::RecordBatch;
use duckdb::{Config, Connection};

use super::OfflineError;
use super::error::reason;
use super::relation::Params;
use super::spill::Spill;
use super::stop::stop_on_drop;
use crate::error::Error;

/// What a run may use; what is not set is `DuckDB`'s own default.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfflineSettings {
    pub(crate) memory_limit: Option<String>,
    pub(crate) threads: Option<usize>,
    /// Where what is larger than memory spills; else a directory of its own below the system's.
    pub(crate) temp_directory: Option<PathBuf>,
}

/// An open connection, used by one thread.
#[derive(Debug)]
pub(crate) struct Session {
    connection: Connection,
    // Below the connection, as it is removed when that is closed.
    _spill: Option<Spill>,
}

impl Session {
    fn open(settings: &OfflineSettings) -> Result<Self, OfflineError> {
        let failure = |error| OfflineError::query("opening DuckDB", &error);
        let own = settings.temp_directory.is_none().then(Spill::make);
        let spill = settings.temp_directory.clone();
        let spill = spill.or_else(|| own.as_ref().map(Spill::directory));
        let mut set = vec![
            // Nothing is downloaded behind the user's back, and nothing depends on what was.
            ("autoinstall_known_extensions", "false".to_owned()),
            ("autoload_known_extensions", "false".to_owned()),
        ];
        set.extend(spill.map(|spill| ("temp_directory", spill.to_string_lossy().into_owned())));
        set.extend(
            settings
                .memory_limit
                .clone()
                .map(|limit| ("memory_limit", limit)),
        );
        set.extend(
            settings
                .threads
                .map(|threads| ("threads", threads.to_string())),
        );
        let config = set
            .into_iter()
            .try_fold(Config::default(), |config, (name, value)| {
                config.with(name, value)
            })
            .map_err(failure)?;
        let connection = Connection::open_in_memory_with_flags(config).map_err(failure)?;
        let session = Self {
            connection,
            _spill: own,
        };
        // With ICU, casts between zoned and naive times go by the session's zone; without, by UTC.
        let icu = "SELECT count(*) FROM duckdb_settings() WHERE lower(name) = 'timezone'";
        if session.count(icu, &Params::default()).map_err(failure)? > 0 {
            session
                .execute("SET TimeZone = 'UTC'", &Params::default())
                .map_err(failure)?;
        }
        Ok(session)
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn execute(&self, sql: &str, params: &Params) -> Result<usize, duckdb::Error> {
        tracing::trace!(sql, "running");
        self.connection.prepare(sql)?.execute(params.bind())
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

    /// The first column of the first row, which is a number.
    pub(crate) fn count(&self, sql: &str, params: &Params) -> Result<u64, duckdb::Error> {
        Ok(self
            .numbers(sql, params)?
            .first()
            .copied()
            .unwrap_or_default())
    }

    /// The first row, of numbers.
    pub(crate) fn numbers(&self, sql: &str, params: &Params) -> Result<Vec<u64>, duckdb::Error> {
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query(params.bind())?;
        let columns = rows.as_ref().map_or(0, duckdb::Statement::column_count);
        match rows.next()? {
            Some(row) => (0..columns).map(|index| row.get(index)).collect(),
            None => Ok(Vec::new()),
        }
    }

    /// The names and types of a query's columns.
    pub(crate) fn describe(
        &self,
        from: &str,
        params: &Params,
    ) -> Result<Vec<(String, String)>, duckdb::Error> {
        let mut statement = self
            .connection
            .prepare(&format!("DESCRIBE SELECT * FROM {from}"))?;
        let columns = statement.query_map(params.bind(), |row| Ok((row.get(0)?, row.get(1)?)))?;
        columns.collect()
    }
}

/// Does `work` on a thread that may block. Whoever stops waiting for it interrupts it.
pub(crate) async fn run<T: Send + 'static>(
    settings: OfflineSettings,
    work: impl FnOnce(&Session) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (interrupt, stop) = stop_on_drop();
    let task = tokio::task::spawn_blocking(move || {
        let session = Session::open(&settings)?;
        stop.watch(session.connection.interrupt_handle())?;
        work(&session)
    });
    let result = task.await;
    drop(interrupt);
    result.unwrap_or_else(|error| {
        let reason = match error.try_into_panic() {
            Ok(panic) => panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_else(|| "for an unknown reason".to_owned()),
            Err(error) => error.to_string(),
        };
        Err(OfflineError::Stopped { reason }.into())
    })
}

/// The error of a query over a spine or a source, in the words of whoever reads it.
pub(crate) fn unreadable(what: String, source_text: String, error: &duckdb::Error) -> OfflineError {
    let reason = reason(error);
    if reason.contains("No files found that match the pattern") {
        return OfflineError::NoFile {
            what,
            path: source_text,
            found: "no file matches it",
        };
    }
    OfflineError::Unreadable {
        what,
        source_text,
        reason,
    }
}
