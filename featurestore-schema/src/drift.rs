//! What is said when a declared dtype and the source's or the published one differ.

use crate::dtype::Dtype;
use crate::sentence::Sentence;
use crate::source::{SourceDtype, TimeUnit};

/// The one sentence about a column whose declared dtype its source's does not fit.
#[must_use]
pub const fn drift_sentence(
    view: &str,
    column: &str,
    declared: Dtype,
    source_column: &str,
    source_dtype: SourceDtype,
    source: &str,
) -> Sentence {
    drifted(view, column)
        .with_dtype(declared)
        .but(source_column, source_dtype, source)
}

/// [`drift_sentence`] of whoever does not know the declared dtype.
#[must_use]
pub const fn drift_warning(
    view: &str,
    column: &str,
    source_column: &str,
    source_dtype: SourceDtype,
    source: &str,
) -> Sentence {
    drifted(view, column)
        .with("another dtype")
        .but(source_column, source_dtype, source)
}

const fn drifted(view: &str, column: &str) -> Sentence {
    Sentence::new()
        .with("FS0060: `")
        .with(column)
        .with("` of view `")
        .with(view)
        .with("` is declared as ")
}

/// The one sentence about a column that was published with another dtype, which rows of before
/// can't be read as.
#[must_use]
pub const fn published_sentence(
    view: &str,
    column: &str,
    declared: Dtype,
    published: Dtype,
    service: &str,
) -> Sentence {
    was_published(view, column, published)
        .with_dtype(declared)
        .breaks(service)
}

/// [`published_sentence`] of whoever does not know the declared dtype.
#[must_use]
pub const fn published_warning(
    view: &str,
    column: &str,
    published: Dtype,
    service: &str,
) -> Sentence {
    was_published(view, column, published)
        .with("another dtype")
        .breaks(service)
}

const fn was_published(view: &str, column: &str, published: Dtype) -> Sentence {
    Sentence::new()
        .with("FS0070: `")
        .with(column)
        .with("` of view `")
        .with(view)
        .with("` was published as ")
        .with_dtype(published)
        .with(" and is now declared as ")
}

impl Sentence {
    const fn but(self, source_column: &str, source_dtype: SourceDtype, source: &str) -> Self {
        self.with(", but ")
            .with(source)
            .with(" has `")
            .with(source_column)
            .with("` as ")
            .with_source_dtype(source_dtype)
            .with("; declare it as ")
            .with_declaration(source_dtype)
            .with(", or mend the source and accept its schema with the command `lock`")
    }

    const fn breaks(self, service: &str) -> Self {
        self.with(", which breaks service `")
            .with(service)
            .with("`; give the view a new `version`, or widen the dtype losslessly")
    }

    /// The text with a dtype's text behind it; an enum is only called one.
    const fn with_dtype(self, dtype: Dtype) -> Self {
        match dtype {
            Dtype::Decimal { precision, scale } => {
                self.with_decimal("decimal(", precision, scale, ")")
            }
            Dtype::List { item, nullable } => self
                .with("list(")
                .with_dtype(*item)
                .with(if nullable { "?)" } else { ")" }),
            Dtype::Array(length) => self.with("array(f32, ").with_number(length).with(")"),
            plain => self.with(plain.short_name()),
        }
    }

    /// The text with that of a source's type behind it.
    const fn with_source_dtype(self, dtype: SourceDtype) -> Self {
        match dtype {
            SourceDtype::Decimal { precision, scale } => {
                self.with_decimal("decimal(", precision, scale, ")")
            }
            SourceDtype::List(item) => self.with("list(").with_source_dtype(*item).with(")"),
            plain => self.with(plain.short_name()),
        }
    }

