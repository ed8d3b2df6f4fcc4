//! From given rows to the online store: what materialization does with the rows of a source, for the few
//! that a test has.

use std::collections::{BTreeMap, BTreeSet};

use super::clock::at;
use super::given::{Entity, Given, GivenRow};
use super::windows::stored_row;
use crate::codec::{Header, encode};
use crate::online::{
    EntityRead, Expected, Load, Merge, OnlineError, OnlineStore, Record, Records, RowWrite,
    StateWrite, StoredLayout, read, write, write_states,
};
use crate::pit::Rule;
use crate::registry::Registry;
use crate::view::ViewDefinition;
use crate::view::windows::ResolvedWindows;
use crate::windows::state::{Field, Loaded};

/// Where rows are taken, and when.
pub(super) struct Target<'a> {
    pub(super) online: &'a dyn OnlineStore,
    pub(super) project: &'a str,
    pub(super) registry: &'a Registry,
    /// Microseconds since 1970.
    pub(super) now: i64,
}

/// What is known of the online store.
#[derive(Debug, Default)]
pub(super) struct Loader {
    /// How often something had come that is online, as far as it was known.
    seen: u64,
    /// When the next row of those is known; nothing where all are online.
    next: Option<i64>,
    /// The views whose layout is kept, or which are on record as loaded.
    prepared: BTreeSet<&'static str>,
    /// The number of the last state.
    number: u64,
}

/// What is to be written.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Which of the views' rows and the sources' events are online once it is done.
    rows: Vec<(&'static str, usize)>,
    events: Vec<(&'static str, usize)>,
    writes: Vec<RowWrite>,
    states: Vec<NewState>,
    next: Option<i64>,
    version: u64,
}

/// A state of an entity.
#[derive(Debug)]
struct NewState {
    view: &'static ViewDefinition,
    entity: Entity,
    rows: Vec<Loaded>,
}

impl Loader {
    /// What is to be done by now; nothing where nothing came and no time has passed.
    pub(super) fn work(&self, target: &Target<'_>, given: &Given) -> Result<Option<Work>, String> {
        let is_due = self.next.is_some_and(|next| next <= target.now);
        let is_prepared = self.prepared.len() == target.registry.views().len();
        if given.version == self.seen && !is_due && is_prepared {
            return Ok(None);
        }
        let mut work = Work {
            version: given.version,
            ..Work::default()
        };
        for view in target.registry.views() {
            match view.resolved() {
                None => work.add_rows(target, view, given)?,
                Some(resolved) => {
                    let resolved =
                        resolved.map_err(|error| format!("view `{}`: {error}", view.name()))?;
                    work.add_states(target, view, resolved, given)?;
                }
            }
        }
        for source in target.registry.event_sources() {
            let settling = source.rows().settling_micros();
            let events = given.events_of(source);
            let known = due(events, settling, target.now, &mut work.next);
            work.events
                .extend(known.map(|(index, _)| (source.name(), index)));
        }
        Ok(Some(work))
    }

    /// Writes it. What is not written whole is done again with the next read.
    pub(super) async fn write(
        &mut self,
        target: &Target<'_>,
        work: &Work,
    ) -> Result<(), OnlineError> {
        for view in target.registry.views() {
            if self.prepared.contains(view.name()) {
                continue;
            }
            match view.resolved() {
                None => keep_layout(target, view).await?,
                Some(Ok(resolved)) => note_load(target, view, resolved).await?,
                Some(Err(_)) => {}
            }
            self.prepared.insert(view.name());
        }
        write(target.online, &work.writes).await?;
        let mut open: Vec<&NewState> = work.states.iter().collect();
        while !open.is_empty() {
            let mut writes = Vec::with_capacity(open.len());
            for state in &open {
                self.number += 1;
                writes.push(state_write(target, state, self.number).await?);
            }
            let written = write_states(target.online, &writes).await?;
            let mut written = written.into_iter();
            // Where another writer was faster, it is done again.
            open.retain(|_| written.next() == Some(false));
        }
        Ok(())
    }

    /// Notes that it is done.
    pub(super) fn note(&mut self, work: &Work, given: &mut Given) {
        for (rows, done) in [
            (&mut given.rows, &work.rows),
            (&mut given.events, &work.events),
        ] {
            for (name, index) in done {
                if let Some(row) = rows.get_mut(name).and_then(|rows| rows.get_mut(*index)) {
                    row.is_online = true;
                }
            }
        }
        (self.seen, self.next) = (work.version, work.next);
    }
}

impl Work {
    /// A view's rows that are known now and not yet online.
    fn add_rows(
        &mut self,
        target: &Target<'_>,
        view: &'static ViewDefinition,
        given: &Given,
    ) -> Result<(), String> {
        let settling = Rule::of(view).settling_micros();
        for (index, row) in due(given.rows_of(view), settling, target.now, &mut self.next) {
            self.rows.push((view.name(), index));
            if let (Some(entity), None) = (row.entity(view), &row.rejected) {
                self.writes.push(row_write(view, entity, row)?);
            }
        }
        Ok(())
    }

    /// The states of entities of which an event is known now that is not yet online.
    fn add_states(
        &mut self,
        target: &Target<'_>,
        view: &'static ViewDefinition,
        resolved: &ResolvedWindows,
        given: &Given,
    ) -> Result<(), String> {
        let Some(windows) = view.windows() else {
            return Ok(());
        };
        let source = windows.events();
        let settling = source.rows().settling_micros();
        let events = given.events_of(source);
        let mut entities = BTreeMap::new();
        for (_, event) in due(events, settling, target.now, &mut self.next) {
            if let Some(entity) = event.entity(view) {
                entities.insert(entity.address().clone(), entity.clone());
            }
        }
        for entity in entities.into_values() {
            let mut rows = Vec::new();
            for (place, event) in events.iter().enumerate() {
                let is_known = event.time.saturating_add(settling) <= target.now;
                let is_forgotten = resolved.plan.is_forgotten(event.time, target.now);
                if !is_known || is_forgotten || event.rejected.is_some() {
                    continue;
                }
                if event.entity(view) == Some(&entity) {
                    rows.push(Loaded {
                        row: stored_row(source, resolved, event)?,
                        arrived: None,
                        place: place as u64,
                    });
                }
            }
            self.states.push(NewState { view, entity, rows });
        }
        Ok(())
    }
}

/// The rows that are known at a time and not yet online, with their places; `next` is the time at which
/// another one is known first.
fn due<'a>(
    rows: &'a [GivenRow],
    settling: i64,
    now: i64,
    next: &mut Option<i64>,
) -> impl Iterator<Item = (usize, &'a GivenRow)> {
    let mut due = Vec::new();
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| !row.is_online) {
        let known = row.time.saturating_add(settling);
        if known <= now {
            due.push((index, row));
        } else {
            *next = Some(next.map_or(known, |next| next.min(known)));
        }
    }
    due.into_iter()
}

