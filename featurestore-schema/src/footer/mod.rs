//! The schemas of local Parquet files, from their footers alone.
//!
//! A footer lists every row group, but its schema stands first. So only the first part of it is
//! read, and a file of any size costs the same.

mod files;
mod types;

pub use files::{read_files, read_source};

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use parquet::file::metadata::{FooterTail, ParquetMetaDataReader};

use crate::files::FilesError;
use crate::lock::{SourceColumn, SourceRecord};

/// A source whose schema can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FooterError {
    /// The file can't be opened or read.
    #[error("{} can't be read; it must be a file that this user may open ({error})", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        error: io::Error,
    },
    /// The file is no Parquet file.
    #[error("{} is not a Parquet file, or not a whole one; write it again, or give a file of another format its extension ({reason})", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file's schema is encrypted.
    #[error("{} has an encrypted footer; write it with a plaintext footer, or name the source as `sql = \"..\"` and record it with `lock`", path.display())]
    Encrypted {
        /// The file.
        path: PathBuf,
    },
    /// Two files of one source differ.
    #[error("{} and {} are one source and have different columns: `{column}` is {first_dtype} in the first and {second_dtype} in the second", first.display(), second.display())]
    Disagree {
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// The column.
        column: String,
        /// Its type in the first file.
        first_dtype: String,
        /// Its type in the second file.
        second_dtype: String,
    },
    /// The source's files can't be told.
    #[error(transparent)]
    Files(#[from] FilesError),
}

/// How much of a footer is read at first; the schema of some hundred columns fits.
const FIRST_READ: usize = 64 * 1024;
/// What ends a Parquet file: the footer's length and four letters.
const TAIL: usize = 8;

/// The columns of one Parquet file.
///
/// # Errors
///
/// A file that can't be read, is no whole Parquet file, or has an encrypted footer.
pub fn read_footer(path: &Path) -> Result<SourceRecord, FooterError> {
    let io = |error| FooterError::Io {
        path: path.to_owned(),
        error,
    };
    let format = |reason: String| FooterError::Format {
        path: path.to_owned(),
        reason,
    };
    let mut file = File::open(path).map_err(io)?;
    let length = file.seek(SeekFrom::End(0)).map_err(io)?;
    if length < (TAIL + 4) as u64 {
        return Err(format(format!("it has {length} bytes")));
    }
    let mut tail = [0; TAIL];
    file.seek(SeekFrom::Start(length - TAIL as u64))
        .map_err(io)?;
    file.read_exact(&mut tail).map_err(io)?;
    // Told apart here, so that what is most often wrong is said in words of our own.
    if !tail.ends_with(b"PAR1") && !tail.ends_with(b"PARE") {
        return Err(format("it does not end in PAR1".to_owned()));
    }
    let tail = FooterTail::try_new(&tail).map_err(|error| format(error.to_string()))?;
    if tail.is_encrypted_footer() {
        return Err(FooterError::Encrypted {
            path: path.to_owned(),
        });
    }
    let footer = tail.metadata_length();
    let start = length
        .checked_sub((TAIL + footer) as u64)
        .ok_or_else(|| format("its footer is longer than the file".to_owned()))?;
    let mut wanted = footer.min(FIRST_READ);
    loop {
        let mut bytes = vec![0; wanted];
        file.seek(SeekFrom::Start(start)).map_err(io)?;
        file.read_exact(&mut bytes).map_err(io)?;
        match ParquetMetaDataReader::decode_schema(&bytes) {
            Ok(schema) => return Ok(record(&schema)),
            Err(error) if wanted == footer => return Err(format(error.to_string())),
            Err(_) => wanted = footer.min(wanted.saturating_mul(8)),
        }
    }
}

