//! What is served beside what a training set has.

use std::fmt::Write as _;

use crate::lookup::Lookup;
use crate::service::FieldValue;
use crate::time::format_timestamp;
use crate::types::{Dtype, ValueRef};

/// A feature, read both ways.
pub(super) struct Compared<'a> {
    pub(super) name: &'a str,
    pub(super) dtype: Dtype,
    pub(super) served: FieldValue<'a>,
    /// An error where a training set can't be made.
    pub(super) taken: Result<FieldValue<'a>, String>,
}

impl Compared<'_> {
    /// Whether both are the same, to the bit.
    pub(super) fn is_same(&self) -> bool {
        match (&self.served, &self.taken) {
            (Lookup::Found(served), Ok(Lookup::Found(taken))) => are_same(*served, *taken),
            (
                Lookup::Expired { event_timestamp },
                Ok(Lookup::Expired {
                    event_timestamp: other,
                }),
            ) => event_timestamp == other,
            (Lookup::Missing, Ok(Lookup::Missing)) => true,
            _ => false,
        }
    }
}

/// Whether two values are the same: floats by their bits, so that a NaN is itself and -0.0 is not 0.0.
fn are_same(one: Option<ValueRef<'_>>, other: Option<ValueRef<'_>>) -> bool {
    match (one, other) {
        (Some(ValueRef::F64(one)), Some(ValueRef::F64(other))) => one.to_bits() == other.to_bits(),
        (Some(ValueRef::F32(one)), Some(ValueRef::F32(other))) => one.to_bits() == other.to_bits(),
        (Some(ValueRef::List(one)), Some(ValueRef::List(other))) => {
            let mut pairs = one.iter().zip(other.iter());
            one.len() == other.len() && pairs.all(|(one, other)| are_same(one, other))
        }
        (one, other) => one == other,
    }
}

/// What a feature is, in a few words.
pub(super) fn text(dtype: Dtype, field: &FieldValue<'_>) -> String {
    match field {
        Lookup::Found(Some(value)) => match dtype {
            Dtype::String | Dtype::Enum(_) => format!("{:?}", value.text(dtype)),
            _ => value.text(dtype).into_owned(),
        },
        Lookup::Found(None) => "null".to_owned(),
        Lookup::Expired { event_timestamp } => {
            format!("expired (of {})", format_timestamp(*event_timestamp))
        }
        Lookup::Missing => "missing".to_owned(),
    }
}

/// A table of all features, of which those are marked that differ.
pub(super) fn table(compared: &[Compared<'_>]) -> String {
    const HEAD: [&str; 3] = ["feature", "served", "point in time"];
    let cells: Vec<(bool, [String; 3])> = compared
        .iter()
        .map(|it| {
            let taken = match &it.taken {
                Ok(taken) => text(it.dtype, taken),
                Err(error) => format!("error: {error}"),
            };
            (
                it.is_same(),
                [it.name.to_owned(), text(it.dtype, &it.served), taken],
            )
        })
        .collect();
    let width = |column: usize| {
        let widths = cells.iter().map(|(_, cells)| cells[column].chars().count());
        widths.max().unwrap_or(0).max(HEAD[column].len())
    };
    let (first, second) = (width(0), width(1));
    let mut table = String::new();
    let mut line = |mark: &str, [name, served, taken]: [&str; 3]| {
        // Writing to a text can't fail.
        let _ = writeln!(table, "{mark} {name:first$}  {served:second$}  {taken}");
    };
    line(" ", HEAD);
    for (is_same, cells) in &cells {
        line(
            if *is_same { " " } else { "≠" },
            cells.each_ref().map(String::as_str),
        );
    }
    table
}
