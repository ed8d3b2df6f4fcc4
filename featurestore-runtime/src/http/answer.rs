//! Answers in the plain form. They are written in the order that was asked for, which a JSON
//! object of `serde_json` does not keep.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value as Json;

use crate::lookup::Status;
use crate::store::FeatureValue;
use crate::time::format_timestamp;
use crate::types::Value;

/// One entity's answer: its join keys, its features, and where asked for what is known of them; or
/// why there are none.
///
/// `{"user_id":"8a2f","features":{"user_segment":"power_user"},"metadata":{"user_segment":
/// {"status":"found","event_timestamp":"2026-05-07T00:00:00Z"}}}`
/// `{"user_id":"8a2f","error":{"code":"unreadable_row","message":".."}}`
#[derive(Debug)]
pub(crate) struct EntityAnswer<'a, N, E> {
    pub(crate) keys: Vec<(&'a str, &'a Json)>,
    pub(crate) names: &'a [N],
    pub(crate) values: Result<&'a [FeatureValue], E>,
    pub(crate) metadata: bool,
}

impl<N: AsRef<str>, E: Serialize> Serialize for EntityAnswer<'_, N, E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in &self.keys {
            map.serialize_entry(key, value)?;
        }
        let values = match &self.values {
            Ok(values) => *values,
            Err(error) => {
                map.serialize_entry("error", error)?;
                return map.end();
            }
        };
        let features = PerFeature {
            names: self.names,
            values,
            entry: |value: &FeatureValue| value.value.as_ref().map(Value::to_json),
        };
        map.serialize_entry("features", &features)?;
        if self.metadata {
            let metadata = PerFeature {
                names: self.names,
                values,
                entry: Metadata::of,
            };
            map.serialize_entry("metadata", &metadata)?;
        }
        map.end()
    }
}

/// The answer about many entities: `{"results":[..]}`, one entity's answer per place.
#[derive(Debug)]
pub(super) struct Results<'a, N, E>(pub(super) Vec<EntityAnswer<'a, N, E>>);

impl<N: AsRef<str>, E: Serialize> Serialize for Results<'_, N, E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("results", &self.0)?;
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
        Self {
            status: status(value),
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

/// A value's status as answers show it. NaN and infinities are there, and null in JSON, which has
/// no way to write them.
fn status(value: &FeatureValue) -> &'static str {
    let finite = match value.value {
        Some(Value::F32(number)) => number.is_finite(),
        Some(Value::F64(number)) => number.is_finite(),
        _ => true,
    };
    match value.status {
        Status::Found if !finite => "not_finite",
        status => status.as_str(),
    }
}