    /// The text with the Rust type behind it that holds a source's values.
    const fn with_declaration(self, source: SourceDtype) -> Self {
        match source {
            SourceDtype::String => self.with("String"),
            SourceDtype::Bytes => self.with("Vec<u8>"),
            SourceDtype::Timestamp { .. } => self.with("Timestamp"),
            SourceDtype::Date => self.with("Date"),
            SourceDtype::Uuid => self.with("Uuid"),
            SourceDtype::Decimal { precision, scale } => {
                self.with_decimal("Decimal<", precision, scale, ">")
            }
            SourceDtype::List(SourceDtype::List(_) | SourceDtype::Other(_))
            | SourceDtype::Other(_) => self.with("a type that holds it losslessly"),
            SourceDtype::List(SourceDtype::U8) => self.with("Vec<Option<u8>>"),
            SourceDtype::List(item) => self.with("Vec<").with_declaration(*item).with(">"),
            other => self.with(other.short_name()),
        }
    }

    const fn with_decimal(self, before: &str, precision: u8, scale: u8, behind: &str) -> Self {
        self.with(before)
            .with_number(precision as usize)
            .with(", ")
            .with_number(scale as usize)
            .with(behind)
    }
}

impl SourceDtype {
    /// The type's text, while constants are evaluated; of a decimal or a list only its name.
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
            Self::Date => "date",
            Self::Decimal { .. } => "decimal",
            Self::Uuid => "uuid",
            Self::List(_) => "list",
            Self::Other(name) => name,
            Self::Timestamp {
                unit: TimeUnit::Seconds,
                zoned: false,
            } => "timestamp(s)",
            Self::Timestamp {
                unit: TimeUnit::Millis,
                zoned: false,
            } => "timestamp(ms)",
            Self::Timestamp {
                unit: TimeUnit::Micros,
                zoned: false,
            } => "timestamp(us)",
            Self::Timestamp {
                unit: TimeUnit::Nanos,
                zoned: false,
            } => "timestamp(ns)",
            Self::Timestamp {
                unit: TimeUnit::Seconds,
                zoned: true,
            } => "timestamp(s, utc)",
            Self::Timestamp {
                unit: TimeUnit::Millis,
                zoned: true,
            } => "timestamp(ms, utc)",
            Self::Timestamp {
                unit: TimeUnit::Micros,
                zoned: true,
            } => "timestamp(us, utc)",
            Self::Timestamp {
                unit: TimeUnit::Nanos,
                zoned: true,
            } => "timestamp(ns, utc)",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_names_both_dtypes_the_column_the_file_and_the_way_out() {
        const SENTENCE: Sentence = drift_sentence(
            "watch",
            "count",
            Dtype::I64,
            "n",
            SourceDtype::F64,
            "data/w.parquet",
        );
        assert_eq!(
            SENTENCE.as_str(),
            "FS0060: `count` of view `watch` is declared as i64, but data/w.parquet has `n` as f64; \
             declare it as f64, or mend the source and accept its schema with the command `lock`"
        );
    }

    #[test]
    fn the_sentence_is_exact_about_what_stands_in_parentheses() {
        let sentence = |declared, source| {
            let sentence = drift_sentence("v", "c", declared, "c", source, "f");
            sentence.as_str().to_owned()
        };
        let cents = SourceDtype::Decimal {
            precision: 18,
            scale: 2,
        };
        for (text, part) in [
            (
                sentence(Dtype::F64, cents),
                "has `c` as decimal(18, 2); declare it as Decimal<18, 2>",
            ),
            (
                sentence(
                    Dtype::list_of(&Dtype::I32, true),
                    SourceDtype::List(&SourceDtype::I64),
                ),
                "as list(i32?), but f has `c` as list(i64); declare it as Vec<i64>",
            ),
            (
                sentence(Dtype::Array(384), SourceDtype::String),
                "as array(f32, 384), but",
            ),
        ] {
            assert!(text.contains(part), "{text}\nlacks {part}");
        }
    }

    #[test]
    fn a_name_without_end_is_cut_and_nothing_breaks() {
        let long = "ä".repeat(2000);
        let sentence = drift_sentence(&long, "c", Dtype::I64, "c", SourceDtype::F64, "f");
        assert!(sentence.as_str().len() <= 1024);
    }
}
