//! Writing states: compared with those that are there, and set where no other writer came between.

use bytes::Bytes;

use super::make::MadeState;
use crate::materialize::MaterializeError;
use crate::materialize::group::Task;
use crate::online::{EntityRead, Expected, OnlineStore, StateWrite, read_newest, write_states};

/// What became of a state that was made.
pub(in crate::materialize) enum Outcome {
    /// It is in the store, or there is none as there is to be.
    Stored,
    /// The store has a state of a later time.
    Older,
}

/// Writes states, each as often as it takes until no other writer was faster; gives what became of each.
pub(in crate::materialize) async fn write(
    online: &dyn OnlineStore,
    tasks: &[Task],
    states: Vec<MadeState>,
) -> Result<Vec<(MadeState, Outcome)>, MaterializeError> {
    let mut outcomes = Vec::with_capacity(states.len());
    let mut open = states;
    while !open.is_empty() {
        let stored = summaries(online, tasks, &open).await?;
        let (mut writes, mut written) = (Vec::with_capacity(open.len()), Vec::new());
        for (state, stored) in open.into_iter().zip(stored) {
            let task = &tasks[state.view];
            if is_newer(task, stored.as_deref()) {
                outcomes.push((state, Outcome::Older));
            } else if stored.is_none() && state.summary.is_none() {
                outcomes.push((state, Outcome::Stored));
            } else {
                writes.push(StateWrite::replacing(
                    state.address.clone(),
                    task.view.field(),
                    Expected::of(stored.as_deref()),
                    state.summary.clone(),
                    state.parts.clone(),
                ));
                written.push(state);
            }
        }
        open = Vec::new();
        if writes.is_empty() {
            break;
        }
        let is_there = write_states(online, &writes).await?;
        for (state, is_there) in written.into_iter().zip(is_there) {
            if is_there {
                outcomes.push((state, Outcome::Stored));
            } else {
                open.push(state);
            }
        }
    }
    Ok(outcomes)
}

/// The summaries that are there of entities whose states were made.
async fn summaries(
    online: &dyn OnlineStore,
    tasks: &[Task],
    states: &[MadeState],
) -> Result<Vec<Option<Bytes>>, MaterializeError> {
    let fields: Vec<[&str; 1]> = tasks.iter().map(|task| [task.view.field()]).collect();
    let reads = states.iter().map(|state| EntityRead {
        address: &state.address,
        fields: &fields[state.view],
    });
    let found = read_newest(online, &reads.collect::<Vec<_>>()).await?;
    Ok(found
        .into_iter()
        .map(|rows| rows.into_iter().next().flatten())
        .collect())
}

/// Whether a state that is there is of a later time than the run's end, which is to stay: what makes no sense
/// is of none, and where a clock was ahead, all before is made anew.
pub(super) fn is_newer(task: &Task, summary: Option<&[u8]>) -> bool {
    if task.window.replaces.is_some() {
        return false;
    }
    let until = task.window.until.timestamp_micros();
    let newest = || {
        let windows = task.view.resolved()?.ok()?;
        windows.plan.newest(summary?).ok()
    };
    newest().is_some_and(|newest| newest > until)
}
