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

/// Whether a type of a footer is, or is a list of, decimals of more than 38 digits, of which `DuckDB`
/// makes doubles that are other numbers.
pub(crate) fn is_wide_decimal(dtype: &SourceDtype) -> bool {
    match dtype {
        SourceDtype::List(item) => is_wide_decimal(item),
        SourceDtype::Other(text) => text.starts_with("decimal("),
        _ => false,
    }
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
        // Nanoseconds are rounded down, as event times are; a cast would go towards 1970.
        (Dtype::Timestamp, from) if is_nanos(from) => {
            format!("CAST({} AS {to})", nanos_to_timestamp(expression))
        }
        (
            Dtype::List {
                item: Dtype::Timestamp,
                ..
            },
            SourceDtype::List(item),
        ) if is_nanos(item) => format!(
            "CAST(list_transform({expression}, lambda nanos: {}) AS {to})",
            nanos_to_timestamp("nanos")
        ),
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

/// The same of a column, or of what is in a list.
pub(crate) fn has_nanos(dtype: &SourceDtype) -> bool {
    match dtype {
        SourceDtype::List(item) => has_nanos(item),
        dtype => is_nanos(dtype),
    }
}

/// A join key's column as a value of its dtype. No comparison of bytes gets into a scan: `DuckDB`
/// would look for how it prints them in a bloom filter, and find nothing (duckdb/duckdb#24994).
pub(crate) fn key_value(column: &str, from: &SourceDtype, dtype: Dtype) -> String {
    let value = cast(column, from, dtype);
    match dtype {
        Dtype::Bytes => format!("({value} || CAST('' AS BLOB))"),
        _ => value,
    }
}

/// The least 64-bit number: what `NumPy` has for a time that is none.
const NO_NANOS: &str = "(-9223372036854775807 - 1)";

/// A time column as a number since 1970: of microseconds (`BIGINT`), rounded down, or of
/// nanoseconds (`HUGEINT`, since 64 bits of them end in 2262). Null where it is infinite, or in no
/// 64 bits.
pub(crate) fn time(column: &str, dtype: &SourceDtype, nanos: bool) -> String {
    match (nanos, is_nanos(dtype)) {
        (false, false) => epoch_us(column, dtype),
        (false, true) => format!(
            "(CASE WHEN epoch_ns({column}) <> {NO_NANOS} THEN {} END)",
            nanos_floor(column)
        ),
        (true, true) => format!("CAST(nullif(epoch_ns({column}), {NO_NANOS}) AS HUGEINT)"),
        (true, false) => format!("CAST({} AS HUGEINT) * 1000", epoch_us(column, dtype)),
    }
}

fn epoch_us(column: &str, dtype: &SourceDtype) -> String {
    match dtype {
        SourceDtype::Timestamp {
            unit: TimeUnit::Micros,
            ..
        } => format!("epoch_us({column})"),
        // A day, second or millisecond may be in no 64 bits of microseconds.
        _ => format!("epoch_us(TRY_CAST({column} AS TIMESTAMP))"),
    }
}

/// A naive timestamp of nanoseconds as one of microseconds; infinite ones stay so.
fn nanos_to_timestamp(column: &str) -> String {
    format!(
        "CASE WHEN isfinite({column}) THEN make_timestamp({}) ELSE CAST({column} AS TIMESTAMP) END",
        nanos_floor(column)
    )
}

/// Before 1970 `epoch_us` rounds nanoseconds up.
fn nanos_floor(column: &str) -> String {
    format!("(epoch_us({column}) - CASE WHEN epoch_ns({column}) % 1000 < 0 THEN 1 ELSE 0 END)")
}

/// The same number, of which `DuckDB` knows nothing by the statistics of files: these leave out
/// what a writer took for no value, and a condition that they prove would not be asked of it.
pub(crate) fn unproven(number: &str) -> String {
    format!("xor({number}, 0)")
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
