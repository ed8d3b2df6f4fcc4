//! Requests and answers in the form that Feast clients speak: entities column by column, answers
//! feature by feature.
//!
//! `{"entities":{"user_id":["8a2f"]},"features":["user_segment:user_segment"]}` gives
//! `{"metadata":{"feature_names":["user_id","user_segment"]},"results":[
//! {"values":["8a2f"],"statuses":["PRESENT"],"event_timestamps":["1970-01-01T00:00:00Z"]},
//! {"values":["power_user"],"statuses":["PRESENT"],"event_timestamps":["2026-05-07T00:00:00Z"]}]}`

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use featurestore_schema::Dtype;
use tokio::task::consume_budget;

use super::counts::Counts;
use super::entities::{Entities, count};
use super::feast_status::status_json;
use super::fields::{Fields, twice};
use super::given::Given;
use super::limits::Limits;
use super::plain::feature_names;
use super::rejection::Rejection;
use super::serving::JoinKeys;
use super::value::{AnswerForm, write_json, write_value};
use super::wanted::Wanted;
use crate::store::{Cells, Plan, StoreError};
use crate::time::format_timestamp;
use crate::view::ViewDefinition;

/// How many values count as one entity that is read does, in a request's turn on its thread.
const VALUES_A_TURN: usize = 64;

/// What stands for the time of a value that has none.
const EPOCH: &[u8] = b"\"1970-01-01T00:00:00Z\"";

/// A request in Feast's form, its shape checked, its names not yet.
#[derive(Debug)]
pub(super) struct FeastRequest<'a> {
    /// The features that are asked for.
    pub(super) wanted: Wanted<'a>,
    /// Whether a feature's name in the answer has its view's before it.
    pub(super) full_names: bool,
    /// The join keys and their lists of values, in the order they came.
    pub(super) keys: Vec<(Cow<'a, str>, Given<'a>)>,
}

impl<'a> FeastRequest<'a> {
    /// Whether a request has Feast's form: only there, `entities` is an object.
    pub(super) fn has_form(fields: &Fields<'_>) -> bool {
        matches!(fields.field("entities"), Some(Given::Object(_)))
    }

    /// Checks a request's shape. Fields that are not known are left alone: each version of Feast
    /// adds some.
    pub(super) fn new(
        mut fields: Fields<'a>,
        join_keys: JoinKeys<'_>,
        max_entities: usize,
    ) -> Result<Self, Rejection> {
        let service = match fields.take("feature_service") {
            None | Some(Given::Null) => None,
            Some(Given::Text(name)) if name.is_empty() => None,
            Some(Given::Text(name)) => Some(name),
            Some(other) => return Err(Rejection::option("feature_service", "a name", &other)),
        };
        let features = match fields.take("features") {
            None | Some(Given::Null) => None,
            Some(Given::List(none)) if none.is_empty() && service.is_some() => None,
            Some(features) => Some(feature_names(features)?),
        };
        let wanted = match (features, service) {
            (Some(features), None) => Wanted::Features(features),
            (None, Some(name)) => Wanted::Service(name),
            (given, _) => {
                let service = "feature_service";
                return Err(match given {
                    Some(_) => Rejection::FeaturesAndService { service },
                    None => Rejection::NothingAsked { service },
                });
            }
        };
        let full_names = match fields.take("full_feature_names") {
            None | Some(Given::Null) => false,
            Some(Given::Bool(full)) => full,
            Some(other) => {
                return Err(Rejection::option(
                    "full_feature_names",
                    "true or false",
                    &other,
                ));
            }
        };
        let keys = match fields.take("entities") {
            Some(Given::Object(keys)) => Fields::new(keys)?.rest(),
            other => return Err(Rejection::entities(&other.unwrap_or(Given::Null))),
        };
        let request = join_keys.request_of(&wanted);
        let mut lists = Vec::with_capacity(keys.len());
        for (name, values) in &keys {
            let is_request = request.iter().any(|field| field.name() == name);
            if !is_request && !join_keys.contains(name.as_ref()) {
                let request = request.iter().map(|field| field.name());
                let known: Vec<_> = join_keys.list().into_iter().chain(request).collect();
                return Err(Rejection::unknown_key(name, known.into_iter()));
            }
            let Given::List(values) = values else {
                return Err(Rejection::KeyList {
                    key: name.to_string(),
                    given: values.to_string(),
                });
            };
            lists.push((name.as_ref(), values.len()));
        }
        // Of keys that no asked feature needs, too: something is wrong with such a request.
        count(lists.into_iter(), max_entities)?;
        Ok(Self {
            wanted,
            full_names,
            keys,
        })
    }
}

/// The features' names in the answer, which must tell them from each other and from join keys.
pub(super) fn answer_names(
    plan: &Plan,
    entities: &Entities<'_>,
    full: bool,
) -> Result<Vec<Cow<'static, str>>, Rejection> {
    let names = plan.features().iter().zip(plan.names());
    let names: Vec<Cow<'static, str>> = names
        .map(|(feature, name)| {
            if full {
                let view = feature.view().map(ViewDefinition::name);
                let of = view.or_else(|| plan.service_name()).unwrap_or_default();
                Cow::Owned(format!("{of}__{name}"))
            } else {
                Cow::Borrowed(name)
            }
        })
        .collect();
    let all: Vec<&str> = entities
        .names()
        .chain(names.iter().map(AsRef::as_ref))
        .collect();
    match twice(all.iter().copied()) {
        Some(name) => Err(Rejection::CollidingNames {
            name: name.to_owned(),
            way_out: if full {
                "ask for them in two requests"
            } else {
                "set `full_feature_names` to true"
            },
        }),
        None => Ok(names),
    }
}

