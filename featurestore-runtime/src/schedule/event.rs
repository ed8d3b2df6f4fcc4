//! What happens while a schedule is kept.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::ScheduleError;
use crate::time::{Timestamp, format_timestamp};

/// Something that happened; shown, a line for people.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ScheduleEvent {
    /// The view has no cadence, so it is left alone.
    NotScheduled {
        /// The view.
        view: &'static str,
    },
    /// The view's rows are as of the last time it was due.
    Due {
        /// The view.
        view: &'static str,
        /// When it is materialized next.
        at: Timestamp,
    },
    /// The view is being materialized.
    Started {
        /// The view.
        view: &'static str,
        /// When it was due.
        due: Timestamp,
    },
    /// The view is due, and another process has it.
    Elsewhere {
        /// The view.
        view: &'static str,
        /// When it was due.
        due: Timestamp,
    },
    /// The view was materialized.
    Done {
        /// The view.
        view: &'static str,
        /// How many rows are in the online store now.
        written: u64,
        /// How many rows the online store had newer ones for.
        older: u64,
        /// How many rows were kept out.
        rejected: u64,
        /// How long it took.
        took: Duration,
    },
    /// The view was not materialized.
    Failed {
        /// The view.
        view: &'static str,
        /// Why.
        error: Arc<ScheduleError>,
        /// How long it is left before it is tried again; nothing where it is not.
        again: Option<Duration>,
    },
}

/// What became of a view's rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moved {
    pub(super) written: u64,
    pub(super) older: u64,
    pub(super) rejected: u64,
}

impl ScheduleEvent {
    /// The view that it is about.
    #[must_use]
    pub const fn view(&self) -> &'static str {
        match self {
            Self::NotScheduled { view }
            | Self::Due { view, .. }
            | Self::Started { view, .. }
            | Self::Elsewhere { view, .. }
            | Self::Done { view, .. }
            | Self::Failed { view, .. } => view,
        }
    }

    /// What happened, in a word.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NotScheduled { .. } => "not_scheduled",
            Self::Due { .. } => "due",
            Self::Started { .. } => "started",
            Self::Elsewhere { .. } => "elsewhere",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
        }
    }
}

impl fmt::Display for ScheduleEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "view {}: ", self.view())?;
        match self {
            Self::NotScheduled { .. } => formatter.write_str("not scheduled, it has no `cadence`"),
            Self::Due { at, .. } => write!(formatter, "due at {}", format_timestamp(*at)),
            Self::Started { due, .. } => {
                write!(formatter, "started, due since {}", format_timestamp(*due))
            }
            Self::Elsewhere { due, .. } => write!(
                formatter,
                "due since {}, another process has it",
                format_timestamp(*due)
            ),
            Self::Done {
                written,
                older,
                rejected,
                took,
                ..
            } => write!(
                formatter,
                "done in {:.2} s: {written} written, {older} older, {rejected} rejected",
                took.as_secs_f64()
            ),
            Self::Failed { error, again, .. } => {
                write!(formatter, "failed: {error}")?;
                match again {
                    Some(again) => write!(formatter, "; again in {} s", again.as_secs_f64()),
                    None => Ok(()),
                }
            }
        }
    }
}
