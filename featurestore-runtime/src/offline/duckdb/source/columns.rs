//! `DuckDB`'s types beside featurestore's: what a source has, and what a dtype is in SQL.

use std::borrow::Cow;

use featurestore_schema::{Dtype, SourceDtype, TimeUnit, intern, intern_source};

/// A column of a source or spine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceColumn {
    pub(crate) name: String,
    pub(crate) dtype: SourceDtype,
}

/// The type that `DESCRIBE` names.
pub(crate) fn source_dtype(name: &str) -> SourceDtype {
    let timestamp = |unit, zoned| SourceDtype::Timestamp { unit, zoned };
    match name {
        "BOOLEAN" => SourceDtype::Bool,
        "TINYINT" => SourceDtype::I8,
        "SMALLINT" => SourceDtype::I16,
        "INTEGER" => SourceDtype::I32,
        "BIGINT" => SourceDtype::I64,
        "UTINYINT" => SourceDtype::U8,
        "USMALLINT" => SourceDtype::U16,
        "UINTEGER" => SourceDtype::U32,
        "UBIGINT" => SourceDtype::U64,
        "FLOAT" => SourceDtype::F32,
        "DOUBLE" => SourceDtype::F64,
        "VARCHAR" | "JSON" => SourceDtype::String,
        "BLOB" => SourceDtype::Bytes,
        "DATE" => SourceDtype::Date,
        "TIMESTAMP" => timestamp(TimeUnit::Micros, false),
        "TIMESTAMP WITH TIME ZONE" => timestamp(TimeUnit::Micros, true),
        "TIMESTAMP_S" => timestamp(TimeUnit::Seconds, false),
        "TIMESTAMP_MS" => timestamp(TimeUnit::Millis, false),
        "TIMESTAMP_NS" => timestamp(TimeUnit::Nanos, false),
        "UUID" => SourceDtype::Uuid,
        other => {
            compound(other).unwrap_or_else(|| SourceDtype::Other(intern(&other.to_lowercase())))
        }
    }
}

/// A type that has another one or numbers in it; what ends in brackets is a list, whatever is
/// before them.
fn compound(name: &str) -> Option<SourceDtype> {
    if let Some(list) = name.strip_suffix(']') {
        let (item, length) = list.rsplit_once('[')?;
        let digits = length.bytes().all(|byte| byte.is_ascii_digit());
        return digits.then(|| SourceDtype::List(intern_source(source_dtype(item))));
    }
    if name.starts_with("ENUM(") {
        return Some(SourceDtype::String);
    }
    let (precision, scale) = name
        .strip_prefix("DECIMAL(")?
        .strip_suffix(')')?
        .split_once(',')?;
    Some(SourceDtype::Decimal {
        precision: precision.trim().parse().ok()?,
        scale: scale.trim().parse().ok()?,
    })
}

/// The SQL type that a dtype's values have in results.
pub(crate) fn sql_type(dtype: Dtype) -> Cow<'static, str> {
    Cow::Borrowed(match dtype {
        Dtype::Bool => "BOOLEAN",
        Dtype::I8 => "TINYINT",
        Dtype::I16 => "SMALLINT",
        Dtype::I32 => "INTEGER",
        Dtype::I64 => "BIGINT",
        Dtype::U8 => "UTINYINT",
        Dtype::U16 => "USMALLINT",
        Dtype::U32 => "UINTEGER",
        Dtype::U64 => "UBIGINT",
        Dtype::F32 => "FLOAT",
        Dtype::F64 => "DOUBLE",
        Dtype::Bytes => "BLOB",
        Dtype::Timestamp => "TIMESTAMPTZ",
        Dtype::Date => "DATE",
        Dtype::Uuid => "UUID",
        Dtype::Decimal { precision, scale } => {
            return Cow::Owned(format!("DECIMAL({precision}, {scale})"));
        }
        Dtype::List { item, .. } => return Cow::Owned(format!("{}[]", sql_type(*item))),
        Dtype::Array(_) => "FLOAT[]",
        _ => "VARCHAR",
    })
}

/// `expression`, of a type that `dtype` accepts, as a value of `dtype`.
pub(crate) fn cast(expression: &str, from: &SourceDtype, dtype: Dtype) -> String {
    let to = sql_type(dtype);
    match (dtype, from) {
        (Dtype::Timestamp, SourceDtype::Timestamp { zoned: true, .. }) => expression.to_owned(),
        // By way of a naive timestamp: from there it is the same instant with and without ICU.
        (Dtype::Timestamp, _) => format!("CAST(CAST({expression} AS TIMESTAMP) AS {to})"),
        (
            Dtype::List {
                item: Dtype::Timestamp,
                ..
            },
            SourceDtype::List(item),
        ) if !matches!(item, SourceDtype::Timestamp { zoned: true, .. }) => {
            format!("CAST(CAST({expression} AS TIMESTAMP[]) AS {to})")
        }
        _ => format!("CAST({expression} AS {to})"),
    }
}

/// Whether a time column is finer than microseconds.
pub(crate) fn is_nanos(dtype: &SourceDtype) -> bool {
    matches!(
        dtype,
        SourceDtype::Timestamp {
            unit: TimeUnit::Nanos,
            ..
        }
    )
}

/// A time column as a number since 1970: of microseconds (`BIGINT`), rounded down, or of
/// nanoseconds (`HUGEINT`, since 64 bits of them end in 2262). Null where it is infinite.
pub(crate) fn time(column: &str, dtype: &SourceDtype, nanos: bool) -> String {
    match (nanos, is_nanos(dtype)) {
        (false, false) => format!("epoch_us({column})"),
        // Before 1970 `epoch_us` rounds nanoseconds up.
        (false, true) => format!(
            "(epoch_us({column}) - CASE WHEN epoch_ns({column}) % 1000 < 0 THEN 1 ELSE 0 END)"
        ),
        (true, true) => format!("CAST(epoch_ns({column}) AS HUGEINT)"),
        (true, false) => format!("CAST(epoch_us({column}) AS HUGEINT) * 1000"),
    }
}

/// Nanoseconds as microseconds, rounded down also before 1970.
pub(crate) fn nanos_to_micros(expression: &str) -> String {
    format!("CAST(({expression} - ({expression} % 1000 + 1000) % 1000) // 1000 AS BIGINT)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_with_others_in_it_is_told_apart() {
        for (name, text) in [
            ("DECIMAL(18,2)", "decimal(18, 2)"),
            ("UUID", "uuid"),
            ("BIGINT[]", "list(i64)"),
            ("FLOAT[384]", "list(f32)"),
            ("DECIMAL(4,1)[]", "list(decimal(4, 1))"),
            ("TIMESTAMP WITH TIME ZONE[]", "list(timestamp(us, utc))"),
            ("VARCHAR[][]", "list(list(string))"),
            ("ENUM('a', 'b[]')", "string"),
            ("ENUM('a', 'b')[]", "list(string)"),
            ("STRUCT(a BIGINT[])", "struct(a bigint[])"),
            ("HUGEINT", "hugeint"),
        ] {
            assert_eq!(source_dtype(name).to_string(), text, "{name}");
        }
    }
}
