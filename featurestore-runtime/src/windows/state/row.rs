//! The rows that are kept, and their bytes.

use super::super::bytes::{
    Damage, read_entries, read_integer, read_owned, read_wide, unzigzag, write_scalar, write_wide,
    zigzag,
};
use super::super::event::EventId;
use super::super::scalar::{Kind, Scalar};
use super::super::window::is_in_range;
use crate::codec::integers::write_unsigned;

/// The newest row of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// The event's time.
    pub(crate) time: i64,
    /// The event's id.
    pub(crate) id: EventId,
    /// When the source wrote the row, where it says so.
    pub(crate) created: Option<i64>,
    /// Whether the row takes the event back.
    pub(crate) deleted: bool,
    /// What features are of.
    pub(crate) values: Vec<Option<Scalar>>,
}

const DELETED: u64 = 1;
const CREATED: u64 = 2;
const FIRST_NULL: usize = 2;

impl Row {
    /// What tells it from others of its key.
    pub(super) const fn identity(&self) -> (i64, EventId) {
        (self.time, self.id)
    }
}

/// Appends rows, which stand in order of their identities.
pub(super) fn write_rows<'a>(out: &mut Vec<u8>, rows: impl ExactSizeIterator<Item = &'a Row>) {
    write_unsigned(out, rows.len() as u64);
    let mut before = 0;
    for row in rows {
        write_wide(out, zigzag(i128::from(row.time) - i128::from(before)));
        before = row.time;
        write_wide(out, row.id.0);
        let mut flags =
            u64::from(row.deleted) * DELETED + u64::from(row.created.is_some()) * CREATED;
        for (place, value) in row.values.iter().enumerate() {
            flags |= u64::from(value.is_none()) << (FIRST_NULL + place);
        }
        write_unsigned(out, flags);
        if let Some(created) = row.created {
            write_wide(out, zigzag(i128::from(created) - i128::from(row.time)));
        }
        for value in row.values.iter().flatten() {
            write_scalar(out, value.borrow());
        }
    }
}

/// Takes rows of columns of the given kinds.
pub(super) fn read_rows(bytes: &mut &[u8], columns: &[Kind]) -> Result<Vec<Row>, Damage> {
    // A time, an id and flags have a byte each at least.
    let count = read_entries(bytes, 3)?;
    let mut rows: Vec<Row> = Vec::new();
    let mut before = 0;
    for _ in 0..count {
        let time = i128::from(before).checked_add(unzigzag(read_wide(bytes)?));
        let time = time
            .and_then(|time| i64::try_from(time).ok())
            .filter(|time| is_in_range(*time));
        let time = time.ok_or(Damage("a row's time is out of range"))?;
        before = time;
        let id = EventId(read_wide(bytes)?);
        let flags = read_integer(bytes)?;
        if flags >> (FIRST_NULL + columns.len()) != 0 {
            return Err(Damage("a row has a flag that means nothing"));
        }
        let created = if flags & CREATED == 0 {
            None
        } else {
            let created = i128::from(time).checked_add(unzigzag(read_wide(bytes)?));
            let created = created.and_then(|created| i64::try_from(created).ok());
            Some(created.ok_or(Damage("a row's created time is out of range"))?)
        };
        let mut values = Vec::with_capacity(columns.len());
        for (place, kind) in columns.iter().enumerate() {
            let null = flags >> (FIRST_NULL + place) & 1 == 1;
            values.push(if null {
                None
            } else {
                Some(read_owned(bytes, *kind)?)
            });
        }
        let row = Row {
            time,
            id,
            created,
            deleted: flags & DELETED != 0,
            values,
        };
        if rows
            .last()
            .is_some_and(|last| last.identity() >= row.identity())
        {
            return Err(Damage("rows are out of order"));
        }
        rows.push(row);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::super::super::window::TIME_LIMIT;
    use super::*;

    fn row(time: i64, id: u128) -> Row {
        let values = vec![Some(Scalar::Integer(-3)), None];
        Row {
            time,
            id: EventId(id),
            created: Some(time - 5),
            deleted: false,
            values,
        }
    }

    fn read(rows: &[Row]) -> Result<Vec<Row>, Damage> {
        let mut out = Vec::new();
        write_rows(&mut out, rows.iter());
        read_rows(
            &mut out.as_slice(),
            &[Kind::Integer { scale: 0 }, Kind::Bytes],
        )
    }

    #[test]
    fn rows_read_back_as_they_were() {
        let rows = [
            row(-TIME_LIMIT, 3),
            row(-7, 3),
            row(-7, u128::MAX),
            row(TIME_LIMIT, 0),
        ];
        assert_eq!(read(&rows).as_deref(), Ok(&rows[..]));
    }

    #[test]
    fn rows_out_of_range_or_out_of_order_are_damage() {
        assert!(read(&[row(TIME_LIMIT + 1, 0)]).is_err());
        assert!(read(&[row(1, 0), row(0, 0)]).is_err());
        assert!(read(&[row(1, 1), row(1, 1)]).is_err());
    }
}
