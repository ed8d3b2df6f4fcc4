//! The least and the largest of rows that come and go.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::super::aggregate::{FinishError, Finished, Side};
use super::super::columns::Values;
use super::super::live::Live;
use super::super::moves::Moves;
use super::step::{Results, Slide, slide};

/// A heap whose top is the value that is asked for. A row that left stays in it until it comes to the
/// top, or until most of the heap has left; so rows may leave in any order.
struct Heap<'a, K, F> {
    values: &'a Values,
    key: F,
    live: Live,
    heap: BinaryHeap<(K, u32)>,
}

impl<K: Ord, F: Fn(usize) -> K> Slide for Heap<'_, K, F> {
    fn add(&mut self, row: usize) {
        self.live.add(row);
        #[allow(clippy::cast_possible_truncation)]
        self.heap.push(((self.key)(row), row as u32));
    }

    fn remove(&mut self, row: usize) {
        self.live.remove(row);
    }

    fn finish(&mut self) -> Result<Finished, FinishError> {
        if self.heap.len() > 2 * self.live.count() + 64 {
            self.heap.retain(|(_, row)| self.live.has(*row as usize));
        }
        while let Some((_, row)) = self.heap.peek() {
            if self.live.has(*row as usize) {
                return Ok(Finished::One(self.values.owned(*row as usize)));
            }
            self.heap.pop();
        }
        Ok(Finished::Nothing)
    }
}

/// The least or the largest value, entity row by entity row.
pub(super) fn results(
    values: &Values,
    rows: usize,
    side: Side,
    moves: &Moves,
    keep: &Option<Vec<bool>>,
) -> Results {
    match values {
        Values::Integers(column) => of(values, rows, side, moves, keep, |row| column[row]),
        Values::Wide(column) => of(values, rows, side, moves, keep, |row| column[row]),
        // What orders floats as integers: IEEE 754's total order.
        Values::Floats(column) => of(values, rows, side, moves, keep, |row| {
            let bits = column[row].to_bits().cast_signed();
            bits ^ ((bits >> 63) & i64::MAX)
        }),
        Values::Bytes { ends, bytes } => of(values, rows, side, moves, keep, |row| {
            Values::slice(ends, bytes, row)
        }),
    }
}

fn of<K: Ord>(
    values: &Values,
    rows: usize,
    side: Side,
    moves: &Moves,
    keep: &Option<Vec<bool>>,
    key: impl Fn(usize) -> K,
) -> Results {
    let live = Live::new(rows);
    match side {
        Side::Max => slide(
            moves,
            keep,
            Heap {
                values,
                key,
                live,
                heap: BinaryHeap::new(),
            },
        ),
        Side::Min => {
            let key = |row: usize| Reverse(key(row));
            slide(
                moves,
                keep,
                Heap {
                    values,
                    key,
                    live,
                    heap: BinaryHeap::new(),
                },
            )
        }
    }
}
