//! JSON as somebody sent it: what is wrong with it where `serde_json` makes another value of it without
//! a word, as it keeps the last of names that come twice and takes `1e-400` for 0.

use std::fmt;

use featurestore_schema::Rounded;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value as Json};

use super::rounded::check_numbers;

/// What `serde_json` makes of a text, and where that is not what the text says.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) json: Json,
    pub(crate) fault: Option<SentFault>,
}

/// Why a value is not what was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SentFault {
    /// A name comes twice; with those above it: `params.arguments.id`.
    #[error("`{0}` is given more than once")]
    Repeated(String),
    #[error(transparent)]
    Rounded(#[from] Rounded),
}

impl Sent {
    pub(crate) fn parse(text: &[u8]) -> serde_json::Result<Self> {
        let Distinct { json, repeated } = serde_json::from_slice(text)?;
        let rounded = || check_numbers(text).err().map(SentFault::Rounded);
        let fault = repeated.map(SentFault::Repeated).or_else(rounded);
        Ok(Self { json, fault })
    }
}

/// A value, and the first name in it that comes twice.
#[derive(Debug)]
struct Distinct {
    json: Json,
    repeated: Option<String>,
}

impl From<Json> for Distinct {
    fn from(json: Json) -> Self {
        Self {
            json,
            repeated: None,
        }
    }
}

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Distinct;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Distinct, E> {
        Ok(Json::Null.into())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Distinct, E> {
        Ok(Json::from(value).into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Distinct, E> {
        Ok(Json::from(value).into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Distinct, E> {
        Ok(Json::from(value).into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Distinct, E> {
        Ok(Number::from_f64(value)
            .map_or(Json::Null, Json::Number)
            .into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Distinct, E> {
        Ok(Json::from(text).into())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Distinct, S::Error> {
        let (mut values, mut repeated) = (Vec::new(), None);
        while let Some(value) = list.next_element::<Distinct>()? {
            repeated = repeated.or(value.repeated);
            values.push(value.json);
        }
        Ok(Distinct {
            json: Json::Array(values),
            repeated,
        })
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Distinct, M::Error> {
        let (mut fields, mut repeated) = (Map::new(), None);
        while let Some((name, value)) = map.next_entry::<String, Distinct>()? {
            if fields.contains_key(&name) {
                repeated.get_or_insert_with(|| name.clone());
            }
            if let Some(within) = value.repeated {
                repeated.get_or_insert_with(|| format!("{name}.{within}"));
            }
            fields.insert(name, value.json);
        }
        Ok(Distinct {
            json: Json::Object(fields),
            repeated,
        })
    }
}
