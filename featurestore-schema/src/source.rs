//! The types that a source's columns have, as far as featurestore tells them apart.

use std::fmt;

use crate::dtype::Dtype;
use crate::intern::intern;

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
        match Dtype::parse(text) {
            Ok(Dtype::Timestamp | Dtype::Enum(_)) | Err(_) => {}
            Ok(plain) => return Self::of(plain),
        }
        text.strip_prefix("timestamp(")
            .and_then(|rest| rest.strip_suffix(')'))
            .and_then(|inner| {
                let (unit, zoned) = inner
                    .strip_suffix(", utc")
                    .map_or((inner, false), |unit| (unit, true));
                let (unit, _) = UNITS.iter().find(|(_, name)| *name == unit)?;
                Some(Self::Timestamp { unit: *unit, zoned })
            })
            .unwrap_or_else(|| Self::Other(intern(text)))
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
            Dtype::String | Dtype::Enum(_) => Self::String,
            Dtype::Bytes => Self::Bytes,
            Dtype::Timestamp => Self::Timestamp {
                unit: TimeUnit::Micros,
                zoned: true,
            },
            Dtype::Date => Self::Date,
        }
    }
}

impl fmt::Display for SourceDtype {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.short_name())
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
        ] {
            assert_eq!(SourceDtype::parse(text).to_string(), text);
        }
        assert_eq!(SourceDtype::parse("i16"), SourceDtype::I16);
    }
}
