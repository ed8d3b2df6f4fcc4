//! `get`: an entity's features, and why one is missing.

use serde_json::Value as Json;

use super::output::or_dash;
use super::{CliError, Report, Target, keys};
use crate::lookup::Status;
use crate::registry::unknown;
use crate::serving::EntityAnswer;
use crate::store::{AskedEntity, FeatureStore, FeatureValue, StoreError};
use crate::time::format_timestamp;

/// What is asked about, as it is given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) keys: &'a [String],
    pub(super) request: &'a [String],
}

pub(super) async fn get(
    store: &FeatureStore,
    target: Target,
    given: Given<'_>,
    only: &[String],
) -> Result<Report, CliError> {
    let plan = match target {
        Target::Service(service) => store.plan_service(service),
        Target::View(view) => {
            let names: Vec<String> = view
                .columns()
                .iter()
                .map(|column| format!("{}:{}", view.name(), column.name()))
                .collect();
            store.plan_features(names.iter().map(String::as_str), &[])?
        }
    };
    let names: Vec<&str> = plan.names().collect();
    let chosen = choose(&names, only)?;
    // What the others are, or why they are nothing, is not asked where nothing is computed of them.
    let (plan, chosen) = plan.only(chosen);
    let names: Vec<&str> = plan.names().collect();
    let key = keys::parse(plan.join_keys(), given.keys)?;
    let request = keys::parse_request(plan.request(), given.request)?;
    let key_json: Vec<Json> = key.iter().map(crate::types::Value::to_json).collect();
    let key_text: Vec<String> = plan
        .join_keys()
        .iter()
        .zip(&key)
        .map(|((name, _), value)| format!("{name}={}", value.text()))
        .collect();
    let asked = AskedEntity::new(key).with_request(request);
    let mut answers = store.read_plan_with(&plan, &[asked]).await?;
    let broken = || StoreError::internal("an entity was asked for, and the answer lacks a feature");
    let found = answers.pop().ok_or_else(broken)??;
    let chosen = chosen.into_iter();
    let chosen: Option<(Vec<&str>, Vec<FeatureValue>)> = chosen
        .map(|index| Some((*names.get(index)?, found.get(index)?.clone())))
        .collect();
    let (names, values) = chosen.ok_or_else(broken)?;
    let key_names = plan.join_keys().iter().map(|(name, _)| *name);
    let report = Report::new(&EntityAnswer {
        keys: key_names.zip(&key_json).collect(),
        names: &names,
        values: &values,
    })?;
    let row = |(name, value): (&&str, &FeatureValue)| {
        [
            (*name).to_owned(),
            or_dash(value.value.as_ref().map(|value| value.text().into_owned())),
            value.status.as_str().to_owned(),
            or_dash(value.event_timestamp.map(format_timestamp)),
        ]
    };
    let key_text = key_text.join(" ");
    // What is computed has no row.
    let mut rows = plan
        .features()
        .iter()
        .zip(&found)
        .filter(|(feature, _)| feature.place().is_some());
    let missing = rows.all(|(_, value)| value.status == Status::Missing);
    let report = report.text(&key_text).table(
        ["feature", "value", "status", "event time"],
        names.iter().zip(&values).map(row),
    );
    Ok(if missing {
        report.text(&format!(
            "{key_text} is not in the online store: check the key, or materialize the views"
        ))
    } else {
        report
    })
}

/// The indices of the features that are wanted, in the order asked for; all where none is named.
fn choose(names: &[&str], only: &[String]) -> Result<Vec<usize>, CliError> {
    if only.is_empty() {
        return Ok((0..names.len()).collect());
    }
    let index = |wanted: &String| {
        let index = names.iter().position(|name| name == wanted);
        index.ok_or_else(|| unknown("feature", wanted, names.iter().copied()).into())
    };
    only.iter().map(index).collect()
}
