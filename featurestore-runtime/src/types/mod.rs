//! Which Rust types can be features and join keys, judged by trait: a newtype or an alias works
//! wherever its inner type does. Knows nothing of views and stores,
//! and not how a value is written.

mod decimal;
mod digits;
mod document;
mod error;
mod feature_enum;
pub(crate) mod feature_type;
mod json;
mod json_ref;
mod list;
mod literal;
mod rounded;
mod scalars;
mod sent;
mod value;
mod value_ref;

pub use decimal::Decimal;
pub(crate) use digits::{fits, parse as parse_decimal, rescale, text as decimal_text};
pub use document::{Json, JsonType};
pub use error::ValueError;
pub use feature_enum::FeatureEnum;
pub use feature_type::{ColumnType, FeatureType};
pub use featurestore_schema::Dtype;
#[cfg(feature = "http")]
pub(crate) use json::{InJson, base64, shortest};
pub use json_ref::JsonRef;
pub(crate) use list::check_length;
#[cfg(feature = "http")]
pub(crate) use rounded::check_numbers;
pub(crate) use sent::{Sent, SentFault};
pub use uuid::Uuid;
pub use value::Value;
pub(crate) use value::variant_index;
pub(crate) use value_ref::{EncodedList, ListItems};
pub use value_ref::{ListRef, ValueRef};
