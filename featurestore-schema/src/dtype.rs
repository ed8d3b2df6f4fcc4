//! The dtypes that a feature or a join key may have.

use std::fmt;

use crate::intern::intern_all;
use crate::source::SourceDtype;

/// The type of a feature's values, apart from whether they may be null.
///
/// Its text form (`i64`, `enum("casual", "power_user")`) is what lock files, layouts in online
/// stores and messages show; [`Display`](fmt::Display) writes it and [`Dtype::parse`] reads it.
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
}

/// A text that names no dtype.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a dtype; the dtypes are {}, enum(\"..\", ..)",
    Dtype::plain_names()
)]
pub struct ParseDtypeError {
    text: String,
}

const PLAIN: [Dtype; 15] = [
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
];

impl Dtype {
    /// Reads a dtype from its text form.
    ///
    /// # Errors
    ///
    /// A text that [`Display`](fmt::Display) never writes.
    pub fn parse(text: &str) -> Result<Self, ParseDtypeError> {
        if let Some(dtype) = PLAIN.iter().find(|dtype| dtype.short_name() == text) {
            return Ok(*dtype);
        }
        text.strip_prefix("enum(")
            .and_then(|rest| rest.strip_suffix(')'))
            .and_then(parse_quoted_list)
            .map(|variants| Self::Enum(intern_all(&variants)))
            .ok_or_else(|| ParseDtypeError {
                text: text.to_owned(),
            })
    }

    /// Whether a source's column of type `source` can be declared as this dtype without losing
    /// anything: it is the same type or a lossless widening of it.
    #[must_use]
    pub const fn accepts(self, source: &SourceDtype) -> bool {
        use SourceDtype as S;
        match self {
            Self::Bool => matches!(source, S::Bool),
            Self::I8 => matches!(source, S::I8),
            Self::I16 => matches!(source, S::I8 | S::U8 | S::I16),
            Self::I32 => matches!(source, S::I8 | S::U8 | S::I16 | S::U16 | S::I32),
            Self::I64 => {
                matches!(
                    source,
                    S::I8 | S::U8 | S::I16 | S::U16 | S::I32 | S::U32 | S::I64
                )
            }
            Self::U8 => matches!(source, S::U8),
            Self::U16 => matches!(source, S::U8 | S::U16),
            Self::U32 => matches!(source, S::U8 | S::U16 | S::U32),
            Self::U64 => matches!(source, S::U8 | S::U16 | S::U32 | S::U64),
            Self::F32 => matches!(source, S::I8 | S::U8 | S::I16 | S::U16 | S::F32),
            Self::F64 => matches!(
                source,
                S::I8 | S::U8 | S::I16 | S::U16 | S::I32 | S::U32 | S::F32 | S::F64
            ),
            Self::String | Self::Enum(_) => matches!(source, S::String),
            Self::Bytes => matches!(source, S::Bytes),
            Self::Timestamp => matches!(source, S::Timestamp { .. } | S::Date),
            Self::Date => matches!(source, S::Date),
        }
    }

    /// Whether every value of `from` has exactly one equal value of this dtype. Rows that an
    /// older build wrote with `from` can then be read as this dtype.
    #[must_use]
    pub const fn widens(self, from: Self) -> bool {
        match (self, from) {
            (Self::Enum(wide), Self::Enum(narrow)) => holds_all(wide, narrow),
            (_, Self::Enum(_)) => matches!(self, Self::String),
            (Self::Enum(_), _) => false,
            _ => self.accepts(&SourceDtype::of(from)),
        }
    }

    /// Whether the dtype identifies an entity well: equal values are one entity, on every machine.
    #[must_use]
    pub const fn is_key(self) -> bool {
        !matches!(self, Self::F32 | Self::F64)
    }

