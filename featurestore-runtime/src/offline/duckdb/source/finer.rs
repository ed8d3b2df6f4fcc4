//! Timestamps that `DuckDB` rounds to microseconds: whether they have nanoseconds that it loses.
//!
//! Those are INT96, which is the nanoseconds of the day in 64 bits and the Julian day in 32, as
//! Impala introduced it and Spark wrote it for long, and `TIMESTAMP(NANOS, true)`, nanoseconds
//! with a zone in 64 bits. See both in the Parquet format's description of logical types.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{DataType, Int96};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};

/// How many values are in memory at once.
const CHUNK: usize = 65_536;

/// A file whose times can't be looked at.
#[derive(Debug, thiserror::Error)]
#[error("`{column}` of {file}: {source}")]
pub(crate) struct FinerError {
    column: String,
    file: String,
    source: ParquetError,
}

/// The first time of a column that is finer than a microsecond: its file and its row, from 1.
pub(crate) fn first_finer<'a>(
    files: &'a [PathBuf],
    column: &str,
) -> Result<Option<(&'a PathBuf, u64)>, FinerError> {
    for file in files {
        let row = in_file(file, column).map_err(|source| FinerError {
            column: column.to_owned(),
            file: file.display().to_string(),
            source,
        })?;
        if let Some(row) = row {
            return Ok(Some((file, row)));
        }
    }
    Ok(None)
}

fn in_file(path: &Path, column: &str) -> Result<Option<u64>, ParquetError> {
    let reader = SerializedFileReader::new(File::open(path)?)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let mut columns = schema.columns().iter();
    let Some(place) = columns.position(|known| known.path().parts() == [column]) else {
        return Ok(None);
    };
    let nullable = schema.column(place).max_def_level() > 0;
    let mut before = 0;
    for group in 0..reader.num_row_groups() {
        let rows = reader.get_row_group(group)?;
        let row = match rows.get_column_reader(place)? {
            ColumnReader::Int96ColumnReader(mut values) => {
                in_group(&mut values, nullable, |time: &Int96| match time.data() {
                    [low, high, _] => (u64::from(*high) << 32 | u64::from(*low)) % 1000 != 0,
                    _ => false,
                })?
            }
            ColumnReader::Int64ColumnReader(mut values) => {
                in_group(&mut values, nullable, |time: &i64| time % 1000 != 0)?
            }
            _ => None,
        };
        if let Some(row) = row {
            return Ok(Some(before + row + 1));
        }
        before += u64::try_from(rows.metadata().num_rows()).unwrap_or_default();
    }
    Ok(None)
}

/// The place of the first finer time among a row group's rows.
fn in_group<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    nullable: bool,
    is_finer: impl Fn(&T::T) -> bool,
) -> Result<Option<u64>, ParquetError> {
    let mut before = 0;
    loop {
        let (mut values, mut levels) = (Vec::<T::T>::with_capacity(CHUNK), Vec::new());
        let levels_of = nullable.then_some(&mut levels);
        let (records, ..) = reader.read_records(CHUNK, levels_of, None, &mut values)?;
        if records == 0 {
            return Ok(None);
        }
        if let Some(index) = values.iter().position(&is_finer) {
            let mut present = levels.iter().enumerate().filter(|(_, level)| **level > 0);
            let row = present.nth(index).map_or(index, |(row, _)| row);
            return Ok(Some(before + row as u64));
        }
        before += records as u64;
    }
}
