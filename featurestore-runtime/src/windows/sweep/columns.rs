//! Events and entity rows in columns.

use super::super::event::EventId;
use super::super::scalar::{Kind, Scalar, ScalarRef};

/// The values of a column. Where one is null stands beside them, and what stands in its place here
/// means nothing.
#[derive(Debug, Clone)]
pub(crate) enum Values {
    /// Integers that 64 bits hold: 8 bytes a row.
    Integers(Vec<i64>),
    /// Integers of up to 128 bits: 16 bytes a row.
    Wide(Vec<i128>),
    /// Floats: 8 bytes a row.
    Floats(Vec<f64>),
    /// Texts, bytes and UUIDs: 8 bytes a row and what they hold. The end of each; it begins where
    /// the one before ends.
    Bytes {
        /// Where each ends.
        ends: Vec<usize>,
        /// All of them.
        bytes: Vec<u8>,
    },
}

/// A column: a value per row, or none.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// The values.
    pub(crate) values: Values,
    /// Which rows have one; nothing where all have.
    pub(crate) present: Option<Vec<bool>>,
}

/// Events of a source, in columns of one length: 24 bytes a row and its columns, and 16 for each of
/// arrival and created time, where the source has it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Events {
    /// Event times, microseconds since 1970.
    pub(crate) times: Vec<i64>,
    /// Ids.
    pub(crate) ids: Vec<EventId>,
    /// When the source wrote each, where it says so.
    pub(crate) created: Option<Vec<Option<i64>>>,
    /// When the log got each, where there is a log; nothing for rows from before there was one.
    pub(crate) arrived: Option<Vec<Option<i64>>>,
    /// The places in the log or the source; nothing where the rows come in that order.
    pub(crate) places: Option<Vec<u64>>,
    /// Whether a row takes its event back, where rows can.
    pub(crate) deleted: Option<Vec<bool>>,
    /// What aggregates and filters are of.
    pub(crate) columns: Vec<Column>,
}

impl Values {
    /// No values, of a column of a kind, with room for so many.
    pub(crate) fn of(kind: Kind, room: usize) -> Self {
        match kind {
            Kind::Integer { .. } => Self::Wide(Vec::with_capacity(room)),
            Kind::Float => Self::Floats(Vec::with_capacity(room)),
            Kind::Bytes => Self::Bytes {
                ends: Vec::with_capacity(room),
                bytes: Vec::new(),
            },
        }
    }

    /// Appends a value, or what stands in the place of none; whether it is of the column's kind.
    #[must_use]
    pub(crate) fn push(&mut self, value: Option<ScalarRef<'_>>) -> bool {
        match (self, value) {
            (Self::Wide(values), Some(ScalarRef::Integer(value))) => values.push(value),
            (Self::Wide(values), None) => values.push(0),
            (Self::Floats(values), Some(ScalarRef::Float(value))) => values.push(value),
            (Self::Floats(values), None) => values.push(0.0),
            (Self::Bytes { ends, bytes }, Some(ScalarRef::Bytes(value))) => {
                bytes.extend_from_slice(value);
                ends.push(bytes.len());
            }
            (Self::Bytes { ends, bytes }, None) => ends.push(bytes.len()),
            _ => return false,
        }
        true
    }

    fn empty(&self) -> Self {
        match self {
            Self::Integers(_) => Self::Integers(Vec::new()),
            Self::Wide(_) => Self::Wide(Vec::new()),
            Self::Floats(_) => Self::Floats(Vec::new()),
            Self::Bytes { .. } => Self::Bytes {
                ends: Vec::new(),
                bytes: Vec::new(),
            },
        }
    }

    /// The bytes of a row, of a column that has such.
    pub(super) fn slice<'a>(ends: &[usize], bytes: &'a [u8], row: usize) -> &'a [u8] {
        let begin = if row == 0 { 0 } else { ends[row - 1] };
        &bytes[begin..ends[row]]
    }

    /// A row's value.
    pub(crate) fn get(&self, row: usize) -> ScalarRef<'_> {
        match self {
            Self::Integers(values) => ScalarRef::Integer(i128::from(values[row])),
            Self::Wide(values) => ScalarRef::Integer(values[row]),
            Self::Floats(values) => ScalarRef::Float(values[row]),
            Self::Bytes { ends, bytes } => ScalarRef::Bytes(Self::slice(ends, bytes, row)),
        }
    }

    /// A row's value with its own copy.
    pub(super) fn owned(&self, row: usize) -> Scalar {
        self.get(row).to_owned()
    }

    /// Appends rows of another column of the same kind; whether it is.
    fn append(&mut self, other: &Self, rows: std::ops::Range<usize>) -> bool {
        match (self, other) {
            (Self::Integers(own), Self::Integers(other)) => own.extend_from_slice(&other[rows]),
            (Self::Wide(own), Self::Wide(other)) => own.extend_from_slice(&other[rows]),
            (Self::Floats(own), Self::Floats(other)) => own.extend_from_slice(&other[rows]),
            (
                Self::Bytes { ends, bytes },
                Self::Bytes {
                    ends: others,
                    bytes: other,
                },
            ) => {
                let begin = if rows.start == 0 {
                    0
                } else {
                    others[rows.start - 1]
                };
                let shift = bytes.len();
                ends.extend(others[rows.clone()].iter().map(|end| end - begin + shift));
                let end = if rows.is_empty() {
                    begin
                } else {
                    others[rows.end - 1]
                };
                bytes.extend_from_slice(&other[begin..end]);
            }
            _ => return false,
        }
        true
    }

    fn drop_first(&mut self, rows: usize) {
        match self {
            Self::Integers(values) => drop(values.drain(..rows)),
            Self::Wide(values) => drop(values.drain(..rows)),
            Self::Floats(values) => drop(values.drain(..rows)),
            Self::Bytes { ends, bytes } => {
                let begin = if rows == 0 { 0 } else { ends[rows - 1] };
                bytes.drain(..begin);
                ends.drain(..rows);
                ends.iter_mut().for_each(|end| *end -= begin);
            }
        }
    }

    fn in_order(&self, order: &[usize]) -> Self {
        match self {
            Self::Integers(values) => Self::Integers(in_order(values, order)),
            Self::Wide(values) => Self::Wide(in_order(values, order)),
            Self::Floats(values) => Self::Floats(in_order(values, order)),
            Self::Bytes { ends, bytes } => {
                let (mut new_ends, mut new) = (Vec::new(), Vec::new());
                for row in order {
                    new.extend_from_slice(Self::slice(ends, bytes, *row));
                    new_ends.push(new.len());
                }
                Self::Bytes {
                    ends: new_ends,
                    bytes: new,
                }
            }
        }
    }
}

