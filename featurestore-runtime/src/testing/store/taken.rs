//! What a training set has of a view for an entity now, from the rows that a test gave: the evaluator of
//! the candidate rule, and of window views the sweep.

use super::clock::at;
use super::given::{Entity, Given, GivenRow};
use super::windows::EntityEvents;
use crate::lookup::{Lookup, Status};
use crate::pit::{Asked, Decision, Row, Rule};
use crate::service::{FieldValue, OfflineRow};
use crate::time::{Timestamp, format_timestamp};
use crate::types::Value;
use crate::view::ViewDefinition;

/// How many rows an explanation names that are not taken.
const NAMED: usize = 3;
/// Nanoseconds in a microsecond.
const MICRO: i128 = 1_000;

/// The rows that were given, and the time that is asked for.
pub(super) struct PointInTime<'a> {
    pub(super) given: &'a Given,
    /// Microseconds since 1970.
    pub(super) now: i64,
}

/// What a training set has of a view for an entity.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) view: &'static ViewDefinition,
    pub(super) status: Status,
    pub(super) event_timestamp: Option<Timestamp>,
    /// Of each column the value, nothing for a null, or why there is none.
    values: Vec<Result<Option<Value>, String>>,
}

impl Taken {
    fn without_row(
        view: &'static ViewDefinition,
        status: Status,
        event_timestamp: Option<Timestamp>,
    ) -> Self {
        Self {
            view,
            status,
            event_timestamp,
            values: view.columns().iter().map(|_| Ok(None)).collect(),
        }
    }

    /// As the rows of a training set are read.
    pub(super) const fn row(&self) -> OfflineRow {
        OfflineRow {
            status: self.status,
            event_timestamp: self.event_timestamp,
        }
    }

    /// A column's value, as its dtype has it; an error where a training set can't be made.
    pub(super) fn value(
        &self,
        column: usize,
    ) -> Result<Option<crate::types::ValueRef<'_>>, String> {
        let declared = self.view.columns().get(column).zip(self.values.get(column));
        let Some((declared, value)) = declared else {
            return Err(format!(
                "view `{}` has no column at index {column}",
                self.view.name()
            ));
        };
        let value = value.as_ref().map_err(Clone::clone)?.as_ref();
        let value = value
            .map(|value| value.borrow(declared.dtype()))
            .transpose();
        value.map_err(|error| error.to_string())
    }

    /// What a column is.
    pub(super) fn field(&self, column: usize) -> Result<FieldValue<'_>, String> {
        Ok(match (self.status, self.event_timestamp) {
            (Status::Missing, _) => Lookup::Missing,
            (Status::Expired, Some(event_timestamp)) => Lookup::Expired { event_timestamp },
            _ => Lookup::Found(self.value(column)?),
        })
    }
}

impl<'a> PointInTime<'a> {
    /// What a training set has of a view.
    pub(super) fn taken(
        &self,
        view: &'static ViewDefinition,
        entity: &Entity,
    ) -> Result<Taken, String> {
        if let Some(events) = self.events(view, entity)? {
            return Ok(Taken {
                values: events.values(self.now)?,
                ..Taken::without_row(view, Status::Found, Some(at(self.now)))
            });
        }
        let rows = self.given.rows_of(view);
        let decision = self.decide(view, entity, rows);
        let latest = decision.latest().and_then(|index| rows.get(index));
        let event_timestamp = latest.map(|row| at(row.time));
        let mut taken = Taken::without_row(view, decision.status(), event_timestamp);
        if let Some(row) = decision.taken().and_then(|index| rows.get(index)) {
            taken.values = row.values.iter().cloned().map(Ok).collect();
        }
        Ok(taken)
    }

    /// Why a training set has that, in lines.
    pub(super) fn explain(
        &self,
        view: &'static ViewDefinition,
        entity: &Entity,
    ) -> Result<Vec<String>, String> {
        if let Some(events) = self.events(view, entity)? {
            let columns = view.columns().iter().enumerate();
            let lines = columns.map(|(index, column)| {
                let why = events.explain(index, self.now)?;
                Ok(format!("{} = {why}", column.name()))
            });
            return lines.collect();
        }
        let rows = self.given.rows_of(view);
        let decision = self.decide(view, entity, rows);
        let text = |row: &GivenRow| {
            let time = format_timestamp(at(row.time));
            let created = row
                .created
                .map(|created| format!(", created {}", format_timestamp(at(created))));
            format!("the row of {time}{}", created.unwrap_or_default())
        };
        let mut lines = Vec::new();
        let mut own = Vec::new();
        for (row, reason) in rows.iter().zip(decision.reasons()) {
            match reason {
                None => lines.push(text(row)),
                Some(_) if row.entity(view) != Some(entity) => {}
                Some(reason) => own.push((row.time, format!("not {}: {reason}", text(row)))),
            }
        }
        if lines.is_empty() && own.is_empty() {
            lines.push(format!("no row, of {} that were given", rows.len()));
        }
        own.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
        let more = own.len().saturating_sub(NAMED);
        lines.extend(own.into_iter().take(NAMED).map(|(_, line)| line));
        if more > 0 {
            lines.push(format!("and not {more} more"));
        }
        Ok(lines)
    }

    /// Decides by the candidate rule; an entity is one key, whatever it consists of.
    fn decide(&self, view: &ViewDefinition, entity: &Entity, rows: &[GivenRow]) -> Decision {
        let keys: Vec<[Option<&Entity>; 1]> = rows.iter().map(|row| [row.entity(view)]).collect();
        let nanos = |micros: i64| i128::from(micros) * MICRO;
        let candidates = rows.iter().zip(&keys).enumerate();
        let candidates = candidates.map(|(place, (row, key))| {
            Row::new(key, Some(nanos(row.time)), place as u64)
                .with_created(row.created.map(nanos))
                .with_rejected(row.rejected.as_ref())
        });
        let asked = [Some(entity)];
        let asked = Asked::new(&asked, nanos(self.now));
        Rule::of(view).decide(&asked, &candidates.collect::<Vec<_>>())
    }

    /// The entity's events, where the view is made of events.
    fn events(
        &self,
        view: &'static ViewDefinition,
        entity: &Entity,
    ) -> Result<Option<EntityEvents<'a>>, String> {
        let (Some(windows), Some(resolved)) = (view.windows(), view.resolved()) else {
            return Ok(None);
        };
        let resolved = resolved.map_err(|error| format!("view `{}`: {error}", view.name()))?;
        let mut events = Vec::new();
        for event in self.given.events_of(windows.events()) {
            if event.rejected.is_none() && event.entity(view) == Some(entity) {
                events.push(event);
            }
        }
        EntityEvents::new(view, (windows, resolved), events).map(Some)
    }
}
