//! From a request's join keys to the entities that are read.

use featurestore_schema::Dtype;
use serde_json::Value as Json;

use super::rejection::Rejection;
use crate::store::Plan;
use crate::types::Value;

/// The entities of a request.
#[derive(Debug)]
pub(super) struct Entities {
    /// The join keys that the features need, in the order the request has them, with each
    /// entity's value as it came.
    keys: Vec<(String, Column)>,
    /// Per entity, the values in the order of the plan.
    pub(super) values: Vec<Vec<Value>>,
    /// Whether the request asked about a list of entities, be it a list of one.
    pub(super) many: bool,
}

/// A join key's values.
#[derive(Debug)]
enum Column {
    /// One for every entity.
    One(Json),
    /// One per entity.
    Many(Vec<Json>),
}

impl Column {
    fn value(&self, entity: usize) -> &Json {
        match self {
            Self::One(value) => value,
            Self::Many(values) => values.get(entity).unwrap_or(&Json::Null),
        }
    }
}

impl Entities {
    /// Takes the join keys that `plan` needs. A key with one value holds for every entity; those
    /// with lists go together, place by place. Keys that no asked feature needs are left out.
    /// More than `limit` entities are refused.
    pub(super) fn new(
        plan: &Plan,
        given: Vec<(String, Json)>,
        limit: usize,
    ) -> Result<Self, Rejection> {
        let wanted = plan.join_keys();
        if let Some((key, _)) = wanted
            .iter()
            .find(|(key, _)| !given.iter().any(|(name, _)| name == key))
        {
            return Err(Rejection::MissingKey {
                key,
                wanted: describe(wanted),
            });
        }
        let keys: Vec<(String, Column)> = given
            .into_iter()
            .filter(|(name, _)| wanted.iter().any(|(key, _)| key == name))
            .map(|(name, value)| match value {
                Json::Array(values) => (name, Column::Many(values)),
                value => (name, Column::One(value)),
            })
            .collect();
        let count = count(&keys, limit)?;
        let mut values = Vec::with_capacity(count.unwrap_or(1));
        for entity in 0..count.unwrap_or(1) {
            values.push(parse(wanted, &keys, entity)?);
        }
        Ok(Self {
            keys,
            values,
            many: count.is_some(),
        })
    }

    /// An entity's join keys as they came.
    pub(super) fn keys(&self, entity: usize) -> Vec<(&str, &Json)> {
        self.keys
            .iter()
            .map(|(name, column)| (name.as_str(), column.value(entity)))
            .collect()
    }
}

/// The number of entities; nothing where no key has a list.
fn count(keys: &[(String, Column)], limit: usize) -> Result<Option<usize>, Rejection> {
    let mut first: Option<(&str, usize)> = None;
    for (name, column) in keys {
        let Column::Many(values) = column else {
            continue;
        };
        match first {
            None => first = Some((name, values.len())),
            Some((_, count)) if count == values.len() => {}
            Some((other, count)) => {
                return Err(Rejection::UnequalKeys {
                    first: format!("`{other}` has {count}"),
                    second: format!("`{name}` has {}", values.len()),
                });
            }
        }
    }
    match first {
        Some((name, 0)) => Err(Rejection::NoEntities {
            key: name.to_owned(),
        }),
        Some((_, count)) if count > limit => Err(Rejection::TooManyEntities { count, limit }),
        _ => Ok(first.map(|(_, count)| count)),
    }
}

/// An entity's values in the order of the plan.
fn parse(
    wanted: &[(&'static str, Dtype)],
    keys: &[(String, Column)],
    entity: usize,
) -> Result<Vec<Value>, Rejection> {
    let value = |(key, dtype): &(&'static str, Dtype)| {
        let column = keys.iter().find(|(name, _)| name == key);
        let json = column.map_or(&Json::Null, |(_, column)| column.value(entity));
        Value::from_json(json, *dtype).map_err(|error| Rejection::WrongKey { key, error })
    };
    wanted.iter().map(value).collect()
}

fn describe(keys: &[(&'static str, Dtype)]) -> String {
    let keys: Vec<String> = keys
        .iter()
        .map(|(name, dtype)| format!("`{name}` ({dtype})"))
        .collect();
    keys.join(", ")
}
