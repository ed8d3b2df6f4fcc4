//! Which rows enter and leave a window between one entity row and the next.

use std::ops::Range;

use super::super::window::Window;
use super::columns::Events;
use super::versions::Versions;

/// The rows that leave and enter a window, entity row by entity row. A row that enters and leaves
/// between two of them is in neither.
#[derive(Debug)]
pub(super) enum Moves {
    /// Rows enter and leave in their order: those that leave, and those that enter.
    Ranges(Vec<(Range<usize>, Range<usize>)>),
    /// They do not.
    Lists {
        rows: Vec<u32>,
        /// For each entity row, where those that leave end, and where those that enter do.
        ends: Vec<(usize, usize)>,
    },
}

/// Some rows.
#[derive(Debug)]
pub(super) enum Rows<'a> {
    Range(Range<usize>),
    List(&'a [u32]),
}

impl Rows<'_> {
    #[inline]
    pub(super) fn for_each(self, mut act: impl FnMut(usize)) {
        match self {
            Self::Range(range) => range.for_each(act),
            Self::List(rows) => rows.iter().for_each(|row| act(*row as usize)),
        }
    }
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
    fn new(events: &Events, versions: (&[i64], &[i64]), window: &Window) -> Self {
        let count = events.len();
        let mut intervals = Self {
            rows: Vec::with_capacity(count),
            from: Vec::with_capacity(count),
            until: Vec::with_capacity(count),
        };
        for (row, time) in events.times.iter().enumerate() {
            let from = versions.0[row].max(window.enters(*time));
            let until = versions.1[row].min(window.leaves(*time));
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
        let (from, until) = match versions {
            Versions::Steady(settling) => return Self::steady(events, *settling, window, times),
            Versions::Each { from, until } => (from, until),
        };
        let intervals = Intervals::new(events, (from, until), window);
        let Intervals { rows, from, until } = &intervals;
        let (starts, ends) = (order(from), order(until));
        let at = |order: &Option<Vec<u32>>, place: usize| {
            order.as_ref().map_or(place, |order| order[place] as usize)
        };
        let (mut entered, mut left) = (0, 0);
        let mut moved = Vec::with_capacity(rows.len());
        let mut steps = Vec::with_capacity(times.len());
        let mut before = i64::MIN;
        for time in times {
            while left < rows.len() && until[at(&ends, left)] <= *time {
                let place = at(&ends, left);
                if from[place] <= before {
                    moved.push(rows[place]);
                }
                left += 1;
            }
            let gone = moved.len();
            while entered < rows.len() && from[at(&starts, entered)] <= *time {
                let place = at(&starts, entered);
                if until[place] > *time {
                    moved.push(rows[place]);
                }
                entered += 1;
            }
            steps.push((gone, moved.len()));
            before = *time;
        }
        Self::Lists {
            rows: moved,
            ends: steps,
        }
    }

    /// Rows that are known so much later than their time, in the order of their times: those that are
    /// in a window follow each other, and where they begin and end is searched for, so most rows are
    /// never looked at where windows are short.
    fn steady(events: &Events, settling: i64, window: &Window, times: &[i64]) -> Self {
        let wait = settling.max(window.delay());
        // The window's rows are `begin..end`: none where that is before this.
        let (mut begin, mut end) = (0, 0);
        let ranges = times.iter().map(|time| {
            let first =
                begin + events.times[begin..].partition_point(|own| window.leaves(*own) <= *time);
            let last = end + events.times[end..].partition_point(|own| own + wait <= *time);
            let moved = (begin..first.min(end), end.max(first)..last);
            (begin, end) = (first, last);
            moved
        });
        Self::Ranges(ranges.collect())
    }

    /// How many entity rows.
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Ranges(ranges) => ranges.len(),
            Self::Lists { ends, .. } => ends.len(),
        }
    }

    /// The rows that leave and those that enter for an entity row.
    pub(super) fn step(&self, place: usize) -> (Rows<'_>, Rows<'_>) {
        match self {
            Self::Ranges(ranges) => {
                let (gone, entered) = &ranges[place];
                (Rows::Range(gone.clone()), Rows::Range(entered.clone()))
            }
            Self::Lists { rows, ends } => {
                let begin = if place == 0 { 0 } else { ends[place - 1].1 };
                let (gone, end) = ends[place];
                (Rows::List(&rows[begin..gone]), Rows::List(&rows[gone..end]))
            }
        }
    }
}
