//! Requests in the plain form: `{"user_id": "8a2f", "features": ["user_segment"]}`.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value as Json;

use super::fields::Fields;
use super::rejection::Rejection;
use crate::registry::Registry;
use crate::view::{JoinKey, ViewDefinition};

/// What may stand in a request beside join keys.
const OPTIONS: [&str; 3] = ["features", "service", "metadata"];

/// A request in the plain form, its shape checked, its names not yet.
#[derive(Debug)]
pub(super) struct PlainRequest {
    /// The features that are asked for.
    pub(super) wanted: Wanted,
    /// Whether the answer says why a value is missing and how old it is.
    pub(super) metadata: bool,
    /// The join keys and their values, in the order they came.
    pub(super) keys: Vec<(String, Json)>,
}

/// Which features a request asks for.
#[derive(Debug)]
pub(super) enum Wanted {
    /// These, by name.
    Features(Vec<String>),
    /// All of a service.
    Service(String),
}

impl PlainRequest {
    /// Checks a request's shape. A field that is neither an option nor any view's join key is
    /// refused, so that a misspelt option is not silently without effect.
    pub(super) fn new(mut fields: Fields, registry: &Registry) -> Result<Self, Rejection> {
        let wanted = match (fields.take("features"), fields.take("service")) {
            (Some(_), Some(_)) => return Err(Rejection::FeaturesAndService),
            (None, None) => return Err(Rejection::NothingAsked),
            (Some(features), None) => Wanted::Features(feature_names(features)?),
            (None, Some(Json::String(name))) => Wanted::Service(name),
            (None, Some(other)) => return Err(Rejection::option("service", "a name", &other)),
        };
        let metadata = match fields.take("metadata") {
            None => false,
            Some(Json::Bool(metadata)) => metadata,
            Some(other) => return Err(Rejection::option("metadata", "true or false", &other)),
        };
        let keys = fields.rest();
        let join_keys: BTreeSet<&str> = registry
            .views()
            .flat_map(ViewDefinition::join_keys)
            .map(JoinKey::name)
            .collect();
        if let Some((name, _)) = keys
            .iter()
            .find(|(name, _)| !join_keys.contains(name.as_str()))
        {
            let known: Vec<&str> = OPTIONS.into_iter().chain(join_keys).collect();
            return Err(Rejection::unknown_field(name, &known));
        }
        Ok(Self {
            wanted,
            metadata,
            keys,
        })
    }
}

fn feature_names(features: Json) -> Result<Vec<String>, Rejection> {
    let expected = "a list of names";
    let Json::Array(features) = features else {
        return Err(Rejection::option("features", expected, &features));
    };
    let names = features
        .into_iter()
        .map(|name| match name {
            Json::String(name) => Ok(name),
            other => Err(Rejection::option("features", expected, &other)),
        })
        .collect::<Result<Vec<_>, _>>()?;
    if names.is_empty() {
        return Err(Rejection::NoFeatures);
    }
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(Rejection::RepeatedFeature { name: name.clone() }),
        None => Ok(names),
    }
}
