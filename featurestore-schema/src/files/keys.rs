//! What the `key=value` folders in the paths of files say.
//!
//! As Hive writes them: key and value are percent-encoded, and a null is `__HIVE_DEFAULT_PARTITION__`.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::FilesError;
use crate::source::SourceDtype;
use crate::source_path::SourcePath;

/// What Hive and Spark write for a null.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// A column that is in the files' paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathKey {
    /// Its name.
    pub name: String,
    /// Its type: a date or a 64-bit integer where all values are one, written as such a value is
    /// written, so that `01` is a text; else text.
    pub dtype: SourceDtype,
    /// Its value in each of the files, null or as it is written.
    pub values: Vec<Option<String>>,
}

impl PathKey {
    /// Whether it is null in any of the files.
    #[must_use]
    pub fn is_nullable(&self) -> bool {
        self.values.iter().any(Option::is_none)
    }
}

pub(super) fn of<'a>(
    source: &SourcePath,
    files: &[PathBuf],
    columns: impl Iterator<Item = &'a str> + Clone,
) -> Result<Vec<PathKey>, FilesError> {
    let mut parts = Vec::with_capacity(files.len());
    for file in files {
        let is_column = |key: &str| columns.clone().any(|name| name.eq_ignore_ascii_case(key));
        parts.push(parts_of(source, file, is_column)?);
    }
    let Some((first, own)) = files.first().zip(parts.first()) else {
        return Ok(Vec::new());
    };
    let mut keys: Vec<PathKey> = own
        .iter()
        .map(|(name, _)| PathKey {
            name: name.clone(),
            dtype: SourceDtype::String,
            values: Vec::with_capacity(files.len()),
        })
        .collect();
    let differ = |first: &PathBuf, second: &PathBuf, key: &str| FilesError::Keys {
        first: first.clone(),
        second: second.clone(),
        key: key.to_owned(),
    };
    for (file, own) in files.iter().zip(parts) {
        let unknown = |(key, _): &&(String, _)| !keys.iter().any(|known| known.name == *key);
        if let Some((key, _)) = own.iter().find(unknown) {
            return Err(differ(file, first, key));
        }
        for key in &mut keys {
            let value = own.iter().find(|(name, _)| *name == key.name);
            let (_, value) = value.ok_or_else(|| differ(first, file, &key.name))?;
            key.values.push(value.clone());
        }
    }
    for key in &mut keys {
        key.dtype = dtype(key.values.iter().flatten());
    }
    Ok(keys)
}

type Part = (String, Option<String>);

fn parts_of(
    source: &SourcePath,
    file: &Path,
    is_column: impl Fn(&str) -> bool,
) -> Result<Vec<Part>, FilesError> {
    let mut parts: Vec<Part> = Vec::new();
    for folder in source.folders(file) {
        let Some((key, value)) = folder.split_once('=') else {
            continue;
        };
        let text = |encoded: &str| {
            decoded(encoded).ok_or_else(|| FilesError::NotUtf8 {
                path: file.to_owned(),
            })
        };
        let key = text(key)?;
        let twice = |(known, _): &Part| known.eq_ignore_ascii_case(&key);
        if key.is_empty() || is_column(&key) {
            continue;
        }
        if parts.iter().any(twice) {
            let file = file.to_owned();
            return Err(FilesError::KeyTwice { file, key });
        }
        let value = (value != NULL).then(|| text(value)).transpose()?;
        parts.push((key, value));
    }
    Ok(parts)
}

/// The text that is percent-encoded, unless it is no UTF-8. A `%` that encodes nothing is one.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).filter(|_| *first == b'%');
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// The type of a key with these values.
fn dtype<'a>(values: impl Iterator<Item = &'a String> + Clone) -> SourceDtype {
    let is_date = |value: &String| {
        let date = NaiveDate::parse_from_str(value, "%Y-%m-%d");
        date.is_ok_and(|date| date.format("%Y-%m-%d").to_string() == **value)
    };
    let is_integer = |value: &String| {
        let number = value.parse::<i64>();
        number.is_ok_and(|number| number.to_string() == **value)
    };
    let mut any = values.clone();
    if any.next().is_none() {
        SourceDtype::String
    } else if values.clone().all(is_date) {
        SourceDtype::Date
    } else if values.clone().all(is_integer) {
        SourceDtype::I64
    } else {
        SourceDtype::String
    }
}
