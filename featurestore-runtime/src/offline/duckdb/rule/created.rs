//! What rows with a created time are ordered by: event time, created time and place, in one number
//! wherever 128 bits hold it. `DuckDB` keeps structs of them, one per entity, outside of its limit
//! of memory, and a number within it.

use super::NO_TIME;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::tables::{CREATED, EVENT, PLACE};

/// What an order is less than, so that a `HUGEINT` holds it.
const LIMIT: i128 = 1 << 126;

/// An order in one number. It is made of [`EVENT`], [`CREATED`], which is [`NO_TIME`]
/// where there is none, and [`PLACE`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CreatedOrder {
    event: Times,
    created: Times,
    /// More than any place.
    places: i128,
}

/// The times of a column, counted in steps from the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Times {
    first: i128,
    last: i128,
    step: i128,
}

impl CreatedOrder {
    /// The order of the rows that `rows` gives the times of, if a number holds it.
    pub(crate) fn of_times(
        session: &Session,
        rows: &str,
        params: &Params,
        places: u64,
    ) -> Result<Option<Self>, duckdb::Error> {
        // Whole microseconds are what most columns of nanoseconds have.
        let column = |name: &str, filter: &str| {
            ["min({})", "max({})", "bool_and({} % 1000 = 0)"]
                .map(|part| format!("CAST({}{filter} AS VARCHAR)", part.replace("{}", name)))
                .join(", ")
        };
        let sql = format!(
            "SELECT {}, {} FROM ({rows})",
            column(EVENT, ""),
            column(CREATED, &format!(" FILTER ({CREATED} <> {NO_TIME})"))
        );
        let texts = session.texts(&sql, params)?;
        let times = |first: usize| {
            let text = |index: usize| texts.get(first + index)?.as_deref();
            Some(Times {
                first: text(0)?.parse().ok()?,
                last: text(1)?.parse().ok()?,
                step: if text(2)? == "true" { 1000 } else { 1 },
            })
        };
        let none = Times {
            first: 0,
            last: 0,
            step: 1,
        };
        Ok(times(0).and_then(|event| {
            let created = times(3).unwrap_or(none);
            // Without a division for each row, where that leaves room.
            let fine = |times: Times| Times { step: 1, ..times };
            Self::new(fine(event), fine(created), places)
                .or_else(|| Self::new(event, created, places))
        }))
    }

    fn new(event: Times, created: Times, places: u64) -> Option<Self> {
        let order = Self {
            event,
            created,
            places: i128::from(places.max(1)),
        };
        let orders = event
            .count()
            .checked_mul(order.createds())?
            .checked_mul(order.places)?;
        (orders < LIMIT).then_some(order)
    }

    /// A row's order.
    pub(crate) fn of_row(&self) -> String {
        format!(
            "({} * {} + CASE WHEN {CREATED} = {NO_TIME} THEN 0 ELSE {} + 1 END) * {} + {PLACE}",
            self.event.steps(EVENT),
            self.createds(),
            self.created.steps(CREATED),
            self.places
        )
    }

    /// The place in the order `o`.
    pub(crate) fn place(&self, o: &str) -> String {
        format!("CAST({o} % {} AS BIGINT)", self.places)
    }

    /// How many created times there may be, with none at all.
    const fn createds(&self) -> i128 {
        self.created.count() + 1
    }
}

impl Times {
    /// How many steps from the first to the last, both counted.
    const fn count(&self) -> i128 {
        (self.last - self.first) / self.step + 1
    }

    /// The steps before the time of this name, a `HUGEINT`.
    fn steps(&self, name: &str) -> String {
        let since = format!("(CAST({name} AS HUGEINT) - {})", self.first);
        if self.step == 1 {
            since
        } else {
            format!("({since} // {})", self.step)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_places_that_need_more_than_126_bits_are_in_no_number() {
        let year = Times {
            first: 0,
            last: 366 * 86_400 * 1_000_000,
            step: 1,
        };
        let nanos = |step| Times {
            last: year.last * 1000,
            step,
            ..year
        };
        let all = Times {
            first: i128::from(NO_TIME) + 1,
            last: i128::from(i64::MAX),
            step: 1,
        };
        assert!(CreatedOrder::new(year, year, 1 << 36).is_some());
        assert!(CreatedOrder::new(nanos(1000), nanos(1000), 1 << 36).is_some());
        assert!(CreatedOrder::new(nanos(1), nanos(1), 1 << 36).is_none());
        assert!(CreatedOrder::new(all, all, 1).is_none());
    }
}
