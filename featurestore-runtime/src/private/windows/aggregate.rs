//! Which aggregates a column can have, and which types can hold them.

use featurestore_schema::{Dtype, Sentence, same_text};

use super::super::Declared;
use crate::view::windows::event_source::{EventColumn, EventFacts};
use crate::view::windows::feature::WindowFeature;
use crate::windows::{Aggregate, Bins, Precision, Window, WindowError};

const SECOND: i64 = 1_000_000;

/// A window of a length (nothing for the whole past), a resolution and a delay, in microseconds.
#[must_use]
#[track_caller]
#[allow(clippy::panic)]
pub const fn window(length: Option<i64>, resolution: Option<i64>, delay: i64) -> Window {
    assert!(
        is_whole(length) && is_whole(resolution),
        "FS0088: a window and its resolution are whole seconds; what shifts its end by less is a `delay`"
    );
    match Window::new(length, resolution, delay) {
        Ok(window) => window,
        Err(WindowError::NotPositive { .. }) => {
            panic!("FS0088: a window, its resolution and its delay are longer than nothing")
        }
        Err(WindowError::Indivisible { .. }) => panic!(
            "FS0088: the window is no multiple of its resolution, so no step would be whole; make it one"
        ),
        Err(WindowError::ResolutionWithoutStart) => panic!(
            "FS0088: the window of all time has no start that a resolution could round; leave the resolution out"
        ),
        Err(WindowError::TooLong) => panic!(
            "FS0088: the window with its delay reaches further than 126,000 years; make it `window = \"lifetime\"`"
        ),
    }
}

const fn is_whole(micros: Option<i64>) -> bool {
    match micros {
        Some(micros) => micros % SECOND == 0,
        None => true,
    }
}

/// How exactly different values are counted.
#[must_use]
#[track_caller]
#[allow(clippy::expect_used)]
pub const fn precision(error: f64) -> Precision {
    Precision::of_error(error).expect(
        "FS0093: the standard error of `distinct` is from 0.00204 up and less than 1, as in `error = 0.02`",
    )
}

/// How exactly a quantile is found.
#[must_use]
#[track_caller]
#[allow(clippy::expect_used)]
pub const fn bins(error: f64) -> Bins {
    Bins::of_error(error).expect(
        "FS0093: the error of `quantile`, of the value, is from 0.00001 up and less than 1, as in `error = 0.01`",
    )
}

/// A column must have values that the aggregate is of.
#[track_caller]
#[allow(clippy::panic)]
pub const fn assert_aggregates(events: &EventFacts, feature: &WindowFeature) {
    let Some(column) = aggregated(events, feature) else {
        return;
    };
    if let Some(way_out) = fault(feature.aggregate, column.dtype) {
        let sentence = Sentence::new()
            .with("FS0090: `")
            .with(name(feature.aggregate))
            .with("` can't be of `")
            .with(column.name)
            .with("`, which is ")
            .with_dtype(column.dtype)
            .with("; ")
            .with(way_out);
        panic!("{}", sentence.as_str());
    }
}

/// The column that a feature is of; nothing where it is of events, or of a column that there is not.
const fn aggregated(events: &EventFacts, feature: &WindowFeature) -> Option<EventColumn> {
    match feature.column {
        Some(place) => events.column(place),
        None => None,
    }
}

/// What to do instead, where a column can't have an aggregate.
const fn fault(aggregate: Aggregate, dtype: Dtype) -> Option<&'static str> {
    if !dtype.is_item() || matches!(dtype, Dtype::Json) {
        return Some(
            "aggregates are of single values; count the events that have it with `agg = count()` and `filter = column.is_some()`",
        );
    }
    match aggregate {
        Aggregate::Sum
        | Aggregate::Mean
        | Aggregate::Variance(_)
        | Aggregate::StandardDeviation(_)
        | Aggregate::Quantile { .. }
            if matches!(dtype, Dtype::Bool) =>
        {
            Some(
                "count the events where it is true with `agg = count()` and the column as `filter`",
            )
        }
        Aggregate::Sum
        | Aggregate::Mean
        | Aggregate::Variance(_)
        | Aggregate::StandardDeviation(_)
        | Aggregate::Quantile { .. }
            if !dtype.is_number() =>
        {
            Some(
                "it is of numbers; take `count`, `min`, `max`, `first`, `last`, `distinct` or `top`",
            )
        }
        Aggregate::Distinct(_) | Aggregate::Top(_) if matches!(dtype, Dtype::F32 | Dtype::F64) => {
            Some("hardly two floats are equal; take a decimal or an integer")
        }
        _ => None,
    }
}

impl Declared {
    /// A feature's type must hold what its aggregate gives, and where there is nothing, that.
    #[must_use]
    #[track_caller]
    #[allow(clippy::panic)]
    pub const fn aggregated(self, events: &EventFacts, feature: &WindowFeature) -> Self {
        let column = match (feature.column, aggregated(events, feature)) {
            (None, _) => None,
            (Some(_), Some(column)) if fault(feature.aggregate, column.dtype).is_none() => {
                Some(column)
            }
            // Said at the aggregate.
            _ => return self,
        };
        if let Some(wanted) = self.wanted(feature.aggregate, column) {
            let sentence = Sentence::new()
                .with("FS0091: `")
                .with(self.name)
                .with("` is ")
                .with_dtype(self.dtype)
                .with(", and `")
                .with(name(feature.aggregate));
            let sentence = match column {
                Some(column) => sentence
                    .with("` of `")
                    .with(column.name)
                    .with("` (")
                    .with_dtype(column.dtype)
                    .with(") is "),
                None => sentence.with("` is "),
            };
            let sentence = sentence.with(match wanted {
                Wanted::Text(text) => text,
                Wanted::Same => "one of its values; declare it as that, or as an `Option` of it",
                Wanted::List => {
                    "a list of its values, none of them null; declare it as a `Vec` of that"
                }
            });
            panic!("{}", sentence.as_str());
        }
        self.emptied(feature.aggregate)
    }

