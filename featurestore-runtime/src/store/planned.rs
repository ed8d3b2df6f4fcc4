//! The rows of a plan's views, and what each of its features is in them. Who writes answers and who
//! takes values out read through here, so they can't disagree about what was found.

use bytes::Bytes;
use smallvec::SmallVec;

use super::rows::{LiveRow, reader, row_error};
use super::{FeatureStore, Plan};
use crate::codec::{RowError, RowReader};
use crate::error::Error;
use crate::lookup::{Lookup, Status};
use crate::online::Address;
use crate::time::Timestamp;
use crate::types::ValueRef;

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
}

/// One entity's rows, each with whether it is within its TTL; a row per view of the plan.
#[derive(Debug)]
pub(crate) struct LiveRows<'r> {
    rows: SmallVec<[LiveRow<'r>; VIEWS]>,
    addresses: &'r [Address],
}

/// One entity's features, read from its rows.
#[derive(Debug)]
pub(crate) struct Cells<'a> {
    plan: &'a Plan,
    readers: SmallVec<[Lookup<RowReader<'a>>; VIEWS]>,
    addresses: &'a [Address],
}

/// What a feature is for an entity.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell<'a> {
    /// The value in the view's row.
    pub(crate) value: Option<ValueRef<'a>>,
    /// Whether the view had a value.
    pub(crate) status: Status,
    /// The event timestamp of the view's row, where there is one.
    pub(crate) event_timestamp: Option<Timestamp>,
}

impl FeatureStore {
    /// Reads what a plan needs at addresses that were made for it, in one round trip.
    pub(crate) async fn read_planned_rows(
        &self,
        plan: &Plan,
        addresses: Vec<Address>,
    ) -> Result<PlannedRows, Error> {
        let found = self.read_planned(&plan.entities, &addresses).await?;
        Ok(PlannedRows {
            addresses,
            found,
            now: self.clock().now(),
        })
    }

    /// Decides which of an entity's rows are live.
    pub(crate) async fn live_rows<'r>(
        &self,
        plan: &Plan,
        rows: &'r PlannedRows,
        entity: usize,
    ) -> Result<LiveRows<'r>, Error> {
        let width = plan.entities.entities.len();
        let own = entity * width..(entity + 1) * width;
        let (addresses, found) = (&rows.addresses[own.clone()], &rows.found[own]);
        let mut live = SmallVec::with_capacity(plan.views().len());
        for (view, (entity, field)) in plan.views().iter().zip(&plan.entities.places) {
            let row = found[*entity].get(*field).and_then(Option::as_ref);
            let row = self.live_row(view, row, rows.now).await;
            live.push(row.map_err(|error| error.at(view, &addresses[*entity]))?);
        }
        Ok(LiveRows {
            rows: live,
            addresses,
        })
    }
}

impl LiveRows<'_> {
    /// Starts to read features.
    pub(crate) fn cells<'a>(&'a self, plan: &'a Plan) -> Result<Cells<'a>, Error> {
        let mut cells = Cells {
            plan,
            readers: SmallVec::with_capacity(self.rows.len()),
            addresses: self.addresses,
        };
        for (place, (view, row)) in plan.views().iter().zip(&self.rows).enumerate() {
            let row = row.as_ref().try_map(|row| reader(view, row));
            let row = row.map_err(|error| cells.failure(place, error))?;
            cells.readers.push(row);
        }
        Ok(cells)
    }
}

impl<'a> Cells<'a> {
    /// What the feature at a place of the plan is. In the order of a view's columns is the fastest.
    #[inline]
    pub(crate) fn get(&mut self, place: usize) -> Result<Cell<'a>, Error> {
        let feature = &self.plan.features()[place];
        let event_timestamp = self.event_timestamp(feature.view());
        let (value, status) = match &mut self.readers[feature.view()] {
            Lookup::Found(row) => match row.value(feature.column()) {
                Ok(Some(value)) => (Some(value), Status::Found),
                Ok(None) => (None, Status::Null),
                Err(error) => return Err(self.failure(feature.view(), error)),
            },
            Lookup::Expired { .. } => (None, Status::Expired),
            Lookup::Missing => (None, Status::Missing),
        };
        Ok(Cell {
            value,
            status,
            event_timestamp,
        })
    }

    /// The event timestamp of a view's row, where there is one.
    pub(crate) fn event_timestamp(&self, view: usize) -> Option<Timestamp> {
        match &self.readers[view] {
            Lookup::Found(row) => Some(row.header().event_timestamp),
            Lookup::Expired { event_timestamp } => Some(*event_timestamp),
            Lookup::Missing => None,
        }
    }

    #[cold]
    fn failure(&self, view: usize, error: RowError) -> Error {
        let address = &self.addresses[self.plan.entities.places[view].0];
        row_error(error, self.plan.views()[view], address)
    }
}
