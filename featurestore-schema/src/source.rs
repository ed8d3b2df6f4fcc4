//! The types that a source's columns have, as far as featurestore tells them apart.

use std::fmt;

use crate::dtype::Dtype;

/// The type of a source's column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    Other(String),
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

impl From<Dtype> for SourceDtype {
    /// The type of a column that holds values of `dtype` without any change.
    fn from(dtype: Dtype) -> Self {
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
        let name = match self {
            Self::Bool => "bool",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Date => "date",
            Self::Timestamp { unit, zoned } => {
                let unit = match unit {
                    TimeUnit::Seconds => "s",
                    TimeUnit::Millis => "ms",
                    TimeUnit::Micros => "us",
                    TimeUnit::Nanos => "ns",
                };
                let zone = if *zoned { ", utc" } else { "" };
                return write!(formatter, "timestamp({unit}{zone})");
            }
            Self::Other(name) => name,
        };
        formatter.write_str(name)
    }
}
