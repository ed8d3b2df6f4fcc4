//! One entity's answer made of values that were taken out, as the command line prints it. Its form
//! is that of the plain answers over HTTP, and a test holds the two together.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value as Json;

use super::status;
use crate::store::FeatureValue;
use crate::time::format_timestamp;
use crate::types::Value;

/// One entity's answer: its join keys, its features, and what is known of them.
#[derive(Debug)]
pub(crate) struct EntityAnswer<'a, N> {
    pub(crate) keys: Vec<(&'a str, &'a Json)>,
    pub(crate) names: &'a [N],
    pub(crate) values: &'a [FeatureValue],
}

impl<N: AsRef<str>> Serialize for EntityAnswer<'_, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in &self.keys {
            map.serialize_entry(key, value)?;
        }
        let features = PerFeature {
            names: self.names,
            values: self.values,
            entry: |value: &FeatureValue| value.value.as_ref().map(Value::to_json),
        };
        map.serialize_entry("features", &features)?;
        let metadata = PerFeature {
            names: self.names,
            values: self.values,
            entry: Metadata::of,
        };
        map.serialize_entry("metadata", &metadata)?;
        map.end()
    }
}

/// An object with an entry per feature.
struct PerFeature<'a, N, F> {
    names: &'a [N],
    values: &'a [FeatureValue],
    entry: F,
}

impl<N: AsRef<str>, F: Fn(&FeatureValue) -> T, T: Serialize> Serialize for PerFeature<'_, N, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = self.names.iter().zip(self.values);
        serializer.collect_map(entries.map(|(name, value)| (name.as_ref(), (self.entry)(value))))
    }
}

/// What is known of a value.
struct Metadata {
    status: &'static str,
    event_timestamp: Option<String>,
}

impl Metadata {
    fn of(value: &FeatureValue) -> Self {
        let sayable = value.value.as_ref().is_none_or(Value::is_sayable);
        Self {
            status: status(value.status, sayable),
            event_timestamp: value.event_timestamp.map(format_timestamp),
        }
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("status", self.status)?;
        map.serialize_entry("event_timestamp", &self.event_timestamp)?;
        map.end()
    }
}
