//! JSON as a request gives it: texts borrowed from the body, objects with their fields in order.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::{Number, Value as Json};

/// A JSON value that borrows what it can. Unlike `serde_json`'s, an object keeps names that come
/// twice, so that they can be refused.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Given<'a>>),
    Object(Vec<(Cow<'a, str>, Given<'a>)>),
}

impl Given<'_> {
    /// The same as a value of `serde_json`.
    pub(super) fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::from(*value),
            Self::Number(number) => Json::from(number.clone()),
            Self::Text(text) => Json::from(text.as_ref()),
            Self::List(values) => values.iter().map(Self::to_json).collect(),
            Self::Object(fields) => {
                let field =
                    |(name, value): &(Cow<'_, str>, Self)| (name.to_string(), value.to_json());
                Json::Object(fields.iter().map(field).collect())
            }
        }
    }
}

impl From<Json> for Given<'_> {
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(number) => Self::Number(number),
            Json::String(text) => Self::Text(text.into()),
            Json::Array(values) => Self::List(values.into_iter().map(Self::from).collect()),
            Json::Object(fields) => {
                let field = |(name, value): (String, Json)| (name.into(), value.into());
                Self::Object(fields.into_iter().map(field).collect())
            }
        }
    }
}

impl fmt::Display for Given<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&serde_json::to_string(self).unwrap_or_default())
    }
}

impl Serialize for Given<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(values) => serializer.collect_seq(values),
            Self::Object(fields) => {
                serializer.collect_map(fields.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Given<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Given<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Given<'de>, E> {
        Ok(Given::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Given<'de>, E> {
        Ok(Given::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Given<'de>, E> {
        Ok(Given::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Given<'de>, E> {
        Ok(Given::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Given<'de>, E> {
        Ok(Number::from_f64(value).map_or(Given::Null, Given::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Given<'de>, E> {
        Ok(Given::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Given<'de>, E> {
        Ok(Given::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Given<'de>, S::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Given::List(values))
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Given<'de>, M::Error> {
        fields(map).map(Given::Object)
    }
}

/// The fields of an object, in their order.
pub(super) fn fields<'de, M: MapAccess<'de>>(
    mut map: M,
) -> Result<Vec<(Cow<'de, str>, Given<'de>)>, M::Error> {
    let mut fields = Vec::new();
    while let Some((Name(name), value)) = map.next_entry()? {
        fields.push((name, value));
    }
    Ok(fields)
}

struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(AnyName)
    }
}

struct AnyName;

impl<'de> Visitor<'de> for AnyName {
    type Value = Name<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(text.to_owned())))
    }
}
