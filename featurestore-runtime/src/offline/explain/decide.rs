//! Making an explanation: which row of the key wins, and by which rule each other one loses.

use std::future::IntoFuture;

use featurestore_schema::Dtype;
use futures_util::future::BoxFuture;

use super::held::HeldEvents;
use super::{
    ExactRow, Explain, ExplainedFeature, Explanation, KeyRows, LostRow, RowsOfKey, SourceRow,
    ViewExplanation, ViewKey,
};
use crate::codec::write_value;
use crate::lookup::Status;
use crate::offline::OfflineError;
use crate::pit::{Asked, Decision, Reason, Row, Rule, instant, is_comparable, nanos, span};
use crate::service::{ServiceColumn, ServiceDefinition};
use crate::time::{Timestamp, format_timestamp};
use crate::types::Value;
use crate::view::{ViewDefinition, WindowFeatures};

/// More rows than a key has.
const ALL: u64 = 1 << 62;

impl IntoFuture for Explain {
    type Output = Result<Explanation, OfflineError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    /// # Errors
    ///
    /// A key of another dtype or with too few values; a time beyond what can be compared (some
    /// 126,000 years); and what keeps a training set from being made: a source that is not there,
    /// can't be read, or lacks a column, or a column of another type than the declared one.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(explain(self))
    }
}

async fn explain(asked: Explain) -> Result<Explanation, OfflineError> {
    let join_keys = asked.service.join_keys();
    check_key(&asked.key, &join_keys)?;
    check_time(asked.at)?;
    let mut views = Vec::with_capacity(asked.service.views().len());
    for (index, view) in asked.service.views().enumerate() {
        let used = used_columns(asked.service, index);
        let rows = view.source_rows();
        views.push(ViewKey {
            view: rows,
            key: key_of(view, &join_keys, &asked.key)?,
            columns: match view.windows() {
                Some(_) => (0..rows.columns().len()).collect(),
                None => used.iter().map(|feature| feature.column_index()).collect(),
            },
            // A window holds any number of them.
            most: match view.windows() {
                Some(_) => ALL,
                None => asked.candidates,
            },
        });
    }
    let rows = asked.engine.rows_of_key(RowsOfKey {
        views: views.clone(),
        at: nanos(asked.at),
    });
    let rows = rows.await?.into_iter().zip(views);
    let rows = asked.service.views().zip(rows).enumerate();
    let views = rows.map(|(index, (view, (rows, key)))| match view.windows() {
        Some(windows) => asked.windows((index, view), windows, &key.key, rows),
        None => Ok(asked.view(index, &key, rows)),
    });
    let views = views.collect::<Result<_, _>>()?;
    let names = join_keys.into_iter().map(|(name, _)| name);
    Ok(Explanation {
        service: asked.service.name(),
        keys: names.zip(asked.key).collect(),
        at: asked.at,
        views,
    })
}

