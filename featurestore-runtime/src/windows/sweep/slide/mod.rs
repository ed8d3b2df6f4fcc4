//! Aggregates from which rows can be taken out again, since it is known before when each leaves. Where
//! an aggregate's own state can do it, it is the state itself; of the others each finds the same result.

mod distinct;
mod ends;
mod extreme;
mod step;
mod sums;

use super::super::aggregate::{Aggregate, End, FinishError, Side};
use super::super::feature::Feature;
use super::super::scalar::{Kind, ScalarRef};
use super::columns::{Column, Events, Values};
use super::moves::Moves;
use step::slide;

pub(super) use step::Results;

/// A column that is not there, or not of its feature's kind.
const BROKEN: FinishError =
    FinishError::Internal("a feature's column is not among the events' columns");

/// A feature over all entity rows that `moves` is of.
pub(super) fn results(
    feature: &Feature,
    events: &Events,
    moves: &Moves,
) -> Result<Results, FinishError> {
    let column = match feature.column {
        Some(place) => Some(events.column(place).ok_or(BROKEN)?),
        None => None,
    };
    let keep = kept(feature, events, column)?;
    let measure = &feature.measure;
    let Some(Column { values, .. }) = column else {
        return Ok(slide(moves, &keep, sums::Counted::new()));
    };
    let fits = matches!(
        (values, measure.kind()),
        (
            Values::Integers(_) | Values::Wide(_),
            Some(Kind::Integer { .. })
        ) | (Values::Floats(_), Some(Kind::Float))
            | (Values::Bytes { .. }, Some(Kind::Bytes))
    );
    if !fits {
        return Err(BROKEN);
    }
    let rows = events.len();
    Ok(match measure.aggregate() {
        Aggregate::Count => slide(moves, &keep, sums::Counted::new()),
        Aggregate::Sum | Aggregate::Mean => match values {
            Values::Integers(values) => {
                let at = |row: usize| i128::from(values[row]);
                slide(moves, &keep, sums::Integers::new(measure, at))
            }
            Values::Wide(values) => slide(
                moves,
                &keep,
                sums::Integers::new(measure, |row: usize| values[row]),
            ),
            Values::Floats(values) => slide(moves, &keep, sums::Floats::new(measure, values)),
            Values::Bytes { .. } => return Err(BROKEN),
        },
        Aggregate::Variance(_) | Aggregate::StandardDeviation(_) => match values {
            Values::Floats(values) => slide(moves, &keep, sums::FloatSpread::new(measure, values)),
            _ => slide(moves, &keep, sums::IntegerSpread::new(measure, values)),
        },
        Aggregate::Quantile { bins, .. } => {
            slide(moves, &keep, sums::Binned::new(measure, values, bins))
        }
        Aggregate::Top(_) => slide(moves, &keep, sums::Tallied::new(measure, values)),
        Aggregate::Min => extreme::results(values, rows, Side::Min, moves, &keep),
        Aggregate::Max => extreme::results(values, rows, Side::Max, moves, &keep),
        Aggregate::First | Aggregate::FirstOf(_) => slide(
            moves,
            &keep,
            ends::Outermost::new(measure, values, rows, End::First),
        ),
        Aggregate::Last | Aggregate::LastOf(_) => slide(
            moves,
            &keep,
            ends::Outermost::new(measure, values, rows, End::Last),
        ),
        Aggregate::Distinct(precision) => {
            slide(moves, &keep, distinct::Different::new(values, precision))
        }
    })
}

/// Which rows have a value and pass the filter; nothing where all do.
fn kept(
    feature: &Feature,
    events: &Events,
    column: Option<&Column>,
) -> Result<Option<Vec<bool>>, FinishError> {
    let present = column.and_then(|column| column.present.clone());
    let Some(filter) = feature.filter else {
        return Ok(present);
    };
    let filter = events.column(filter).ok_or(BROKEN)?;
    let mut keep = present.unwrap_or_else(|| vec![true; events.len()]);
    for (row, keep) in keep.iter_mut().enumerate() {
        let ScalarRef::Integer(outcome) = filter.values.get(row) else {
            return Err(BROKEN);
        };
        // What can't be told to hold does not, as in SQL.
        let told = filter.present.as_ref().is_none_or(|present| present[row]);
        *keep &= told && outcome != 0;
    }
    Ok(Some(keep))
}
