//! From a request's join keys to the entities that are read.

use std::borrow::Cow;

use featurestore_schema::Dtype;

use super::given::Given;
use super::rejection::Rejection;
use crate::store::{FeatureStore, KeyValue, Plan};
use crate::types::{Value, ValueRef};

/// The entities of a request: its join keys in the order it has them, with their values as they
/// came.
#[derive(Debug)]
pub(super) struct Entities<'a> {
    keys: Vec<(Cow<'a, str>, Column<'a>)>,
    /// The number of entities; nothing where the request did not ask about a list.
    count: Option<usize>,
}

/// A join key's values.
#[derive(Debug)]
enum Column<'a> {
    /// One for every entity.
    One(Given<'a>),
    /// One per entity.
    Many(Vec<Given<'a>>),
}

impl<'a> Column<'a> {
    fn value(&self, entity: usize) -> &Given<'a> {
        match self {
            Self::One(value) => value,
            Self::Many(values) => values.get(entity).unwrap_or(&Given::Null),
        }
    }
}

impl<'a> Entities<'a> {
    /// Takes the join keys, among them all that `plan` needs. A key with one value holds for every
    /// entity; those with lists go together, place by place. More than `limit` entities are refused.
    pub(super) fn new(
        plan: &Plan,
        given: Vec<(Cow<'a, str>, Given<'a>)>,
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
        let keys: Vec<(Cow<'a, str>, Column<'a>)> = given
            .into_iter()
            .map(|(name, value)| match value {
                Given::List(values) => (name, Column::Many(values)),
                value => (name, Column::One(value)),
            })
            .collect();
        let lists = keys.iter().filter_map(|(name, column)| match column {
            Column::Many(values) => Some((name.as_ref(), values.len())),
            Column::One(_) => None,
        });
        let count = count(lists, limit)?;
        Ok(Self { keys, count })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.count.unwrap_or(1)
    }

    /// Whether the request asked about a list of entities, be it a list of one.
    pub(super) fn are_many(&self) -> bool {
        self.count.is_some()
    }

    /// An entity's join keys as they came.
    pub(super) fn keys(&self, entity: usize) -> impl Iterator<Item = (&str, &Given<'a>)> {
        let keys = self.keys.iter();
        keys.map(move |(name, column)| (name.as_ref(), column.value(entity)))
    }

    /// The join keys' names, in the order the request has them.
    pub(super) fn names(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.keys.iter().map(|(name, _)| name.as_ref())
    }

    /// An entity's value of one of the plan's join keys.
    pub(super) fn value(
        &self,
        entity: usize,
        (key, dtype): (&'static str, Dtype),
        store: &FeatureStore,
    ) -> Result<KeyValue<'_>, Rejection> {
        let given = self.keys.iter().find(|(name, _)| name == key);
        let given = given.map_or(&Given::Null, |(_, column)| column.value(entity));
        // The answer repeats it as it was written, which may be longer than its value.
        if let Given::Text(text) = given {
            store.check_key(key, text.len())?;
        }
        // What most keys are; what this says of them is what `from_json` does.
        let borrowed = match (dtype, given) {
            (Dtype::String, Given::Text(text)) => Some(ValueRef::Str(text)),
            (Dtype::I64, Given::Number(number)) => number.as_i64().map(ValueRef::Int),
            (Dtype::U64, Given::Number(number)) => number.as_u64().map(ValueRef::UInt),
            _ => None,
        };
        match borrowed {
            Some(value) => Ok(KeyValue::Borrowed(value)),
            None => Value::from_json(&given.to_json(), dtype)
                .map(KeyValue::Owned)
                .map_err(|error| Rejection::WrongKey { key, error }),
        }
    }
}

/// The number of entities that lists of join keys' values are about; nothing where there is none.
pub(super) fn count<'n>(
    lists: impl Iterator<Item = (&'n str, usize)>,
    limit: usize,
) -> Result<Option<usize>, Rejection> {
    let mut first: Option<(&str, usize)> = None;
    for (name, length) in lists {
        match first {
            None => first = Some((name, length)),
            Some((_, count)) if count == length => {}
            Some((other, count)) => {
                return Err(Rejection::UnequalKeys {
                    first: format!("`{other}` has {count}"),
                    second: format!("`{name}` has {length}"),
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

fn describe(keys: &[(&'static str, Dtype)]) -> String {
    let keys: Vec<String> = keys
        .iter()
        .map(|(name, dtype)| format!("`{name}` ({dtype})"))
        .collect();
    keys.join(", ")
}