fn in_order<T: Copy>(values: &[T], order: &[usize]) -> Vec<T> {
    order.iter().map(|row| values[*row]).collect()
}

impl Events {
    /// No rows, with the columns of others.
    pub(super) fn empty(other: &Self) -> Self {
        Self {
            created: other.created.as_ref().map(|_| Vec::new()),
            arrived: other.arrived.as_ref().map(|_| Vec::new()),
            places: other.places.as_ref().map(|_| Vec::new()),
            deleted: other.deleted.as_ref().map(|_| Vec::new()),
            columns: other
                .columns
                .iter()
                .map(|column| Column {
                    values: column.values.empty(),
                    present: column.present.as_ref().map(|_| Vec::new()),
                })
                .collect(),
            ..Self::default()
        }
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.times.len()
    }

    /// A column, by its place.
    pub(super) fn column(&self, place: usize) -> Option<&Column> {
        self.columns.get(place)
    }

    /// Appends rows of others; whether their columns are the same.
    pub(super) fn append(&mut self, other: &Self, rows: std::ops::Range<usize>) -> bool {
        fn both<T: Copy>(
            own: &mut Option<Vec<T>>,
            other: &Option<Vec<T>>,
            rows: std::ops::Range<usize>,
        ) -> bool {
            match (own, other) {
                (Some(own), Some(other)) => own.extend_from_slice(&other[rows]),
                (None, None) => {}
                _ => return false,
            }
            true
        }
        self.times.extend_from_slice(&other.times[rows.clone()]);
        self.ids.extend_from_slice(&other.ids[rows.clone()]);
        let mut same = both(&mut self.created, &other.created, rows.clone())
            & both(&mut self.arrived, &other.arrived, rows.clone())
            & both(&mut self.places, &other.places, rows.clone())
            & both(&mut self.deleted, &other.deleted, rows.clone())
            & (self.columns.len() == other.columns.len());
        for (own, other) in self.columns.iter_mut().zip(&other.columns) {
            let length = own.values.len();
            same &= own.values.append(&other.values, rows.clone());
            // A batch without nulls has no list of them.
            if own.present.is_none() && other.present.is_some() {
                own.present = Some(vec![true; length]);
            }
            match (&mut own.present, &other.present) {
                (Some(own), Some(other)) => own.extend_from_slice(&other[rows.clone()]),
                (Some(own), None) => own.resize(own.len() + rows.len(), true),
                (None, _) => {}
            }
        }
        same
    }

    /// Drops the first rows.
    pub(super) fn drop_first(&mut self, rows: usize) {
        fn cut<T>(values: &mut Option<Vec<T>>, rows: usize) {
            if let Some(values) = values {
                values.drain(..rows);
            }
        }
        self.times.drain(..rows);
        self.ids.drain(..rows);
        cut(&mut self.created, rows);
        cut(&mut self.arrived, rows);
        cut(&mut self.places, rows);
        cut(&mut self.deleted, rows);
        for column in &mut self.columns {
            column.values.drop_first(rows);
            cut(&mut column.present, rows);
        }
    }

    /// The rows in another order.
    pub(super) fn in_order(&self, order: &[usize]) -> Self {
        fn each<T: Copy>(values: &Option<Vec<T>>, order: &[usize]) -> Option<Vec<T>> {
            values.as_ref().map(|values| in_order(values, order))
        }
        Self {
            times: in_order(&self.times, order),
            ids: in_order(&self.ids, order),
            created: each(&self.created, order),
            arrived: each(&self.arrived, order),
            places: each(&self.places, order),
            deleted: each(&self.deleted, order),
            columns: self
                .columns
                .iter()
                .map(|column| Column {
                    values: column.values.in_order(order),
                    present: each(&column.present, order),
                })
                .collect(),
        }
    }
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Integers(values) => values.len(),
            Self::Wide(values) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Bytes { ends, .. } => ends.len(),
        }
    }
}
