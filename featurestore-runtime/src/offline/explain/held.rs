//! Which of a key's events the windows of a view hold at a time, one by one: the definition, over the
//! few rows of one key.

use std::collections::BTreeMap;

use super::row::{ExplainedFeature, SourceRow};
use super::window::{ExplainedWindow, Outside};
use super::{ExactRow, KeyRows};
use crate::lookup::Status;
use crate::offline::OfflineError;
use crate::pit::{MICRO, instant};
use crate::service::ServiceColumn;
use crate::types::{Value, ValueRef};
use crate::view::windows::{ResolvedWindows, event_id, feature_value, with_scalar};
use crate::view::{EventSourceDefinition, ViewDefinition, WindowFeatures};
use crate::windows::{EventId, Place, State};

/// The events of a key, at a time.
pub(super) struct HeldEvents<'a> {
    view: &'static ViewDefinition,
    windows: &'static WindowFeatures,
    resolved: &'a ResolvedWindows,
    /// In microseconds.
    at: i64,
    /// In the rule's order, the earliest first.
    rows: Vec<(ExactRow, Standing)>,
    /// How many rows are shown of each side.
    most: usize,
}

/// What a row is, whatever a window holds.
enum Standing {
    Counts(i64, EventId),
    Out(Outside),
}

impl<'a> HeldEvents<'a> {
    /// `rows` have all columns of the events; `at` is in nanoseconds.
    pub(super) fn new(
        view: &'static ViewDefinition,
        windows: &'static WindowFeatures,
        resolved: &'a ResolvedWindows,
        rows: KeyRows,
        at: i128,
        most: usize,
    ) -> Result<Self, OfflineError> {
        let known = rows.known.into_iter().rev();
        let rows: Vec<ExactRow> = known.chain(rows.later).collect();
        let at = micros(at)?;
        let source = windows.events();
        let settling = source.rows().settling_micros();
        let mut newest: BTreeMap<(i64, EventId), usize> = BTreeMap::new();
        let mut standing = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            let time = micros(row.event)?;
            let known_from = time.saturating_add(settling);
            if let Some(rejected) = &row.rejected {
                standing.push(Standing::Out(Outside::Rejected(rejected.clone())));
            } else if known_from > at {
                let known_from = instant(i128::from(known_from) * MICRO);
                standing.push(Standing::Out(Outside::NotKnown { known_from }));
            } else {
                let values = values_of(source, row)?;
                let id = event_id(source, &|column| values.get(column).copied().flatten());
                let id = id.ok_or_else(|| {
                    let what = "an event without an id was not rejected";
                    OfflineError::internal(format!("event source `{}`: {what}", source.name()))
                })?;
                // The rows come in the order of their created times and places.
                if let Some(older) = newest.insert((time, id), index) {
                    standing[older] = Standing::Out(Outside::Replaced);
                }
                standing.push(Standing::Counts(time, id));
            }
        }
        for index in newest.into_values() {
            let values = values_of(source, &rows[index])?;
            let deleted = source.deleted().and_then(|column| *values.get(column)?);
            if deleted == Some(ValueRef::Bool(true)) {
                standing[index] = Standing::Out(Outside::Deleted);
            }
        }
        Ok(Self {
            view,
            windows,
            resolved,
            at,
            rows: rows.into_iter().zip(standing).collect(),
            most,
        })
    }

    /// What a feature is, and what its window holds.
    pub(super) fn feature(
        &self,
        feature: &ServiceColumn,
    ) -> Result<(ExplainedFeature, ExplainedWindow), OfflineError> {
        let index = feature.column_index();
        let declared = self.windows.features().get(index);
        let core = self.resolved.features.get(index);
        let Some((declared, core)) = declared.zip(core) else {
            let what = format!("feature `{}` is of no window", feature.name());
            return Err(OfflineError::internal(what));
        };
        let unanswered = |reason: String| OfflineError::Unanswered {
            view: self.view.name(),
            feature: feature.name(),
            entity: "the key".to_owned(),
            reason,
        };
        let span = core.window.at(self.at);
        let span = span.map_err(|error| unanswered(error.to_string()))?;
        let source = self.windows.events();
        let mut state = State::new(&core.measure);
        let (mut held, mut outside) = (Vec::new(), Vec::new());
        for (row, standing) in &self.rows {
            let (time, id) = match standing {
                Standing::Counts(time, id) => (*time, *id),
                Standing::Out(why) => {
                    outside.push((row, why.clone()));
                    continue;
                }
            };
            let values = values_of(source, row)?;
            let value = |column: usize| values.get(column).copied().flatten();
            let own = declared.column.map(value);
            let why = if time > span.until {
                Some(Outside::TooNew)
            } else if span.after.is_some_and(|after| time <= after) {
                Some(Outside::TooOld)
            } else if declared.filter.is_some_and(|filter| !filter.holds(&value)) {
                Some(Outside::Filtered)
            } else {
                (own == Some(None)).then_some(Outside::Null)
            };
            if let Some(why) = why {
                outside.push((row, why));
                continue;
            }
            let place = Place { time, id };
            let updated = match own.flatten() {
                None => state.update(&core.measure, place, None),
                Some(own) => with_scalar(own, |scalar| {
                    state.update(&core.measure, place, Some(scalar))
                })
                .ok_or_else(|| OfflineError::internal("a window is of lists or JSON"))?,
            };
            updated.map_err(|error| unanswered(error.to_string()))?;
            held.push(row);
        }
        let finished = state.finish(&core.measure);
        let finished = finished.map_err(|error| unanswered(error.to_string()))?;
        let column = feature.column();
        let found = feature_value(column, &finished);
        let found = found.map_err(|error| unanswered(error.to_string()))?;
        let shown = |row: &ExactRow| self.shown(row, declared.column);
        let window = ExplainedWindow {
            name: feature.name(),
            after: span.after.map(|after| instant(i128::from(after) * MICRO)),
            until: instant(i128::from(span.until) * MICRO),
            events: held.len() as u64,
            first: held.first().map(|row| shown(row)),
            last: held.last().map(|row| shown(row)),
            outside: self
                .nearest(outside)
                .into_iter()
                .map(|(row, why)| (shown(row), why))
                .collect(),
        };
        Ok((explained(feature, declared.words(source), found), window))
    }

    /// The last of those before a window, the last within it, and the first after it; the latest first.
    fn nearest<'r>(&self, rows: Vec<(&'r ExactRow, Outside)>) -> Vec<(&'r ExactRow, Outside)> {
        let [mut before, mut within, mut after] = [const { Vec::new() }; 3];
        for row in rows {
            match &row.1 {
                Outside::TooOld => before.push(row),
                Outside::TooNew | Outside::NotKnown { .. } => after.push(row),
                _ => within.push(row),
            }
        }
        after.truncate(self.most);
        let last = |rows: Vec<_>| {
            let skipped = rows.len().saturating_sub(self.most);
            rows.into_iter().skip(skipped)
        };
        let mut rows: Vec<_> = last(before).chain(last(within)).chain(after).collect();
        rows.sort_by_key(|(row, _)| row.event);
        rows.reverse();
        rows
    }

    fn shown(&self, row: &ExactRow, column: Option<usize>) -> SourceRow {
        let value = column.map(|column| row.values.get(column).cloned().flatten());
        SourceRow {
            event_timestamp: instant(row.event),
            created_timestamp: row.created.map(instant),
            age: None,
            place: row.place.clone(),
            values: value.into_iter().collect(),
        }
    }
}

