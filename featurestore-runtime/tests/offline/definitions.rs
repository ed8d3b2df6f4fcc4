//! Definitions made when running, of parts that only macros build otherwise.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};

use featurestore::__private_0_1_0::{
    ColumnParts, Entry, ServiceParts, ViewParts, column_definition, named_key, registry,
    service_column, service_definition, view_definition,
};
use featurestore::key::KeyPart;
use featurestore::registry::{Registry, RegistryError};
use featurestore::service::ServiceDefinition;
use featurestore::view::{Cadence, Check, Drift, Source, ViewDefinition};
use featurestore::{Dtype, Value};

/// A feature's name and its default.
pub(crate) type DefaultOf = (&'static str, fn() -> Value);

/// What a view is made of; `ViewSpec::new` has keys and columns, the rest is added as fields.
#[derive(Clone)]
pub(crate) struct ViewSpec {
    pub(crate) name: &'static str,
    pub(crate) source: Source,
    pub(crate) keys: Vec<(&'static str, Dtype)>,
    pub(crate) columns: Vec<ColumnSpec>,
    pub(crate) created: Option<&'static str>,
    pub(crate) ttl: Option<i64>,
    pub(crate) cadence: Option<Cadence>,
    pub(crate) settling: i64,
    pub(crate) drift: Drift,
}

#[derive(Clone)]
pub(crate) struct ColumnSpec {
    pub(crate) name: &'static str,
    pub(crate) source_column: &'static str,
    pub(crate) dtype: Dtype,
    pub(crate) nullable: bool,
    pub(crate) checks: &'static [Check],
    pub(crate) mostly: Option<f64>,
}

pub(crate) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

pub(crate) fn text(value: impl Into<String>) -> &'static str {
    Box::leak(value.into().into_boxed_str())
}

impl ColumnSpec {
    pub(crate) fn nullable(name: &'static str, source_column: &'static str, dtype: Dtype) -> Self {
        Self {
            name,
            source_column,
            dtype,
            nullable: true,
            checks: &[],
            mostly: None,
        }
    }
}

impl ViewSpec {
    /// A view over `{name}.parquet` of entity `user_id`, with columns that may be null.
    pub(crate) fn new(name: &'static str, columns: &[(&'static str, Dtype)]) -> Self {
        let column =
            |(name, dtype): &(&'static str, Dtype)| ColumnSpec::nullable(name, name, *dtype);
        Self {
            name,
            source: Source::Path(text(format!("{name}.parquet"))),
            keys: vec![("user_id", Dtype::String)],
            columns: columns.iter().map(column).collect(),
            created: None,
            ttl: None,
            cadence: None,
            settling: 0,
            drift: Drift::Deny,
        }
    }

    pub(crate) fn leak(self) -> &'static ViewDefinition {
        let mut order: Vec<usize> = (0..self.keys.len()).collect();
        order.sort_by_key(|place| self.keys[*place].0);
        let key = |(name, dtype): &(&'static str, Dtype)| named_key(name, name, *dtype, "");
        let column = |column: ColumnSpec| {
            column_definition(ColumnParts {
                name: column.name,
                source_column: column.source_column,
                dtype: column.dtype,
                nullable: column.nullable,
                description: "",
                unit: None,
                default: None,
                checks: column.checks,
                mostly: column.mostly,
            })
        };
        leak(view_definition(ViewParts {
            type_name: self.name,
            module: "tests",
            name: self.name,
            version: 1,
            description: "",
            owner: None,
            tags: &[],
            entity: leak(self.keys.iter().map(key).collect::<Vec<_>>()),
            entity_order: leak(order),
            source: self.source,
            timestamp: "event_timestamp",
            created: self.created,
            ttl: self.ttl,
            cadence: self.cadence,
            settling: self.settling,
            columns: leak(self.columns.into_iter().map(column).collect::<Vec<_>>()),
            drift: self.drift,
            windows: None,
        }))
    }
}

