//! From a declared path to files: one, those of a glob, those of a folder.

use std::path::{Path, PathBuf};

use super::{FooterError, read_footer};
use crate::location::Location;
use crate::lock::{SourceColumn, SourceRecord};
use crate::source::SourceDtype;

/// The columns of a source of Parquet files: the file, the files that the glob matches, or those
/// anywhere below the folder. Nothing where no Parquet file is there.
///
/// A part `key=value` of the files' paths is a column, as in a Hive-partitioned folder.
///
/// # Errors
///
/// A footer that can't be read, or two files that differ.
pub fn read_source(path: &Path) -> Result<Option<SourceRecord>, FooterError> {
    let files = source_files(path)?;
    let mut first: Option<(&PathBuf, SourceRecord)> = None;
    for file in &files {
        let record = read_footer(file)?;
        match &first {
            Some((other, known)) => agree(other, known, file, &record)?,
            None => first = Some((file, record)),
        }
    }
    Ok(first.map(|(_, mut record)| {
        for (key, values) in partitions(&files, path) {
            let dtype = partition_dtype(&values);
            record.columns.entry(key).or_insert(SourceColumn {
                dtype,
                nullable: false,
            });
        }
        record
    }))
}

/// The Parquet files that a declared path stands for, sorted by path; none where nothing is there,
/// or where it names files of another format.
///
/// # Errors
///
/// A glob that is not one, or a folder that can't be listed.
pub fn source_files(path: &Path) -> Result<Vec<PathBuf>, FooterError> {
    let text = path.to_string_lossy();
    let pattern = if path.is_dir() {
        format!("{}/**/*.parquet", glob::Pattern::escape(&text))
    } else if path.is_file() {
        return Ok(if is_parquet(path) {
            vec![path.to_owned()]
        } else {
            Vec::new()
        });
    } else if Location::of(&text) == Location::Glob {
        text.into_owned()
    } else {
        return Ok(Vec::new());
    };
    let found = glob::glob(&pattern).map_err(|error| FooterError::Pattern {
        pattern: pattern.clone(),
        reason: error.to_string(),
    })?;
    let mut files = Vec::new();
    for file in found {
        let file = file.map_err(|error| FooterError::Io {
            path: error.path().to_owned(),
            error: std::io::Error::new(error.error().kind(), error.to_string()),
        })?;
        if is_parquet(&file) {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn is_parquet(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        ["parquet", "pq", "parq"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
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

/// The keys of the `key=value` parts below the declared path, each with all of its values.
fn partitions(files: &[PathBuf], declared: &Path) -> Vec<(String, Vec<String>)> {
    let fixed: PathBuf = declared
        .components()
        .take_while(|part| {
            !part
                .as_os_str()
                .to_string_lossy()
                .contains(['*', '?', '[', '='])
        })
        .collect();
    let mut keys: Vec<(String, Vec<String>)> = Vec::new();
    for file in files {
        let below = file.strip_prefix(&fixed).unwrap_or(file);
        for part in below.parent().into_iter().flat_map(Path::components) {
            let part = part.as_os_str().to_string_lossy();
            let Some((key, value)) = part.split_once('=') else {
                continue;
            };
            match keys.iter_mut().find(|(known, _)| known == key) {
                Some((_, values)) => values.push(value.to_owned()),
                None => keys.push((key.to_owned(), vec![value.to_owned()])),
            }
        }
    }
    keys
}

/// The type that `DuckDB` gives a partition's column: date or 64-bit integer where all values are.
fn partition_dtype(values: &[String]) -> SourceDtype {
    let is_date = |value: &String| {
        let parts: Vec<&str> = value.split('-').collect();
        let digits = |part: &str, length| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        parts.len() == 3 && digits(parts[0], 4) && digits(parts[1], 2) && digits(parts[2], 2)
    };
    if values.iter().all(is_date) {
        SourceDtype::Date
    } else if values.iter().all(|value| value.parse::<i64>().is_ok()) {
        SourceDtype::I64
    } else {
        SourceDtype::String
    }
}
