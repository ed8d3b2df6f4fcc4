//! What stands online for an entity and a view: a summary, and the rows that a window's end can cut.
//!
//! Small entities have all rows in the summary. Larger ones have, per tile of time, the state of each
//! aggregate there, and the rows of a tile in fields whose names follow from the time, so a read asks
//! for few fields, whose names it knows, and merges tiles. Functions of bytes: what a store has under the
//! fields goes in, what it is to have comes out; the store compares the number in the summary and sets.
//!
//! | bytes of a summary | |
//! |---|---|
//! | 4 | big endian: version 2 in three bits below the highest, and the schema id in 28 |
//! | 8 | the state's number, little endian: each write makes it another one |
//! | 1, 8 | the time from which on all events are in it: 0 where it is all, else 1 and the time |
//! | 8, 8 | the arrival of the newest row, or the later time that the state was made for; the place in the log of the newest row and one |
//! | 8 | the first tile whose rows are there |
//! | | where the view has windows of the whole past: flags of what is before all tiles, and each aggregate's state |
//! | 1 | 0 where all rows follow, 1 where tiles do |
//! | | rows: how many, and each; or tiles: how many, and of each its place (then the difference to the one before), how many rows are kept, flags (1 in a field of its own, 2 not all counted), and how many bytes the states have, and each state with its own number of bytes |
//!
//! A field of rows has the same 4 bytes in front. Of a row: its event time (then the difference to the one
//! before), its id, flags (1 taken back, 2 created time follows, from 4 on a bit per column that is null), the
//! created time's difference to the event time, and the values.

// Until events can be pushed, states are made of whole logs.
#[cfg(test)]
mod apply;
mod error;
mod field;
mod header;
mod layout;
mod plan;
mod reach;
mod read;
mod row;
mod summary;

#[cfg(test)]
pub(crate) use apply::{Arrived, Outcome};
pub(crate) use error::{StateError, Unanswered};
#[cfg(test)]
pub(crate) use field::Changes;
pub(crate) use field::{Field, Stored};
pub(crate) use layout::Loaded;
pub(crate) use plan::{Limits, Plan, PlanError};
pub(crate) use reach::Reach;
#[cfg(test)]
pub(crate) use read::Answer;
pub(crate) use row::Row;