/// Writes the answer about all entities, each with its cells. There is no place in it for one
/// entity's error, so a damaged row, or a value that its clients can't take, is the whole answer's.
pub(super) async fn write_answer(
    plan: &Plan,
    names: &[Cow<'static, str>],
    entities: &Entities<'_>,
    cells: &mut [Cells<'_>],
    limits: &Limits,
) -> Result<(Vec<u8>, Counts), Rejection> {
    let mut counts = Counts::new(plan);
    let mut out = Vec::with_capacity(256 + cells.len() * (names.len() + 1) * 48);
    out.extend_from_slice(b"{\"metadata\":{\"feature_names\":");
    let all: Vec<&str> = entities
        .names()
        .chain(names.iter().map(AsRef::as_ref))
        .collect();
    write_json(&mut out, &all);
    out.extend_from_slice(b"},\"results\":[");
    for key in 0..entities.names().len() {
        out.extend_from_slice(b"{\"values\":[");
        for entity in 0..cells.len() {
            if let Some((_, value)) = entities.keys(entity).nth(key) {
                write_json(&mut out, value);
            }
            out.push(b',');
        }
        next_list(&mut out, "statuses");
        for _ in 0..cells.len() {
            out.extend_from_slice(b"\"PRESENT\",");
        }
        next_list(&mut out, "event_timestamps");
        for _ in 0..cells.len() {
            out.extend_from_slice(EPOCH);
            out.push(b',');
        }
        end_lists(&mut out);
    }
    // A view's times are those of each of its features.
    let mut times: HashMap<Option<usize>, Vec<u8>> = HashMap::new();
    let mut statuses = Vec::with_capacity(cells.len());
    for (index, feature) in plan.features().iter().enumerate() {
        let dtype = feature.dtype();
        statuses.clear();
        out.extend_from_slice(b"{\"values\":[");
        for (entity, cells) in cells.iter_mut().enumerate() {
            let cell = cells.get(index)?;
            match cell.value {
                Some(value) => {
                    if !write_value(&mut out, value, dtype, AnswerForm::Feast) {
                        return Err(Rejection::Unsayable {
                            of: match feature.view() {
                                Some(view) => view.name(),
                                None => plan.service_name().unwrap_or_default(),
                            },
                            name: feature.column_name(),
                            entity: entity + 1,
                            what: match dtype {
                                Dtype::U64 => "a value above 9223372036854775807",
                                Dtype::Json => "JSON that can't be written",
                                _ => "a list with null or a value above 9223372036854775807 in it",
                            },
                        });
                    }
                }
                None => out.extend_from_slice(b"null"),
            }
            out.push(b',');
            if let Some((view, _)) = feature.place() {
                counts.add(view, cell.status)?;
            }
            statuses.push(cell.status);
        }
        next_list(&mut out, "statuses");
        for status in &statuses {
            out.extend_from_slice(status_json(*status));
            out.push(b',');
        }
        next_list(&mut out, "event_timestamps");
        let view = feature.place().map(|(view, _)| view);
        let times = match times.entry(view) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(view_times(view, cells)?),
        };
        out.extend_from_slice(times);
        end_lists(&mut out);
        limits.check_answer(out.len())?;
        // So that other requests have their turn, and this one's time can end.
        for _ in 0..=cells.len() / VALUES_A_TURN {
            consume_budget().await;
        }
    }
    end_list(&mut out);
    out.push(b'}');
    Ok((out, counts))
}

/// The event timestamps of all entities' rows of a view, a comma behind each; what is computed has none.
fn view_times(view: Option<usize>, cells: &[Cells<'_>]) -> Result<Vec<u8>, StoreError> {
    let mut out = Vec::with_capacity(cells.len() * (EPOCH.len() + 1));
    let mut last = None;
    for cells in cells {
        let time = match view {
            Some(view) => cells.event_timestamp(view)?,
            None => None,
        };
        match (time, last) {
            (None, _) => out.extend_from_slice(EPOCH),
            // Rows that were materialized together mostly have one time.
            (Some(time), Some((known, start, end))) if time == known => {
                out.extend_from_within(start..end);
            }
            (Some(time), _) => {
                let start = out.len();
                write_json(&mut out, &format_timestamp(time));
                last = Some((time, start, out.len()));
            }
        }
        out.push(b',');
    }
    Ok(out)
}

fn next_list(out: &mut Vec<u8>, name: &str) {
    end_list(out);
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":[");
}

fn end_lists(out: &mut Vec<u8>) {
    end_list(out);
    out.extend_from_slice(b"},");
}

/// Puts the list's end in the place of the comma behind its last value.
fn end_list(out: &mut Vec<u8>) {
    if out.last() == Some(&b',') {
        out.pop();
    }
    out.push(b']');
}
