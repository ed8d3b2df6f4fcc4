//! Which dtype holds all values of another, or of a source's type, without losing anything.

use crate::dtype::Dtype;
use crate::source::SourceDtype;

impl Dtype {
    /// Whether a source's column of type `source` can be declared as this dtype without losing
    /// anything: it is the same type or a lossless widening of it. Lists are judged by their values.
    /// A text may be declared as JSON; whether it is some is seen when it is read.
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
            Self::String | Self::Enum(_) | Self::Json => matches!(source, S::String),
            Self::Bytes => matches!(source, S::Bytes),
            Self::Timestamp => matches!(source, S::Timestamp { .. } | S::Date),
            Self::Date => matches!(source, S::Date),
            Self::Decimal { precision, scale } => match digits(source) {
                Some((whole, fraction)) => scale >= fraction && precision - scale >= whole,
                None => false,
            },
            Self::Uuid => matches!(source, S::Uuid),
            Self::List { item, .. } => match source {
                S::List(found) => item.accepts(found),
                _ => false,
            },
            Self::Array(_) => matches!(source, S::List(S::F32)),
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
            (Self::Json, _) => matches!(from, Self::Json),
            (_, Self::Json) => false,
            (Self::Array(wide), Self::Array(narrow)) => wide == narrow,
            (
                Self::List { item, nullable },
                Self::List {
                    item: narrow,
                    nullable: had_nulls,
                },
            ) => (nullable || !had_nulls) && item.widens(*narrow),
            (Self::List { item, .. }, Self::Array(_)) => item.widens(Self::F32),
            (Self::List { .. } | Self::Array(_), _) => false,
            _ => self.accepts(&SourceDtype::of(from)),
        }
    }

    /// Whether both are the same dtype, where only `const` functions run. Any two enums are: their
    /// lists are compared when the registry is built.
    #[must_use]
    pub const fn same(self, other: Self) -> bool {
        use Dtype as D;
        match (self, other) {
            (
                D::Decimal { precision, scale },
                D::Decimal {
                    precision: other,
                    scale: other_scale,
                },
            ) => precision == other && scale == other_scale,
            (
                D::List { item, nullable },
                D::List {
                    item: other,
                    nullable: other_nullable,
                },
            ) => nullable == other_nullable && item.same(*other),
            (D::Array(length), D::Array(other)) => length == other,
            // The names of all others are theirs alone.
            _ => same_text(self.short_name(), other.short_name()),
        }
    }
}

/// How many digits the values of a source's type have at most before and behind the point, where
/// they are exact numbers.
const fn digits(source: &SourceDtype) -> Option<(u8, u8)> {
    use SourceDtype as S;
    Some(match source {
        S::I8 | S::U8 => (3, 0),
        S::I16 | S::U16 => (5, 0),
        S::I32 | S::U32 => (10, 0),
        S::I64 => (19, 0),
        S::U64 => (20, 0),
        S::Decimal { precision, scale } => (precision.saturating_sub(*scale), *scale),
        _ => return None,
    })
}

/// Whether one of the texts is `text`.
#[must_use]
pub const fn has_text(texts: &[&str], text: &str) -> bool {
    let mut index = 0;
    while index < texts.len() {
        if same_text(texts[index], text) {
            return true;
        }
        index += 1;
    }
    false
}

