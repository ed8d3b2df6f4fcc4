//! The features of an entity at a time, of its events: as a training set has them.

use crate::offline::OfflineError;
use crate::view::windows::ResolvedWindows;
use crate::windows::state::{Loaded, Unanswered};
use crate::windows::sweep::{Column, EntityRows, Events, KeyedEvents, Sweep, Values};
use crate::windows::{Finished, Kind, Scalar};

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
    let events = KeyedEvents {
        keys: vec![key; rows.len()],
        events: events(windows, rows),
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
    let broken = |what: String| OfflineError::internal(format!("view `{view}`: {what}"));
    swept.map_err(|error| broken(error.to_string()))?;
    let all = answers.into_iter().collect::<Option<_>>();
    all.ok_or_else(|| broken("a sweep leaves out a feature".to_owned()))
}

/// Events as the sweep has them: a column beside another.
fn events(windows: &ResolvedWindows, rows: &[Loaded]) -> Events {
    let columns = windows.kinds.iter().enumerate().map(|(index, kind)| {
        let of = |row: &Loaded| row.row.values.get(index).cloned().flatten();
        let present = rows.iter().map(|row| of(row).is_some()).collect();
        let values = match kind {
            // A filter's outcome.
            Kind::Integer { .. } if index >= windows.columns.len() => Values::Integers(
                rows.iter()
                    .map(|row| i64::from(of(row) != Some(Scalar::Integer(0))))
                    .collect(),
            ),
            Kind::Integer { .. } => Values::Wide(
                rows.iter()
                    .map(|row| match of(row) {
                        Some(Scalar::Integer(value)) => value,
                        _ => 0,
                    })
                    .collect(),
            ),
            Kind::Float => Values::Floats(
                rows.iter()
                    .map(|row| match of(row) {
                        Some(Scalar::Float(value)) => value,
                        _ => 0.0,
                    })
                    .collect(),
            ),
            Kind::Bytes => {
                let (mut ends, mut bytes) = (Vec::with_capacity(rows.len()), Vec::new());
                for row in rows {
                    if let Some(Scalar::Bytes(value)) = of(row) {
                        bytes.extend_from_slice(&value);
                    }
                    ends.push(bytes.len());
                }
                Values::Bytes { ends, bytes }
            }
        };
        Column {
            values,
            present: Some(present),
        }
    });
    Events {
        times: rows.iter().map(|row| row.row.time).collect(),
        ids: rows.iter().map(|row| row.row.id).collect(),
        created: Some(rows.iter().map(|row| row.row.created).collect()),
        arrived: None,
        places: Some(rows.iter().map(|row| row.place).collect()),
        deleted: Some(rows.iter().map(|row| row.row.deleted).collect()),
        columns: columns.collect(),
    }
}