impl Explain {
    fn windows(
        &self,
        (index, view): (usize, &'static ViewDefinition),
        windows: &'static WindowFeatures,
        key: &[Value],
        rows: KeyRows,
    ) -> Result<ViewExplanation, OfflineError> {
        let mut explained = ViewExplanation::of(view, rows.source.clone());
        explained.rows = rows.count;
        explained.without_time = rows.without_time;
        explained.event_times = rows.event_times;
        explained.source_times = rows.source_times;
        let features = used_columns(self.service, index).into_iter();
        if key.iter().any(is_empty) {
            // No entity is known by it, so it has no events.
            let features = features.enumerate();
            let features = features.map(|(index, feature)| explained.feature(feature, index));
            explained.features = features.collect();
            return Ok(explained);
        }
        explained.status = Status::Found;
        let resolved = view.resolved().ok_or_else(|| {
            let view = view.name();
            OfflineError::internal(format!("view `{view}` has windows that are none"))
        })?;
        let resolved = resolved.map_err(|error| OfflineError::unusable(view.name(), error))?;
        let most = usize::try_from(self.candidates).unwrap_or(usize::MAX);
        let held = HeldEvents::new(view, windows, resolved, rows, nanos(self.at), most)?;
        for feature in features {
            let (feature, window) = held.feature(feature)?;
            explained.features.push(feature);
            explained.windows.push(window);
        }
        Ok(explained)
    }

    fn view(&self, index: usize, asked: &ViewKey, rows: KeyRows) -> ViewExplanation {
        let now = nanos(self.at);
        let mut explained = ViewExplanation::of(asked.view, rows.source);
        explained.rows = rows.count;
        explained.without_time = rows.without_time;
        explained.event_times = rows.event_times;
        explained.source_times = rows.source_times;
        let most = usize::try_from(self.candidates).unwrap_or(usize::MAX);
        let most = most.saturating_add(rows.later.len());
        // The latest first.
        let shown: Vec<ExactRow> = rows.later.into_iter().rev().chain(rows.known).collect();
        let decision = decide(&Rule::of(asked.view), &asked.key, now, &shown);
        explained.status = decision.status();
        for (row, reason) in shown.into_iter().zip(decision.reasons()) {
            match reason {
                None => explained.winner = Some(row.shown(now)),
                // Without a winner there is one row more than was asked for.
                Some(reason) if explained.lost.len() < most => {
                    explained.lost.push(row.lost(now, reason.clone()));
                }
                Some(_) => {}
            }
        }
        explained.features = used_columns(self.service, index)
            .into_iter()
            .enumerate()
            .map(|(index, feature)| explained.feature(feature, index))
            .collect();
        explained
    }
}

impl ViewExplanation {
    fn feature(&self, feature: &ServiceColumn, index: usize) -> ExplainedFeature {
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
        ExplainedFeature {
            name: feature.name(),
            column: feature.column().source_column().into(),
            status,
            from_default: default.is_some(),
            value: value.or(default),
        }
    }
}

impl ExactRow {
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
fn decide(rule: &Rule, key: &[Value], at: i128, rows: &[ExactRow]) -> Decision {
    let key: Vec<Option<&Value>> = key.iter().map(Some).collect();
    let asked = Asked::new(&key, at);
    let rows = rows.iter().zip((0..rows.len() as u64).rev());
    let rows = rows.map(|(row, place)| {
        Row::new(&key, Some(row.event), place)
            .with_created(row.created)
            .with_rejected(row.rejected.as_ref())
    });
    rule.decide(&asked, &rows.collect::<Vec<_>>())
}

fn check_key(key: &[Value], wanted: &[(&'static str, Dtype)]) -> Result<(), OfflineError> {
    for (index, (name, dtype)) in wanted.iter().enumerate() {
        let value = key
            .get(index)
            .ok_or_else(|| OfflineError::missing_key(name, wanted.iter().map(|(name, _)| *name)))?;
        // A value that can be written as the dtype is one.
        value
            .borrow(*dtype)
            .and_then(|value| write_value(*dtype, value, &mut Vec::new()))
            .map_err(|error| OfflineError::Key {
                key: (*name).to_owned(),
                source: error,
            })?;
    }
    Ok(())
}

/// Whether a key's value is one that no entity is known by.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Str(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        _ => false,
    }
}

fn check_time(at: Timestamp) -> Result<(), OfflineError> {
    if is_comparable(nanos(at)) {
        return Ok(());
    }
    Err(OfflineError::ExplainedTime {
        at: format_timestamp(at),
    })
}

/// The values of a view's join keys, in its order.
fn key_of(
    view: &ViewDefinition,
    names: &[(&'static str, Dtype)],
    key: &[Value],
) -> Result<Vec<Value>, OfflineError> {
    let value = |name: &str| {
        let index = names.iter().position(|(other, _)| *other == name);
        index.and_then(|index| key.get(index))
    };
    let values = view.join_keys().iter().map(|own| {
        value(own.name()).cloned().ok_or_else(|| {
            OfflineError::missing_key(own.name(), names.iter().map(|(name, _)| *name))
        })
    });
    values.collect()
}

/// What the service reads of its view with this index.
fn used_columns(service: &'static ServiceDefinition, view: usize) -> Vec<&'static ServiceColumn> {
    let columns = service.columns().iter();
    columns
        .filter(|column| column.view_index() == view)
        .collect()
}
