//! Requests in the plain form: `{"user_id": "8a2f", "features": ["user_segment"]}`.

use std::borrow::Cow;

use super::fields::{Fields, twice};
use super::given::Given;
use super::rejection::Rejection;
use super::serving::JoinKeys;
use super::wanted::Wanted;
use crate::view::ColumnDefinition;

/// What may stand in a request beside join keys.
const OPTIONS: [&str; 3] = ["features", "service", "metadata"];

/// A request in the plain form, its shape checked, its names not yet.
#[derive(Debug)]
pub(super) struct PlainRequest<'a> {
    /// The features that are asked for.
    pub(super) wanted: Wanted<'a>,
    /// Whether the answer says why a value is missing and how old it is.
    pub(super) metadata: bool,
    /// The join keys and request fields and their values, in the order they came.
    pub(super) keys: Vec<(Cow<'a, str>, Given<'a>)>,
}

impl<'a> PlainRequest<'a> {
    /// Checks a request's shape. A field that is neither an option nor a join key of a view that the caller may read is
    /// refused, so that a misspelt option is not silently without effect.
    pub(super) fn new(mut fields: Fields<'a>, join_keys: JoinKeys<'_>) -> Result<Self, Rejection> {
        let metadata = match fields.take("metadata") {
            None => false,
            Some(Given::Bool(metadata)) => metadata,
            Some(other) => return Err(Rejection::option("metadata", "true or false", &other)),
        };
        let wanted = match (fields.take("features"), fields.take("service")) {
            (Some(_), Some(_)) => return Err(Rejection::FeaturesAndService { service: "service" }),
            (None, None) => {
                // What is asked may be misspelt.
                known(&fields.rest(), join_keys, &[])?;
                return Err(Rejection::NothingAsked { service: "service" });
            }
            (Some(features), None) => Wanted::Features(feature_names(features)?),
            (None, Some(Given::Text(name))) => Wanted::Service(name),
            (None, Some(other)) => return Err(Rejection::option("service", "a name", &other)),
        };
        let keys = fields.rest();
        known(&keys, join_keys, join_keys.request_of(&wanted))?;
        Ok(Self {
            wanted,
            metadata,
            keys,
        })
    }
}

/// Checks that fields are join keys, or request fields of the service that is asked for.
fn known(
    keys: &[(Cow<'_, str>, Given<'_>)],
    join_keys: JoinKeys<'_>,
    request: &[&'static ColumnDefinition],
) -> Result<(), Rejection> {
    let is_request = |name: &str| request.iter().any(|field| field.name() == name);
    let unknown = keys
        .iter()
        .find(|(name, _)| !join_keys.contains(name.as_ref()) && !is_request(name));
    match unknown {
        None => Ok(()),
        Some((name, value)) if name == "entities" => Err(Rejection::entities(value)),
        Some((name, _)) => {
            let request: Vec<&str> = request.iter().map(|field| field.name()).collect();
            let known = [&OPTIONS[..], &join_keys.list(), &request].concat();
            Err(Rejection::unknown_field(name, &known))
        }
    }
}

/// The names of a list of features, each once.
pub(super) fn feature_names(features: Given<'_>) -> Result<Vec<Cow<'_, str>>, Rejection> {
    let expected = "a list of names";
    let Given::List(features) = features else {
        return Err(Rejection::option("features", expected, &features));
    };
    let names = features
        .into_iter()
        .map(|name| match name {
            Given::Text(name) => Ok(name),
            other => Err(Rejection::option("features", expected, &other)),
        })
        .collect::<Result<Vec<_>, _>>()?;
    if names.is_empty() {
        return Err(Rejection::NoFeatures);
    }
    match twice(names.iter().map(AsRef::as_ref)) {
        Some(name) => Err(Rejection::RepeatedFeature {
            name: name.to_owned(),
        }),
        None => Ok(names),
    }
}
