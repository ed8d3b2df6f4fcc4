//! A feature store declared as plain structs.

pub mod codec;
mod error;
pub mod key;
mod lookup;
pub mod online;
pub mod registry;
pub mod service;
mod store;
pub mod time;
pub mod types;
pub mod view;

pub use error::Error;
pub use key::EntityKey;
pub use lookup::{Lookup, Status};
pub use registry::Registry;
pub use service::FeatureService;
pub use store::{FeatureStore, FeatureValue, Plan, Selection, StoreBuilder};
pub use time::{Clock, Date, Timestamp};
pub use types::{ColumnType, Dtype, FeatureEnum, FeatureType, Value};
pub use view::{Column, FeatureView};
