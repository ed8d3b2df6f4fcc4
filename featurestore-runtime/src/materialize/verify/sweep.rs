//! The features of an entity at a time, of its events: as a training set has them.

use crate::offline::OfflineError;
use crate::view::windows::ResolvedWindows;
use crate::windows::state::{Loaded, Unanswered};
use crate::windows::sweep::{Column, EntityRows, Events, KeyedEvents, Sweep, Values};
use crate::windows::{Finished, Scalar};

/// What each feature is.
pub(super) type Answers = Vec<Result<Finished, Unanswered>>;

/// Sweeps the events of one entity for one time.
pub(super) fn sweep(
    view: &str,
    windows: &ResolvedWindows,
    rows: &[Loaded],
    at: i64,
) -> Result<Answers, OfflineError> {
    // The only one there is.
    let key = 0;
    let broken = |what: String| OfflineError::internal(format!("view `{view}`: {what}"));
    let other = || broken("an event's value is not of its column's kind".to_owned());
    let events = KeyedEvents {
        keys: vec![key; rows.len()],
        events: events(windows, rows).ok_or_else(other)?,
    };
    let asked = EntityRows {
        keys: vec![key],
        times: vec![at],
        numbers: vec![0],
    };
    let mut answers: Vec<Option<Result<Finished, Unanswered>>> = vec![None; windows.features.len()];
    let swept = Sweep::new(&windows.features, windows.arrival(), usize::MAX).run(
        std::iter::once(events),
        std::iter::once(asked),
        |found| {
            let result = found.results.into_iter().next();
            if let Some(answer) = answers.get_mut(found.feature) {
                *answer = result.map(|result| result.map_err(Unanswered::from));
            }
        },
    );
    swept.map_err(|error| broken(error.to_string()))?;
    let all = answers.into_iter().collect::<Option<_>>();
    all.ok_or_else(|| broken("a sweep leaves out a feature".to_owned()))
}

/// Events as the sweep has them: a column beside another. Nothing where a value is not of its column's
/// kind.
fn events(windows: &ResolvedWindows, rows: &[Loaded]) -> Option<Events> {
    let columns = windows.kinds.iter().enumerate().map(|(index, kind)| {
        let mut values = Values::of(*kind, rows.len());
        let mut present = Vec::with_capacity(rows.len());
        for row in rows {
            let value = row.row.values.get(index)?.as_ref();
            present.push(value.is_some());
            values.push(value.map(Scalar::borrow)).then_some(())?;
        }
        Some(Column {
            values,
            present: Some(present),
        })
    });
    Some(Events {
        times: rows.iter().map(|row| row.row.time).collect(),
        ids: rows.iter().map(|row| row.row.id).collect(),
        created: Some(rows.iter().map(|row| row.row.created).collect()),
        arrived: None,
        places: Some(rows.iter().map(|row| row.place).collect()),
        deleted: Some(rows.iter().map(|row| row.row.deleted).collect()),
        columns: columns.collect::<Option<_>>()?,
    })
}
