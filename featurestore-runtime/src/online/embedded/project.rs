//! The layouts of a project's rows, and the end of a view and of a project.

use redb::{ReadableTable, StorageError};

use super::super::layouts::{
    kept_layout, layout_field, layouts_address, split_layout_field, stored_layout,
};
use super::super::records::records_address;
use super::super::{OnlineError, StoredLayout, project_prefix, view_field};
use super::file::File;
use super::key::Key;
use super::snapshot::{TABLE, Table};

/// How many rows one transaction deletes; other writers get their turn between two.
const STEP: usize = 10_000;

pub(super) fn layouts(
    file: &File,
    table: Option<&Table>,
    project: &str,
) -> Result<Vec<StoredLayout>, OnlineError> {
    let Some(table) = table else {
        return Ok(Vec::new());
    };
    let mut key = Key::default();
    key.start(&layouts_address(project));
    let first = key.with_field("").to_vec();
    let after = successor(&first);
    let failed = |error: StorageError| file.path().storage_failure(error);
    let location = file.path().location();
    table
        .range(&first[..]..&after[..])
        .map_err(failed)?
        .map(|entry| {
            let (key, text) = entry.map_err(failed)?;
            stored_layout(&location, Key::parts(key.value()).1, text.value())
        })
        .collect()
}

/// Whether just this layout is kept already.
pub(super) fn is_layout_kept(
    file: &File,
    table: Option<&Table>,
    project: &str,
    layout: &StoredLayout,
) -> Result<bool, OnlineError> {
    let Some(table) = table else {
        return Ok(false);
    };
    let stored = table
        .get(layout_key(project, layout).as_slice())
        .map_err(|error| file.path().storage_failure(error))?;
    stored.map_or(Ok(false), |stored| {
        kept_layout(layout, stored.value()).map(|()| true)
    })
}

pub(super) fn keep_layout(
    file: &File,
    project: &str,
    layout: &StoredLayout,
) -> Result<(), OnlineError> {
    let key = layout_key(project, layout);
    file.write(|transaction| {
        let mut table = transaction
            .open_table(TABLE)
            .map_err(|error| file.path().table_failure(error))?;
        let failed = |error: StorageError| file.path().storage_failure(error);
        if let Some(stored) = table.get(&key[..]).map_err(failed)? {
            return kept_layout(layout, stored.value());
        }
        table
            .insert(&key[..], layout.text.as_bytes())
            .map_err(failed)?;
        Ok(())
    })
}

/// What was kept by name goes first: a watermark of rows that are gone would keep them away. The
/// layouts go last: rows without them could not be read.
pub(super) fn delete(file: &File, project: &str) -> Result<u64, OnlineError> {
    if is_empty(file)? {
        return Ok(0);
    }
    let mut kept = records_address(project);
    kept.push(0);
    delete_range(file, &kept, &successor(&kept))?;
    let prefix = project_prefix(project);
    let mut records = prefix.clone();
    records.push(b':');
    let after_records = successor(&records);
    let before = delete_range(file, &prefix, &records)?;
    let behind = delete_range(file, &after_records, &successor(&prefix))?;
    delete_range(file, &records, &after_records)?;
    Ok(before + behind)
}

/// The view's layouts go last, as in [`delete`].
pub(super) fn delete_view(file: &File, project: &str, field: &str) -> Result<u64, OnlineError> {
    if is_empty(file)? {
        return Ok(0);
    }
    let prefix = project_prefix(project);
    let mut records = prefix.clone();
    records.push(b':');
    let mut deleted = 0;
    let mut is_own = |key: &[u8]| {
        let (_, own) = Key::parts(key);
        // A state's further fields are none of the rows that are counted.
        deleted += u64::from(own == field.as_bytes());
        std::str::from_utf8(own).is_ok_and(|own| view_field(own) == field)
    };
    delete_where(file, &prefix, &records, &mut is_own)?;
    let (after_records, end) = (successor(&records), successor(&prefix));
    delete_where(file, &after_records, &end, &mut is_own)?;
    let mut layouts = layouts_address(project);
    layouts.push(0);
    delete_where(file, &layouts, &successor(&layouts), |key| {
        split_layout_field(Key::parts(key).1).is_some_and(|(view, _)| view == field)
    })?;
    Ok(deleted)
}

fn is_empty(file: &File) -> Result<bool, OnlineError> {
    let snapshot = file.refreshed()?;
    Ok(snapshot.is_none_or(|snapshot| snapshot.table().is_none()))
}

/// Deletes the keys from `start` to before `end` that are wanted.
fn delete_where(
    file: &File,
    start: &[u8],
    end: &[u8],
    mut wanted: impl FnMut(&[u8]) -> bool,
) -> Result<(), OnlineError> {
    let mut start = start.to_vec();
    loop {
        let last = file.write(|transaction| {
            let mut table = transaction
                .open_table(TABLE)
                .map_err(|error| file.path().table_failure(error))?;
            let failed = |error: StorageError| file.path().storage_failure(error);
            let mut keys = table
                .range(&start[..]..end)
                .map_err(failed)?
                .take(STEP)
                .map(|entry| entry.map(|(key, _)| key.value().to_vec()))
                .collect::<Result<Vec<_>, _>>()
                .map_err(failed)?;
            let last = keys.last().filter(|_| keys.len() == STEP).cloned();
            keys.retain(|key| wanted(key));
            for key in &keys {
                table.remove(&key[..]).map_err(failed)?;
            }
            Ok(last)
        })?;
        match last {
            Some(last) => {
                start = last;
                start.push(0);
            }
            None => return Ok(()),
        }
    }
}

/// Deletes what is from `start` to before `end`; gives the number of addresses.
fn delete_range(file: &File, start: &[u8], end: &[u8]) -> Result<u64, OnlineError> {
    let mut addresses = 0;
    let mut last: Vec<u8> = Vec::new();
    loop {
        let deleted = file.write(|transaction| {
            let mut table = transaction
                .open_table(TABLE)
                .map_err(|error| file.path().table_failure(error))?;
            let failed = |error: StorageError| file.path().storage_failure(error);
            let keys = table
                .range(start..end)
                .map_err(failed)?
                .take(STEP)
                .map(|entry| entry.map(|(key, _)| key.value().to_vec()))
                .collect::<Result<Vec<_>, _>>()
                .map_err(failed)?;
            for key in &keys {
                table.remove(&key[..]).map_err(failed)?;
                let (address, _) = Key::parts(key);
                if address != last {
                    addresses += 1;
                    last = address.to_vec();
                }
            }
            Ok(keys.len())
        })?;
        if deleted < STEP {
            return Ok(addresses);
        }
    }
}

fn layout_key(project: &str, layout: &StoredLayout) -> Vec<u8> {
    let mut key = Key::default();
    key.start(&layouts_address(project));
    key.with_field(&layout_field(layout)).to_vec()
}

/// The first bytes that come behind all that start with `prefix`, whose last byte is not 255.
pub(super) fn successor(prefix: &[u8]) -> Vec<u8> {
    let mut successor = prefix.to_vec();
    if let Some(last) = successor.last_mut() {
        *last = last.saturating_add(1);
    }
    successor
}
