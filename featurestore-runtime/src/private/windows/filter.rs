//! What a filter compares columns of the events with.

use featurestore_schema::{Dtype, Sentence, same_text};

use super::super::declared::fits;
use crate::types::{Decimal, FeatureType};
use crate::view::windows::event_source::EventFacts;
use crate::view::{Comparison, Constant, Filter, Number};

/// A constant as it is written, before it is known what it is compared with.
#[derive(Debug, Clone, Copy)]
pub enum Literal {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A number with a point.
    Number {
        /// Its digits, and how many of them stand behind the point.
        decimal: Option<(i128, u8)>,
        /// The float next to it.
        float: f64,
    },
    /// A text.
    Text(&'static str),
    /// A variant of an enum.
    Variant {
        /// The enum.
        of: Dtype,
        /// The variant's place.
        index: u16,
    },
}

impl Literal {
    /// A variant of an enum, and its place.
    #[must_use]
    pub const fn variant<T: FeatureType>(_: &T, index: u16) -> Self {
        Self::Variant {
            of: T::DTYPE,
            index,
        }
    }
}

/// A constant that stands elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Named<T>(pub T);

macro_rules! whole_numbers {
    ($($type:ty)*) => {$(
        impl Named<$type> {
            /// The constant as if it were written here.
            #[must_use]
            pub const fn literal(self) -> Literal {
                Literal::Int(self.0 as i128)
            }
        }
    )*};
}

whole_numbers!(i8 i16 i32 i64 u8 u16 u32 u64);

impl Named<f64> {
    /// The constant as if it were written here.
    #[must_use]
    pub const fn literal(self) -> Literal {
        Literal::Number {
            decimal: None,
            float: self.0,
        }
    }
}

impl Named<f32> {
    /// The constant as if it were written here.
    #[must_use]
    pub const fn literal(self) -> Literal {
        Literal::Number {
            decimal: None,
            float: self.0 as f64,
        }
    }
}

impl Named<bool> {
    /// The constant as if it were written here.
    #[must_use]
    pub const fn literal(self) -> Literal {
        Literal::Bool(self.0)
    }
}

impl Named<&'static str> {
    /// The constant as if it were written here.
    #[must_use]
    pub const fn literal(self) -> Literal {
        Literal::Text(self.0)
    }
}

impl<const PRECISION: u8, const SCALE: u8> Named<Decimal<PRECISION, SCALE>> {
    /// The constant as if it were written here.
    #[must_use]
    pub const fn literal(self) -> Literal {
        Literal::Number {
            decimal: Some((self.0.mantissa(), SCALE)),
            float: 0.0,
        }
    }
}

/// A comparison of a column with a constant. Where they don't compare, [`assert_compares`] says so.
#[must_use]
pub const fn compared(
    events: &EventFacts,
    place: usize,
    comparison: Comparison,
    literal: Literal,
) -> Filter {
    let constant = match events.column(place) {
        Some(column) => constant(column.dtype, literal),
        None => None,
    };
    match constant {
        Some(constant) => Filter::Compare {
            column: place,
            comparison,
            constant,
        },
        None => Filter::IsSome(place),
    }
}

/// The constant that values of a dtype are compared with; nothing where they don't compare.
const fn constant(dtype: Dtype, literal: Literal) -> Option<Constant> {
    match (dtype, literal) {
        (Dtype::Bool, Literal::Bool(value)) => Some(Constant::Bool(value)),
        (Dtype::String, Literal::Text(text)) => Some(Constant::Text(text)),
        (Dtype::Enum(declared), Literal::Variant { of, index }) => match of {
            Dtype::Enum(variants) if same_texts(declared, variants) => {
                Some(Constant::Int(index as i128))
            }
            _ => None,
        },
        (Dtype::F32, Literal::Number { float, .. }) => {
            #[allow(clippy::cast_possible_truncation)] // as `column == 0.1` of an f32 is meant
            let float = float as f32;
            Some(Constant::Float(float as f64))
        }
        (Dtype::F64, Literal::Number { float, .. }) => Some(Constant::Float(float)),
        #[allow(clippy::cast_precision_loss)]
        (Dtype::F32 | Dtype::F64, Literal::Int(value)) => Some(Constant::Float(value as f64)),
        (
            Dtype::Decimal { .. },
            Literal::Number {
                decimal: Some((mantissa, scale)),
                ..
            },
        ) => Some(Constant::Decimal { mantissa, scale }),
        (Dtype::Decimal { .. }, Literal::Int(value)) => Some(Constant::Int(value)),
        (dtype, Literal::Int(value)) if dtype.is_integer() => {
            if fits(Number::Int(value), dtype) {
                Some(Constant::Int(value))
            } else {
                None
            }
        }
        _ => None,
    }
}

const fn same_texts(one: &[&str], other: &[&str]) -> bool {
    let mut place = 0;
    while place < one.len() && place < other.len() {
        if !same_text(one[place], other[place]) {
            return false;
        }
        place += 1;
    }
    one.len() == other.len()
}

/// A column must be one that compares with the constant, in that way.
#[track_caller]
#[allow(clippy::panic)]
pub const fn assert_compares(
    events: &EventFacts,
    place: usize,
    comparison: Comparison,
    literal: Literal,
) {
    let Some(column) = events.column(place) else {
        return;
    };
    let start = Sentence::new()
        .with("FS0095: `")
        .with(column.name)
        .with("` is ")
        .with_dtype(column.dtype);
    if constant(column.dtype, literal).is_none() {
        let sentence = start.with(", and ").with(way_out(column.dtype, literal));
        panic!("{}", sentence.as_str());
    }
    let is_equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    if !is_equality && matches!(column.dtype, Dtype::Bool | Dtype::Enum(_)) {
        let sentence = start.with(", and its values have no order; compare it with `==` or `!=`");
        panic!("{}", sentence.as_str());
    }
}

const fn way_out(dtype: Dtype, literal: Literal) -> &'static str {
    match (dtype, literal) {
        (dtype, Literal::Int(_)) if dtype.is_integer() => {
            "this number is out of its range, so the comparison is always the same; remove it, or mend the number"
        }
        (dtype, Literal::Number { .. }) if dtype.is_integer() => {
            "is compared with a whole number; write one"
        }
        (Dtype::Decimal { .. }, Literal::Number { .. }) => {
            "is compared with a decimal; write its digits without an exponent, as in `100.50`, or a `Decimal`"
        }
        (Dtype::Enum(_), _) => {
            "is compared with a variant of its enum; write one, as in `Category::Travel`"
        }
        (Dtype::String, _) => "is compared with a text; write one",
        (Dtype::Bool, _) => "is true or false; write it as it is, or with `!` before it",
        (dtype, _) if dtype.is_number() => "is compared with a number; write one",
        _ => {
            "is not compared with constants, but `is_some()` asks whether it is there; make the comparison a bool column of the source, as in `sql = \"SELECT *, day > '2026-01-01' AS is_new FROM ..\"`"
        }
    }
}

/// A column that stands for itself must be true or false.
#[track_caller]
#[allow(clippy::panic)]
pub const fn assert_is_bool(events: &EventFacts, place: usize) {
    if let Some(column) = events.column(place)
        && !matches!(column.dtype, Dtype::Bool)
    {
        let sentence = Sentence::new()
            .with("FS0095: `")
            .with(column.name)
            .with("` is ")
            .with_dtype(column.dtype)
            .with(", and stands where true or false must; compare it, or ask `is_some()`");
        panic!("{}", sentence.as_str());
    }
}
