//! JSON, borrowed.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde::de::IgnoredAny;

use super::ValueError;

/// JSON, borrowed: as text, or as a value that writes some.
#[derive(Clone, Copy)]
pub struct JsonRef<'a>(JsonRepr<'a>);

#[derive(Clone, Copy)]
enum JsonRepr<'a> {
    Text(&'a str),
    Value(&'a dyn WriteJson),
}

pub(super) trait WriteJson: Sync {
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
            .map(|_| Self(JsonRepr::Text(text)))
            .map_err(|error| ValueError::json(&error))
    }

    /// A value that writes some.
    pub(super) const fn value(value: &'a dyn WriteJson) -> Self {
        Self(JsonRepr::Value(value))
    }

    /// The text.
    ///
    /// # Errors
    ///
    /// A value that its type can't write as JSON, like a map whose keys are no texts.
    pub fn text(self) -> Result<Cow<'a, str>, ValueError> {
        match self.0 {
            JsonRepr::Text(text) => Ok(Cow::Borrowed(text)),
            JsonRepr::Value(value) => value
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
