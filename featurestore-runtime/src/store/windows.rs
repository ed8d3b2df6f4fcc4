//! Rows of window views, which are made when they are read: of the fields of a state that the time of the
//! read says, all features at that time.

use std::sync::Arc;

use bytes::Bytes;

use super::StoreError;
use super::known_loads::PlanLoads;
use super::plan::EntityPlan;
use super::ttl::{DeclaredRow, LiveRow, RowFailure};
use crate::codec::{Made, Reason, RowError};
use crate::lookup::Lookup;
use crate::online::Load;
use crate::time::Timestamp;
use crate::view::ViewDefinition;
use crate::view::windows::{ResolvedWindows, feature_value};
use crate::windows::Finished;
use crate::windows::state::{Field, StateError, Stored, Unanswered};

/// What a read at a time is of a plan's window views.
#[derive(Debug)]
pub(super) struct WindowReads {
    /// By the plan's views; nothing for those that are none.
    views: Vec<Option<WindowRead>>,
    /// Of each of the plan's entities the names of the fields that are read behind its views' own.
    parts: Vec<Vec<String>>,
}

/// What a read is of one window view.
#[derive(Debug)]
pub(super) struct WindowRead {
    resolved: &'static ResolvedWindows,
    /// Its fields beside the summary, and where the first of them is among those of its entity.
    parts: Vec<Field>,
    first: usize,
    load: Option<Load>,
}

impl WindowReads {
    pub(super) fn new(plan: &EntityPlan, now: Timestamp) -> Result<Self, StoreError> {
        let mut parts: Vec<Vec<String>> = plan.entities.iter().map(|_| Vec::new()).collect();
        let mut views = Vec::with_capacity(plan.views.len());
        for (view, (entity, _)) in plan.views.iter().zip(&plan.indices) {
            let Some(resolved) = view.resolved() else {
                views.push(None);
                continue;
            };
            let resolved = resolved.map_err(|error| StoreError::windows(view, error.clone()))?;
            let fields = resolved.plan.fields_to_read(now.timestamp_micros());
            let mut fields = fields.map_err(|error| StoreError::windows(view, error))?;
            fields.remove(&Field::Summary);
            let names = &mut parts[*entity];
            views.push(Some(WindowRead {
                resolved,
                first: plan.entities[*entity].fields.len() + names.len(),
                parts: fields.iter().copied().collect(),
                load: None,
            }));
            names.extend(
                fields
                    .iter()
                    .map(|field| format!("{}{field}", view.field())),
            );
        }
        Ok(Self { views, parts })
    }

