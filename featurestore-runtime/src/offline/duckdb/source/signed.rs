//! Columns of files whose statistics no comparison may be held against.
//!
//! Old writers have `min` and `max` of texts and bytes by the order of signed bytes, in which `é` comes
//! before `a` (parquet-format, `Statistics`). `DuckDB` takes them for the order of texts, and skips
//! rows that are there.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;

use featurestore_schema::SourceDtype;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaDataReader, RowGroupMetaData};
use parquet::file::statistics::Statistics;

use crate::offline::duckdb::session::sql::quote;

/// The columns of which a file has such statistics alone.
pub(crate) fn columns(files: &[PathBuf]) -> Result<BTreeSet<String>, ParquetError> {
    let mut names = BTreeSet::new();
    for file in files {
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&File::open(file)?)?;
        let groups = metadata.row_groups().iter();
        for column in groups.flat_map(RowGroupMetaData::columns) {
            if column.statistics().is_some_and(is_of_signed_bytes)
                && let Some(name) = column.column_path().parts().first()
                && !names.contains(name)
            {
                names.insert(name.clone());
            }
        }
    }
    Ok(names)
}

fn is_of_signed_bytes(statistics: &Statistics) -> bool {
    matches!(
        statistics,
        Statistics::ByteArray(_) | Statistics::FixedLenByteArray(_)
    ) && statistics.is_min_max_deprecated()
        && (statistics.min_bytes_opt().is_some() || statistics.max_bytes_opt().is_some())
}

/// The same values, of which `DuckDB` knows nothing by statistics; nothing for a type in which it looks
/// for none.
pub(crate) fn value(name: &str, dtype: &SourceDtype) -> Option<String> {
    let column = quote(name);
    Some(match dtype {
        SourceDtype::String => format!("{column} || ''"),
        SourceDtype::Bytes => format!("{column} || CAST('' AS BLOB)"),
        SourceDtype::Uuid => format!("CAST(CAST({column} AS VARCHAR) || '' AS UUID)"),
        SourceDtype::Decimal { precision, scale } => {
            format!("CAST(CAST({column} AS VARCHAR) || '' AS DECIMAL({precision}, {scale}))")
        }
        _ => return None,
    })
}
