//! The way out of a source's type: the field's type that holds it, or the query that converts it
//! into what the column is for.

use crate::drift::SourceDrift;
use crate::dtype::Dtype;
use crate::sentence::Sentence;
use crate::source::SourceDtype;

/// What a view does with a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A join key.
    Key,
    /// The event timestamp.
    Timestamp,
    /// The created timestamp.
    Created,
    /// A feature.
    Feature,
}

/// What follows `FROM` in a query of `DuckDB` that reads the files of a declared path.
#[must_use]
pub fn relation(path: &str) -> String {
    let name = path.to_lowercase();
    let is_file = [
        ".parquet", ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".gz", ".zst",
    ]
    .iter()
    .any(|extension| name.ends_with(extension));
    let below = if is_file { "" } else { "/**/*.parquet" };
    format!(
        "'{}{below}'",
        path.trim_end_matches('/').replace('\'', "''")
    )
}

/// A conversion in a query: what stands before the column and behind it.
type Conversion = (&'static str, &'static str);

const SECONDS: Conversion = ("to_timestamp(", ")");
const TEXT_TIME: Conversion = ("CAST(", " AS TIMESTAMP)");
const TEXT: Conversion = ("CAST(", " AS VARCHAR)");
const WHOLE: Conversion = ("CAST(", " AS BIGINT)");

impl Sentence {
    /// The text with what mends a drift behind it: never a type that the column's role does not allow.
    pub(crate) const fn with_way_out(
        self,
        drift: &SourceDrift<'_>,
        declared: Option<Dtype>,
    ) -> Self {
        let source = drift.source_dtype;
        let is_time = match drift.role {
            Role::Timestamp | Role::Created => true,
            Role::Key | Role::Feature => matches!(declared, Some(Dtype::Timestamp)),
        };
        let time = time_of(source);
        match (drift.role, held(source)) {
            (Role::Timestamp | Role::Created, _) => match time {
                Some((conversion, otherwise)) => self
                    .with("convert it into a timestamp: ")
                    .with_query(drift, conversion)
                    .with(otherwise),
                None => self
                    .with("no time can be made of it, so name another column with `")
                    .with(match drift.role {
                        Role::Created => "created",
                        _ => "timestamp",
                    })
                    .with(" = \"..\"`"),
            },
            (Role::Key, Some(Dtype::F32 | Dtype::F64)) => self
                .with("a float is no join key, so declare it as i64 and convert it: ")
                .with_query(drift, WHOLE),
            (Role::Key, None | Some(Dtype::List { .. })) => self
                .with("no join key holds it, so declare it as String and convert it: ")
                .with_query(drift, TEXT),
            (_, None) => self
                .with("no feature holds it, so declare it as String and convert it: ")
                .with_query(drift, TEXT),
            (_, Some(_)) => {
                let sentence = self.with("declare it as ").with_declaration(source);
                match time {
                    Some((conversion, otherwise)) if is_time => sentence
                        .with(", or convert it: ")
                        .with_query(drift, conversion)
                        .with(otherwise),
                    _ => sentence,
                }
            }
        }
    }

    /// ``sql = "SELECT * REPLACE (to_timestamp(seen) AS seen) FROM 'data/a.parquet'"`` in backquotes, or
    /// the conversion alone, where the source is no file.
    const fn with_query(self, drift: &SourceDrift<'_>, (before, behind): Conversion) -> Self {
        let column = drift.source_column;
        let is_whole = !drift.relation.is_empty();
        let sentence = if is_whole {
            self.with("`sql = \"SELECT * REPLACE (")
        } else {
            self.with("select `")
        };
        let sentence = sentence
            .with(before)
            .with_identifier(column)
            .with(behind)
            .with(" AS ")
            .with_identifier(column);
        if is_whole {
            sentence.with(") FROM ").with(drift.relation).with("\"`")
        } else {
            sentence.with("`")
        }
    }

    /// The text with a column's name behind it as SQL has it, in a Rust text.
    const fn with_identifier(self, name: &str) -> Self {
        if is_plain(name) {
            self.with(name)
        } else {
            self.with("\\\"").with(name).with("\\\"")
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
            SourceDtype::List(SourceDtype::U8) => self.with("Vec<Option<u8>>"),
            SourceDtype::List(item) => self.with("Vec<").with_declaration(*item).with(">"),
            other => self.with(other.short_name()),
        }
    }
}

/// The dtype that holds a source's values as they are, if there is one.
const fn held(source: SourceDtype) -> Option<Dtype> {
    match source {
        SourceDtype::Other(_) => None,
        SourceDtype::F32 => Some(Dtype::F32),
        SourceDtype::F64 => Some(Dtype::F64),
        SourceDtype::Decimal { precision, scale } => {
            let decimal = Dtype::Decimal { precision, scale };
            match decimal.fault() {
                Some(_) => None,
                None => Some(decimal),
            }
        }
        SourceDtype::List(SourceDtype::List(_)) => None,
        SourceDtype::List(item) => match held(*item) {
            Some(_) => Some(Dtype::list_of(&Dtype::String, true)),
            None => None,
        },
        // Which one makes no difference to a hint.
        _ => Some(Dtype::String),
    }
}

