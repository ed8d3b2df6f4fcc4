//! Making an explanation: which row of the key wins, and by which rule each other one loses.

use featurestore_schema::{Dtype, listing};

use super::{Explain, ExplainedFeature, Explanation, LostRow, SourceRow, ViewExplanation};
use crate::codec::write_value;
use crate::error::Error;
use crate::lookup::Status;
use crate::offline::duckdb::explain::query::{KeyRows, Side};
use crate::offline::duckdb::explain::rows::{Exact, read, summary};
use crate::offline::{RuleSql, Session, run, view_relation};
use crate::pit::{Asked, Decision, Reason, Row, Rule, instant, is_comparable, nanos, span};
use crate::service::{ServiceDefinition, ServiceFeature};
use crate::time::{Timestamp, format_timestamp};
use crate::types::Value;
use crate::view::ViewDefinition;

pub(super) async fn explain(asked: Explain) -> Result<Explanation, Error> {
    let join_keys = asked.service.join_keys();
    check_key(&asked.key, &join_keys)?;
    check_time(asked.at)?;
    run(asked.store.offline().clone(), move |session| {
        let mut views = Vec::with_capacity(asked.service.views().len());
        for (place, view) in asked.service.views().enumerate() {
            views.push(asked.view(session, place, view)?);
        }
        let names = join_keys.into_iter().map(|(name, _)| name);
        Ok(Explanation {
            service: asked.service.name(),
            keys: names.zip(asked.key).collect(),
            at: asked.at,
            views,
        })
    })
    .await
}

impl Explain {
    fn view(
        &self,
        session: &Session,
        place: usize,
        view: &'static ViewDefinition,
    ) -> Result<ViewExplanation, Error> {
        let source = view_relation(session, view, self.store.paths())?;
        let used = used_features(self.service, place);
        let columns: Vec<usize> = used.iter().map(|feature| feature.column()).collect();
        let key = key_of(view, &self.service.join_keys(), &self.key)?;
        let rule = Rule::of(view);
        let now = nanos(self.at);
        let rows = KeyRows {
            view,
            source: &source,
            rule: &RuleSql::over_placed(rule, &source),
            key: &key,
            at: now,
            columns: &columns,
        };
        let mut explained = ViewExplanation::of(view, source.relation.text.clone());
        let (count, without_time, event_times) = summary(session, &rows, false)?;
        explained.rows = count;
        explained.without_time = without_time;
        explained.event_times = event_times;
        if count == 0 {
            (_, _, explained.source_times) = summary(session, &rows, true)?;
        }
        let known = self.candidates.saturating_add(1);
        let mut known = read(session, &rows, Side::Known, known)?;
        let mut shown = read(session, &rows, Side::Later, self.candidates)?;
        // The latest first. Without a winner there is one row more than was asked for.
        shown.reverse();
        let later = shown.len();
        shown.append(&mut known);
        let decision = decide(&rule, &key, now, &shown);
        explained.status = decision.status();
        let most = later.saturating_add(usize::try_from(self.candidates).unwrap_or(usize::MAX));
        let lost = shown.into_iter().zip(decision.reasons());
        for (row, reason) in lost {
            match reason {
                None => explained.winner = Some(row.shown(now)),
                Some(reason) if explained.lost.len() < most => {
                    explained.lost.push(row.lost(now, *reason));
                }
                Some(_) => {}
            }
        }
        explained.features = used
            .iter()
            .enumerate()
            .map(|(index, feature)| explained.feature(view, feature, index))
            .collect();
        Ok(explained)
    }
}

impl ViewExplanation {
    fn feature(
        &self,
        view: &'static ViewDefinition,
        feature: &ServiceFeature,
        index: usize,
    ) -> ExplainedFeature {
        let taken = self.winner.as_ref().and_then(|row| row.values.get(index));
        let value = taken.cloned().flatten();
        let status = match (self.status, &value) {
            (Status::Found, None) => Status::Null,
            (status, _) => status,
        };
        let default = if value.is_none() {
            feature.default()
        } else {
            None
        };
        let column = view.columns().get(feature.column());
        ExplainedFeature {
            name: feature.name(),
            column: column.map_or("", |column| column.source_column()),
            status,
            from_default: default.is_some(),
            value: value.or(default),
        }
    }
}

impl Exact {
    fn lost(self, now: i128, reason: Reason) -> LostRow {
        let row = self.shown(now);
        LostRow { row, reason }
    }

    fn shown(self, now: i128) -> SourceRow {
        SourceRow {
            event_timestamp: instant(self.event),
            created_timestamp: self.created.map(instant),
            age: (self.event <= now).then(|| span(now - self.event)),
            place: self.place,
            values: self.values,
        }
    }
}

/// Decides over rows of one key, which come in the rule's order, the latest first.
fn decide(rule: &Rule, key: &[&Value], at: i128, rows: &[Exact]) -> Decision {
    let key: Vec<Option<&Value>> = key.iter().copied().map(Some).collect();
    let asked = Asked { key: &key, at };
    let rows = rows.iter().zip((0..rows.len() as u64).rev());
    let rows = rows.map(|(row, place)| Row {
        key: &key,
        event: Some(row.event),
        created: row.created,
        place,
    });
    rule.decide(&asked, &rows.collect::<Vec<_>>())
}

fn check_key(key: &[Value], wanted: &[(&'static str, Dtype)]) -> Result<(), Error> {
    for (index, (name, dtype)) in wanted.iter().enumerate() {
        let value = key.get(index).ok_or_else(|| Error::MissingKey {
            key: (*name).to_owned(),
            wanted: listing(wanted.iter().map(|(name, _)| *name)),
        })?;
        // A value that can be written as the dtype is one.
        value
            .borrow(*dtype)
            .and_then(|value| write_value(*dtype, value, &mut Vec::new()))
            .map_err(|error| Error::Key {
                key: (*name).to_owned(),
                error,
            })?;
    }
    Ok(())
}

fn check_time(at: Timestamp) -> Result<(), Error> {
    if is_comparable(nanos(at)) {
        return Ok(());
    }
    let at = format_timestamp(at);
    Err(Error::Setting {
        setting: "the time to explain",
        reason: format!(
            "{at} is more than 126,000 years from 1970, which no join compares; give an earlier one"
        ),
    })
}

/// The values of a view's join keys, in its order.
fn key_of<'a>(
    view: &ViewDefinition,
    names: &[(&'static str, Dtype)],
    key: &'a [Value],
) -> Result<Vec<&'a Value>, Error> {
    let value = |name: &str| {
        let place = names.iter().position(|(other, _)| *other == name);
        place.and_then(|place| key.get(place))
    };
    let values = view.join_keys().iter().map(|own| {
        value(own.name()).ok_or_else(|| Error::MissingKey {
            key: own.name().to_owned(),
            wanted: listing(names.iter().map(|(name, _)| *name)),
        })
    });
    values.collect()
}

/// The service's features of its view at `place`.
fn used_features(service: &ServiceDefinition, place: usize) -> Vec<&'static ServiceFeature> {
    let features = service.features().iter();
    features.filter(|feature| feature.view() == place).collect()
}
