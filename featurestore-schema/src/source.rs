//! The types that a source's columns have, as far as featurestore tells them apart.

use std::fmt;

use crate::dtype::Dtype;
use crate::intern::{intern, intern_source};

/// The type of a source's column.
///
/// Its text form (`i64`, `timestamp(us, utc)`) is what lock files and messages show;
/// [`Display`](fmt::Display) writes it and [`SourceDtype::parse`] reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SourceDtype {
    /// True or false.
    Bool,
    /// Signed, 8 bits.
    I8,
    /// Signed, 16 bits.
    I16,
    /// Signed, 32 bits.
    I32,
    /// Signed, 64 bits.
    I64,
    /// Unsigned, 8 bits.
    U8,
    /// Unsigned, 16 bits.
    U16,
    /// Unsigned, 32 bits.
    U32,
    /// Unsigned, 64 bits.
    U64,
    /// IEEE 754, 32 bits.
    F32,
    /// IEEE 754, 64 bits.
    F64,
    /// UTF-8 text, dictionary-encoded or not.
    String,
    /// Bytes of any kind.
    Bytes,
    /// An instant; without a zone it is taken as UTC.
    Timestamp {
        /// How fine it is.
        unit: TimeUnit,
        /// Whether the source says that it is an instant in UTC.
        zoned: bool,
    },
    /// A day.
    Date,
    /// A decimal number of a fixed scale.
    Decimal {
        /// How many digits it has at most.
        precision: u8,
        /// How many of them stand behind the point.
        scale: u8,
    },
    /// A UUID, declared as one; a text that looks like one is a text.
    Uuid,
    /// Any number of values of a type.
    List(&'static SourceDtype),
    /// Any other type, under the name that the source gives it.
    Other(&'static str),
}

const UNITS: [(TimeUnit, &str); 4] = [
    (TimeUnit::Seconds, "s"),
    (TimeUnit::Millis, "ms"),
    (TimeUnit::Micros, "us"),
    (TimeUnit::Nanos, "ns"),
];

impl SourceDtype {
    /// Reads a type from its text form. A text that names none of the known types is
    /// [`Other`](Self::Other) of that text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::parse_within(text, 0)
    }

    /// As [`parse`](Self::parse), of the type within so many lists. Beyond 32 it is one of those that
    /// no view can have, so that no text takes the stack of whoever reads it.
    fn parse_within(text: &str, lists: usize) -> Self {
        match Dtype::parse(text) {
            Ok(
                Dtype::Timestamp
                | Dtype::Enum(_)
                | Dtype::Json
                | Dtype::Array(_)
                | Dtype::List { .. },
            )
            | Err(_) => {}
            Ok(plain) => return Self::of(plain),
        }
        parse_compound(text, lists).unwrap_or_else(|| Self::Other(intern(text)))
    }
}

fn parse_compound(text: &str, lists: usize) -> Option<SourceDtype> {
    let (name, inner) = text.strip_suffix(')')?.split_once('(')?;
    match name {
        "timestamp" => {
            let (unit, zoned) = inner
                .strip_suffix(", utc")
                .map_or((inner, false), |unit| (unit, true));
            let (unit, _) = UNITS.iter().find(|(_, name)| *name == unit)?;
            Some(SourceDtype::Timestamp { unit: *unit, zoned })
        }
        "list" if lists < 32 => {
            let item = SourceDtype::parse_within(inner, lists + 1);
            Some(SourceDtype::List(intern_source(item)))
        }
        _ => None,
    }
}

/// How fine a source's timestamps are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Whole seconds.
    Seconds,
    /// Thousandths of a second.
    Millis,
    /// Millionths of a second.
    Micros,
    /// Billionths of a second.
    Nanos,
}

