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
    Sentence::new()
        .with("FS0060: `")
        .with(column)
        .with("` of view `")
        .with(view)
        .with("` is declared as ")
        .with(declared.short_name())
        .with(", but ")
        .with(source)
        .with(" has `")
        .with(source_column)
        .with("` as ")
        .with(source_dtype.short_name())
        .with("; declare it as ")
        .with(suggestion(source_dtype))
        .with(", or mend the source and accept its schema with the command `lock`")
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
    Sentence::new()
        .with("FS0070: `")
        .with(column)
        .with("` of view `")
        .with(view)
        .with("` was published as ")
        .with(published.short_name())
        .with(" and is now declared as ")
        .with(declared.short_name())
        .with(", which breaks service `")
        .with(service)
        .with("`; give the view a new `version`, or widen the dtype losslessly")
}

/// The declaration that would fit.
const fn suggestion(source: SourceDtype) -> &'static str {
    match source {
        SourceDtype::String => "String",
        SourceDtype::Bytes => "Vec<u8>",
        SourceDtype::Timestamp { .. } => "Timestamp",
        SourceDtype::Date => "Date",
        SourceDtype::Other(_) => "a type that holds it losslessly",
        other => other.short_name(),
    }
}

impl SourceDtype {
    /// The type's text, while constants are evaluated.
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
    fn a_name_without_end_is_cut_and_nothing_breaks() {
        let long = "ä".repeat(2000);
        let sentence = drift_sentence(&long, "c", Dtype::I64, "c", SourceDtype::F64, "f");
        assert!(sentence.as_str().len() <= 1024);
    }
}