/// Views that a service names by function; a definition made when running needs a place that such
/// a function can read.
static SLOTS: [RwLock<Option<&'static ViewDefinition>>; 256] = [const { RwLock::new(None) }; 256];
static FREE: Mutex<Vec<usize>> = Mutex::new(Vec::new());

fn slot<const PLACE: usize>() -> &'static ViewDefinition {
    SLOTS[PLACE].read().unwrap().unwrap()
}

type Reader = fn() -> &'static ViewDefinition;

macro_rules! readers {
    ($($block:literal)*) => { [$([
        slot::<{ 8 * $block }>, slot::<{ 8 * $block + 1 }>, slot::<{ 8 * $block + 2 }>,
        slot::<{ 8 * $block + 3 }>, slot::<{ 8 * $block + 4 }>, slot::<{ 8 * $block + 5 }>,
        slot::<{ 8 * $block + 6 }>, slot::<{ 8 * $block + 7 }>,
    ]),*] };
}

const READERS: [[Reader; 8]; 32] = readers!(
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
);

/// Places for as many views as a service has; a new service may take the same ones again.
pub(crate) struct Slots(Vec<usize>);

impl Slots {
    pub(crate) fn new(count: usize) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let mut free = FREE.lock().unwrap();
        let mut take = || {
            free.pop()
                .unwrap_or_else(|| NEXT.fetch_add(1, Ordering::SeqCst))
        };
        Self((0..count).map(|_| take()).collect())
    }

    /// A registry of just `views`.
    pub(crate) fn registry(
        &self,
        views: &[&'static ViewDefinition],
    ) -> Result<Registry, RegistryError> {
        let entries = views.iter().zip(&self.0).map(|(view, slot)| {
            *SLOTS[*slot].write().unwrap() = Some(view);
            Entry::View(READERS[slot / 8][slot % 8])
        });
        registry(entries)
    }

    /// A service over `views` with all their columns, under the columns' names.
    pub(crate) fn service(&self, views: &[&'static ViewDefinition]) -> &'static ServiceDefinition {
        self.with_defaults(views, &[])
    }

    pub(crate) fn with_defaults(
        &self,
        views: &[&'static ViewDefinition],
        defaults: &[DefaultOf],
    ) -> &'static ServiceDefinition {
        self.with_keys(views, defaults, Vec::new())
    }

    /// As the others, asked with at least these keys.
    pub(crate) fn with_keys(
        &self,
        views: &[&'static ViewDefinition],
        defaults: &[DefaultOf],
        mut keys: Vec<KeyPart>,
    ) -> &'static ServiceDefinition {
        let mut features = Vec::new();
        for (place, view) in views.iter().enumerate() {
            *SLOTS[self.0[place]].write().unwrap() = Some(view);
            for key in view.join_keys() {
                let part = KeyPart::named(key.name(), key.dtype());
                if !keys.contains(&part) {
                    keys.push(part);
                }
            }
            for (column, definition) in view.columns().iter().enumerate() {
                let default = defaults.iter().find(|(name, _)| *name == definition.name());
                let default = default.map(|(_, default)| *default);
                features.push(service_column(
                    definition.name(),
                    "",
                    place,
                    column,
                    default,
                    false,
                ));
            }
        }
        let readers: Vec<_> = self.0[..views.len()]
            .iter()
            .map(|slot| READERS[slot / 8][slot % 8])
            .collect();
        leak(service_definition(ServiceParts {
            type_name: "Service",
            module: "tests",
            name: "service",
            description: "",
            owner: None,
            tags: &[],
            key: leak(keys),
            views: leak(readers),
            fields: leak(features),
            evaluate: None,
        }))
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        FREE.lock().unwrap().append(&mut self.0);
    }
}

/// A service over views that are made now. A test that makes another one is done with the first.
pub(crate) fn service(views: impl IntoIterator<Item = ViewSpec>) -> &'static ServiceDefinition {
    thread_local!(static OF_TEST: Slots = Slots::new(3));
    let views: Vec<_> = views.into_iter().map(ViewSpec::leak).collect();
    OF_TEST.with(|slots| slots.service(&views))
}