    /// What another type is wanted than the declared one.
    const fn wanted(self, aggregate: Aggregate, column: Option<EventColumn>) -> Option<Wanted> {
        let of = match column {
            Some(column) => column.dtype,
            None => Dtype::I64,
        };
        match aggregate {
            Aggregate::Count | Aggregate::Distinct(_) => match self.dtype {
                Dtype::I32 | Dtype::I64 | Dtype::U32 | Dtype::U64 => None,
                _ => Some(Wanted::Text("a whole number; declare it as i64")),
            },
            Aggregate::Sum => sum(self.dtype, of),
            Aggregate::Mean
            | Aggregate::Variance(_)
            | Aggregate::StandardDeviation(_)
            | Aggregate::Quantile { .. } => match self.dtype {
                Dtype::F64 => None,
                _ => Some(Wanted::Text("a float of 64 bits; declare it as f64")),
            },
            Aggregate::Min | Aggregate::Max | Aggregate::First | Aggregate::Last => {
                if is_same(self.dtype, of) {
                    None
                } else {
                    Some(Wanted::Same)
                }
            }
            Aggregate::FirstOf(_) | Aggregate::LastOf(_) | Aggregate::Top(_) => match self.dtype {
                Dtype::List {
                    item,
                    nullable: false,
                } if is_same(*item, of) => None,
                _ => Some(Wanted::List),
            },
        }
    }

    /// Where no event is in the window, some aggregates have a value, and of others it is said what stands
    /// there.
    #[track_caller]
    #[allow(clippy::panic)]
    const fn emptied(self, aggregate: Aggregate) -> Self {
        let has_value = match aggregate {
            Aggregate::Count | Aggregate::Sum | Aggregate::Distinct(_) => Some("0"),
            Aggregate::FirstOf(_) | Aggregate::LastOf(_) | Aggregate::Top(_) => {
                Some("an empty list")
            }
            _ => None,
        };
        let fault = match (has_value, self.nullable, self.default.is_some()) {
            (Some(_), true, _) => "and never null; leave the `Option` out",
            (Some(_), false, true) => "and needs no `default`; remove it",
            (None, false, false) => {
                "has no value; make the feature an `Option`, or give it a `default`"
            }
            (None, true, true) => {
                "is null or the default; make it no `Option`, or remove the `default`"
            }
            _ => return self,
        };
        let sentence = Sentence::new()
            .with("FS0092: `")
            .with(name(aggregate))
            .with("` of no event ");
        let sentence = match has_value {
            Some(value) => sentence.with("is ").with(value).with(" ").with(fault),
            None => sentence.with(fault),
        };
        panic!("{}", sentence.as_str());
    }
}

/// What an aggregate gives.
#[derive(Clone, Copy)]
enum Wanted {
    Text(&'static str),
    /// The column's own values.
    Same,
    List,
}

const fn sum(declared: Dtype, of: Dtype) -> Option<Wanted> {
    let wanted = match of {
        Dtype::F32 | Dtype::F64 => match declared {
            Dtype::F64 => return None,
            _ => "a float of 64 bits; declare it as f64",
        },
        Dtype::Decimal { precision, scale } => match declared {
            Dtype::Decimal {
                precision: wide,
                scale: same,
            } if same == scale && wide >= precision => return None,
            _ => {
                "a decimal of the same scale and no fewer digits; declare it with 38, as in `Decimal<38, 2>` for a scale of 2"
            }
        },
        _ if declared.is_integer() && declared.widens(of) => return None,
        _ => match declared {
            Dtype::Decimal { scale: 0, .. } if declared.widens(of) => return None,
            _ => {
                "a whole number that is at least as wide; declare it as i64, or as `Decimal<38, 0>` where that may overflow"
            }
        },
    };
    Some(Wanted::Text(wanted))
}

/// Whether values of one are those of the other; of enums, each at the same place.
const fn is_same(one: Dtype, other: Dtype) -> bool {
    if let (Dtype::Enum(one), Dtype::Enum(other)) = (one, other) {
        if one.len() != other.len() {
            return false;
        }
        let mut place = 0;
        while place < one.len() {
            if !same_text(one[place], other[place]) {
                return false;
            }
            place += 1;
        }
        return true;
    }
    one.same(other)
}

/// As it is written.
const fn name(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Count => "count",
        Aggregate::Sum => "sum",
        Aggregate::Mean => "mean",
        Aggregate::Variance(_) => "variance",
        Aggregate::StandardDeviation(_) => "stddev",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        Aggregate::First | Aggregate::FirstOf(_) => "first",
        Aggregate::Last | Aggregate::LastOf(_) => "last",
        Aggregate::Distinct(_) => "distinct",
        Aggregate::Quantile { .. } => "quantile",
        Aggregate::Top(_) => "top",
    }
}
