//! A request's JSON object, its fields in the order they came.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::given::{self, Given};
use super::rejection::Rejection;
use crate::types::check_numbers;

/// Up to so many names, comparing each with each is faster than a set of them.
const FEW: usize = 16;

/// The fields of an object, each name once.
#[derive(Debug)]
pub(super) struct Fields<'a>(Vec<(Cow<'a, str>, Given<'a>)>);

impl<'a> Fields<'a> {
    /// Reads a body. A number that would be another one as a double, such as `1e-400`, is as wrong in
    /// it as one that is no double at all.
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, Rejection> {
        let InOrder(fields) = serde_json::from_slice(body).map_err(|error| {
            let reason = error.to_string();
            if error.is_data() {
                Rejection::NotAnObject { reason }
            } else {
                Rejection::InvalidJson { reason }
            }
        })?;
        check_numbers(body).map_err(|rounded| Rejection::InvalidJson {
            reason: rounded.to_string(),
        })?;
        Self::new(fields)
    }

    /// Takes names and values, of which no name may come twice. Whichever value were taken, the
    /// other half of the callers would get a wrong answer.
    pub(super) fn new(fields: Vec<(Cow<'a, str>, Given<'a>)>) -> Result<Self, Rejection> {
        match twice(fields.iter().map(|(name, _)| name.as_ref())) {
            Some(name) => Err(Rejection::RepeatedField {
                name: name.to_owned(),
            }),
            None => Ok(Self(fields)),
        }
    }

    /// The field with this name.
    pub(super) fn field(&self, name: &str) -> Option<&Given<'a>> {
        let field = self.0.iter().find(|(known, _)| known == name)?;
        Some(&field.1)
    }

    /// Takes out the field with this name.
    pub(super) fn take(&mut self, name: &str) -> Option<Given<'a>> {
        let index = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(index).1)
    }

    /// The fields that were not taken.
    pub(super) fn rest(self) -> Vec<(Cow<'a, str>, Given<'a>)> {
        self.0
    }
}

/// The first name that was there before.
pub(super) fn twice<'n>(names: impl ExactSizeIterator<Item = &'n str> + Clone) -> Option<&'n str> {
    if names.len() <= FEW {
        let before = |index: usize, name| names.clone().take(index).any(|known| known == name);
        let mut placed = names.clone().enumerate();
        return placed.find_map(|(index, name)| before(index, name).then_some(name));
    }
    let mut seen = HashSet::with_capacity(names.len());
    names.into_iter().find(|name| !seen.insert(*name))
}

struct InOrder<'a>(Vec<(Cow<'a, str>, Given<'a>)>);

impl<'de> Deserialize<'de> for InOrder<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AnObject)
    }
}

struct AnObject;

impl<'de> Visitor<'de> for AnObject {
    type Value = InOrder<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<InOrder<'de>, M::Error> {
        given::fields(map).map(InOrder)
    }
}
