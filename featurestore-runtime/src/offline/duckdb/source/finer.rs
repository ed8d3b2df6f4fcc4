//! Timestamps that `DuckDB` rounds to microseconds: whether they have nanoseconds that it loses, or
//! rounds towards 1970.
//!
//! Those are INT96, which is the nanoseconds of the day in 64 bits and the Julian day in 32, as
//! Impala introduced it and Spark wrote it for long, and `TIMESTAMP(NANOS, true)`, nanoseconds
//! with a zone in 64 bits. See both in the Parquet format's description of logical types.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use parquet::basic::{LogicalType, TimeUnit, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{DataType, Int96};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::Type;

/// How many values are in memory at once.
const CHUNK: usize = 65_536;

/// Which times are looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lossy {
    /// All that are finer than a microsecond.
    Finer,
    /// Those of them that would not be rounded down: zoned ones before 1970. INT96 counts from
    /// midnight, so it is always rounded down.
    RoundedUp,
}

/// A file whose times can't be looked at.
#[derive(Debug, thiserror::Error)]
#[error("`{column}` of {file}: {source}")]
pub(crate) struct FinerError {
    column: String,
    file: String,
    source: ParquetError,
}

/// A file of which it can't be told what columns it has.
#[derive(Debug, thiserror::Error)]
#[error("the columns of {file}: {source}")]
pub(crate) struct FooterError {
    file: String,
    source: ParquetError,
}

/// Whether a column is, or has in it, times of nanoseconds that `DuckDB` reads as microseconds.
pub(crate) fn is_rounded(field: &Type) -> bool {
    if !field.is_primitive() {
        return field.get_fields().iter().any(|field| is_rounded(field));
    }
    let zoned_nanos = matches!(
        field.get_basic_info().logical_type_ref(),
        Some(LogicalType::Timestamp {
            is_adjusted_to_u_t_c: true,
            unit: TimeUnit::NANOS,
        })
    );
    zoned_nanos || field.get_physical_type() == Physical::INT96
}

/// The columns of Parquet files that are or have such times, each once; other files have none.
pub(crate) fn columns(files: &[PathBuf]) -> Result<Vec<String>, FooterError> {
    let mut names: Vec<String> = Vec::new();
    for file in files {
        let own = columns_of(file).map_err(|source| FooterError {
            file: file.display().to_string(),
            source,
        })?;
        names.extend(own);
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn columns_of(path: &Path) -> Result<Vec<String>, ParquetError> {
    let (mut file, mut magic) = (File::open(path)?, [0; 4]);
    if file.read_exact(&mut magic).is_err() || magic != *b"PAR1" {
        return Ok(Vec::new());
    }
    let reader = SerializedFileReader::new(file)?;
    let schema = reader.metadata().file_metadata().schema();
    let columns = schema.get_fields().iter();
    let rounded = columns.filter(|column| is_rounded(column));
    Ok(rounded.map(|column| column.name().to_owned()).collect())
}

/// The first such time of a column: its file and its row, from 1.
pub(crate) fn first<'a>(
    files: &'a [PathBuf],
    column: &str,
    lossy: Lossy,
) -> Result<Option<(&'a PathBuf, u64)>, FinerError> {
    for file in files {
        let row = in_file(file, column, lossy).map_err(|source| FinerError {
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

fn in_file(path: &Path, column: &str, lossy: Lossy) -> Result<Option<u64>, ParquetError> {
    let reader = SerializedFileReader::new(File::open(path)?)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let columns = schema.columns().iter().enumerate();
    let leaves = columns.filter(|(_, leaf)| {
        let name = leaf.path().parts().first();
        name.is_some_and(|name| name == column) && is_rounded(leaf.self_type())
    });
    let mut first: Option<u64> = None;
    for (column, leaf) in leaves {
        let levels = (leaf.max_def_level(), leaf.max_rep_level());
        if let Some(row) = in_leaf(&reader, column, levels, lossy)? {
            first = Some(first.map_or(row, |first| first.min(row)));
        }
    }
    Ok(first)
}

/// The first row, from 1, in which a column of the file has a finer time; its levels are the most of
/// definition and of repetition.
fn in_leaf(
    reader: &SerializedFileReader<File>,
    column: usize,
    levels: (i16, i16),
    lossy: Lossy,
) -> Result<Option<u64>, ParquetError> {
    let mut before = 0;
    for group in 0..reader.num_row_groups() {
        let rows = reader.get_row_group(group)?;
        let row = match (rows.get_column_reader(column)?, lossy) {
            (ColumnReader::Int96ColumnReader(mut values), Lossy::Finer) => {
                in_group(&mut values, levels, |time: &Int96| match time.data() {
                    [low, high, _] => (u64::from(*high) << 32 | u64::from(*low)) % 1000 != 0,
                    _ => false,
                })?
            }
            (ColumnReader::Int64ColumnReader(mut values), Lossy::Finer) => {
                in_group(&mut values, levels, |time: &i64| time % 1000 != 0)?
            }
            (ColumnReader::Int64ColumnReader(mut values), Lossy::RoundedUp) => {
                in_group(&mut values, levels, |time: &i64| time % 1000 < 0)?
            }
            _ => None,
        };
        if let Some(row) = row {
            return Ok(Some(before + row + 1));
        }
        let rows = u64::try_from(rows.metadata().num_rows());
        before += rows.map_err(|error| ParquetError::External(error.into()))?;
    }
    Ok(None)
}

/// The place of the first row with a finer time among a row group's.
fn in_group<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    (most, repeated): (i16, i16),
    is_finer: impl Fn(&T::T) -> bool,
) -> Result<Option<u64>, ParquetError> {
    let mut before = 0;
    loop {
        let mut values = Vec::<T::T>::with_capacity(CHUNK);
        let (mut definitions, mut repetitions) = (Vec::new(), Vec::new());
        let (records, ..) = reader.read_records(
            CHUNK,
            (most > 0).then_some(&mut definitions),
            (repeated > 0).then_some(&mut repetitions),
            &mut values,
        )?;
        if records == 0 {
            return Ok(None);
        }
        if let Some(index) = values.iter().position(&is_finer) {
            let mut present = definitions
                .iter()
                .enumerate()
                .filter(|(_, level)| **level == most);
            let slot = present.nth(index).map_or(index, |(slot, _)| slot);
            // A row begins where nothing is repeated.
            let row = match repetitions.get(..=slot) {
                Some(levels) => levels
                    .iter()
                    .filter(|level| **level == 0)
                    .count()
                    .saturating_sub(1),
                None => slot,
            };
            return Ok(Some(before + row as u64));
        }
        before += records as u64;
    }
}
