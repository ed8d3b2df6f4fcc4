//! The one read path: of the views that are asked for, the rows of a number of entities, which of
//! them are live, and what each feature is in them. Whatever reads goes through here, so no two
//! can disagree about what was found.

use std::collections::HashMap;

use bytes::Bytes;
use smallvec::SmallVec;

use super::computed::ComputedValues;
use super::plan::{EntityPlan, Plan};
use super::ttl::{LiveRow, live_row, reader};
use super::windows::WindowReads;
use super::{FeatureStore, StoreError};
use crate::codec::{RowError, RowReader};
use crate::lookup::{Lookup, Status};
use crate::online::{
    Address, EntityRead, FoundRows, OnlineError, OnlineStore, read, read_newest, read_timed,
};
use crate::service::{Inputs, ServiceRows};
use crate::time::{Horizon, Timestamp, whole_micros};
use crate::types::ValueRef;
use crate::view::ViewDefinition;

/// How often entities are read because their views were loaded or their states made meanwhile, or because the
/// online store's clock was not where it was expected.
const READS: usize = 8;
/// Most plans read no more views than this.
const VIEWS: usize = 4;

/// What the online store gave for a plan and a number of entities.
#[derive(Debug)]
pub(crate) struct PlannedRows {
    /// Per entity of the request, the address of each entity of the plan.
    addresses: Vec<Address>,
    /// Per address, its views' rows.
    found: Vec<Vec<Option<Bytes>>>,
    /// When they were read, which decides what has expired.
    now: Timestamp,
    /// What was read of window views, where there are any.
    windows: Option<Box<WindowReads>>,
}

/// One entity's rows, each with whether it is within its TTL; a row per view of the plan.
#[derive(Debug)]
pub(crate) struct LiveRows<'r> {
    plan: &'r EntityPlan,
    rows: SmallVec<[LiveRow<'r>; VIEWS]>,
    addresses: &'r [Address],
    now: Timestamp,
}

/// One entity's features, read from its rows.
#[derive(Debug)]
pub(crate) struct Cells<'a> {
    plan: &'a Plan,
    addresses: &'a [Address],
    computed: &'a ComputedValues,
    readers: SmallVec<[Lookup<RowReader<'a>>; VIEWS]>,
}

/// What a feature is for an entity.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell<'a> {
    /// The value in the view's row, or the service's default; nothing where there is neither.
    pub(crate) value: Option<ValueRef<'a>>,
    /// Whether the view had a value.
    pub(crate) status: Status,
    /// The event timestamp of the view's row, where there is one.
    pub(crate) event_timestamp: Option<Timestamp>,
}

