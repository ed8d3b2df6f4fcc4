//! Values of text formats, read as what is declared. What a CSV file has is text, and `DuckDB` takes a
//! type from the first rows: of `1` and `1.5` another one than of `1`, of `01/02/2026` the first of
//! February or the second of January. JSON has numbers and texts, but no integers and no times.

use featurestore_schema::{Dtype, FileFormat};

use crate::offline::duckdb::session::sql::quote;
use crate::offline::duckdb::source::columns::sql_type;

/// Days and times as they are read: ISO 8601, and what `DuckDB` writes for an infinite one. Digits
/// behind the sixth of a second, which it would leave out, are zeros.
const DAY: &str = "[0-9]{4,6}-[0-9]{2}-[0-9]{2}";
const TIME: &str =
    "-?infinity|[0-9]{4,6}-[0-9]{2}-[0-9]{2}([ T][^.,]*([.,][0-9]{0,6}0*([^0-9].*)?)?)?";

/// How the values of a column of text are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextColumn {
    pub(crate) name: String,
    /// The value.
    pub(crate) value: String,
    /// Whether it is one, or null.
    pub(crate) is_valid: String,
}

impl TextColumn {
    /// The values of a column as those of `dtype`, where the column is a CSV file's text or a JSON
    /// value; nothing where such a one can't be.
    pub(crate) fn of(format: FileFormat, name: &str, dtype: Dtype) -> Option<Self> {
        let column = quote(name);
        let is_json = format == FileFormat::Json;
        let raw = if is_json {
            format!("CAST({column} AS VARCHAR)")
        } else {
            column.clone()
        };
        let (text, is_text) = if is_json {
            (
                format!("json_extract_string({column}, '$')"),
                format!("starts_with({raw}, '\"')"),
            )
        } else {
            (column, "true".to_owned())
        };
        let is_like = |text: &str, pattern: &str| format!("regexp_full_match({text}, '{pattern}')");
        let (value, is_written) = match dtype {
            Dtype::I8
            | Dtype::I16
            | Dtype::I32
            | Dtype::I64
            | Dtype::U8
            | Dtype::U16
            | Dtype::U32
            | Dtype::U64 => (&raw, is_like(&raw, "[+-]?[0-9]+")),
            Dtype::F32 | Dtype::F64 if is_json => (&raw, is_like(&raw, "[-0-9].*")),
            Dtype::F32 | Dtype::F64 => (&raw, is_text),
            Dtype::Decimal { scale, .. } => {
                let digits = format!("[+-]?[0-9]*([.][0-9]{{0,{scale}}}0*)?");
                (&raw, is_like(&raw, &digits))
            }
            Dtype::Bool => (&raw, is_like(&raw, "(?i)true|false")),
            Dtype::Timestamp => (&text, format!("{is_text} AND {}", is_time(&text))),
            Dtype::Date => (&text, format!("{is_text} AND {}", is_like(&text, DAY))),
            Dtype::String | Dtype::Enum(_) | Dtype::Uuid => (&text, is_text),
            Dtype::Json if !is_json => (&raw, is_text),
            _ => return None,
        };
        let sql = sql_type(dtype);
        let is_valid = format!("({is_written} AND TRY_CAST({value} AS {sql}) IS NOT NULL)");
        let named = name.replace('\'', "''");
        let kind = dtype_name(dtype);
        let value = format!(
            "CASE WHEN {raw} IS NULL THEN NULL WHEN {is_valid} THEN TRY_CAST({value} AS {sql}) \
             ELSE CAST(error('column `{named}` has `' || left({raw}, 100) || '`, which is no {kind}') AS {sql}) END"
        );
        Some(Self {
            name: name.to_owned(),
            value,
            is_valid: format!("({raw} IS NULL OR {is_valid})"),
        })
    }

    /// The same where a value that is none was looked for before.
    pub(crate) fn lenient(format: FileFormat, name: &str) -> Self {
        let column = quote(name);
        let value = if format == FileFormat::Json {
            format!("json_extract_string({column}, '$')")
        } else {
            column
        };
        Self {
            name: name.to_owned(),
            value,
            is_valid: "true".to_owned(),
        }
    }
}

/// Whether a text is written as a time.
pub(crate) fn is_time(text: &str) -> String {
    format!("regexp_full_match({text}, '{TIME}')")
}

/// A dtype in messages; of a day and a time also how they are written.
fn dtype_name(dtype: Dtype) -> String {
    match dtype {
        Dtype::Date => "date as 2026-05-01 is one".to_owned(),
        Dtype::Timestamp => {
            "timestamp as 2026-05-01 12:00:00 and 2026-05-01T12:00:00.5+02:00 are, with six digits of a second at most".to_owned()
        }
        dtype => dtype.to_string().replace('\'', "''"),
    }
}
