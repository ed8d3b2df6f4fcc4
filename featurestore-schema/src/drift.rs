//! What is said when a declared dtype and the source's or the published one differ.

use crate::conversion::Role;
use crate::dtype::Dtype;
use crate::lossless::{has_text, holds_all};
use crate::sentence::Sentence;
use crate::source::{SourceDtype, TimeUnit};

/// A column whose declared dtype its source's does not fit.
#[derive(Debug, Clone, Copy)]
pub struct SourceDrift<'a> {
    /// The view's name.
    pub view: &'a str,
    /// The column's name in the view.
    pub column: &'a str,
    /// What the view does with it.
    pub role: Role,
    /// Its name in the source.
    pub source_column: &'a str,
    /// Its type in the source.
    pub source_dtype: SourceDtype,
    /// What messages call the source.
    pub source: &'a str,
    /// What follows `FROM` in a query that reads the same, as [`relation`](crate::relation) gives
    /// it; empty where the source is none of files.
    pub relation: &'a str,
}

impl SourceDrift<'_> {
    /// The one sentence about it; whoever does not know the declared dtype leaves it out.
    #[must_use]
    pub const fn sentence(&self, declared: Option<Dtype>) -> Sentence {
        Sentence::new()
            .with("FS0060: `")
            .with(self.column)
            .with("` of view `")
            .with(self.view)
            .with("` is declared as ")
            .with_declared(declared)
            .with(", but ")
            .with(self.source)
            .with(" has `")
            .with(self.source_column)
            .with("` as ")
            .with_source_dtype(self.source_dtype)
            .with("; ")
            .with_way_out(self, declared)
            .with(", or mend the source and accept its schema with the command `lock`")
    }
}

/// The one sentence about a column that was published with another dtype, which rows of before
/// can't be read as; whoever does not know the declared dtype leaves it out.
#[must_use]
pub const fn published_sentence(
    view: &str,
    column: &str,
    declared: Option<Dtype>,
    published: Dtype,
    service: &str,
) -> Sentence {
    let sentence = Sentence::new()
        .with("FS0070: `")
        .with(column)
        .with("` of view `")
        .with(view)
        .with("` was published as ");
    let variants = match declared {
        Some(declared) => variants_of_both(published, declared),
        None => None,
    };
    let (sentence, way_out) = match variants {
        Some((before, now)) => (
            sentence
                .with("an enum and is now declared as one without ")
                .with_missing(before, now)
                .with_added(before, now),
            "`; keep its texts (a variant of another name takes `#[variant(rename = \"..\")]`), or give the view a new `version`",
        ),
        None => (
            sentence
                .with_dtype(published)
                .with(" and is now declared as ")
                .with_declared(declared),
            "`; give the view a new `version`, or widen the dtype losslessly",
        ),
    };
    sentence
        .with(", which breaks service `")
        .with(service)
        .with(way_out)
}

/// The variants of two enums, also where they are in lists.
const fn variants_of_both(
    before: Dtype,
    now: Dtype,
) -> Option<(&'static [&'static str], &'static [&'static str])> {
    match (before, now) {
        (Dtype::Enum(before), Dtype::Enum(now)) => Some((before, now)),
        (Dtype::List { item: before, .. }, Dtype::List { item: now, .. }) => {
            variants_of_both(*before, *now)
        }
        _ => None,
    }
}

/// How many variants a sentence names.
const NAMED: usize = 8;

impl Sentence {
    const fn with_declared(self, declared: Option<Dtype>) -> Self {
        match declared {
            Some(declared) => self.with_dtype(declared),
            None => self.with("another dtype"),
        }
    }

    /// The text with the variants behind it that are in the first and not in the second.
    const fn with_missing(mut self, variants: &[&str], others: &[&str]) -> Self {
        let (mut index, mut count) = (0, 0);
        while index < variants.len() {
            if !has_text(others, variants[index]) {
                count += 1;
                if count <= NAMED {
                    let between = if count == 1 { "`" } else { ", `" };
                    self = self.with(between).with(variants[index]).with("`");
                }
            }
            index += 1;
        }
        if count > NAMED {
            self = self
                .with(" and ")
                .with_number(count - NAMED)
                .with(" others");
        }
        self
    }

    /// The text with what is new behind it, if anything is: what was renamed is seen by that.
    const fn with_added(self, before: &[&str], now: &[&str]) -> Self {
        if holds_all(before, now) {
            return self;
        }
        self.with(" (new in it: ")
            .with_missing(now, before)
            .with(")")
    }

