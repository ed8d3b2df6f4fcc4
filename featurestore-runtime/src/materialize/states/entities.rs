//! The events of each entity, of events that are sorted by key and time.

use arrow::record_batch::RecordBatch;
use smallvec::SmallVec;

use crate::materialize::group::Task;
use crate::materialize::{MaterializeError, Rejection};
use crate::offline::{CellError, Cells, EventBatch, EventRows, OfflineError};
use crate::online::Address;
use crate::time::{Horizon, Timestamp};
use crate::types::ValueRef;
use crate::view::EventSourceDefinition;
use crate::view::windows::{ResolvedWindows, Scalars};
use crate::windows::ScalarRef;
use crate::windows::state::{Loaded, Row};

/// How many events are in memory at once, besides those of one entity.
const PAGE: u64 = 16_384;

/// Window views of one event source and one entity.
pub(in crate::materialize) struct Group<'a> {
    tasks: &'a [Task],
    pub(in crate::materialize) source: &'static EventSourceDefinition,
    /// What each view is of the source.
    pub(in crate::materialize) windows: Vec<&'static ResolvedWindows>,
}

/// The events of one entity, for each view.
pub(in crate::materialize) struct Entity {
    pub(in crate::materialize) address: Address,
    pub(in crate::materialize) rows: Vec<Vec<Loaded>>,
}

impl<'a> Group<'a> {
    pub(in crate::materialize) fn new(tasks: &'a [Task]) -> Result<Self, MaterializeError> {
        let none = || OfflineError::internal("states are made of a view without events");
        let mut windows = Vec::with_capacity(tasks.len());
        for task in tasks {
            let resolved = task.view.resolved().ok_or_else(none)?;
            let name = task.view.name();
            windows.push(resolved.map_err(|error| OfflineError::unusable(name, error))?);
        }
        let first = tasks.first().and_then(|task| task.view.windows());
        Ok(Self {
            tasks,
            source: first.ok_or_else(none)?.events(),
            windows,
        })
    }

    /// Gives each entity with those of its events that `needs` says of a view's windows and a time, until
    /// `take` wants no more. Those of one entity are in memory at once.
    pub(in crate::materialize) fn each_entity(
        &self,
        project: &str,
        events: &EventRows<'_>,
        needs: impl Fn(&ResolvedWindows, i64) -> bool,
        mut take: impl FnMut(Entity) -> Result<bool, MaterializeError>,
    ) -> Result<(), MaterializeError> {
        let mut entity: Option<Entity> = None;
        for first in (0..events.rows).step_by(usize::try_from(PAGE).unwrap_or(usize::MAX)) {
            for batch in events.pages.rows(first, PAGE)? {
                let batch = Batch::new(self, &batch, &events.columns)?;
                for row in 0..batch.events.len() {
                    if !batch.is_of_entity_before(row)? {
                        let address = batch.address(project, row)?;
                        if entity
                            .as_ref()
                            .is_none_or(|entity| entity.address != address)
                        {
                            let rows = self.tasks.iter().map(|_| Vec::new()).collect();
                            let before = entity.replace(Entity { address, rows });
                            if let Some(before) = before
                                && !take(before)?
                            {
                                return Ok(());
                            }
                        }
                    }
                    if let Some(entity) = &mut entity {
                        self.add(&batch, row, &needs, entity)?;
                    }
                }
            }
        }
        entity.map_or(Ok(()), |last| take(last).map(drop))
    }

    /// Why events of the future are kept out.
    pub(in crate::materialize) fn ahead(
        &self,
        batches: &[RecordBatch],
        horizon: Horizon,
    ) -> Result<Vec<Rejection>, MaterializeError> {
        let mut rejections = Vec::new();
        for batch in batches {
            let batch = Batch::new(self, batch, &[])?;
            for (row, time) in batch.events.times().iter().enumerate() {
                let time = Timestamp::from_timestamp_micros(*time);
                let reason = Rejection::ahead(time, horizon).ok_or_else(|| {
                    OfflineError::internal(format!(
                        "the engine takes a row of event source `{}` for one of the future, the clock does not",
                        self.source.name()
                    ))
                })?;
                rejections.push(Rejection {
                    key: batch.key_text(row)?,
                    column: self.source.rows().timestamp_column(),
                    reason,
                });
            }
        }
        Ok(rejections)
    }

