//! The dtypes that a feature or a join key may have.

/// The type of a feature's values, apart from whether they may be null.
///
/// Its text form (`i64`, `enum("casual", "power_user")`) is what lock files, layouts in online
/// stores and messages show; [`Display`](std::fmt::Display) writes it and [`Dtype::parse`] reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dtype {
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
    /// UTF-8 text.
    String,
    /// Bytes of any kind.
    Bytes,
    /// An instant in UTC, in microseconds since 1970-01-01.
    Timestamp,
    /// A day of the proleptic Gregorian calendar.
    Date,
    /// One of a fixed list of texts, in their declared order.
    Enum(&'static [&'static str]),
    /// A decimal number of a fixed scale.
    Decimal {
        /// How many digits it has at most, 1 to [`MAX_PRECISION`].
        precision: u8,
        /// How many of them stand behind the point.
        scale: u8,
    },
    /// A UUID.
    Uuid,
    /// Any number of values of a dtype that is no list itself.
    List {
        /// The dtype of its values.
        item: &'static Dtype,
        /// Whether a value may be null.
        nullable: bool,
    },
    /// A fixed number of `f32`: an embedding.
    Array(usize),
    /// Any JSON.
    Json,
}

/// How many digits a decimal has at most: what 128 bits hold, and what `DuckDB` and Parquet's
/// readers go up to.
pub const MAX_PRECISION: u8 = 38;

/// A text that names no dtype.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a dtype; the dtypes are {}, enum(\"..\", ..), decimal(precision, scale), list(dtype), list(dtype?), array(f32, length)",
    Dtype::plain_names()
)]
pub struct ParseDtypeError {
    pub(crate) text: String,
}

pub(crate) const PLAIN: [Dtype; 17] = [
    Dtype::Bool,
    Dtype::I8,
    Dtype::I16,
    Dtype::I32,
    Dtype::I64,
    Dtype::U8,
    Dtype::U16,
    Dtype::U32,
    Dtype::U64,
    Dtype::F32,
    Dtype::F64,
    Dtype::String,
    Dtype::Bytes,
    Dtype::Timestamp,
    Dtype::Date,
    Dtype::Uuid,
    Dtype::Json,
];

impl Dtype {
    /// A list of values of `item`, while constants are evaluated.
    #[must_use]
    pub const fn list_of(item: &'static Self, nullable: bool) -> Self {
        Self::List { item, nullable }
    }

    /// Why no feature can be of the dtype: a sentence for whoever declared it; nothing where one can.
    /// A type's own constant can't say it, since the compiler would point there and not at the field.
    #[must_use]
    pub const fn fault(self) -> Option<&'static str> {
        match self {
            Self::List { item, .. } if !item.is_item() => Some(
                "FS0030: a list holds single values; a list of lists or of embeddings can't be a feature, but `Json<T>` holds anything",
            ),
            Self::List { item, .. } => item.fault(),
            Self::Decimal { precision, scale }
                if precision == 0 || precision > MAX_PRECISION || scale > precision =>
            {
                Some(
                    "FS0030: a `Decimal<PRECISION, SCALE>` has 1 to 38 digits, and no more behind the point than it has",
                )
            }
            Self::Array(0) => Some(
                "FS0030: an embedding without numbers says nothing; give `[f32; N]` a length from 1",
            ),
            _ => None,
        }
    }

    /// Whether a list can hold values of the dtype: all but lists and embeddings.
    #[must_use]
    pub const fn is_item(self) -> bool {
        !matches!(self, Self::List { .. } | Self::Array(_))
    }

    /// Whether the dtype identifies an entity well: equal values are one entity, on every machine.
    #[must_use]
    pub const fn is_key(self) -> bool {
        self.is_item() && !matches!(self, Self::F32 | Self::F64 | Self::Json)
    }

    /// The dtype's name, while constants are evaluated; without what stands in parentheses.
    #[must_use]
    pub const fn short_name(self) -> &'static str {
        match self {
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
            Self::Timestamp => "timestamp",
            Self::Date => "date",
            Self::Enum(_) => "an enum",
            Self::Decimal { .. } => "decimal",
            Self::Uuid => "uuid",
            Self::List { .. } => "list",
            Self::Array(_) => "array",
            Self::Json => "json",
        }
    }

    /// Whether the dtype is ordered by magnitude, so that `range` can bound it.
    #[must_use]
    pub const fn is_number(self) -> bool {
        self.is_integer() || matches!(self, Self::F32 | Self::F64 | Self::Decimal { .. })
    }

    /// Whether its values are whole numbers, signed or not.
    #[must_use]
    pub const fn is_integer(self) -> bool {
        matches!(
            self,
            Self::I8
                | Self::I16
                | Self::I32
                | Self::I64
                | Self::U8
                | Self::U16
                | Self::U32
                | Self::U64
        )
    }

    fn plain_names() -> String {
        PLAIN.map(Self::short_name).join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_store_can_hold_is_told_also_within_a_list() {
        const LIST: Dtype = Dtype::list_of(&Dtype::I64, false);
        const EMBEDDING: Dtype = Dtype::Array(2);
        const WRONG: Dtype = Dtype::Decimal {
            precision: 4,
            scale: 5,
        };
        let decimal = |precision, scale| Dtype::Decimal { precision, scale };
        for (dtype, part) in [
            (Dtype::list_of(&LIST, true), "list of lists"),
            (Dtype::list_of(&EMBEDDING, false), "or of embeddings"),
            (Dtype::list_of(&WRONG, false), "1 to 38 digits"),
            (decimal(0, 0), "1 to 38 digits"),
            (decimal(39, 2), "1 to 38 digits"),
            (Dtype::Array(0), "a length from 1"),
        ] {
            let fault = dtype.fault().unwrap_or_default();
            assert!(
                fault.starts_with("FS0030: ") && fault.contains(part),
                "{dtype}"
            );
        }
        for dtype in [LIST, EMBEDDING, decimal(38, 38), Dtype::Json, Dtype::Bytes] {
            assert_eq!(dtype.fault(), None, "{dtype}");
        }
    }
}