/// Where the rows of a view's entity are that has these values of the view's join keys.
pub(super) fn address(
    store: &FeatureStore,
    view: &ViewDefinition,
    parts: &[ValueRef<'_>],
) -> Result<Address, StoreError> {
    Ok(Address::new(store.project(), &view.key_values(parts)?))
}

/// Reads entities, and where that is asked the online store's time.
async fn ask(
    store: &FeatureStore,
    reads: &[EntityRead<'_>],
    is_timed: bool,
) -> Result<(FoundRows, Option<Timestamp>), OnlineError> {
    let online = &**store.online();
    if is_timed {
        read_timed(online, reads).await
    } else {
        Ok((read(online, reads).await?, None))
    }
}

/// Reads entities of which each is asked for the same fields wherever it comes again.
async fn read_each_once(
    store: &FeatureStore,
    mut reads: Vec<EntityRead<'_>>,
    is_timed: bool,
) -> Result<(FoundRows, Option<Timestamp>), StoreError> {
    if reads.len() < 2 {
        return Ok(ask(store, &reads, is_timed).await?);
    }
    let mut known: HashMap<&Address, usize> = HashMap::with_capacity(reads.len());
    let mut indices = Vec::with_capacity(reads.len());
    reads.retain(|read| {
        let next = known.len();
        let index = *known.entry(read.address).or_insert(next);
        indices.push(index);
        index == next
    });
    let (found, time) = ask(store, &reads, is_timed).await?;
    if found.len() == indices.len() {
        return Ok((found, time));
    }
    let rows = |index: usize| {
        let rows = found.get(index).cloned();
        rows.ok_or_else(|| StoreError::internal("an entity that was read is not there"))
    };
    let rows = indices.into_iter().map(rows).collect::<Result<_, _>>()?;
    Ok((rows, time))
}

/// Reads entities without a state once more where none can be missed: what says that they have no events is
/// read there.
async fn read_lacking(
    store: &dyn OnlineStore,
    plan: &EntityPlan,
    windows: &WindowReads,
    reads: &[EntityRead<'_>],
    found: &mut [Vec<Option<Bytes>>],
) -> Result<(), StoreError> {
    let width = plan.entities.len();
    let lacking = found.iter().enumerate();
    let lacking = lacking.filter(|(index, rows)| windows.lacks_state(plan, index % width, rows));
    let lacking: Vec<usize> = lacking.map(|(index, _)| index).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let reads = lacking
        .iter()
        .filter_map(|index| reads.get(*index).copied());
    let newest = read_newest(store, &reads.collect::<Vec<_>>()).await?;
    for (index, rows) in lacking.into_iter().zip(newest) {
        found[index] = rows;
    }
    Ok(())
}

impl PlannedRows {
    /// Reads what a plan needs at addresses that were made for it, in one round trip. An address
    /// that comes again is read once.
    pub(crate) async fn read(
        store: &FeatureStore,
        plan: &EntityPlan,
        addresses: Vec<Address>,
    ) -> Result<Self, StoreError> {
        if plan.has_windows() {
            return Box::pin(Self::read_with_windows(store, plan, addresses)).await;
        }
        let fields = plan.entities.iter().map(|entity| &entity.fields[..]);
        let reads = addresses.iter().zip(fields.cycle());
        let reads = reads.map(|(address, fields)| EntityRead::new(address, fields));
        let (found, _) = read_each_once(store, reads.collect(), false).await?;
        let now = store.clock().now();
        Ok(Self {
            addresses,
            found,
            now,
            windows: None,
        })
    }

    /// As [`read`](Self::read), where some are of window views: the time says which fields are read. Where the
    /// online store tells it, the fields are those of the time that is expected, and they are read again
    /// where those of the time that it was are others, as when a day begins. Where states are of a later time,
    /// by no more than clocks may differ, it is theirs.
    async fn read_with_windows(
        store: &FeatureStore,
        plan: &EntityPlan,
        addresses: Vec<Address>,
    ) -> Result<Self, StoreError> {
        let mut loads = store.known_loads(plan);
        let (mut told, mut of_states) = (None, None);
        for look in 1..=READS {
            let clock = told.unwrap_or_else(|| store.expected_time());
            let at = |clock: Timestamp| of_states.map_or(clock, |time| clock.max(time));
            let mut windows = WindowReads::new(plan, at(clock))?;
            let fields = windows.fields(plan);
            let reads = addresses.iter().zip(fields.iter().cycle());
            let reads = reads.map(|(address, fields)| EntityRead::new(address, fields));
            let reads: Vec<EntityRead<'_>> = reads.collect();
            let (mut found, time) = read_each_once(store, reads.clone(), store.is_timed()).await?;
            let clock = time.unwrap_or(clock);
            if let Some(time) = time {
                store.note_time(time);
            }
            told = time;
            let now = at(clock);
            if !windows.are_of(plan, now)? {
                continue;
            }
            if store.online().may_lag() {
                read_lacking(&**store.online(), plan, &windows, &reads, &mut found).await?;
            }
            let stateless = windows.without_state(plan, &found);
            let latest = store.look_for_loads(plan, stateless, &loads).await?;
            if windows.judge(&latest, &loads, now) {
                let newest = windows.newest(plan, &found).filter(|newest| *newest > now);
                let horizon = Horizon {
                    now: clock,
                    ..store.horizon()
                };
                of_states = newest.filter(|newest| *newest <= horizon.end());
                if of_states.is_some() && look < READS {
                    loads = latest;
                    continue;
                }
                return Ok(Self {
                    addresses,
                    found,
                    now,
                    windows: Some(Box::new(windows)),
                });
            }
            // They were loaded between, perhaps after they were lost: what was read is from before.
            loads = latest;
        }
        Err(StoreError::internal(
            "a view is loaded anew, or the online store's clock jumps, with each look at its entities",
        ))
    }

    /// Decides which of an entity's rows are live, by the plan that they were read for.
    pub(crate) async fn live<'r>(
        &'r self,
        store: &FeatureStore,
        plan: &'r EntityPlan,
        entity: usize,
    ) -> Result<LiveRows<'r>, StoreError> {
        let width = plan.entities.len();
        let own = entity * width..(entity + 1) * width;
        let (addresses, found) = (self.addresses.get(own.clone()), self.found.get(own));
        let (Some(addresses), Some(found)) = (addresses, found) else {
            let what = format!("the entity at index {entity} was not read");
            return Err(StoreError::internal(what));
        };
        let mut rows = SmallVec::with_capacity(plan.views.len());
        let windows = self.windows.as_deref();
        for (index, (view, (entity, row))) in plan.views.iter().zip(&plan.indices).enumerate() {
            let Some(row) = found[*entity].get(*row) else {
                let what = format!("the row of view `{}` was not read", view.name());
                return Err(StoreError::internal(what));
            };
            let window = windows.and_then(|windows| windows.of_view(index));
            let row = match window {
                // No event is of such an entity.
                Some(_) if addresses[*entity].has_empty_value() => Ok(Lookup::Missing),
                Some(window) => window.row(view, row.as_ref(), &found[*entity], self.now),
                None => live_row(store, view, row.as_ref(), self.now).await,
            };
            rows.push(row.map_err(|failure| failure.at(view, &addresses[*entity]))?);
        }
        Ok(LiveRows {
            plan,
            rows,
            addresses,
            now: self.now,
        })
    }
}

#[cfg(feature = "pages")]
impl PlannedRows {
    /// The same rows, of which none has expired.
    pub(super) fn of_any_age(self) -> Self {
        Self {
            now: Timestamp::MIN_UTC,
            ..self
        }
    }
}

impl<'r> LiveRows<'r> {
    /// The rows, in the order of the plan's views.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&'static ViewDefinition, &LiveRow<'r>)> {
        self.plan.views.iter().copied().zip(&self.rows)
    }

    /// When they were read.
    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    /// The time that expressions are given: when they were read, to the microsecond, as offline.
    pub(super) fn as_of(&self) -> Timestamp {
        whole_micros(self.now)
    }

    /// Starts to read features, of which some may have been computed of these rows.
    pub(crate) fn cells<'a>(
        &'a self,
        plan: &'a Plan,
        computed: &'a ComputedValues,
    ) -> Result<Cells<'a>, StoreError> {
        let mut readers = SmallVec::with_capacity(self.rows.len());
        for row in self.readers() {
            readers.push(row?);
        }
        Ok(Cells {
            plan,
            addresses: self.addresses,
            readers,
            computed,
        })
    }

    /// Makes of the rows what is asked for, with what was given for it.
    pub(super) fn make<T>(
        &self,
        inputs: Inputs<'_>,
        make: impl FnOnce(&mut ServiceRows<'_>) -> Result<T, RowError>,
    ) -> Result<T, StoreError> {
        let mut readers = self.readers().collect::<Result<Vec<_>, _>>()?;
        let mut rows = ServiceRows::online(&mut readers, inputs);
        make(&mut rows).map_err(|error| match rows.failed() {
            None if error.is_of_inputs() => StoreError::of_inputs(error),
            Some(view) => self.failure(view, error),
            None => StoreError::internal("what is read of rows fails, and no row"),
        })
    }

    /// Starts to read each row.
    pub(super) fn readers(
        &self,
    ) -> impl Iterator<Item = Result<Lookup<RowReader<'_>>, StoreError>> {
        self.rows().enumerate().map(|(index, (view, row))| {
            let row = row.as_ref().try_map(|row| reader(view, row));
            row.map_err(|error| self.failure(index, error))
        })
    }

    /// The error of the row of the view at an index.
    pub(super) fn failure(&self, view: usize, error: RowError) -> StoreError {
        failure(self.plan, self.addresses, view, error)
    }
}