    /// Whether the fields that are read are those of a time.
    pub(super) fn are_of(&self, plan: &EntityPlan, now: Timestamp) -> Result<bool, StoreError> {
        let now = now.timestamp_micros();
        for (view, read) in plan.views.iter().zip(&self.views) {
            if let Some(read) = read {
                let covers = read.resolved.plan.covers(&read.parts, now);
                if !covers.map_err(|error| StoreError::windows(view, error))? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The fields of each of the plan's entities.
    pub(super) fn fields<'a>(&'a self, plan: &'a EntityPlan) -> Vec<Vec<&'a str>> {
        let entities = plan.entities.iter().zip(&self.parts);
        let fields = entities.map(|(entity, parts)| {
            let own = entity.fields.iter().copied();
            own.chain(parts.iter().map(String::as_str)).collect()
        });
        fields.collect()
    }

    /// Of which window views some entity has no state.
    pub(super) fn without_state(
        &self,
        plan: &EntityPlan,
        found: &[Vec<Option<Bytes>>],
    ) -> Vec<bool> {
        let views = self.views.iter().zip(&plan.indices);
        let lacking = views.map(|(read, (entity, row))| {
            let mut own = found.iter().skip(*entity).step_by(plan.entities.len());
            read.is_some() && own.any(|rows| matches!(rows.get(*row), Some(None)))
        });
        lacking.collect()
    }

    /// Whether an entity of the plan, of which `found` was read, has no state of one of its window views.
    pub(super) fn lacks_state(
        &self,
        plan: &EntityPlan,
        entity: usize,
        found: &[Option<Bytes>],
    ) -> bool {
        let mut views = self.views.iter().zip(&plan.indices);
        views.any(|(read, (own, row))| {
            read.is_some() && *own == entity && matches!(found.get(*row), Some(None))
        })
    }

    /// Takes in what the load records say now. Whether they are of the states that were `known` before, or say
    /// that there is nothing: else an entity without a state may be one whose state came since.
    pub(super) fn judge(&mut self, latest: &PlanLoads, known: &PlanLoads, now: Timestamp) -> bool {
        let mut are_known = true;
        for ((view, latest), known) in self.views.iter_mut().zip(latest).zip(known) {
            let Some(view) = view else {
                continue;
            };
            let parse = |text: &Option<Arc<str>>| text.as_deref().and_then(Load::parse);
            view.load = parse(latest);
            are_known &= latest == known
                || match (&view.load, parse(known)) {
                    (None, _) => true,
                    // Of a run meanwhile, which the read is still before: it was right then.
                    (Some(load), Some(known)) => load.is_of_states_of(&known) && load.until <= now,
                    (Some(_), None) => false,
                };
        }
        are_known
    }

    /// The latest time that states are of, or that an entity without one is known to have no events at: of no
    /// earlier one can all be read.
    pub(super) fn newest(
        &self,
        plan: &EntityPlan,
        found: &[Vec<Option<Bytes>>],
    ) -> Option<Timestamp> {
        let width = plan.entities.len();
        let views = self.views.iter().zip(&plan.indices);
        let views = views.filter_map(|(read, place)| Some((read.as_ref()?, place)));
        let newest = views.flat_map(|(read, (entity, row))| {
            let own = found.iter().skip(*entity).step_by(width);
            own.filter_map(|rows| match rows.get(*row)? {
                Some(summary) => {
                    let newest = read.resolved.plan.newest(summary).ok()?;
                    Timestamp::from_timestamp_micros(newest)
                }
                None => Some(read.load.as_ref()?.until),
            })
        });
        newest.max()
    }

    /// The view at an index of the plan, if it is a window view.
    pub(super) fn of_view(&self, index: usize) -> Option<&WindowRead> {
        self.views.get(index)?.as_ref()
    }
}

impl WindowRead {
    /// An entity's row, made of the summary and the other fields of its state that were read.
    pub(super) fn row<'a>(
        &self,
        view: &'static ViewDefinition,
        summary: Option<&Bytes>,
        found: &[Option<Bytes>],
        now: Timestamp,
    ) -> Result<LiveRow<'a>, RowFailure> {
        let row = match summary {
            Some(summary) => self.of_state(view, summary, found, now),
            None => self.of_nothing(view, now),
        };
        let row = row.map_err(RowFailure::Row)?;
        Ok(Lookup::Found(DeclaredRow::Made(Box::new(row))))
    }

    fn of_state(
        &self,
        view: &ViewDefinition,
        summary: &Bytes,
        found: &[Option<Bytes>],
        now: Timestamp,
    ) -> Result<Made, RowError> {
        let mut stored = Stored::new();
        stored.insert(Field::Summary, summary.clone());
        let parts = found.get(self.first..).unwrap_or_default();
        for (field, bytes) in self.parts.iter().zip(parts) {
            if let Some(bytes) = bytes {
                stored.insert(*field, bytes.clone());
            }
        }
        row_of_state(view, self.resolved, &stored, now)
    }

    /// The row of an entity that has no state: one without events, if the view was loaded.
    fn of_nothing(&self, view: &ViewDefinition, now: Timestamp) -> Result<Made, RowError> {
        let plan = &self.resolved.plan;
        let load = self.load.as_ref().ok_or(RowError::NotLoaded)?;
        let checked = plan.check_declaration(load.state_id);
        checked.map_err(|error| state_error(view, error))?;
        if now < load.until {
            let [asked, newest] = [now, load.until].map(|time| time.timestamp_micros());
            return Err(state_error(view, StateError::Past { asked, newest }));
        }
        let answers = plan.of_nothing().into_iter();
        row_of_answers(
            view,
            answers.map(|answer| answer.map_err(Unanswered::from)),
            now,
        )
    }
}

/// A row of what a state says at a time.
///
/// # Errors
///
/// A state that is not there, or can't be read then.
pub(crate) fn row_of_state(
    view: &ViewDefinition,
    resolved: &ResolvedWindows,
    stored: &Stored,
    now: Timestamp,
) -> Result<Made, RowError> {
    let answers = resolved.plan.read(stored, now.timestamp_micros());
    let answers = answers.map_err(|error| state_error(view, error))?;
    let answers = answers.ok_or_else(|| RowError::internal("a state has no summary"))?;
    row_of_answers(view, answers.into_iter(), now)
}

/// A row of each feature's result at a time, or why there is none, which is the error of who reads it.
pub(crate) fn row_of_answers(
    view: &ViewDefinition,
    answers: impl Iterator<Item = Result<Finished, Unanswered>>,
    now: Timestamp,
) -> Result<Made, RowError> {
    let values = answers.zip(view.columns()).map(|(answer, column)| {
        let name = || column.name().to_owned();
        let unanswered = |reason| RowError::Unanswered {
            column: name(),
            reason,
        };
        let finished = answer.map_err(|error| match error {
            Unanswered::TooManyRows { limit, .. } => RowError::TooManyEvents {
                column: name(),
                limit,
            },
            other => unanswered(Reason::new(other)),
        })?;
        feature_value(column, &finished).map_err(|error| unanswered(Reason::new(error)))
    });
    Made::new(view.layout(), now, values.collect())
}

/// Why a state can't be read, in the words of who can mend it.
#[derive(Debug, thiserror::Error)]
enum UnreadableState {
    #[error("field `{field}`: {error}; make the states anew with `materialize {view}`")]
    MadeAnew {
        view: &'static str,
        field: String,
        #[source]
        error: StateError,
    },
    #[error(transparent)]
    Other(StateError),
}

#[cold]
fn state_error(view: &ViewDefinition, error: StateError) -> RowError {
    let error = match error.unreadable_field() {
        Some(field) => UnreadableState::MadeAnew {
            view: view.name(),
            field: format!("{}{field}", view.field()),
            error,
        },
        None => UnreadableState::Other(error),
    };
    RowError::State {
        reason: Reason::new(error),
    }
}
