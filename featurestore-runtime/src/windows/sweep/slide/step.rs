//! The window moves from entity row to entity row.

use super::super::super::aggregate::{FinishError, Finished};
use super::super::moves::Moves;

/// What an aggregate of a column is over rows that come and go.
pub(super) trait Slide {
    /// A row enters the window.
    fn add(&mut self, row: usize);
    /// A row leaves the window that it had entered.
    fn remove(&mut self, row: usize);
    /// The result over the rows that are in the window.
    fn finish(&mut self) -> Result<Finished, FinishError>;
}

/// A feature's results for each entity row of one key.
pub(in super::super) type Results = Vec<Result<Finished, FinishError>>;

/// Moves the window from entity row to entity row.
pub(super) fn slide(moves: &Moves, keep: &Option<Vec<bool>>, slide: impl Slide) -> Results {
    match keep {
        None => slide_kept(moves, |_| true, slide),
        Some(keep) => slide_kept(moves, |row| keep[row], slide),
    }
}

fn slide_kept(moves: &Moves, keep: impl Fn(usize) -> bool, mut slide: impl Slide) -> Results {
    let mut results = Results::with_capacity(moves.len());
    for place in 0..moves.len() {
        let (gone, entered) = moves.step(place);
        let mut changed = false;
        gone.for_each(|row| {
            if keep(row) {
                slide.remove(row);
                changed = true;
            }
        });
        entered.for_each(|row| {
            if keep(row) {
                slide.add(row);
                changed = true;
            }
        });
        let result = match results.last() {
            Some(last) if !changed => Clone::clone(last),
            _ => slide.finish(),
        };
        results.push(result);
    }
    results
}
