//! How many values a request had of each view, by what was found.

use smallvec::SmallVec;

use super::metrics::ViewMetrics;
use crate::lookup::Status;
use crate::store::{Plan, StoreError};

const STATUSES: [Status; 4] = [
    Status::Found,
    Status::Null,
    Status::Expired,
    Status::Missing,
];

/// Numbers of values by a plan's views and by status.
#[derive(Debug, Clone)]
pub(super) struct Counts(SmallVec<[[u32; STATUSES.len()]; 4]>);

impl Counts {
    pub(super) fn new(plan: &Plan) -> Self {
        Self(SmallVec::from_elem([0; STATUSES.len()], plan.views().len()))
    }

    /// Counts a value of the plan's view at an index.
    pub(super) fn add(&mut self, view: usize, status: Status) -> Result<(), StoreError> {
        let counts = self.0.get_mut(view).ok_or_else(|| {
            StoreError::internal(format!("no values of a view at index {view} are counted"))
        })?;
        counts[status as usize] += 1;
        Ok(())
    }

    /// Adds them to the counters of the plan's views.
    pub(super) fn report(&self, views: &[ViewMetrics]) {
        for (view, counts) in views.iter().zip(&self.0) {
            for status in STATUSES {
                match counts[status as usize] {
                    0 => {}
                    count => view.count(status, u64::from(count)),
                }
            }
        }
    }
}
