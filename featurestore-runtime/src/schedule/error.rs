//! What can keep a schedule, or a view of it, from going on.

use std::sync::Arc;

use crate::materialize::MaterializeError;
use crate::online::OnlineError;

/// A schedule that can't be kept, or a view that was not materialized.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// Settings that can't be kept.
    #[error("schedule: {0}")]
    Settings(&'static str),
    /// The online store did not do what it was asked to.
    #[error(transparent)]
    Online(#[from] OnlineError),
    /// The view can't be materialized.
    #[error(transparent)]
    Materialize(Arc<MaterializeError>),
    /// Another process took the view's lease over, or may have.
    #[error("the view's lease was lost: {reason}")]
    LeaseLost {
        /// Why it is lost.
        reason: String,
        /// What the online store said when it was last asked to renew it.
        source: Option<OnlineError>,
    },
}