fn row_write(
    view: &'static ViewDefinition,
    entity: &Entity,
    row: &GivenRow,
) -> Result<RowWrite, String> {
    let header = Header::new(view.layout().id(), at(row.time), row.created.map(at));
    let values = row.borrowed(view.columns())?;
    let mut bytes = Vec::new();
    encode(view.layout(), &header, &values, &mut bytes).map_err(|(column, error)| {
        let column = view
            .columns()
            .get(column)
            .map_or("?", |column| column.name());
        format!(
            "a row of view `{}`, column `{column}`: {error}",
            view.name()
        )
    })?;
    let address = entity.address().clone();
    Ok(RowWrite::new(
        address,
        view.field(),
        bytes,
        Merge::NewerWins,
    ))
}

async fn state_write(
    target: &Target<'_>,
    state: &NewState,
    number: u64,
) -> Result<StateWrite, OnlineError> {
    let (view, address) = (state.view, state.entity.address());
    let refused = |reason: String| OnlineError::refused(target.online.location(), reason);
    let fields = [view.field()];
    let stored = read(target.online, &[EntityRead::new(address, &fields)]).await?;
    let stored = stored.into_iter().flatten().next().flatten();
    let (mut summary, mut parts) = (None, Vec::new());
    if !state.rows.is_empty() {
        let resolved = view.resolved().and_then(Result::ok);
        let resolved =
            resolved.ok_or_else(|| refused("a state is made of no windows".to_owned()))?;
        let changes = resolved
            .plan
            .rebuild(state.rows.iter().cloned(), target.now, number);
        let changes =
            changes.map_err(|error| refused(format!("view `{}`: {error}", view.name())))?;
        for (field, bytes) in changes {
            match field {
                Field::Summary => summary = bytes,
                field => parts.push((format!("{}{field}", view.field()), bytes)),
            }
        }
    }
    let expected = Expected::of(stored.as_deref());
    Ok(StateWrite::replacing(
        address.clone(),
        view.field(),
        expected,
        summary,
        parts,
    ))
}

async fn keep_layout(
    target: &Target<'_>,
    view: &'static ViewDefinition,
) -> Result<(), OnlineError> {
    let layout = view.layout();
    let stored = StoredLayout::new(view.field(), layout.id(), layout.to_string());
    target.online.keep_layout(target.project, &stored).await
}

/// Puts on record that a view was loaded: an entity without a state has no events.
async fn note_load(
    target: &Target<'_>,
    view: &'static ViewDefinition,
    resolved: &ResolvedWindows,
) -> Result<(), OnlineError> {
    let load = Load {
        state_id: resolved.plan.id(),
        until: at(target.now),
        mark: "test".to_owned(),
    };
    let records = Records::new(target.online, target.project);
    records
        .put(Record::Window, view.field(), &load.text())
        .await
}
