//! From the events of entities to their states.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::entities::{Entity, Group};
use crate::codec::Reason;
use crate::materialize::MaterializeError;
use crate::materialize::counts::{Counted, ViewCounts};
use crate::materialize::group::{Task, widest};
use crate::materialize::quarantine::Quarantine;
use crate::offline::{EventRows, EventsOf, Rejected};
use crate::online::Address;
use crate::store::FeatureStore;
use crate::time::Horizon;
use crate::view::windows::ResolvedWindows;
use crate::windows::state::{Field, Loaded, StateError};

/// From how many states or bytes on they are sent.
const CHUNK: (usize, usize) = (1_000, 1 << 20);

/// Makes states of the events of a group of window views, on a thread that may block.
pub(in crate::materialize) struct Making {
    pub(in crate::materialize) store: FeatureStore,
    pub(in crate::materialize) tasks: Vec<Task>,
    pub(in crate::materialize) counted: Arc<Counted>,
    pub(in crate::materialize) quarantine: Option<Arc<Quarantine>>,
    /// Whether views fail of whose events one is rejected.
    pub(in crate::materialize) strict: bool,
    /// By what events are judged that may be of the future.
    pub(in crate::materialize) horizon: Option<Horizon>,
}

/// A state that is to be written, whichever is there.
pub(in crate::materialize) struct MadeState {
    /// The index of its view in the group.
    pub(in crate::materialize) view: usize,
    pub(in crate::materialize) address: Address,
    /// Nothing where no window holds an event of the entity.
    pub(in crate::materialize) summary: Option<Bytes>,
    pub(in crate::materialize) parts: Vec<(String, Option<Bytes>)>,
}

/// The states that are made and not yet sent.
struct Chunk {
    states: Vec<MadeState>,
    bytes: usize,
    counts: Vec<ViewCounts>,
}

impl Making {
    /// What is asked of the offline store.
    pub(in crate::materialize) fn question(&self) -> EventsOf {
        let window = widest(&self.tasks);
        EventsOf {
            views: self.tasks.iter().map(|task| task.view).collect(),
            since: window.from,
            until: window.until,
            rejected: Some(match &self.quarantine {
                Some(_) => Rejected::All,
                None => Rejected::Some,
            }),
            horizon: self.horizon.map(Horizon::end),
        }
    }

    /// Makes the states, and sends them in chunks; ends early when nobody takes them any more.
    pub(in crate::materialize) fn make(
        &self,
        events: &EventRows<'_>,
        sender: &mpsc::Sender<Vec<MadeState>>,
    ) -> Result<(), MaterializeError> {
        let group = Group::new(&self.tasks)?;
        let kept_out = self.keep_out(events)?;
        self.count_ahead(&group, events)?;
        if kept_out || (self.strict && events.ahead.rows > 0) {
            return Ok(());
        }
        self.counted.begin(events.rows, self.tasks.len());
        // All views of a run end at one time.
        let until = widest(&self.tasks).until.timestamp_micros();
        let mut chunk = self.chunk();
        group.each_entity(
            self.store.project(),
            events,
            |windows, time| !windows.plan.is_forgotten(time, until),
            |entity| {
                self.finish(entity, &group.windows, &mut chunk);
                if chunk.states.len() < CHUNK.0 && chunk.bytes < CHUNK.1 {
                    return Ok(true);
                }
                Ok(self.send(std::mem::replace(&mut chunk, self.chunk()), sender))
            },
        )?;
        self.send(chunk, sender);
        Ok(())
    }

    /// Counts the events of the future, for each of the views; where the run is strict, they fail.
    fn count_ahead(
        &self,
        group: &Group<'_>,
        events: &EventRows<'_>,
    ) -> Result<(), MaterializeError> {
        let ahead = events.ahead.rows;
        let Some(horizon) = self.horizon.filter(|_| ahead > 0) else {
            return Ok(());
        };
        let rejections = group.ahead(&events.ahead.examples, horizon)?;
        for (view, task) in self.tasks.iter().enumerate() {
            let example = rejections.first().map(ToString::to_string);
            let error = self.strict.then(|| MaterializeError::Rejected {
                view: task.view.name(),
                read: events.rows.saturating_add(ahead),
                rejected: ahead,
                example: example.unwrap_or_default(),
            });
            self.counted.add_to(
                view,
                ViewCounts {
                    read: ahead,
                    rejected: ahead,
                    ahead,
                    rejections: rejections.clone(),
                    error,
                },
            );
        }
        Ok(())
    }

    /// Makes an entity's states.
    fn finish(
        &self,
        Entity { address, rows }: Entity,
        windows: &[&'static ResolvedWindows],
        chunk: &mut Chunk,
    ) {
        for (view, ((task, windows), rows)) in self.tasks.iter().zip(windows).zip(rows).enumerate()
        {
            chunk.counts[view].read += 1;
            match state(task, windows, rows) {
                Ok((summary, parts)) => {
                    let sizes = parts
                        .iter()
                        .map(|(_, bytes)| bytes.as_ref().map_or(0, Bytes::len));
                    chunk.bytes += summary.as_ref().map_or(0, Bytes::len) + sizes.sum::<usize>();
                    chunk.states.push(MadeState {
                        view,
                        address: address.clone(),
                        summary,
                        parts,
                    });
                }
                // The others are made all the same; the view is not done.
                Err(error) => {
                    chunk.counts[view]
                        .error
                        .get_or_insert_with(|| MaterializeError::State {
                            view: task.view.name(),
                            address: address.to_string(),
                            reason: Reason::new(error),
                        });
                }
            }
        }
    }

    /// Sends states; gives whether anybody takes them.
    fn send(&self, chunk: Chunk, sender: &mpsc::Sender<Vec<MadeState>>) -> bool {
        self.counted.add(chunk.counts);
        chunk.states.is_empty() || sender.blocking_send(chunk.states).is_ok()
    }

    fn chunk(&self) -> Chunk {
        let mut counts = Vec::new();
        counts.resize_with(self.tasks.len(), ViewCounts::default);
        Chunk {
            states: Vec::new(),
            bytes: 0,
            counts,
        }
    }
}

/// A summary and the fields beside it.
type Fields = (Option<Bytes>, Vec<(String, Option<Bytes>)>);

/// A view's state of an entity with these events, at the end of what the run takes.
fn state(task: &Task, windows: &ResolvedWindows, rows: Vec<Loaded>) -> Result<Fields, StateError> {
    if rows.is_empty() {
        return Ok((None, Vec::new()));
    }
    // Not the number that is there and one: a state that came anew after all was lost would have the
    // number of an older one, and who still changes that would be taken for right.
    let number = fastrand::u64(..);
    let until = task.window.until.timestamp_micros();
    let changes = windows.plan.rebuild(rows.into_iter(), until, number)?;
    let (mut summary, mut parts) = (None, Vec::with_capacity(changes.len()));
    for (field, bytes) in changes {
        match (field, bytes) {
            (Field::Summary, bytes) => summary = bytes,
            (field, bytes) => parts.push((format!("{}{field}", task.view.field()), bytes)),
        }
    }
    Ok((summary, parts))
}
