//! The first and the last of rows that come and go.

use super::super::super::aggregate::{Aggregate, End, FinishError, Finished, Measure};
use super::super::super::scalar::Scalar;
use super::super::columns::Values;
use super::super::live::Live;
use super::step::Slide;

/// The rows of a key stand in the order of time and id, so the outermost that are in the window are
/// what is asked for.
pub(super) struct Outermost<'a> {
    measure: Measure,
    values: &'a Values,
    live: Live,
    end: End,
}

impl<'a> Outermost<'a> {
    pub(super) fn new(measure: &Measure, values: &'a Values, rows: usize, end: End) -> Self {
        Self {
            measure: *measure,
            values,
            live: Live::new(rows),
            end,
        }
    }

    fn outermost(&self, count: usize) -> Vec<Scalar> {
        let owned = |row| self.values.owned(row);
        match self.end {
            End::First => self.live.ascending().take(count).map(owned).collect(),
            End::Last => self.live.descending().take(count).map(owned).collect(),
        }
    }
}

impl Slide for Outermost<'_> {
    fn add(&mut self, row: usize) {
        self.live.add(row);
    }

    fn remove(&mut self, row: usize) {
        self.live.remove(row);
    }

    fn finish(&mut self) -> Result<Finished, FinishError> {
        self.live.settle();
        Ok(match self.measure.aggregate() {
            Aggregate::FirstOf(count) | Aggregate::LastOf(count) => {
                Finished::List(self.outermost(usize::from(count)))
            }
            _ => Finished::of(self.outermost(1).pop()),
        })
    }
}