pub(crate) const fn holds_all(wide: &[&str], narrow: &[&str]) -> bool {
    let mut index = 0;
    while index < narrow.len() {
        if !has_text(wide, narrow[index]) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TimeUnit;
    use proptest::prelude::*;

    const SECONDS: SourceDtype = SourceDtype::Timestamp {
        unit: TimeUnit::Seconds,
        zoned: false,
    };

    fn decimal(precision: u8, scale: u8) -> Dtype {
        Dtype::Decimal { precision, scale }
    }

    /// The declarations that a store without types takes, and that serve wrong values.
    #[test]
    fn none_of_the_eleven_wrong_declarations_is_accepted() {
        use SourceDtype as S;
        for (declared, source, harm) in [
            (Dtype::I64, S::F64, "serves 1 where training saw 1.7"),
            (Dtype::F32, S::F64, "rounds doubles"),
            (Dtype::F32, S::I32, "rounds 2^24 + 1"),
            (Dtype::F32, S::I64, "rounds 2^24 + 1"),
            (Dtype::F64, S::I64, "rounds 2^53 + 1"),
            (Dtype::Bool, S::I64, "makes 0 and 2 false and true"),
            (Dtype::I64, S::String, "fails on the first word"),
            (Dtype::I32, S::I64, "wraps beyond 2^31"),
            (Dtype::I64, S::U64, "wraps beyond 2^63"),
            (Dtype::Date, SECONDS, "drops the hour"),
            (Dtype::String, S::I64, "sorts 10 before 9"),
            (
                Dtype::F64,
                S::Decimal {
                    precision: 18,
                    scale: 2,
                },
                "rounds cents",
            ),
        ] {
            assert!(
                !declared.accepts(&source),
                "{declared} over {source} {harm}"
            );
        }
    }

    #[test]
    fn narrowing_is_never_accepted() {
        use SourceDtype as S;
        for (declared, source) in [
            (Dtype::U32, S::I32),
            (Dtype::I64, SECONDS),
            (Dtype::Timestamp, S::I64),
            (Dtype::Bytes, S::String),
            (Dtype::String, S::Bytes),
            (Dtype::Uuid, S::String),
            (Dtype::String, S::Uuid),
            (Dtype::Array(3), S::List(&S::F64)),
            (Dtype::Array(3), S::F32),
            (Dtype::Json, S::Bytes),
            (decimal(18, 2), S::F64),
            (decimal(18, 2), S::String),
            (decimal(18, 0), S::I64),
            (decimal(20, 2), S::I64),
            (
                decimal(18, 2),
                S::Decimal {
                    precision: 18,
                    scale: 3,
                },
            ),
            (
                decimal(18, 3),
                S::Decimal {
                    precision: 18,
                    scale: 2,
                },
            ),
            (
                Dtype::I64,
                S::Decimal {
                    precision: 4,
                    scale: 0,
                },
            ),
            (Dtype::list_of(&Dtype::I32, true), S::List(&S::I64)),
            (Dtype::list_of(&Dtype::I32, true), S::I32),
            (Dtype::I32, S::List(&S::I32)),
        ] {
            assert!(!declared.accepts(&source), "{declared} over {source}");
        }
    }

    #[test]
    fn what_loses_nothing_is_accepted() {
        use SourceDtype as S;
        for (declared, source) in [
            (decimal(19, 0), S::I64),
            (decimal(22, 2), S::U64),
            (
                decimal(18, 2),
                S::Decimal {
                    precision: 18,
                    scale: 2,
                },
            ),
            (
                decimal(20, 4),
                S::Decimal {
                    precision: 18,
                    scale: 2,
                },
            ),
            (Dtype::Json, S::String),
            (Dtype::Array(3), S::List(&S::F32)),
            (Dtype::list_of(&Dtype::F64, false), S::List(&S::F32)),
            (Dtype::list_of(&Dtype::Timestamp, true), S::List(&S::Date)),
        ] {
            assert!(declared.accepts(&source), "{declared} over {source}");
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

    #[test]
    fn rows_of_texts_are_no_rows_of_json() {
        assert!(!Dtype::Json.widens(Dtype::String) && !Dtype::String.widens(Dtype::Json));
        assert!(Dtype::Json.widens(Dtype::Json));
    }

    #[test]
    fn a_list_widens_by_its_values_and_to_one_with_nulls() {
        let list = Dtype::list_of;
        assert!(list(&Dtype::I64, true).widens(list(&Dtype::I32, false)));
        assert!(!list(&Dtype::I64, false).widens(list(&Dtype::I64, true)));
        assert!(!list(&Dtype::I32, true).widens(list(&Dtype::I64, true)));
        assert!(list(&Dtype::F64, false).widens(Dtype::Array(2)));
        assert!(!Dtype::Array(2).widens(Dtype::Array(3)));
        assert!(!Dtype::Array(2).widens(list(&Dtype::F32, false)));
    }

    proptest! {
        #![proptest_config(featurestore_properties::cases(256))]

        #[test]
        fn each_dtype_is_the_same_as_itself_and_widens_and_accepts_itself(
            dtype in crate::text::any_dtype(),
            other in crate::text::any_dtype(),
        ) {
            prop_assert!(dtype.same(dtype));
            prop_assert!(dtype.widens(dtype));
            prop_assert!(dtype.accepts(&SourceDtype::of(dtype)));
            let enums = |dtype: Dtype| dtype.to_string().contains("enum");
            prop_assert!(dtype == other || !dtype.same(other) || enums(dtype) && enums(other));
        }
    }
}