    /// The dtype's text, while constants are evaluated; of an enum without its variants.
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
        }
    }

    /// Whether both are the same plain dtype or both are enums: equality where only `const`
    /// functions run. The lists of two enums are compared when the registry is built.
    #[must_use]
    pub const fn same(self, other: Self) -> bool {
        use Dtype as D;
        matches!(
            (self, other),
            (D::Bool, D::Bool)
                | (D::I8, D::I8)
                | (D::I16, D::I16)
                | (D::I32, D::I32)
                | (D::I64, D::I64)
                | (D::U8, D::U8)
                | (D::U16, D::U16)
                | (D::U32, D::U32)
                | (D::U64, D::U64)
                | (D::F32, D::F32)
                | (D::F64, D::F64)
                | (D::String, D::String)
                | (D::Bytes, D::Bytes)
                | (D::Timestamp, D::Timestamp)
                | (D::Date, D::Date)
                | (D::Enum(_), D::Enum(_))
        )
    }

    /// Whether the dtype is ordered by magnitude, so that `range` can bound it.
    #[must_use]
    pub const fn is_number(self) -> bool {
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
                | Self::F32
                | Self::F64
        )
    }

    fn plain_names() -> String {
        PLAIN.map(Self::short_name).join(", ")
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Enum(variants) = self {
            formatter.write_str("enum(")?;
            for (index, variant) in variants.iter().enumerate() {
                let comma = if index == 0 { "" } else { ", " };
                write!(formatter, "{comma}{variant:?}")?;
            }
            return formatter.write_str(")");
        }
        formatter.pad(self.short_name())
    }
}

const fn holds_all(wide: &[&str], narrow: &[&str]) -> bool {
    let mut index = 0;
    while index < narrow.len() {
        let mut place = 0;
        while place < wide.len() && !same_text(wide[place], narrow[index]) {
            place += 1;
        }
        if place == wide.len() {
            return false;
        }
        index += 1;
    }
    true
}

/// Whether two texts are equal, while constants are evaluated.
#[must_use]
pub const fn same_text(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// Reads `"a", "b"`, the list that `{:?}` of each text and a comma between write.
fn parse_quoted_list(text: &str) -> Option<Vec<String>> {
    let mut rest = text;
    let mut list = Vec::new();
    loop {
        let (value, after) = parse_quoted(rest)?;
        list.push(value);
        if after.is_empty() {
            return Some(list);
        }
        rest = after.strip_prefix(", ")?;
    }
}

/// Reads one text as `{:?}` writes it; gives it and what follows.
pub(crate) fn parse_quoted(text: &str) -> Option<(String, &str)> {
    let mut characters = text.strip_prefix('"')?.char_indices();
    let body = &text[1..];
    let mut value = String::new();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Some((value, &body[index + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                '0' => value.push('\0'),
                'u' => {
                    let (start, _) = characters.next().filter(|(_, brace)| *brace == '{')?;
                    let (end, _) = characters.by_ref().find(|(_, brace)| *brace == '}')?;
                    let code = u32::from_str_radix(&body[start + 1..end], 16).ok()?;
                    value.push(char::from_u32(code)?);
                }
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_plain_dtype_reads_back_from_its_text() {
        for dtype in PLAIN {
            assert_eq!(Dtype::parse(&dtype.to_string()), Ok(dtype));
        }
    }

    #[test]
    fn a_text_that_is_no_dtype_lists_the_dtypes() {
        let message = Dtype::parse("int").unwrap_err().to_string();
        assert!(
            message.starts_with("`int` is not a dtype; the dtypes are bool, i8"),
            "{message}"
        );
        for broken in [
            "enum()",
            "enum(\"a\"",
            "enum(\"a\" \"b\")",
            "enum(\"\\u{zz}\")",
            "enum(\"a)",
        ] {
            assert!(Dtype::parse(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn narrowing_is_never_accepted() {
        use SourceDtype as S;
        for (declared, source) in [
            (Dtype::I32, S::I64),
            (Dtype::I64, S::F64),
            (Dtype::F32, S::F64),
            (Dtype::F32, S::I32),
            (Dtype::F64, S::I64),
            (Dtype::U32, S::I32),
            (Dtype::Bool, S::I64),
            (Dtype::I64, S::String),
            (
                Dtype::Date,
                S::Timestamp {
                    unit: crate::TimeUnit::Micros,
                    zoned: false,
                },
            ),
        ] {
            assert!(!declared.accepts(&source), "{declared} over {source}");
        }
    }

    #[test]
    fn an_enum_widens_to_one_with_more_variants_and_to_text() {
        let narrow = Dtype::Enum(&["a", "b"]);
        assert!(Dtype::Enum(&["b", "a", "c"]).widens(narrow));
        assert!(!Dtype::Enum(&["a"]).widens(narrow));
        assert!(Dtype::String.widens(narrow));
        assert!(!narrow.widens(Dtype::String));
    }

    proptest! {
        #[test]
        fn an_enum_of_any_texts_reads_back(variants in prop::collection::vec(".*", 1..5)) {
            let dtype = Dtype::Enum(intern_all(&variants));
            prop_assert_eq!(Dtype::parse(&dtype.to_string()), Ok(dtype));
        }
    }
}
