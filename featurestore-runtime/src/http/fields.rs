//! A request's JSON object, its fields in the order they came.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;

use super::rejection::Rejection;

/// The fields of an object, each name once.
#[derive(Debug)]
pub(super) struct Fields(Vec<(String, Json)>);

impl Fields {
    /// Reads a body.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Rejection> {
        let fields: Self = serde_json::from_slice(body).map_err(|error| {
            let reason = error.to_string();
            if error.is_data() {
                Rejection::NotAnObject { reason }
            } else {
                Rejection::InvalidJson { reason }
            }
        })?;
        fields.each_once()
    }

    /// Takes names and values that came otherwise, as in a query string.
    pub(super) fn new(fields: Vec<(String, Json)>) -> Result<Self, Rejection> {
        Self(fields).each_once()
    }

    // Two values for one name: whichever were taken, the other half of the callers gets a wrong
    // answer.
    fn each_once(self) -> Result<Self, Rejection> {
        let mut seen = HashSet::with_capacity(self.0.len());
        match self.0.iter().find(|(name, _)| !seen.insert(name.as_str())) {
            Some((name, _)) => Err(Rejection::RepeatedField { name: name.clone() }),
            None => Ok(self),
        }
    }

    /// Takes out the field with this name.
    pub(super) fn take(&mut self, name: &str) -> Option<Json> {
        let place = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(place).1)
    }

    /// The fields that were not taken.
    pub(super) fn rest(self) -> Vec<(String, Json)> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Fields;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Fields(fields))
    }
}
