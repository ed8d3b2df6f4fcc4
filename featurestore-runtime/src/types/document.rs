//! JSON of any shape as a feature.

use std::borrow::Cow;
use std::fmt;

use featurestore_schema::Dtype;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::{FeatureType, ValueError, ValueRef};

/// A feature of any shape that serde knows, kept as JSON text in source and online store:
/// `Json<Vec<Vec<f64>>>`, or `Json<serde_json::Value>` where the shape is not known.
///
/// Whether the text is JSON is checked when it is materialized; whether it is a `T`, when it is
/// read as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Json<T>(pub T);

/// JSON, borrowed: as text, or as a value that writes some.
#[derive(Clone, Copy)]
pub struct JsonRef<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Text(&'a str),
    Value(&'a dyn WriteJson),
}

trait WriteJson: Sync {
    fn text(&self) -> serde_json::Result<String>;
}

impl<T: Serialize + Sync> WriteJson for T {
    fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

impl<'a> JsonRef<'a> {
    /// A text, once it is known to be JSON.
    ///
    /// # Errors
    ///
    /// A text that is none.
    pub fn new(text: &'a str) -> Result<Self, ValueError> {
        serde_json::from_str::<IgnoredAny>(text)
            .map(|_| Self(Source::Text(text)))
            .map_err(|error| ValueError::json(&error))
    }

    /// The text.
    ///
    /// # Errors
    ///
    /// A value that its type can't write as JSON, like a map whose keys are no texts.
    pub fn text(self) -> Result<Cow<'a, str>, ValueError> {
        match self.0 {
            Source::Text(text) => Ok(Cow::Borrowed(text)),
            Source::Value(value) => value
                .text()
                .map(Cow::Owned)
                .map_err(|error| ValueError::json(&error)),
        }
    }
}

impl PartialEq for JsonRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl fmt::Debug for JsonRef<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Ok(text) => formatter.write_str(&text),
            Err(error) => write!(formatter, "{error}"),
        }
    }
}

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
        ValueRef::Json(JsonRef(Source::Value(&self.0)))
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