fn record(schema: &parquet::schema::types::SchemaDescriptor) -> SourceRecord {
    let mut record = SourceRecord::default();
    for field in schema.root_schema().get_fields() {
        let column = SourceColumn {
            dtype: types::source_dtype(field),
            nullable: field.is_optional(),
        };
        let name = field.name();
        if record.columns.insert(name.to_owned(), column).is_some() {
            record.twice.insert(name.to_owned());
        }
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourcePath;
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use std::fs;
    use std::sync::Arc;

    fn write(path: &Path, fields: &str) {
        let schema = parse_message_type(&format!("message m {{ {fields} }}")).unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = File::create(path).unwrap();
        let properties = Arc::new(WriterProperties::new());
        SerializedFileWriter::new(file, Arc::new(schema), properties)
            .unwrap()
            .close()
            .unwrap();
    }

    fn texts(record: &SourceRecord) -> Vec<String> {
        let text = |(name, column): (&String, &SourceColumn)| {
            format!(
                "{name} {}{}",
                column.dtype,
                if column.nullable { "?" } else { "" }
            )
        };
        record.columns.iter().map(text).collect()
    }

    #[test]
    fn every_type_of_a_footer_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        write(
            &path,
            "required boolean a; optional int32 b (INT_8); optional int32 c; optional int64 d;
             optional int32 e (UINT_16); optional int64 f (INTEGER(64,false)); optional float g;
             optional double h; optional binary i (STRING); optional binary j; optional int32 k (DATE);
             optional int64 l (TIMESTAMP(MICROS,true)); optional int64 m (TIMESTAMP(NANOS,false));
             optional int96 n; optional int64 o (TIMESTAMP_MILLIS); optional int32 p (DECIMAL(9,2));
             optional group q (LIST) { repeated group list { optional int32 element; } }
            optional group qa (LIST) { repeated int32 element; }
            optional group qb (LIST) { repeated group array { optional int32 element; } }
            optional group qc (LIST) { repeated group bag { optional binary array_element (DECIMAL(18, 2)); } }
            optional fixed_len_byte_array(16) t (UUID);
             optional binary r (ENUM); optional binary s (JSON);",
        );
        assert_eq!(
            texts(&read_footer(&path).unwrap()),
            [
                "a bool",
                "b i8?",
                "c i32?",
                "d i64?",
                "e u16?",
                "f u64?",
                "g f32?",
                "h f64?",
                "i string?",
                "j bytes?",
                "k date?",
                "l timestamp(us, utc)?",
                "m timestamp(ns)?",
                "n timestamp(ns)?",
                "o timestamp(ms, utc)?",
                "p decimal(9, 2)?",
                "q list(i32)?",
                "qa list(i32)?",
                "qb list(struct(element i32))?",
                "qc list(decimal(18, 2))?",
                "r string?",
                "s string?",
                "t uuid?",
            ]
        );
    }

    #[test]
    fn a_schema_longer_than_the_first_read_is_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wide.parquet");
        let fields: String = (0..8000)
            .map(|index| format!("optional int64 a_long_column_name_{index}; "))
            .collect();
        write(&path, &fields);
        assert!(fs::metadata(&path).unwrap().len() > FIRST_READ as u64);
        assert_eq!(read_footer(&path).unwrap().columns.len(), 8000);
    }

    #[test]
    fn what_is_no_parquet_file_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        for (bytes, reason) in [
            (&b"short"[..], "it has 5 bytes)"),
            (b"this is text, not Parquet", "it does not end in PAR1)"),
            (
                b"PAR1\xff\xff\xff\x7fPAR1",
                "its footer is longer than the file)",
            ),
            (b"PAR1junk\x04\x00\x00\x00PAR1", ""),
        ] {
            fs::write(&path, bytes).unwrap();
            let message = read_footer(&path).unwrap_err().to_string();
            let ours = format!(
                "{} is not a Parquet file, or not a whole one; write it again, or give a file of another format its extension ({reason}",
                path.display()
            );
            assert!(
                message.starts_with(&ours) && message.ends_with(')'),
                "{message}"
            );
        }
        fs::write(&path, b"PAR1junk\x04\x00\x00\x00PARE").unwrap();
        let message = read_footer(&path).unwrap_err().to_string();
        assert!(
            message.contains("a.parquet has an encrypted footer; "),
            "{message}"
        );
        let gone = folder.path().join("gone.parquet");
        let message = read_footer(&gone).unwrap_err().to_string();
        let ours = format!(
            "{} can't be read; it must be a file that this user may open (",
            gone.display()
        );
        assert!(message.starts_with(&ours), "{message}");
    }

    #[test]
    fn a_folder_is_all_of_its_files_and_its_partitions() {
        let folder = tempfile::tempdir().unwrap();
        for part in [
            "day=2026-05-01/hour=1/a.parquet",
            "day=2026-05-02/hour=2/b.parquet",
        ] {
            write(
                &folder.path().join("events").join(part),
                "optional int32 n;",
            );
        }
        let expected = ["day date", "hour i64", "n i32?"];
        for declared in ["events", "events/*/*/*.parquet", "events/**/*.parquet"] {
            let record = read_source(&SourcePath::declared(folder.path(), declared));
            let record = record.unwrap().unwrap();
            assert_eq!(texts(&record), expected, "{declared}");
        }
        assert!(
            read_source(&SourcePath::declared(folder.path(), "nothing/*.parquet"))
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn files_that_differ_are_both_named() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("a.parquet"), "optional int32 n;");
        write(&folder.path().join("b.parquet"), "optional double n;");
        let message = read_source(&SourcePath::declared(folder.path(), "*.parquet"))
            .unwrap_err()
            .to_string();
        for text in [
            "a.parquet",
            "b.parquet",
            "`n` is i32 in the first and f64 in the second",
        ] {
            assert!(message.contains(text), "{message}");
        }
    }
}
