//! The columns of all the files of a source.

use std::path::{Path, PathBuf};

use super::{FooterError, read_footer};
use crate::files::SourceFiles;
use crate::lock::{SourceColumn, SourceRecord};
use crate::source_path::{FileFormat, SourcePath};

/// The columns of a source of Parquet files: of its files, and of the `key=value` folders in their
/// paths. Nothing where no Parquet file is there.
///
/// # Errors
///
/// Files that can't be told, a footer that can't be read, or two files that differ.
pub fn read_source(source: &SourcePath) -> Result<Option<SourceRecord>, FooterError> {
    read_files(&SourceFiles::list(source, None)?)
}

/// The same of files that are known.
///
/// # Errors
///
/// A footer that can't be read, or two files that differ.
pub fn read_files(files: &SourceFiles) -> Result<Option<SourceRecord>, FooterError> {
    if files.format() != FileFormat::Parquet {
        return Ok(None);
    }
    let mut first: Option<(&PathBuf, SourceRecord)> = None;
    for file in files.paths() {
        let record = read_footer(file)?;
        match &mut first {
            Some((other, known)) => {
                agree(other, known, file, &record)?;
                known.twice.extend(record.twice);
            }
            None => first = Some((file, record)),
        }
    }
    let Some((_, mut record)) = first else {
        return Ok(None);
    };
    for key in files.keys(record.columns.keys().map(String::as_str))? {
        let nullable = key.is_nullable();
        let column = SourceColumn {
            dtype: key.dtype,
            nullable,
        };
        record.columns.insert(key.name, column);
    }
    Ok(Some(record))
}

fn agree(
    first: &Path,
    known: &SourceRecord,
    second: &Path,
    record: &SourceRecord,
) -> Result<(), FooterError> {
    let text = |record: &SourceRecord, column: &str| {
        record
            .columns
            .get(column)
            .map_or_else(|| "absent".to_owned(), |found| found.dtype.to_string())
    };
    let columns = known.columns.keys().chain(record.columns.keys());
    for column in columns {
        let (first_dtype, second_dtype) = (text(known, column), text(record, column));
        if first_dtype != second_dtype {
            return Err(FooterError::Disagree {
                first: first.to_owned(),
                second: second.to_owned(),
                column: column.clone(),
                first_dtype,
                second_dtype,
            });
        }
    }
    Ok(())
}
