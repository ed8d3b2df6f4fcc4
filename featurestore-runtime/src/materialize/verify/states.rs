//! Whether the states of a window view say what its events do.

use std::collections::{BTreeSet, HashMap};

use super::chunk::CHUNK;
use super::compare::ROW;
use super::report::{Difference, ViewVerified};
use super::sample::Sample;
use super::sweep::{Answers, sweep};
use crate::codec::{Made, RowError};
use crate::materialize::MaterializeError;
use crate::materialize::group::Task;
use crate::materialize::run::MEMORY;
use crate::materialize::states::Group;
use crate::materialize::window::Window;
use crate::offline::{EventsOf, OfflineError, events};
use crate::online::{Address, EntityRead, Load, Record, read};
use crate::store::{FeatureStore, row_of_answers, row_of_state};
use crate::time::Timestamp;
use crate::view::ViewDefinition;
use crate::view::windows::ResolvedWindows;
use crate::windows::state::{Field, Stored, Unanswered};

/// Compares the states of entities that are stored, and of some that the source has, at a time with what
/// the events are then.
pub(super) async fn verify(
    store: &FeatureStore,
    view: &'static ViewDefinition,
    as_of: Timestamp,
    stored: BTreeSet<Address>,
    size: usize,
) -> Result<ViewVerified, MaterializeError> {
    let unusable = |error| OfflineError::unusable(view.name(), error);
    let none = || OfflineError::internal("the events of a view without events are compared");
    let windows = view.resolved().ok_or_else(none)?.map_err(unusable)?;
    let offline = of_source(
        store,
        view,
        as_of,
        Sample::new(stored.iter().cloned(), size),
    )
    .await;
    let offline = offline.map_err(|error| MaterializeError::NotCompared {
        view: view.name(),
        error: Box::new(error),
    })?;
    let load = store.records().text(Record::Window, view.field()).await?;
    let load = load.as_deref().and_then(Load::parse);
    let states = States {
        view,
        windows,
        at: as_of,
        loaded: load
            .filter(|load| load.state_id == windows.plan.id())
            .map(|load| load.until),
    };
    let addresses: BTreeSet<Address> = offline.keys().cloned().chain(stored).collect();
    let addresses: Vec<Address> = addresses.into_iter().collect();
    let mut verified = ViewVerified::new(view.name(), as_of);
    let fields = windows.plan.fields_to_read(as_of.timestamp_micros());
    let fields = fields.map_err(|error| OfflineError::internal(error.to_string()))?;
    let names: Vec<String> = fields
        .iter()
        .map(|field| format!("{}{field}", view.field()))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for addresses in addresses.chunks(CHUNK) {
        let reads = addresses.iter().map(|address| EntityRead {
            address,
            fields: &names,
        });
        let found = read(&**store.online(), &reads.collect::<Vec<_>>()).await?;
        for (address, found) in addresses.iter().zip(found) {
            let there = fields.iter().zip(found);
            let there = there.filter_map(|(field, bytes)| Some((*field, bytes?)));
            states.compare(
                address,
                &there.collect(),
                offline.get(address),
                &mut verified,
            )?;
        }
    }
    Ok(verified)
}

/// What the events of some entities are at a time.
async fn of_source(
    store: &FeatureStore,
    view: &'static ViewDefinition,
    as_of: Timestamp,
    mut sample: Sample<Answers>,
) -> Result<HashMap<Address, Answers>, MaterializeError> {
    let asked = EventsOf {
        views: vec![view],
        since: None,
        until: as_of,
        rejected: None,
        horizon: None,
    };
    let window = Window {
        from: None,
        until: as_of,
        takes_late: true,
        replaces: None,
    };
    let tasks = [Task {
        view,
        window,
        index: 0,
    }];
    let project = store.project().to_owned();
    let engine = store.offline().bounded(MEMORY);
    events(&*engine, asked, move |events| {
        let group = Group::new(&tasks)?;
        let at = as_of.timestamp_micros();
        group.each_entity(
            &project,
            &events,
            |_, _| true,
            |entity| {
                let made = || {
                    let (rows, windows) = (entity.rows.first(), group.windows.first());
                    let (Some(rows), Some(windows)) = (rows, windows) else {
                        return Err(OfflineError::internal("an entity has no events of a view"));
                    };
                    sweep(view.name(), windows, rows, at)
                };
                sample.take(entity.address.clone(), made)?;
                Ok(true)
            },
        )?;
        Ok(sample.rows())
    })
    .await
}

/// What the states of a view are compared with.
struct States {
    view: &'static ViewDefinition,
    windows: &'static ResolvedWindows,
    at: Timestamp,
    /// Since when an entity without a state has no events, if it has none.
    loaded: Option<Timestamp>,
}

impl States {
    fn compare(
        &self,
        address: &Address,
        stored: &Stored,
        offline: Option<&Answers>,
        verified: &mut ViewVerified,
    ) -> Result<(), MaterializeError> {
        let summary = stored.get(&Field::Summary);
        let newest = summary.and_then(|summary| self.windows.plan.newest(summary).ok());
        let newest = match summary {
            Some(_) => newest,
            None => self.loaded.map(|loaded| loaded.timestamp_micros()),
        };
        if newest.is_some_and(|newest| newest > self.at.timestamp_micros()) {
            verified.newer();
            return Ok(());
        }
        let nothing = || {
            let answers = self.windows.plan.of_nothing().into_iter();
            answers
                .map(|answer| answer.map_err(Unanswered::from))
                .collect()
        };
        let offline = offline.cloned().unwrap_or_else(nothing);
        let offline = self.texts(
            address,
            row_of_answers(self.view, offline.into_iter(), self.at),
        )?;
        let online = match summary {
            Some(_) => row_of_state(self.view, self.windows, stored, self.at),
            None if self.loaded.is_some() => {
                row_of_answers(self.view, nothing().into_iter(), self.at)
            }
            None => Err(RowError::NotLoaded),
        };
        verified.compared();
        let online = match online {
            Ok(row) => self.texts(address, Ok(row))?,
            // What can't be read is another state than the source's.
            Err(error) => {
                let said = "the features of its events".to_owned();
                verified.differs(Difference::new(
                    address,
                    ROW,
                    Some(error.to_string()),
                    Some(said),
                ));
                return Ok(());
            }
        };
        for ((column, online), offline) in self.view.columns().iter().zip(online).zip(offline) {
            if online != offline {
                verified.differs(Difference::new(address, column.name(), online, offline));
            }
        }
        Ok(())
    }

    /// The values as texts, which are the same for the same bits; or why there is none.
    fn texts(
        &self,
        address: &Address,
        row: Result<Made, RowError>,
    ) -> Result<Vec<Option<String>>, MaterializeError> {
        let at = |error| MaterializeError::Row {
            view: self.view.name(),
            address: address.to_string(),
            error: Box::new(error),
        };
        let row = row.map_err(at)?;
        let mut reader = row.reader(self.view.layout()).map_err(at)?;
        let mut texts = Vec::with_capacity(self.view.columns().len());
        for (index, column) in self.view.columns().iter().enumerate() {
            texts.push(match reader.value(index) {
                Ok(value) => value.map(|value| value.text(column.dtype()).into_owned()),
                Err(error) => Some(error.to_string()),
            });
        }
        Ok(texts)
    }
}