impl SourceDtype {
    /// The type of a column that holds values of `dtype` without any change.
    #[must_use]
    pub const fn of(dtype: Dtype) -> Self {
        match dtype {
            Dtype::Bool => Self::Bool,
            Dtype::I8 => Self::I8,
            Dtype::I16 => Self::I16,
            Dtype::I32 => Self::I32,
            Dtype::I64 => Self::I64,
            Dtype::U8 => Self::U8,
            Dtype::U16 => Self::U16,
            Dtype::U32 => Self::U32,
            Dtype::U64 => Self::U64,
            Dtype::F32 => Self::F32,
            Dtype::F64 => Self::F64,
            Dtype::String | Dtype::Enum(_) | Dtype::Json => Self::String,
            Dtype::Bytes => Self::Bytes,
            Dtype::Timestamp => Self::Timestamp {
                unit: TimeUnit::Micros,
                zoned: true,
            },
            Dtype::Date => Self::Date,
            Dtype::Decimal { precision, scale } => Self::Decimal { precision, scale },
            Dtype::Uuid => Self::Uuid,
            Dtype::List { item, .. } => Self::List(Self::of_item(*item)),
            Dtype::Array(_) => Self::List(&Self::F32),
        }
    }

    /// As [`of`](Self::of), where a reference is needed while constants are evaluated.
    const fn of_item(item: Dtype) -> &'static Self {
        match item {
            Dtype::Bool => &Self::Bool,
            Dtype::I8 => &Self::I8,
            Dtype::I16 => &Self::I16,
            Dtype::I32 => &Self::I32,
            Dtype::I64 => &Self::I64,
            Dtype::U8 => &Self::U8,
            Dtype::U16 => &Self::U16,
            Dtype::U32 => &Self::U32,
            Dtype::U64 => &Self::U64,
            Dtype::F32 => &Self::F32,
            Dtype::F64 => &Self::F64,
            Dtype::String | Dtype::Enum(_) | Dtype::Json => &Self::String,
            Dtype::Bytes => &Self::Bytes,
            Dtype::Timestamp => &Self::Timestamp {
                unit: TimeUnit::Micros,
                zoned: true,
            },
            Dtype::Date => &Self::Date,
            Dtype::Decimal { precision, scale } => &DECIMALS[precision as usize][scale as usize],
            Dtype::Uuid => &Self::Uuid,
            // No list holds one; its values would be told apart all the same.
            Dtype::List { item, .. } => Self::of_item(*item),
            Dtype::Array(_) => &Self::List(&Self::F32),
        }
    }
}

/// Every decimal type there is.
const DECIMALS: &[[SourceDtype; WIDTH]; WIDTH] = &{
    let mut table = [[SourceDtype::Uuid; WIDTH]; WIDTH];
    let (mut precision, mut row) = (0, 0);
    while row < WIDTH {
        let (mut scale, mut cell) = (0, 0);
        while cell < WIDTH {
            table[row][cell] = SourceDtype::Decimal { precision, scale };
            (scale, cell) = (scale + 1, cell + 1);
        }
        (precision, row) = (precision + 1, row + 1);
    }
    table
};
const WIDTH: usize = crate::dtype::MAX_PRECISION as usize + 1;

impl fmt::Display for SourceDtype {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decimal { precision, scale } => {
                write!(formatter, "decimal({precision}, {scale})")
            }
            Self::List(item) => write!(formatter, "list({item})"),
            plain => formatter.pad(plain.short_name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_type_reads_back_from_its_text() {
        for (unit, _) in UNITS {
            for zoned in [false, true] {
                let dtype = SourceDtype::Timestamp { unit, zoned };
                assert_eq!(SourceDtype::parse(&dtype.to_string()), dtype);
            }
        }
        for text in [
            "bool",
            "u64",
            "string",
            "bytes",
            "date",
            "interval",
            "struct(a i32)",
            "uuid",
            "json",
            "decimal(18, 2)",
            "decimal(2, 18)",
            "list(i64)",
            "list(timestamp(us, utc))",
            "list(list(decimal(18, 2)))",
            "list(struct(a i32))",
        ] {
            assert_eq!(SourceDtype::parse(text).to_string(), text);
        }
        let deep = format!("{}i64{}", "list(".repeat(200_000), ")".repeat(200_000));
        assert_eq!(SourceDtype::parse(&deep).to_string(), deep);
        assert_eq!(SourceDtype::parse("i16"), SourceDtype::I16);
        let decimal = SourceDtype::Decimal {
            precision: 18,
            scale: 2,
        };
        assert_eq!(SourceDtype::parse("decimal(18, 2)"), decimal);
        let list = SourceDtype::List(&SourceDtype::I64);
        assert_eq!(SourceDtype::parse("list(i64)"), list);
    }
}