/// What makes a time of a source's type, and what is to be said of it.
const fn time_of(source: SourceDtype) -> Option<(Conversion, &'static str)> {
    use SourceDtype as S;
    match source {
        S::I8 | S::I16 | S::I32 | S::I64 | S::U8 | S::U16 | S::U32 => Some((
            SECONDS,
            " where it counts seconds since 1970 (`epoch_ms(..)` for milliseconds, `make_timestamp(..)` for microseconds)",
        )),
        S::U64 | S::F32 | S::F64 | S::Decimal { .. } => Some((
            SECONDS,
            " where it counts seconds since 1970 (`epoch_ms(CAST(.. AS BIGINT))` for milliseconds, `make_timestamp(CAST(.. AS BIGINT))` for microseconds)",
        )),
        S::String => Some((
            TEXT_TIME,
            " where it is written as in 2026-05-01 18:30:00 (`strptime(.., '%d.%m.%Y')` for other forms)",
        )),
        _ => None,
    }
}

const fn is_plain(name: &str) -> bool {
    let name = name.as_bytes();
    let mut index = 0;
    while index < name.len() {
        if !(name[index].is_ascii_alphabetic()
            || name[index] == b'_'
            || index > 0 && name[index].is_ascii_digit())
        {
            return false;
        }
        index += 1;
    }
    !name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way_out(role: Role, declared: Dtype, source_dtype: SourceDtype, relation: &str) -> String {
        let drift = SourceDrift {
            view: "v",
            column: "c",
            role,
            source_column: "at",
            source_dtype,
            source: "f",
            relation,
        };
        let sentence = drift.sentence(Some(declared)).as_str().to_owned();
        let (_, way_out) = sentence.split_once("; ").unwrap();
        let end = way_out.find(", or mend the source").unwrap();
        way_out[..end].to_owned()
    }

    #[test]
    fn a_hint_is_never_a_type_that_the_role_does_not_allow() {
        const LIST: SourceDtype = SourceDtype::List(&SourceDtype::List(&SourceDtype::I64));
        use Role::{Created, Feature, Key, Timestamp};
        let text = Dtype::String;
        let time = Dtype::Timestamp;
        for (role, declared, source, expected) in [
            (
                Timestamp,
                time,
                SourceDtype::I64,
                "convert it into a timestamp: `sql = \"SELECT * REPLACE (to_timestamp(at) AS at) FROM 'f'\"` where it counts seconds",
            ),
            (
                Created,
                time,
                SourceDtype::F64,
                "convert it into a timestamp: `sql = \"SELECT * REPLACE (to_timestamp(at) AS at) FROM 'f'\"` where it counts seconds since 1970 (`epoch_ms(CAST(",
            ),
            (
                Timestamp,
                time,
                SourceDtype::String,
                "convert it into a timestamp: `sql = \"SELECT * REPLACE (CAST(at AS TIMESTAMP) AS at) FROM 'f'\"`",
            ),
            (
                Timestamp,
                time,
                SourceDtype::Bool,
                "no time can be made of it, so name another column with `timestamp = \"..\"`",
            ),
            (
                Created,
                time,
                SourceDtype::Uuid,
                "no time can be made of it, so name another column with `created = \"..\"`",
            ),
            (Key, text, SourceDtype::I64, "declare it as i64"),
            (
                Key,
                Dtype::I64,
                SourceDtype::F64,
                "a float is no join key, so declare it as i64 and convert it: `sql = \"SELECT * REPLACE (CAST(at AS BIGINT) AS at) FROM 'f'\"`",
            ),
            (
                Key,
                text,
                SourceDtype::List(&SourceDtype::I64),
                "no join key holds it, so declare it as String and convert it: `sql =",
            ),
            (
                Key,
                text,
                SourceDtype::Other("hugeint"),
                "no join key holds it, so declare it as String and convert it: `sql =",
            ),
            (
                Feature,
                text,
                SourceDtype::Other("interval"),
                "no feature holds it, so declare it as String and convert it: `sql = \"SELECT * REPLACE (CAST(at AS VARCHAR) AS at) FROM 'f'\"`",
            ),
            (
                Feature,
                text,
                LIST,
                "no feature holds it, so declare it as String",
            ),
            (
                Feature,
                text,
                SourceDtype::Decimal {
                    precision: 50,
                    scale: 2,
                },
                "no feature holds it, so declare it as String",
            ),
            (Feature, text, SourceDtype::I64, "declare it as i64"),
            (
                Feature,
                time,
                SourceDtype::I64,
                "declare it as i64, or convert it: `sql = \"SELECT * REPLACE (to_timestamp(at) AS at) FROM 'f'\"`",
            ),
            (
                Feature,
                text,
                SourceDtype::List(&SourceDtype::U8),
                "declare it as Vec<Option<u8>>",
            ),
        ] {
            let hint = way_out(role, declared, source, "'f'");
            assert!(hint.starts_with(expected), "{role:?} {source}: {hint}");
            assert!(
                hint.len() == expected.len() || !expected.ends_with(['4', '>']),
                "{hint}"
            );
        }
        // A query or a table is converted where it is selected.
        let hint = way_out(Timestamp, time, SourceDtype::I64, "");
        assert!(
            hint.starts_with("convert it into a timestamp: select `to_timestamp(at) AS at` where"),
            "{hint}"
        );
    }

    #[test]
    fn a_path_is_read_by_what_stands_for_it_in_a_query() {
        for (path, expected) in [
            ("data/a.parquet", "'data/a.parquet'"),
            ("it's/A.CSV.gz", "'it''s/A.CSV.gz'"),
            ("data/*.jsonl", "'data/*.jsonl'"),
            ("data/days/", "'data/days/**/*.parquet'"),
        ] {
            assert_eq!(relation(path), expected);
        }
    }
}
