#![doc = include_str!("docs/front.md")]

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private_0_1_0;
#[cfg(feature = "cli")]
pub mod cli;
pub mod codec;
mod error;
#[cfg(feature = "http")]
pub mod http;
pub mod key;
pub mod llm;
mod lock;
mod lookup;
#[cfg(feature = "duckdb")]
pub mod materialize;
#[cfg(feature = "mcp")]
pub mod mcp;
#[cfg(feature = "duckdb")]
pub mod offline;
pub mod online;
pub mod pit;
pub mod registry;
#[cfg(feature = "duckdb")]
pub mod schedule;
pub mod service;
#[cfg(any(feature = "http", feature = "mcp", feature = "cli"))]
mod serving;
mod store;
#[cfg(feature = "test-util")]
pub mod testing;
pub mod time;
pub mod types;
pub mod upkeep;
pub mod view;
// Without the offline store only states are read, and nothing is made of events.
#[cfg_attr(not(feature = "duckdb"), allow(dead_code, unused_imports))]
mod windows;

#[doc = include_str!("docs/event_source.md")]
pub use featurestore_macros::event_source;
#[doc = include_str!("docs/feature_service.md")]
pub use featurestore_macros::feature_service;
#[doc = include_str!("docs/feature_view.md")]
pub use featurestore_macros::feature_view;
pub use featurestore_macros::{EntityKey, FeatureEnum, FeatureType};
// No derives: they say that these are attributes.
#[doc(hidden)]
pub use featurestore_macros::{EventSource, FeatureService, FeatureView};

#[cfg(feature = "duckdb")]
pub use arrow;
pub use error::Error;
pub use key::EntityKey;
pub use llm::LlmService;
pub use lookup::{Lookup, Status};
#[cfg(feature = "duckdb")]
pub use materialize::{Materialize, MaterializeReport};
#[cfg(feature = "duckdb")]
pub use offline::{Explanation, Historical, Progress, Spine, TrainingReport, TrainingRow};
pub use registry::Registry;
#[cfg(feature = "duckdb")]
pub use schedule::{Schedule, ScheduleEvent};
pub use service::FeatureService;
pub use store::{
    AskedEntity, FeatureStore, FeatureValue, MAX_KEY, Plan, PushError, RefusedRow, Selection,
    Served, ServedView, StoreBuilder, StoreError,
};
pub use time::{Clock, Date, Timestamp};
pub use types::{ColumnType, Decimal, Dtype, FeatureEnum, FeatureType, Json, Uuid, Value};
pub use view::{Column, EventSource, FeatureView, LatestView};

/// What declarations need, and what reads them: `use featurestore::prelude::*;`.
pub mod prelude {
    #[cfg(feature = "duckdb")]
    pub use crate::Spine;
    pub use crate::{
        Clock, Date, Decimal, EntityKey, Error, EventSource, FeatureEnum, FeatureService,
        FeatureStore, FeatureType, FeatureView, Json, LatestView, LlmService, Lookup, Status,
        StoreBuilder, Timestamp, Uuid, event_source, feature_service, feature_view, registry,
    };
}