fn explained(feature: &ServiceColumn, words: String, found: Option<Value>) -> ExplainedFeature {
    let status = match found {
        Some(_) => Status::Found,
        None => Status::Null,
    };
    let default = match found {
        Some(_) => None,
        None => feature.default(),
    };
    ExplainedFeature {
        name: feature.name(),
        column: words.into(),
        status,
        from_default: default.is_some(),
        value: found.or(default),
    }
}

fn micros(nanos: i128) -> Result<i64, OfflineError> {
    let micros = i64::try_from(nanos.div_euclid(MICRO));
    micros.map_err(|_| OfflineError::internal("a time is in no 64 bits of microseconds"))
}

/// A row's values as its columns are declared.
fn values_of<'r>(
    source: &EventSourceDefinition,
    row: &'r ExactRow,
) -> Result<Vec<Option<ValueRef<'r>>>, OfflineError> {
    let columns = source.columns().iter().zip(&row.values);
    let values = columns.map(|(column, value)| {
        let value = value.as_ref().map(|value| value.borrow(column.dtype()));
        value.transpose().map_err(|error| {
            let (column, source) = (column.name(), source.name());
            let what = format!("column `{column}` of event source `{source}`: {error}");
            OfflineError::internal(what)
        })
    });
    values.collect()
}