    /// Takes an event into what is known of its entity.
    fn add(
        &self,
        batch: &Batch<'_>,
        row: usize,
        needs: &impl Fn(&ResolvedWindows, i64) -> bool,
        entity: &mut Entity,
    ) -> Result<(), MaterializeError> {
        let events = &batch.events;
        let time = events.times()[row];
        for ((task, windows), rows) in self.tasks.iter().zip(&self.windows).zip(&mut entity.rows) {
            if !needs(windows, time) {
                continue;
            }
            let mut values = vec![None; windows.kinds.len()];
            let taken = events.each(row, |value| {
                Scalars::of(windows).each(&value, |index, scalar| {
                    if let Some(place) = values.get_mut(index) {
                        *place = scalar.map(ScalarRef::to_owned);
                    }
                })
            })?;
            taken.ok_or_else(|| {
                let name = task.view.name();
                OfflineError::internal(format!("view `{name}` aggregates what no aggregate takes"))
            })?;
            rows.push(Loaded {
                row: Row {
                    time,
                    id: events.id(row)?,
                    created: events.created(row),
                    deleted: events.is_deleted(row)?,
                    values,
                },
                arrived: None,
                place: events.place(row),
            });
        }
        Ok(())
    }
}

/// Events with the keys of their entities.
struct Batch<'a> {
    task: &'a Task,
    keys: Vec<Cells<'a>>,
    events: EventBatch<'a>,
}

impl<'a> Batch<'a> {
    fn new(
        group: &Group<'a>,
        batch: &'a RecordBatch,
        columns: &[usize],
    ) -> Result<Self, MaterializeError> {
        let task = &group.tasks[0];
        let mut keys = Vec::new();
        for (index, key) in task.view.join_keys().iter().enumerate() {
            let array = batch.columns().get(index).ok_or(CellError::Absent);
            let cells = array.and_then(|array| Cells::new(array, key.dtype()));
            keys.push(cells.map_err(|error| unreadable(task, key.name(), error))?);
        }
        let events = EventBatch::new(batch, group.source, keys.len(), columns)?;
        Ok(Self { task, keys, events })
    }

    fn key(&self, row: usize) -> Result<SmallVec<[ValueRef<'_>; 2]>, MaterializeError> {
        let mut parts = SmallVec::new();
        for (cells, key) in self.keys.iter().zip(self.task.view.join_keys()) {
            let value = cells
                .get(row)
                .map_err(|error| unreadable(self.task, key.name(), error))?;
            parts.push(value.ok_or_else(|| {
                let name = self.task.view.name();
                OfflineError::internal(format!(
                    "an event of view `{name}` without a key was not left out"
                ))
            })?);
        }
        Ok(parts)
    }

    /// A row's key as text; one that is null is `null`.
    fn key_text(&self, row: usize) -> Result<String, MaterializeError> {
        let mut texts = Vec::with_capacity(self.keys.len());
        for (cells, key) in self.keys.iter().zip(self.task.view.join_keys()) {
            let value = cells.get(row);
            let value = value.map_err(|error| unreadable(self.task, key.name(), error))?;
            texts.push(value.map_or_else(
                || "null".to_owned(),
                |value| value.text(key.dtype()).into_owned(),
            ));
        }
        Ok(texts.join(", "))
    }

    /// Whether a row is of the entity of the one before in the batch.
    fn is_of_entity_before(&self, row: usize) -> Result<bool, MaterializeError> {
        match row.checked_sub(1) {
            Some(before) => Ok(self.key(before)? == self.key(row)?),
            None => Ok(false),
        }
    }

    fn address(&self, project: &str, row: usize) -> Result<Address, MaterializeError> {
        let key = self.key(row)?;
        Ok(Address::new(project, &self.task.view.key_values(&key)?))
    }
}

fn unreadable(task: &Task, key: &str, error: CellError) -> MaterializeError {
    let doing = format!("reading join key `{key}` of view `{}`", task.view.name());
    OfflineError::cell(doing, error).into()
}
