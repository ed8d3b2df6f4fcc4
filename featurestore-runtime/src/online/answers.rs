//! Asking a store and holding it to what it promises: an answer for each question.

#[cfg(any(feature = "duckdb", feature = "test-util"))]
use super::StateWrite;
use super::{EntityRead, FoundRows, OnlineError, OnlineStore, RowWrite, Written};
use crate::time::Timestamp;

/// Reads rows, one list per entity in the order asked for, a row or none per field.
///
/// # Errors
///
/// Another number of answers, besides those of the store.
pub(crate) async fn read(
    online: &dyn OnlineStore,
    entities: &[EntityRead<'_>],
) -> Result<FoundRows, OnlineError> {
    let found = online.read(entities).await?;
    check_rows(online, entities, &found)?;
    Ok(found)
}

/// As [`read`], and what time it was by the store's own clock, where it has one.
///
/// # Errors
///
/// As [`read`].
pub(crate) async fn read_timed(
    online: &dyn OnlineStore,
    entities: &[EntityRead<'_>],
) -> Result<(FoundRows, Option<Timestamp>), OnlineError> {
    let (found, time) = online.read_timed(entities).await?;
    check_rows(online, entities, &found)?;
    Ok((found, time))
}

/// As [`read`], of what no other server lacks.
///
/// # Errors
///
/// As [`read`].
pub(crate) async fn read_newest(
    online: &dyn OnlineStore,
    entities: &[EntityRead<'_>],
) -> Result<FoundRows, OnlineError> {
    let found = online.read_newest(entities).await?;
    check_rows(online, entities, &found)?;
    Ok(found)
}

/// Writes rows, and gives what became of each.
///
/// # Errors
///
/// As [`read`].
pub(crate) async fn write(
    online: &dyn OnlineStore,
    rows: &[RowWrite],
) -> Result<Vec<Written>, OnlineError> {
    let written = online.write(rows).await?;
    check(online, rows.len(), written.len())?;
    Ok(written)
}

/// Changes states, and gives of each whether it is there now.
///
/// # Errors
///
/// As [`read`].
#[cfg(any(feature = "duckdb", feature = "test-util"))]
pub(crate) async fn write_states(
    online: &dyn OnlineStore,
    states: &[StateWrite],
) -> Result<Vec<bool>, OnlineError> {
    let written = online.write_states(states).await?;
    check(online, states.len(), written.len())?;
    Ok(written)
}

fn check_rows(
    online: &dyn OnlineStore,
    entities: &[EntityRead<'_>],
    found: &FoundRows,
) -> Result<(), OnlineError> {
    check(online, entities.len(), found.len())?;
    for (entity, rows) in entities.iter().zip(found) {
        check(online, entity.fields.len(), rows.len())?;
    }
    Ok(())
}

fn check(online: &dyn OnlineStore, asked: usize, answered: usize) -> Result<(), OnlineError> {
    if asked == answered {
        return Ok(());
    }
    Err(OnlineError::Answers {
        location: online.location(),
        asked,
        answered,
    })
}