    /// The text with a dtype's text behind it.
    #[must_use]
    pub const fn with_dtype(self, dtype: Dtype) -> Self {
        match dtype {
            Dtype::Decimal { precision, scale } => {
                self.with_decimal("decimal(", precision, scale, ")")
            }
            Dtype::List { item, nullable } => self
                .with("list(")
                .with_dtype(*item)
                .with(if nullable { "?)" } else { ")" }),
            Dtype::Array(length) => self.with("array(f32, ").with_number(length).with(")"),
            Dtype::Enum(variants) => self.with("an enum of ").with_missing(variants, &[]),
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

    pub(crate) const fn with_decimal(
        self,
        before: &str,
        precision: u8,
        scale: u8,
        behind: &str,
    ) -> Self {
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

    const DRIFT: SourceDrift<'_> = SourceDrift {
        view: "watch",
        column: "count",
        role: Role::Feature,
        source_column: "n",
        source_dtype: SourceDtype::F64,
        source: "data/w.parquet",
        relation: "'data/w.parquet'",
    };

    #[test]
    fn the_sentence_names_both_dtypes_the_column_the_file_and_the_way_out() {
        const SENTENCE: Sentence = DRIFT.sentence(Some(Dtype::I64));
        assert_eq!(
            SENTENCE.as_str(),
            "FS0060: `count` of view `watch` is declared as i64, but data/w.parquet has `n` as f64; \
             declare it as f64, or mend the source and accept its schema with the command `lock`"
        );
    }

    #[test]
    fn the_sentence_is_exact_about_what_stands_in_parentheses() {
        let sentence = |declared, source_dtype| {
            let drift = SourceDrift {
                source_dtype,
                ..DRIFT
            };
            drift.sentence(Some(declared)).as_str().to_owned()
        };
        let cents = SourceDtype::Decimal {
            precision: 18,
            scale: 2,
        };
        for (text, part) in [
            (
                sentence(Dtype::F64, cents),
                "has `n` as decimal(18, 2); declare it as Decimal<18, 2>,",
            ),
            (
                sentence(
                    Dtype::list_of(&Dtype::I32, true),
                    SourceDtype::List(&SourceDtype::I64),
                ),
                "as list(i32?), but data/w.parquet has `n` as list(i64); declare it as Vec<i64>,",
            ),
            (
                sentence(Dtype::Array(384), SourceDtype::String),
                "as array(f32, 384), but",
            ),
            (
                sentence(Dtype::Enum(&["a", "b"]), SourceDtype::I64),
                "as an enum of `a`, `b`, but",
            ),
        ] {
            assert!(text.contains(part), "{text}\nlacks {part}");
        }
    }

    #[test]
    fn an_enum_that_lost_variants_is_told_by_them() {
        let sentence = |published: &'static [&'static str], declared: &'static [&'static str]| {
            let declared = Some(Dtype::Enum(declared));
            published_sentence("v", "c", declared, Dtype::Enum(published), "s")
                .as_str()
                .to_owned()
        };
        assert_eq!(
            sentence(&["casual", "power user", "new"], &["new", "power_user"]),
            "FS0070: `c` of view `v` was published as an enum and is now declared as one without `casual`, \
             `power user` (new in it: `power_user`), which breaks service `s`; keep its texts (a variant of \
             another name takes `#[variant(rename = \"..\")]`), or give the view a new `version`"
        );
        let letters = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
        let many = sentence(letters.to_vec().leak(), &["k"]);
        assert!(many.contains("without `a`, `b`, "), "{many}");
        assert!(many.contains("`h` and 2 others, which"), "{many}");
        let in_lists = |variants: &'static [&'static str]| {
            let item = Box::leak(Box::new(Dtype::Enum(variants)));
            Dtype::list_of(item, false)
        };
        let (before, now) = (in_lists(&["a", "b"]), in_lists(&["b"]));
        let lists = published_sentence("v", "c", Some(now), before, "s");
        assert!(
            lists.as_str().contains("without `a`, which breaks"),
            "{lists:?}"
        );
        let unknown = published_sentence("v", "c", None, Dtype::Enum(&["a"]), "s");
        let unknown = unknown.as_str();
        assert!(
            unknown.contains("as an enum of `a` and is now declared as another dtype, which"),
            "{unknown}"
        );
    }

    #[test]
    fn a_name_without_end_is_cut_and_nothing_breaks() {
        let long = "ä".repeat(2000);
        for view in [&long, &format!("a{long}")] {
            let sentence = SourceDrift { view, ..DRIFT }.sentence(None);
            let text = sentence.as_str();
            assert!(text.starts_with("FS0060: `count` of view `"), "{text}");
            assert!(text.len() > 2000 && text.ends_with('ä'), "{text}");
        }
    }
}
