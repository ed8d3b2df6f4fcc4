//! Window views from given events: the rows of their states, and the sweep that makes training sets.

use std::iter::once;

use super::clock::at;
use super::given::GivenRow;
use crate::time::format_timestamp;
use crate::types::{Value, ValueRef};
use crate::view::windows::{ResolvedWindows, Scalars, event_id, feature_value};
use crate::view::{EventSourceDefinition, ViewDefinition, WindowFeatures};
use crate::windows::state::Row;
use crate::windows::sweep::{Column, EntityRows, Events, KeyedEvents, Sweep, Values};
use crate::windows::{Aggregate, Feature, Kind, Measure, ScalarRef};

/// How many events of each kind an explanation names.
const NAMED: usize = 5;

/// An event as the state and the sweep of a view have it.
pub(super) fn stored_row(
    source: &EventSourceDefinition,
    windows: &ResolvedWindows,
    event: &GivenRow,
) -> Result<Row, String> {
    let given = event.borrowed(source.columns())?;
    let value = |column: usize| given.get(column).copied().flatten();
    let mut values = vec![None; windows.kinds.len()];
    let taken = Scalars::of(windows).each(&value, |index, scalar| {
        if let Some(place) = values.get_mut(index) {
            *place = scalar.map(ScalarRef::to_owned);
        }
    });
    let name = source.name();
    taken
        .ok_or_else(|| format!("event source `{name}`: a column is of what no aggregate takes"))?;
    let id = event_id(source, &value);
    Ok(Row {
        time: event.time,
        id: id.ok_or_else(|| format!("event source `{name}`: an event has no id"))?,
        created: event.created,
        deleted: source
            .deleted()
            .is_some_and(|column| value(column) == Some(ValueRef::Bool(true))),
        values,
    })
}

/// The events of an entity, for one of the views that are made of them.
pub(super) struct EntityEvents<'a> {
    view: &'static ViewDefinition,
    windows: &'static WindowFeatures,
    resolved: &'static ResolvedWindows,
    /// As they were given.
    events: Vec<&'a GivenRow>,
    rows: Vec<Row>,
}

impl<'a> EntityEvents<'a> {
    /// `events` are the entity's, without those that their source's declaration rejects.
    pub(super) fn new(
        view: &'static ViewDefinition,
        (windows, resolved): (&'static WindowFeatures, &'static ResolvedWindows),
        mut events: Vec<&'a GivenRow>,
    ) -> Result<Self, String> {
        // Of one time they stay in the order in which they were given.
        events.sort_by_key(|event| event.time);
        let rows = events
            .iter()
            .map(|event| stored_row(windows.events(), resolved, event));
        Ok(Self {
            view,
            windows,
            resolved,
            rows: rows.collect::<Result<_, _>>()?,
            events,
        })
    }

    /// The features' values at a time, as a training set has them.
    pub(super) fn values(&self, now: i64) -> Result<Vec<Result<Option<Value>, String>>, String> {
        let finished = self.sweep(&self.resolved.features, &[], now)?;
        let columns = self.view.columns().iter();
        let values = columns.zip(finished).map(|(column, finished)| {
            feature_value(column, &finished?).map_err(|error| error.to_string())
        });
        Ok(values.collect())
    }

    /// Sweeps over the events, behind whose columns `marks` stand: of each event its index there.
    fn sweep(
        &self,
        features: &[Feature],
        marks: &[usize],
        now: i64,
    ) -> Result<Vec<Result<crate::windows::Finished, String>>, String> {
        let mut results: Vec<_> = features
            .iter()
            .map(|_| Err("it was not made".to_owned()))
            .collect();
        let asked = EntityRows {
            keys: vec![0],
            times: vec![now],
            numbers: vec![0],
        };
        let batch = (!self.rows.is_empty())
            .then(|| self.batch(marks))
            .transpose()?;
        let arrival = self.resolved.arrival();
        let swept = Sweep::new(features, arrival, usize::MAX).run(
            batch.into_iter(),
            once(asked),
            |answers| {
                if let (Some(place), Some(result)) = (
                    results.get_mut(answers.feature),
                    answers.results.into_iter().next(),
                ) {
                    *place = result.map_err(|error| error.to_string());
                }
            },
        );
        swept.map_err(|error| error.to_string())?;
        Ok(results)
    }

