//! Setting up a store.

use std::env::VarError;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use featurestore_schema::lock::{LOCK_FILE, Lock};

use super::{FeatureStore, Inner, StoreError};
#[cfg(feature = "duckdb")]
use crate::offline::{OfflineSettings, duckdb::DuckDb};
use crate::online::{OnlineError, OnlineStore};
use crate::registry::{Registry, RegistryError};
use crate::time::Clock;
use crate::view::Paths;

/// The online store that is nowhere named.
const ONLINE: &str = "embedded:.featurestore/online.redb";

/// The settings of a store before it is open. See [`FeatureStore::builder`].
///
/// A setting that is not made is taken from the environment, else it has a default:
///
/// | setting | environment | default |
/// |---|---|---|
/// | [`online`](Self::online) | `FEATURESTORE_ONLINE` | `embedded:.featurestore/online.redb` below the data root |
/// | `offline` | `FEATURESTORE_DATABASE`, `FEATURESTORE_MEMORY_LIMIT`, `FEATURESTORE_THREADS`, `FEATURESTORE_TEMP_DIRECTORY` | no database; what `DuckDB` takes by itself |
/// | [`clock_skew`](Self::clock_skew) | | five minutes |
/// | [`data_root`](Self::data_root) | `FEATURESTORE_DATA_ROOT` | the package's directory under `cargo run` and `cargo test`, else the working directory |
#[derive(Debug)]
#[must_use]
pub struct StoreBuilder {
    project: String,
    registry: Option<Result<Registry, RegistryError>>,
    online: Option<Online>,
    data_root: Option<PathBuf>,
    prefixes: Vec<(String, PathBuf)>,
    clock: Clock,
    clock_skew: Option<Duration>,
    lock: Option<String>,
    #[cfg(feature = "duckdb")]
    offline: OfflineSettings,
}

#[derive(Debug)]
enum Online {
    Url(String),
    Store(Arc<dyn OnlineStore>),
}

impl StoreBuilder {
    pub(super) fn new(project: String) -> Self {
        Self {
            project,
            registry: None,
            online: None,
            data_root: None,
            prefixes: Vec::new(),
            clock: Clock::default(),
            clock_skew: None,
            lock: None,
            #[cfg(feature = "duckdb")]
            offline: OfflineSettings::default(),
        }
    }

    /// Uses just these declarations instead of all that the program links; see
    /// [`registry!`](crate::registry!).
    pub fn registry(mut self, registry: Result<Registry, RegistryError>) -> Self {
        self.registry = Some(registry);
        self
    }

    /// The online store's address: `embedded:PATH` for a local file, relative to the data root; or
    /// `redis://HOST:PORT/DB`, `redis+unix:///PATH`, `redis+sentinel://HOST,HOST/MASTER` or
    /// `redis+cluster://HOST,HOST`, all but the socket's with TLS as `rediss..`. The page of
    /// `RedisStore::new` has the parts and parameters of these.
    pub fn online(mut self, url: impl Into<String>) -> Self {
        self.online = Some(Online::Url(url.into()));
        self
    }

    /// An online store of one's own.
    pub fn online_store(mut self, store: Arc<dyn OnlineStore>) -> Self {
        self.online = Some(Online::Store(store));
        self
    }

    /// The directory that relative paths of sources start at.
    pub fn data_root(mut self, directory: impl Into<PathBuf>) -> Self {
        self.data_root = Some(directory.into());
        self
    }

    /// Reads the sources below `prefix` from `directory` instead: with `("data", "/mnt/year")`,
    /// the source `data/a.parquet` is `/mnt/year/a.parquet`. The longest prefix counts.
    pub fn source_prefix(
        mut self,
        prefix: impl Into<String>,
        directory: impl Into<PathBuf>,
    ) -> Self {
        self.prefixes.push((prefix.into(), directory.into()));
        self
    }

    /// The clock that decides what has expired and what windows hold, in place of the system's.
    ///
    /// Where none is set, a read of window views is of the online store's own time where it has one, as Redis
    /// and Valkey do, which comes with the rows in one round trip; TTLs in that read are judged by the same time. All other
    /// reads, and the embedded store, go by the process's clock.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How far ahead of the clock a time may be: five minutes, unless it is said. A row with a later
    /// event time is kept out of the online store, where it would win over every right one until
    /// then: [`push`](FeatureStore::push) refuses it, materialization rejects and counts it as a row
    /// that violates a check. A view whose watermark is later is materialized in full only.
    ///
    /// With a clock that was set by [`clock`](Self::clock), a source's rows are judged only where this
    /// is set as well: what is later than a time that was chosen is not of the future.
    pub fn clock_skew(mut self, clock_skew: Duration) -> Self {
        self.clock_skew = Some(clock_skew);
        self
    }

    /// What the offline store may use: memory, threads, a directory to spill to, a database.
    #[cfg(feature = "duckdb")]
    pub fn offline(mut self, settings: OfflineSettings) -> Self {
        self.offline = settings;
        self
    }

