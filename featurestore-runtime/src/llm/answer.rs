//! A tool's answer.

use std::fmt;

use featurestore_schema::format_micros;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value as Json;

use super::tool::{AS_OF, MISSING, READ_AT};
use crate::lookup::Status;
use crate::service::{ServiceDefinition, ServiceFeature};
use crate::store::FeatureValue;
use crate::time::{Timestamp, format_timestamp};
use crate::types::Value;
use crate::view::ViewDefinition;

/// What a tool answers: the features by name, when they were read, of which time each is, and why
/// one is missing. As JSON it fits [`Tool::output_schema`](super::Tool::output_schema).
///
/// ```text
/// {"user_segment":"power_user","watch_count_30d":0,"__read_at":"2026-05-07T22:00:00Z",
///  "__as_of":{"user_segment":"2026-05-07T00:00:00Z"},
///  "__missing":{"watch_count_30d":"missing: nothing is known of user_id \"8a2f\"; the value is the default"}}
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ToolAnswer {
    features: Vec<Answered>,
    read_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq)]
struct Answered {
    name: &'static str,
    value: FeatureValue,
    missing: Option<String>,
}

impl ToolAnswer {
    pub(super) fn new(
        service: &ServiceDefinition,
        keys: &[(&'static str, Value)],
        values: Vec<FeatureValue>,
        read_at: Timestamp,
    ) -> Self {
        let views: Vec<_> = service.views().collect();
        let answered = |(feature, value): (&ServiceFeature, FeatureValue)| Answered {
            name: feature.name(),
            missing: views
                .get(feature.view())
                .and_then(|view| reason(view, keys, &value)),
            value,
        };
        Self {
            features: service
                .features()
                .iter()
                .zip(values)
                .map(answered)
                .collect(),
            read_at,
        }
    }

    /// The features' values and what is known of them, in declared order.
    pub fn features(&self) -> impl ExactSizeIterator<Item = (&'static str, &FeatureValue)> {
        self.features
            .iter()
            .map(|feature| (feature.name, &feature.value))
    }

    /// When they were read, by the store's clock.
    #[must_use]
    pub const fn read_at(&self) -> Timestamp {
        self.read_at
    }

    /// Why nothing current is known of a feature; nothing where something is. It begins with
    /// `missing`, `expired`, `null` or `not_finite`.
    #[must_use]
    pub fn missing(&self, feature: &str) -> Option<&str> {
        let mut features = self.features.iter();
        let found = features.find(|answered| answered.name == feature)?;
        found.missing.as_deref()
    }

    /// The answer as JSON. Its text, with [`Display`](fmt::Display), keeps the declared order.
    #[must_use]
    pub fn to_json(&self) -> Json {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Serialize for ToolAnswer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.features.len() + 3))?;
        for feature in &self.features {
            let value = feature.value.value.as_ref().map(Value::to_json);
            map.serialize_entry(feature.name, &value)?;
        }
        map.serialize_entry(READ_AT, &format_timestamp(self.read_at))?;
        let times = self.features.iter().filter_map(|feature| {
            let stored = matches!(feature.value.status, Status::Found | Status::Null);
            let time = feature.value.event_timestamp.filter(|_| stored)?;
            Some((feature.name, format_timestamp(time)))
        });
        map.serialize_entry(AS_OF, &Entries(times.collect()))?;
        let missing = self.features.iter().filter_map(|feature| {
            let missing = feature.missing.as_deref()?;
            Some((feature.name, missing.to_owned()))
        });
        map.serialize_entry(MISSING, &Entries(missing.collect()))?;
        map.end()
    }
}

impl fmt::Display for ToolAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        formatter.write_str(&text)
    }
}

/// An object in the order of its entries.
struct Entries(Vec<(&'static str, String)>);

impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, text)| (name, text)))
    }
}

/// Why nothing current is known of a value.
fn reason(
    view: &ViewDefinition,
    keys: &[(&'static str, Value)],
    value: &FeatureValue,
) -> Option<String> {
    let time = || {
        let time = value.event_timestamp;
        time.map_or_else(String::new, format_timestamp)
    };
    let reason = match value.status {
        Status::Found => match value.value.as_ref()? {
            value if value.is_finite() => return None,
            _ => "not_finite: the number is NaN or infinite, which JSON can't write".to_owned(),
        },
        Status::Null => format!("null: its source had no value at {}", time()),
        Status::Expired => {
            let ttl = view.ttl_micros().unwrap_or_default();
            format!(
                "expired: the newest value is of {}, older than {}",
                time(),
                format_micros(ttl)
            )
        }
        Status::Missing => {
            let of_view = |(name, _): &&(&'static str, Value)| {
                view.join_keys().iter().any(|key| key.name() == *name)
            };
            let keys = keys.iter().filter(of_view);
            let keys: Vec<String> = keys
                .map(|(name, value)| format!("{name} {}", value.to_json()))
                .collect();
            format!("missing: nothing is known of {}", keys.join(" and "))
        }
    };
    let default = value.value.is_some() && value.status != Status::Found;
    Some(if default {
        format!("{reason}; the value is the default")
    } else {
        reason
    })
}
