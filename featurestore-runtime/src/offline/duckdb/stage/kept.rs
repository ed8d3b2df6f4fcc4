//! Whether a spine's own columns come back as they were. What `DuckDB` would read or write as other
//! values is refused by name.

use std::fs::File;
use std::path::Path;

use featurestore_schema::{FileFormat, SourceDtype};
use parquet::basic::{ConvertedType, LogicalType};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::schema::types::Type;

use crate::offline::OfflineError;
use crate::offline::duckdb::source::finer::is_rounded;
use crate::offline::duckdb::source::relation::Relation;

/// The digits of `DuckDB`'s decimals; of more it makes doubles.
const DIGITS: i32 = 38;

/// Types that a Parquet file has no place for, or not for all of their values.
const NOT_IN_FILES: [&str; 8] = [
    "hugeint", "uhugeint", "interval", "bit", "bignum", "union", "variant", "geometry",
];

impl Relation {
    /// All columns come back as they were.
    ///
    /// # Errors
    ///
    /// A column that does not, named with its type.
    pub(crate) fn check_kept(&self) -> Result<(), OfflineError> {
        let unreadable = |error: ParquetError| {
            OfflineError::unreadable(self.what.clone(), self.text.clone(), error)
        };
        let parquet = self.files.as_ref();
        let parquet = parquet.filter(|files| files.format() == FileFormat::Parquet);
        for file in parquet.iter().flat_map(|files| files.paths()) {
            for column in schema(file).map_err(unreadable)?.get_fields() {
                if let Some(changed) = changed(column) {
                    return Err(self.refused(column.name(), &changed));
                }
                if is_rounded(column) {
                    self.check_finest(column.name())?;
                }
            }
        }
        for column in &self.columns {
            if self.queried.is_some() {
                self.check_exact(&column.name)?;
            }
            if let Some(lost) = lost(&column.dtype, parquet.is_some()) {
                let what = format!("{}, and a Parquet file has no {lost}", column.dtype);
                return Err(self.refused(&column.name, &what));
            }
        }
        Ok(())
    }

    fn refused(&self, column: &str, what: &str) -> OfflineError {
        let reason = format!(
            "column `{column}` is {what}, so it would not come back as it is; cast it where the spine is made, or leave it out"
        );
        OfflineError::refused(self.what.clone(), self.text.clone(), reason)
    }
}

fn schema(file: &Path) -> Result<std::sync::Arc<Type>, ParquetError> {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&File::open(file)?)?;
    Ok(metadata.file_metadata().schema_descr().root_schema_ptr())
}

/// What a column is, or has in it, that is read or written as something else.
fn changed(field: &Type) -> Option<String> {
    let info = field.get_basic_info();
    if let Some(
        kind @ (LogicalType::Variant { .. }
        | LogicalType::Geometry { .. }
        | LogicalType::Geography { .. }
        | LogicalType::_Unknown { .. }),
    ) = info.logical_type_ref()
    {
        return Some(format!("{kind:?}").to_lowercase());
    }
    if field.is_primitive() {
        let decimal = matches!(info.logical_type_ref(), Some(LogicalType::Decimal { .. }))
            || info.converted_type() == ConvertedType::DECIMAL;
        let (precision, scale) = (field.get_precision(), field.get_scale());
        return (decimal && precision > DIGITS).then(|| {
            format!("decimal({precision}, {scale}), and DuckDB has decimals of {DIGITS} digits")
        });
    }
    let fields = field.get_fields();
    for (index, one) in fields.iter().enumerate() {
        let mut others = fields[..index].iter();
        let same = others.find(|other| other.name().eq_ignore_ascii_case(one.name()));
        if let Some(other) = same {
            return Some(format!(
                "a struct with fields `{}` and `{}`, which DuckDB takes for one name",
                other.name(),
                one.name()
            ));
        }
    }
    fields.iter().find_map(|field| changed(field))
}

/// The first type in another one that a Parquet file has no place for.
fn lost(dtype: &SourceDtype, from_parquet: bool) -> Option<&'static str> {
    let text = match dtype {
        SourceDtype::List(item) => return lost(item, from_parquet),
        SourceDtype::Other(text) => text,
        _ => return None,
    };
    // An interval that is from Parquet has the milliseconds that fit there.
    let mut lost = NOT_IN_FILES.iter();
    lost.find(|name| !(from_parquet && **name == "interval") && has_type(text, name))
        .copied()
}

/// Whether a type's text, as `DESCRIBE` has it, names another one, which no name of a struct's field
/// is taken for.
fn has_type(text: &str, wanted: &str) -> bool {
    let mut rest = text;
    // Of each bracket that is open, whether names stand before the types in it.
    let mut named = Vec::new();
    let mut is_name = false;
    let mut word = "";
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => {
                is_name = false;
                quoted(rest, first)
            }
            _ if first.is_alphanumeric() || first == '_' => {
                let end = rest.find(|other: char| !(other.is_alphanumeric() || other == '_'));
                word = &rest[..end.unwrap_or(rest.len())];
                if !is_name && word == wanted {
                    return true;
                }
                is_name = false;
                word.len()
            }
            _ => {
                match first {
                    '(' => {
                        is_name = matches!(word, "struct" | "union");
                        named.push(is_name);
                    }
                    ')' => drop(named.pop()),
                    ',' => is_name = named.last() == Some(&true),
                    _ => {}
                }
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    false
}

/// The length of a quoted part, in which the quote is written twice.
fn quoted(text: &str, quote: char) -> usize {
    let mut from = 1;
    while let Some(end) = text[from..].find(quote) {
        from += end + 1;
        if !text[from..].starts_with(quote) {
            return from;
        }
        from += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::offline::duckdb::source::columns::source_dtype;

    #[test]
    fn what_a_file_has_no_place_for_is_found_wherever_it_is() {
        for (name, expected) in [
            ("HUGEINT", Some("hugeint")),
            ("HUGEINT[][]", Some("hugeint")),
            ("STRUCT(a INTEGER, b UHUGEINT)", Some("uhugeint")),
            ("STRUCT(bit INTEGER, \"interval\" VARCHAR)", None),
            ("STRUCT(\"a\"\", (bit\" INTEGER, b BIT)", Some("bit")),
            ("MAP(VARCHAR, STRUCT(x INTERVAL)[])[3]", Some("interval")),
            ("UNION(a INTEGER, b VARCHAR)", Some("union")),
            (
                "STRUCT(a ENUM('bit', 'it''s, bit'), union DECIMAL(4,1))",
                None,
            ),
            ("BIGINT", None),
        ] {
            assert_eq!(lost(&source_dtype(name), false), expected, "{name}");
        }
        assert_eq!(lost(&source_dtype("INTERVAL"), true), None);
    }
}
