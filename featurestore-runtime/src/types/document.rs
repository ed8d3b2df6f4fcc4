//! JSON of any shape as a feature.

use featurestore_schema::Dtype;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{FeatureType, JsonRef, ValueError, ValueRef};

/// A feature of any shape that serde knows, kept as JSON text in source and online store:
/// `Json<Vec<Vec<f64>>>`, or `Json<serde_json::Value>` where the shape is not known.
///
/// Whether the text is JSON is checked when it is materialized; whether it is a `T`, when it is
/// read as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Json<T>(pub T);

/// A type that a [`Json`] can hold: serde writes and reads it.
#[diagnostic::on_unimplemented(
    message = "FS0030: `{Self}` can't be in a `Json<{Self}>`",
    label = "serde can't write and read `{Self}`",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to it, or use `Json<serde_json::Value>`"
)]
pub trait JsonType: Serialize + DeserializeOwned + Send + Sync + 'static {}

// One mistake, and in our words, where a type lacks both.
#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> JsonType for T {}

impl<T: JsonType> FeatureType for Json<T> {
    const DTYPE: Dtype = Dtype::Json;

    #[inline]
    fn to_value(&self) -> ValueRef<'_> {
        ValueRef::Json(JsonRef::value(&self.0))
    }

    fn from_value(value: ValueRef<'_>) -> Result<Self, ValueError> {
        match value {
            ValueRef::Json(json) => serde_json::from_str(&json.text()?)
                .map(Self)
                .map_err(|error| ValueError::json(&error)),
            _ => Err(ValueError::dtype(value, Self::DTYPE)),
        }
    }
}
