//! A tool's answer.

use std::fmt;

use featurestore_schema::format_micros;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value as Json};

use super::tool::{AS_OF, MISSING, READ_AT};
use super::words::cut;
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
    /// Nothing where there is not a value for each feature.
    pub(super) fn new(
        service: &ServiceDefinition,
        keys: &[(&'static str, Value)],
        values: Vec<FeatureValue>,
        read_at: Timestamp,
    ) -> Option<Self> {
        let features = service.features();
        if values.len() != features.len() {
            return None;
        }
        // A key is told once, however many features nothing is known of.
        let mut told = Vec::new();
        let answered = |(feature, value): (&ServiceFeature, FeatureValue)| Answered {
            name: feature.name(),
            missing: reason(feature.view(), keys, &value, &mut told),
            value,
        };
        Some(Self {
            features: features.iter().zip(values).map(answered).collect(),
            read_at,
        })
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
        let mut json: Map<String, Json> = Map::new();
        for feature in &self.features {
            json.insert(feature.name.to_owned(), feature.json());
        }
        let texts = |entries: Entries| {
            let entries = entries.0.into_iter();
            entries
                .map(|(name, text)| (name.to_owned(), Json::from(text)))
                .collect::<Json>()
        };
        json.insert(
            READ_AT.to_owned(),
            Json::from(format_timestamp(self.read_at)),
        );
        json.insert(AS_OF.to_owned(), texts(self.times()));
        json.insert(MISSING.to_owned(), texts(self.reasons()));
        Json::Object(json)
    }

    /// Of which time each value is that was stored.
    fn times(&self) -> Entries {
        let times = self.features.iter().filter_map(|feature| {
            let stored = matches!(feature.value.status, Status::Found | Status::Null);
            let time = feature.value.event_timestamp.filter(|_| stored)?;
            Some((feature.name, format_timestamp(time)))
        });
        Entries(times.collect())
    }

    /// Why each feature that nothing current is known of is missing.
    fn reasons(&self) -> Entries {
        let reasons = self.features.iter();
        Entries(
            reasons
                .filter_map(|feature| Some((feature.name, feature.missing.clone()?)))
                .collect(),
        )
    }
}

impl Answered {
    fn json(&self) -> Json {
        self.value.value.as_ref().map_or(Json::Null, Value::to_json)
    }
}

impl Serialize for ToolAnswer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.features.len() + 3))?;
        for feature in &self.features {
            map.serialize_entry(feature.name, &feature.json())?;
        }
        map.serialize_entry(READ_AT, &format_timestamp(self.read_at))?;
        map.serialize_entry(AS_OF, &self.times())?;
        map.serialize_entry(MISSING, &self.reasons())?;
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

/// Why nothing current is known of a value. The keys in `told` are those that were told before.
fn reason(
    view: Option<&ViewDefinition>,
    keys: &[(&'static str, Value)],
    value: &FeatureValue,
    told: &mut Vec<&'static str>,
) -> Option<String> {
    let time = || {
        let time = value.event_timestamp;
        time.map_or_else(String::new, format_timestamp)
    };
    let reason = match value.status {
        Status::Found => match value.value.as_ref()? {
            value if value.is_sayable() => return None,
            _ => "not_finite: the number is NaN or infinite, which JSON can't write".to_owned(),
        },
        Status::Null if view.is_none() => {
            "null: it is computed, and there is nothing to compute it of".to_owned()
        }
        Status::Null if view.is_some_and(|view| view.windows().is_some()) => {
            format!("null: there was nothing in its window at {}", time())
        }
        Status::Null => format!("null: its source had no value at {}", time()),
        Status::Expired => {
            let ttl = view.and_then(ViewDefinition::ttl_micros).map(format_micros);
            format!(
                "expired: the newest value is of {}, older than {}",
                time(),
                ttl.as_deref().unwrap_or("it may be")
            )
        }
        Status::Missing => {
            let of_view = |(name, _): &&(&'static str, Value)| {
                let keys = view.map(ViewDefinition::join_keys).unwrap_or_default();
                keys.iter().any(|key| key.name() == *name)
            };
            let keys = keys.iter().filter(of_view);
            let tell = |(name, value): &(&'static str, Value)| {
                if told.contains(name) {
                    return format!("this {name}");
                }
                told.push(name);
                format!("{name} {}", cut(&value.to_json().to_string()))
            };
            let keys: Vec<String> = keys.map(tell).collect();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{FeatureParts, FieldParts, ServiceParts};
    use crate::view::{ColumnDefinition, ViewParts, plain};

    static COLUMNS: [ColumnDefinition; 1] = [ColumnDefinition::new(plain::COLUMN)];
    static VIEW: ViewDefinition = ViewDefinition::new(ViewParts {
        columns: &COLUMNS,
        ..plain::VIEW
    });
    static SERVICE: ServiceDefinition = ServiceDefinition::new(ServiceParts {
        type_name: "",
        module: "",
        name: "watching",
        description: "",
        owner: None,
        tags: &[],
        key: &[],
        views: &[|| &VIEW],
        fields: &[FieldParts::Column(FeatureParts {
            name: "count",
            description: "",
            view: 0,
            column: 0,
            default: None,
            private: false,
        })],
        evaluate: None,
    });

    #[test]
    fn an_answer_has_a_value_for_each_feature_or_is_none() {
        let missing = FeatureValue {
            value: None,
            status: Status::Missing,
            event_timestamp: None,
        };
        let answer = |values| ToolAnswer::new(&SERVICE, &[], values, Timestamp::UNIX_EPOCH);
        let right = answer(vec![missing.clone()]).unwrap();
        let read: Json = serde_json::from_str(&right.to_string()).unwrap();
        assert_eq!(right.to_json(), read);
        assert_eq!(answer(Vec::new()), None);
        assert_eq!(answer(vec![missing.clone(), missing]), None);
    }

    #[test]
    fn a_list_with_a_number_that_json_lacks_says_so_as_over_http() {
        let value = |value| FeatureValue {
            value: Some(value),
            status: Status::Found,
            event_timestamp: None,
        };
        for (number, missing) in [(1.5, false), (f64::NAN, true), (f64::INFINITY, true)] {
            for whole in [
                Value::F64(number),
                Value::List(vec![None, Some(Value::F64(number))]),
            ] {
                let answer = vec![value(whole)];
                let answer = ToolAnswer::new(&SERVICE, &[], answer, Timestamp::UNIX_EPOCH).unwrap();
                let said = answer.missing("count");
                let said = said.is_some_and(|said| said.starts_with("not_finite"));
                assert_eq!(said, missing, "{answer}");
            }
        }
    }
}
