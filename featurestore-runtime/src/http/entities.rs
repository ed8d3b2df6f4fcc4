//! From a request's join keys to the entities that are read, and what else it gives for each.

use std::borrow::Cow;

use featurestore_schema::Dtype;

use super::given::Given;
use super::rejection::Rejection;
use crate::service::check_request;
use crate::store::{FeatureStore, GivenInputs, GivenValue, Plan};
use crate::types::{Value, ValueRef};
use crate::view::{ColumnDefinition, Violation};

/// The entities of a request: its join keys in the order it has them, with their values as they
/// came, and its request fields.
#[derive(Debug)]
pub(super) struct Entities<'a> {
    keys: Vec<(Cow<'a, str>, Column<'a>)>,
    /// In the plan's order, nothing for one that was not given.
    request: Vec<Option<Column<'a>>>,
    /// The number of entities; nothing where the request did not ask about a list.
    count: Option<usize>,
}

/// The values of a join key or a request field.
#[derive(Debug)]
enum Column<'a> {
    /// One for every entity.
    One(Given<'a>),
    /// One per entity.
    Many(Vec<Given<'a>>),
}

impl<'a> Column<'a> {
    /// A request field's, where a list may be one value: whether it is, the join keys say.
    fn of_request(field: &ColumnDefinition, given: Given<'a>, are_many: bool) -> Self {
        let holds_lists = matches!(
            field.dtype(),
            Dtype::List { .. } | Dtype::Array(_) | Dtype::Json
        );
        match given {
            Given::List(values) if are_many || !holds_lists => Self::Many(values),
            value => Self::One(value),
        }
    }

    /// How many values there are, where they are a list.
    fn count(&self) -> Option<usize> {
        match self {
            Self::One(_) => None,
            Self::Many(values) => Some(values.len()),
        }
    }

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
        mut given: Vec<(Cow<'a, str>, Given<'a>)>,
        limit: usize,
    ) -> Result<Self, Rejection> {
        let fields = plan.request().iter();
        let taken = fields.map(|field| {
            let place = given.iter().position(|(name, _)| name == field.name());
            (*field, place.map(|place| given.remove(place).1))
        });
        let taken: Vec<(&'static ColumnDefinition, Option<Given<'a>>)> = taken.collect();
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
        let are_many = keys.iter().any(|(_, column)| column.count().is_some());
        let mut request = Vec::with_capacity(taken.len());
        for (field, given) in taken {
            let optional = field.nullable() || field.default().is_some();
            if given.is_none() && !optional {
                return Err(plan.missing_request(field.name()).into());
            }
            request.push(given.map(|given| Column::of_request(field, given, are_many)));
        }
        let of_request = plan.request().iter().zip(&request);
        let of_request = of_request
            .filter_map(|(field, column)| Some((field.name(), column.as_ref()?.count()?)));
        let lists = keys
            .iter()
            .filter_map(|(name, column)| Some((name.as_ref(), column.count()?)));
        let count = count(lists.chain(of_request), limit)?;
        Ok(Self {
            keys,
            request,
            count,
        })
    }

    /// What the plan's expressions are given for each entity; nothing where there are none.
    pub(super) fn inputs(
        &self,
        plan: &Plan,
        store: &FeatureStore,
    ) -> Result<Vec<GivenInputs<'_>>, Rejection> {
        if !plan.is_evaluated() {
            return Ok(Vec::new());
        }
        let inputs = (0..self.len()).map(|entity| {
            GivenInputs::of(
                plan,
                |key| self.value(entity, key, store),
                |index, field| self.request(entity, index, field),
            )
        });
        inputs.collect()
    }

    /// An entity's value of a request field, which may be given for it.
    fn request(
        &self,
        entity: usize,
        index: usize,
        field: &'static ColumnDefinition,
    ) -> Result<Option<GivenValue<'_>>, Rejection> {
        let column = self.request.get(index).and_then(Option::as_ref);
        let given = column.map_or(&Given::Null, |column| column.value(entity));
        let refused = |error: Violation| Rejection::WrongRequest {
            field: field.name(),
            error,
        };
        let value = match (field.dtype(), given) {
            (_, Given::Null) => None,
            (Dtype::String, Given::Text(text)) => Some(GivenValue::Borrowed(ValueRef::Str(text))),
            (dtype, given) => {
                let value = Value::from_json(&given.to_json(), dtype);
                Some(GivenValue::Owned(
                    value.map_err(|error| refused(error.into()))?,
                ))
            }
        };
        let checked = value.as_ref().map(|value| value.borrow(field.dtype()));
        let checked = checked.transpose().map_err(|error| refused(error.into()))?;
        check_request(field, checked).map_err(refused)?;
        Ok(value)
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
    ) -> Result<GivenValue<'_>, Rejection> {
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
            Some(value) => Ok(GivenValue::Borrowed(value)),
            None => Value::from_json(&given.to_json(), dtype)
                .map(GivenValue::Owned)
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