#[cold]
fn failure(plan: &EntityPlan, addresses: &[Address], view: usize, error: RowError) -> StoreError {
    let known = plan.views.get(view).zip(plan.indices.get(view));
    let known = known.and_then(|(view, (entity, _))| Some((view, addresses.get(*entity)?)));
    match known {
        Some((view, address)) => StoreError::row(error, view, address),
        None => StoreError::internal(format!("no view is at index {view}")),
    }
}

impl<'a> Cells<'a> {
    /// What the feature at an index of the plan is. In the order of a view's columns is the fastest.
    #[inline]
    pub(crate) fn get(&mut self, index: usize) -> Result<Cell<'a>, StoreError> {
        let feature = self.plan.features().get(index).ok_or_else(|| {
            StoreError::internal(format!("a plan has no feature at index {index}"))
        })?;
        let Some((view, column)) = feature.place() else {
            let value = self.computed.get(index, feature)?;
            return Ok(Cell {
                value,
                status: value.map_or(Status::Null, |_| Status::Found),
                event_timestamp: None,
            });
        };
        let row = self.readers.get_mut(view).ok_or_else(|| no_row(view))?;
        let (value, status, event_timestamp) = match row {
            Lookup::Found(row) => {
                let event_timestamp = Some(row.header().event_timestamp);
                match row.value(column) {
                    Ok(Some(value)) => (Some(value), Status::Found, event_timestamp),
                    Ok(None) => (None, Status::Null, event_timestamp),
                    Err(error) if error.is_of_column() => (None, Status::Missing, event_timestamp),
                    Err(error) => {
                        let entities = self.plan.entities();
                        return Err(failure(entities, self.addresses, view, error));
                    }
                }
            }
            Lookup::Expired { event_timestamp } => (None, Status::Expired, Some(*event_timestamp)),
            Lookup::Missing => (None, Status::Missing, None),
        };
        Ok(Cell {
            value: match value {
                Some(value) => Some(value),
                None => feature.default()?,
            },
            status,
            event_timestamp,
        })
    }

    /// The event timestamp of a view's row, where there is one.
    #[cfg(feature = "http")]
    pub(crate) fn event_timestamp(&self, view: usize) -> Result<Option<Timestamp>, StoreError> {
        Ok(match self.readers.get(view).ok_or_else(|| no_row(view))? {
            Lookup::Found(row) => Some(row.header().event_timestamp),
            Lookup::Expired { event_timestamp } => Some(*event_timestamp),
            Lookup::Missing => None,
        })
    }
}

#[cold]
fn no_row(view: usize) -> StoreError {
    StoreError::internal(format!("no row was read of the view at index {view}"))
}
