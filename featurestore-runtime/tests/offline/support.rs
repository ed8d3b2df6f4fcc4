//! Parquet files made of SQL, a store over them, and results as text.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use featurestore::offline::{OfflineSettings, Spine};
use featurestore::service::ServiceDefinition;
use featurestore::{Clock, Error, FeatureStore, Timestamp, TrainingReport};

use crate::memory::CountingStore;

/// A directory with sources, and a store over it.
pub(crate) struct Fixture {
    directory: tempfile::TempDir,
    pub(crate) store: FeatureStore,
    pub(crate) online: Arc<CountingStore>,
}

/// After how long what a test waits for is taken not to come; no machine is too slow for it.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(future)
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A result as text, a null as `-`.
pub(crate) struct Table {
    pub(crate) names: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// A column's values, with spaces between them.
    pub(crate) fn column(&self, name: &str) -> String {
        let place = self.names.iter().position(|other| other == name).unwrap();
        let values: Vec<&str> = self.rows.iter().map(|row| row[place].as_str()).collect();
        values.join(" ")
    }
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(OfflineSettings::new())
    }

    /// One whose offline store has these settings.
    pub(crate) fn with(settings: OfflineSettings) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let online = Arc::new(CountingStore::default());
        Self {
            store: open(directory.path(), &online, settings),
            directory,
            online,
        }
    }

    /// Another store over the same files.
    pub(crate) fn open(&self, settings: OfflineSettings) -> FeatureStore {
        open(self.directory.path(), &self.online, settings)
    }

    /// Another store, whose data root is below the directory.
    pub(crate) fn open_below(&self, root: &str, settings: OfflineSettings) -> FeatureStore {
        open(&self.path(root), &self.online, settings)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file from a query; Parquet with small row groups, so that threads share it.
    pub(crate) fn file(&self, name: &str, query: &str) -> &Self {
        let path = self.path(name);
        let options = match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("csv") => "FORMAT csv, HEADER",
            Some("json") => "FORMAT json",
            _ => "FORMAT parquet, ROW_GROUP_SIZE 2048",
        };
        let path = path.to_str().unwrap().replace('\'', "''");
        run_sql(&format!("COPY ({query}) TO '{path}' ({options})"));
        self
    }

    /// Writes `{name}.parquet` from rows.
    pub(crate) fn rows(&self, name: &str, columns: &str, rows: &str) -> &Self {
        let query = format!("SELECT * FROM (VALUES {rows}) AS rows({columns})");
        self.file(&format!("{name}.parquet"), &query)
    }

    pub(crate) fn report(
        &self,
        service: &'static ServiceDefinition,
        spine: Spine,
    ) -> Result<TrainingReport, Error> {
        let join = self.store.historical_by(service, spine);
        Ok(wait(join.to_parquet("train.out"))?)
    }

    /// The training set over `spine.parquet`.
    pub(crate) fn join(&self, service: &'static ServiceDefinition) -> Table {
        self.join_on(service, Spine::parquet("spine.parquet"))
    }

    pub(crate) fn join_on(&self, service: &'static ServiceDefinition, spine: Spine) -> Table {
        let report = self
            .report(service, spine)
            .unwrap_or_else(|error| panic!("{error}"));
        let table = read(report.path().unwrap());
        assert_eq!(report.rows(), table.rows.len() as u64);
        for feature in report.features() {
            let without = feature.null() + feature.expired() + feature.missing();
            assert_eq!(feature.found() + without, report.rows(), "{feature:?}");
            let nulls = table.column(feature.name());
            let nulls = nulls.split(' ').filter(|value| *value == "-").count();
            let expected = if feature.has_default() { 0 } else { without };
            assert_eq!(expected, nulls as u64, "nulls of {}", feature.name());
        }
        table
    }

    pub(crate) fn error(&self, service: &'static ServiceDefinition, spine: Spine) -> String {
        let error = self.report(service, spine).unwrap_err().to_string();
        assert!(!self.path("train.out").exists(), "an error leaves no file");
        error
    }
}

fn open(root: &Path, online: &Arc<CountingStore>, settings: OfflineSettings) -> FeatureStore {
    let store = FeatureStore::builder("test")
        .registry(featurestore::registry![])
        .online_store(online.clone())
        .data_root(root)
        .clock(Clock::fixed(time("2026-06-01T00:00:00Z")))
        .offline(settings)
        .open();
    wait(store).unwrap()
}

/// The files that runs have spilled below a directory.
pub(crate) fn spilled(directory: &Path) -> Vec<PathBuf> {
    let paths = |directory: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let runs = paths(directory);
    runs.iter()
        .flat_map(|run| paths(&run.join("spill")))
        .collect()
}

/// One connection per test, as opening one takes longer than most of what is asked of it.
pub(crate) fn with_connection<T>(ask: impl FnOnce(&duckdb::Connection) -> T) -> T {
    thread_local!(static OF_TEST: duckdb::Connection = {
        let connection = duckdb::Connection::open_in_memory().unwrap();
        connection.execute_batch("SET TimeZone = 'UTC'").unwrap();
        connection
    });
    OF_TEST.with(ask)
}

pub(crate) fn run_sql(sql: &str) {
    with_connection(|connection| connection.execute_batch(sql))
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// A Parquet file as text; times in UTC.
pub(crate) fn read(path: &Path) -> Table {
    let source = format!("SELECT * FROM read_parquet('{}')", path.display());
    let names = described(path, 0);
    let cells: Vec<String> = (0..names.len())
        .map(|index| format!("replace(coalesce(c{index}::VARCHAR, '-'), ' ', 'T')"))
        .collect();
    let aliases: Vec<String> = (0..names.len()).map(|index| format!("c{index}")).collect();
    let sql = format!(
        "SELECT {} FROM ({source}) AS t({})",
        cells.join(", "),
        aliases.join(", ")
    );
    let rows = with_connection(|connection| {
        let mut statement = connection.prepare(&sql).unwrap();
        let row = |row: &duckdb::Row<'_>| (0..names.len()).map(|index| row.get(index)).collect();
        let rows = statement.query_map([], row).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    });
    Table { names, rows }
}

/// The SQL types of a Parquet file's columns.
pub(crate) fn types(path: &Path) -> Vec<String> {
    described(path, 1)
}

fn described(path: &Path, column: usize) -> Vec<String> {
    let sql = format!("DESCRIBE SELECT * FROM read_parquet('{}')", path.display());
    with_connection(|connection| {
        let mut statement = connection.prepare(&sql).unwrap();
        let texts = statement.query_map([], |row| row.get(column)).unwrap();
        texts.collect::<Result<_, _>>().unwrap()
    })
}
