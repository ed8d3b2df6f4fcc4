//! What a project keeps by name.

use redb::{ReadableTable as _, StorageError};

use super::super::OnlineError;
use super::super::records::{record_text, records_address};
use super::file::File;
use super::key::Key;
use super::snapshot::{TABLE, Table};

pub(super) fn record(
    file: &File,
    table: Option<&Table>,
    project: &str,
    name: &str,
) -> Result<Option<String>, OnlineError> {
    let Some(table) = table else {
        return Ok(None);
    };
    let stored = table
        .get(record_key(project, name).as_slice())
        .map_err(|error| file.path().storage_failure(error))?;
    stored
        .map(|stored| record_text(&file.path().location(), name, stored.value()))
        .transpose()
}

pub(super) fn swap(
    file: &File,
    project: &str,
    name: &str,
    (old, new): (Option<&str>, Option<&str>),
) -> Result<bool, OnlineError> {
    let key = record_key(project, name);
    file.write(|transaction| {
        let mut table = transaction
            .open_table(TABLE)
            .map_err(|error| file.path().table_failure(error))?;
        let failed = |error: StorageError| file.path().storage_failure(error);
        let stored = table.get(&key[..]).map_err(failed)?;
        let now = stored.map(|stored| stored.value().to_vec());
        let now = now.as_deref();
        if now == new.map(str::as_bytes) {
            return Ok(true);
        }
        if now != old.map(str::as_bytes) {
            return Ok(false);
        }
        match new {
            Some(new) => drop(table.insert(&key[..], new.as_bytes()).map_err(failed)?),
            None => drop(table.remove(&key[..]).map_err(failed)?),
        }
        Ok(true)
    })
}

fn record_key(project: &str, name: &str) -> Vec<u8> {
    let mut key = Key::default();
    key.start(&records_address(project));
    key.with_field(name).to_vec()
}
