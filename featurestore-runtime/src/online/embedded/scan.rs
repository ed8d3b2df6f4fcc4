//! A project's entities, page by page.

use bytes::Bytes;
use redb::StorageError;

use super::super::{Address, OnlineError, ScanCursor, ScanPage, StoredEntity, project_prefix};
use super::file::File;
use super::key::Key;
use super::project::successor;
use super::snapshot::Table;

/// How many entities a page has at most.
const PAGE: usize = 1000;

/// The entities from the key on that the cursor holds. Each page is of one commit.
pub(super) fn page(
    file: &File,
    table: Option<&Table>,
    project: &str,
    cursor: Option<&ScanCursor>,
) -> Result<ScanPage, OnlineError> {
    let mut page = ScanPage::default();
    let Some(table) = table else {
        return Ok(page);
    };
    let prefix = project_prefix(project);
    let end = successor(&prefix);
    let start = cursor.map_or(prefix.as_slice(), ScanCursor::as_bytes);
    if start >= end.as_slice() {
        return Ok(page);
    }
    let failed = |error: StorageError| file.path().storage_failure(error);
    for entry in table.range(start..&end[..]).map_err(failed)? {
        let (key, row) = entry.map_err(failed)?;
        let (address, field) = Key::parts(key.value());
        if address.get(prefix.len()) == Some(&b':') {
            continue;
        }
        let row = (
            String::from_utf8_lossy(field).into_owned(),
            Bytes::copy_from_slice(row.value()),
        );
        let full = page.entities.len() == PAGE;
        match page.entities.last_mut() {
            Some(last) if last.address.as_bytes() == address => last.rows.push(row),
            _ if full => {
                page.next = Some(ScanCursor::new(key.value().to_vec()));
                break;
            }
            _ => page
                .entities
                .push(StoredEntity::new(Address::from_stored(address), vec![row])),
        }
    }
    Ok(page)
}