    fn batch(&self, marks: &[usize]) -> Result<KeyedEvents, String> {
        let source = self.windows.events();
        let mut columns = Vec::new();
        for (index, kind) in self.resolved.kinds.iter().enumerate() {
            let mut column = Column {
                values: Values::of(*kind, self.rows.len()),
                present: Some(Vec::new()),
            };
            for row in &self.rows {
                let value = row.values.get(index).and_then(Option::as_ref);
                let is_of_kind = column
                    .values
                    .push(value.map(crate::windows::Scalar::borrow));
                if !is_of_kind {
                    return Err("an event's value is of another kind than its column".to_owned());
                }
                column.present.get_or_insert_default().push(value.is_some());
            }
            columns.push(column);
        }
        for mark in marks {
            let marked = (0..self.rows.len()).map(|row| i64::from(row == *mark));
            columns.push(Column {
                values: Values::Integers(marked.collect()),
                present: None,
            });
        }
        let rows = || self.rows.iter();
        Ok(KeyedEvents {
            keys: vec![0; self.rows.len()],
            events: Events {
                times: rows().map(|row| row.time).collect(),
                ids: rows().map(|row| row.id).collect(),
                created: source
                    .created()
                    .map(|_| rows().map(|row| row.created).collect()),
                arrived: None,
                places: None,
                deleted: source
                    .deleted()
                    .map(|_| rows().map(|row| row.deleted).collect()),
                columns,
            },
        })
    }

    /// Which events a feature is of at a time, and which of the others it is not of.
    pub(super) fn explain(&self, index: usize, now: i64) -> Result<String, String> {
        let (Some(declared), Some(feature)) = (
            self.windows.features().get(index),
            self.resolved.features.get(index),
        ) else {
            return Err(format!(
                "view `{}` has no feature at index {index}",
                self.view.name()
            ));
        };
        // What the sweep counts of each event alone says whether its window holds it.
        let kinds = self.resolved.kinds.len();
        let marks: Vec<usize> = (0..self.rows.len()).collect();
        let count =
            Measure::new(Aggregate::Count, None::<Kind>).map_err(|error| error.to_string())?;
        let alone = marks.iter().map(|mark| Feature {
            measure: count,
            column: None,
            filter: Some(kinds + mark),
            window: feature.window,
        });
        let counted = self.sweep(&alone.collect::<Vec<_>>(), &marks, now)?;
        let span = feature.window.at(now).map_err(|error| error.to_string())?;
        let source = self.windows.events();
        let (mut held, mut others) = (Vec::new(), Vec::new());
        for ((event, row), counted) in self.events.iter().zip(&self.rows).zip(counted) {
            let given = event.borrowed(source.columns())?;
            let value = |column: usize| given.get(column).copied().flatten();
            let own = declared.column.map(value);
            let known = self.resolved.arrival().known_from(row.time, None);
            let is_held =
                counted? == crate::windows::Finished::One(crate::windows::Scalar::Integer(1));
            let why = if !span.holds(row.time) {
                Some("outside the window")
            } else if known.is_none_or(|known| known > now) {
                Some("not settled")
            } else if !is_held {
                Some("replaced or taken back")
            } else if declared.filter.is_some_and(|filter| !filter.holds(&value)) {
                Some("the filter does not hold")
            } else {
                (own == Some(None)).then_some("null")
            };
            let text = self.event_text(declared.column, own.flatten(), row.time);
            match why {
                None => held.push(text),
                Some(why) => others.push(format!("{text} ({why})")),
            }
        }
        let mut text = format!("{}: ", declared.words(source));
        match held.len() {
            0 => text.push_str("no event"),
            1 => text.push_str("1 event: "),
            count => text.push_str(&format!("{count} events: ")),
        }
        text.push_str(&latest(held));
        if !others.is_empty() {
            text.push_str("; not counted: ");
            text.push_str(&latest(others));
        }
        Ok(text)
    }

    fn event_text(&self, column: Option<usize>, value: Option<ValueRef<'_>>, time: i64) -> String {
        let time = format_timestamp(at(time));
        let columns = self.windows.events().columns();
        match column.and_then(|column| columns.get(column)) {
            Some(column) => {
                let value = value.map_or("null".into(), |value| value.text(column.dtype()));
                format!("{value} at {time}")
            }
            None => time,
        }
    }
}

/// The last of some events.
fn latest(events: Vec<String>) -> String {
    let skipped = events.len().saturating_sub(NAMED);
    let mut text = String::new();
    if skipped > 0 {
        text.push_str(&format!("{skipped} earlier, "));
    }
    text.push_str(&events[skipped..].join(", "));
    text
}