    /// Changes what the offline store may use.
    #[cfg(all(feature = "cli", feature = "duckdb"))]
    pub(crate) fn change_offline(
        mut self,
        change: impl FnOnce(OfflineSettings) -> OfflineSettings,
    ) -> Self {
        self.offline = change(self.offline);
        self
    }

    /// The text of `featurestore.lock`, instead of the file in the data root: with
    /// `include_str!("../featurestore.lock")` it is there where the program runs without its crate.
    pub fn lock(mut self, text: impl Into<String>) -> Self {
        self.lock = Some(text.into());
        self
    }

    /// Opens the store. The online store is connected to when it is first used.
    ///
    /// The registry, where it was collected, has every view that the lock knows, or that is an error.
    /// Sources are not looked at: what reads one compares it with its view first.
    ///
    /// # Errors
    ///
    /// Declarations that contradict each other, a view that the program does not link, an empty
    /// project name, an address that is not one.
    pub async fn open(self) -> Result<FeatureStore, StoreError> {
        let lock = self.lock.clone();
        let store = self.open_unchecked()?;
        let registry = store.registry();
        if registry.is_collected() {
            let lock = match lock {
                Some(text) => Some(parse_lock(&text)?),
                None => read_lock(&store.paths().root().join(LOCK_FILE))?,
            };
            crate::lock::check_complete(registry, &lock.unwrap_or_default())?;
        }
        Ok(store)
    }

    /// Opens the store as it is, for the commands that mend a lock.
    pub(crate) fn open_unchecked(self) -> Result<FeatureStore, StoreError> {
        if self.project.is_empty() {
            let reason = "a project has a name, which keeps its rows apart from others'".to_owned();
            return Err(StoreError::Setting {
                setting: "project",
                reason,
                source: None,
            });
        }
        let registry = self.registry.unwrap_or_else(Registry::collect)?;
        let mut root = self.data_root;
        for name in ["FEATURESTORE_DATA_ROOT", "CARGO_MANIFEST_DIR"] {
            if root.is_none() {
                let text = environment(name);
                let text = text.map_err(|reason| StoreError::setting("data_root", reason))?;
                root = text.map(PathBuf::from);
            }
        }
        let paths = Paths::new(root.unwrap_or_default(), self.prefixes);
        let paths = paths.map_err(|error| StoreError::setting("data_root", error))?;
        let online = match self.online {
            Some(Online::Store(store)) => store,
            Some(Online::Url(url)) => connect(&url, paths.root())?,
            None => {
                let url = environment("FEATURESTORE_ONLINE");
                let url = url.map_err(|reason| StoreError::setting("online", reason))?;
                let url = url.as_deref().unwrap_or(ONLINE);
                connect(url, paths.root())?
            }
        };
        #[cfg(feature = "duckdb")]
        let offline = self
            .offline
            .complete(environment, |path| {
                paths.resolve(path).map_err(|error| error.to_string())
            })
            .map_err(|reason| StoreError::setting("offline", reason))?;
        #[cfg(feature = "duckdb")]
        let offline = Arc::new(DuckDb::new(offline, paths.clone()));
        Ok(FeatureStore {
            inner: Arc::new(Inner {
                project: self.project,
                registry,
                online,
                clock: self.clock,
                clock_skew: self.clock_skew,
                ahead: super::ahead::Ahead::default(),
                paths,
                #[cfg(feature = "duckdb")]
                offline,
                layouts: super::layouts::Layouts::default(),
                loads: super::known_loads::Loads::default(),
                pushed: super::pushed::Pushed::default(),
            }),
            max_key: super::MAX_KEY,
        })
    }
}

/// The lock at `path`; nothing where there is none.
pub(crate) fn read_lock(path: &Path) -> Result<Option<Lock>, StoreError> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse_lock(&text).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::Setting {
            setting: LOCK_FILE,
            reason: format!("{}: {error}", path.display()),
            source: Some(error.into()),
        }),
    }
}

fn parse_lock(text: &str) -> Result<Lock, StoreError> {
    Lock::parse(text).map_err(|error| StoreError::setting(LOCK_FILE, error))
}

/// A variable's text, nothing where there is none; what is no text is an error, and not as if it
/// were not there.
fn environment(name: &str) -> Result<Option<String>, String> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("the environment's {name} is not UTF-8")),
    }
}

/// The online store at an address; nothing is opened yet.
fn connect(url: &str, root: &Path) -> Result<Arc<dyn OnlineStore>, OnlineError> {
    if let Some(path) = url.strip_prefix("embedded:") {
        #[cfg(feature = "embedded")]
        return Ok(Arc::new(crate::online::EmbeddedStore::new(root.join(path))));
        #[cfg(not(feature = "embedded"))]
        {
            let _ = (path, root);
            return Err(OnlineError::NotBuilt {
                url: url.to_owned(),
                feature: "embedded",
            });
        }
    }
    #[cfg(feature = "redis")]
    return Ok(Arc::new(crate::online::RedisStore::new(url)?));
    #[cfg(not(feature = "redis"))]
    Err(OnlineError::NotBuilt {
        url: crate::online::redact(url),
        feature: "redis",
    })
}
