//! Which rows enter and leave a window between one entity row and the next.

use super::super::window::Window;
use super::columns::Events;
use super::versions::Versions;

/// The rows that leave and enter a window, entity row by entity row. A row that enters and leaves
/// between two of them is in neither list.
#[derive(Debug)]
pub(super) struct Moves {
    rows: Vec<u32>,
    /// For each entity row, where those that leave end, and where those that enter do.
    ends: Vec<(usize, usize)>,
}

/// When the rows that ever count are in a window, in columns.
struct Intervals {
    rows: Vec<u32>,
    from: Vec<i64>,
    until: Vec<i64>,
}

impl Intervals {
    /// A row counts at `t` from `max(known, e + delay)` until the newer row of its identity is known,
    /// or the window has left it.
    fn new(events: &Events, versions: &Versions, window: &Window) -> Self {
        let count = events.len();
        let mut intervals = Self {
            rows: Vec::with_capacity(count),
            from: Vec::with_capacity(count),
            until: Vec::with_capacity(count),
        };
        for (row, time) in events.times.iter().enumerate() {
            let from = versions.from[row].max(window.enters(*time));
            let until = versions.until[row].min(window.leaves(*time));
            if from < until {
                #[allow(clippy::cast_possible_truncation)]
                intervals.rows.push(row as u32);
                intervals.from.push(from);
                intervals.until.push(until);
            }
        }
        intervals
    }
}

/// The places of times in their order; nothing where they are in it, as they are unless rows were
/// late or corrected.
fn order(times: &[i64]) -> Option<Vec<u32>> {
    if times.is_sorted() {
        return None;
    }
    #[allow(clippy::cast_possible_truncation)]
    let mut order: Vec<u32> = (0..times.len() as u32).collect();
    order.sort_by_key(|place| times[*place as usize]);
    Some(order)
}

impl Moves {
    /// For entity rows in the order of their times.
    pub(super) fn new(
        events: &Events,
        versions: &Versions,
        window: &Window,
        times: &[i64],
    ) -> Self {
        let intervals = Intervals::new(events, versions, window);
        let Intervals { rows, from, until } = &intervals;
        let (starts, ends) = (order(from), order(until));
        let at = |order: &Option<Vec<u32>>, place: usize| {
            order.as_ref().map_or(place, |order| order[place] as usize)
        };
        let (mut entered, mut left) = (0, 0);
        let mut moves = Self {
            rows: Vec::with_capacity(rows.len()),
            ends: Vec::with_capacity(times.len()),
        };
        let mut before = i64::MIN;
        for time in times {
            while left < rows.len() && until[at(&ends, left)] <= *time {
                let place = at(&ends, left);
                if from[place] <= before {
                    moves.rows.push(rows[place]);
                }
                left += 1;
            }
            let gone = moves.rows.len();
            while entered < rows.len() && from[at(&starts, entered)] <= *time {
                let place = at(&starts, entered);
                if until[place] > *time {
                    moves.rows.push(rows[place]);
                }
                entered += 1;
            }
            moves.ends.push((gone, moves.rows.len()));
            before = *time;
        }
        moves
    }

    /// How many entity rows.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// For each entity row, the rows that leave and those that enter.
    pub(super) fn steps(&self) -> impl Iterator<Item = (&[u32], &[u32])> {
        let mut begin = 0;
        self.ends.iter().map(move |(gone, end)| {
            let step = (&self.rows[begin..*gone], &self.rows[*gone..*end]);
            begin = *end;
            step
        })
    }
}
