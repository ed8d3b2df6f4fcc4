//! A project's keys, a step at a time: reading them all, and deleting a view or the whole.

use bytes::Bytes;
use redis::{Cmd, Value};

use super::super::layouts::{layouts_address, split_layout_field};
use super::super::records::records_address;
use super::super::{
    Address, OnlineError, ScanCursor, ScanPage, StoredEntity, project_prefix, view_field,
};
use super::ask::ask;
use super::batch::{Asked, ask_all};
use super::link::Link;
use super::nodes::{Kind, Nodes};
use super::request::Request;

/// How many keys of the whole database one step looks at.
const KEYS: usize = 1000;

/// One step of one master's keys, with their fields.
pub(super) async fn page(
    nodes: &Nodes,
    project: &str,
    cursor: Option<&ScanCursor>,
) -> Result<ScanPage, OnlineError> {
    let prefix = project_prefix(project);
    let masters = nodes.masters().await?;
    let (index, cursor) = read_cursor(cursor);
    let Some(master) = masters.get(index) else {
        return Ok(ScanPage::default());
    };
    let (next, mut keys) = scan(nodes, master, &cursor, &pattern(&prefix)).await?;
    keys.retain(|key| key.get(prefix.len()) != Some(&b':'));
    let asked = keys.iter().map(|key| {
        let mut command = Cmd::new();
        command.arg("HGETALL").arg(key);
        Asked { key, command }
    });
    let answers = if keys.is_empty() {
        Vec::new()
    } else {
        ask_all(nodes, Kind::Master, asked.collect()).await?
    };
    let mut entities = Vec::with_capacity(keys.len());
    for (key, answer) in keys.iter().zip(answers) {
        let rows = rows(nodes, answer)?;
        // It was deleted since its key was seen.
        if !rows.is_empty() {
            let address = Address::from_stored(key.as_slice());
            entities.push(StoredEntity::new(address, rows));
        }
    }
    let next = match (next.as_slice(), index + 1 < masters.len()) {
        (b"0", false) => None,
        (b"0", true) => Some(write_cursor(index + 1, b"0")),
        (next, _) => Some(write_cursor(index, next)),
    };
    Ok(ScanPage::new(entities, next))
}

fn rows(nodes: &Nodes, answer: Value) -> Result<Vec<(String, Bytes)>, OnlineError> {
    let fields = match answer.into_map_iter() {
        Ok(fields) => fields,
        Err(other) => return Err(nodes.endpoint().unexpected(&other)),
    };
    let row = |(field, row)| match (field, row) {
        (Value::BulkString(field), Value::BulkString(row)) => {
            let field = String::from_utf8_lossy(&field).into_owned();
            Ok((field, Bytes::from(row)))
        }
        (other, _) => Err(nodes.endpoint().unexpected(&other)),
    };
    fields.map(row).collect()
}

/// The index of a master among them, and where to go on with its keys.
fn read_cursor(cursor: Option<&ScanCursor>) -> (usize, Vec<u8>) {
    let parts = cursor
        .and_then(|cursor| std::str::from_utf8(cursor.as_bytes()).ok())
        .and_then(|cursor| cursor.split_once(' '));
    match parts.and_then(|(index, cursor)| Some((index.parse().ok()?, cursor))) {
        Some((index, cursor)) => (index, cursor.as_bytes().to_vec()),
        None => (0, b"0".to_vec()),
    }
}

fn write_cursor(index: usize, cursor: &[u8]) -> ScanCursor {
    let mut bytes = format!("{index} ").into_bytes();
    bytes.extend_from_slice(cursor);
    ScanCursor::new(bytes)
}

/// What was kept by name goes first: a watermark of rows that are gone would keep them away. The
/// layouts go last: rows without them could not be read.
pub(super) async fn delete_project(nodes: &Nodes, project: &str) -> Result<u64, OnlineError> {
    unlink(nodes, &[records_address(project)]).await?;
    let deleted = through_all(nodes, project, Step::Unlink).await?;
    unlink(nodes, &[layouts_address(project)]).await?;
    Ok(deleted)
}

/// The view's layouts go last, as in [`delete_project`].
pub(super) async fn delete_view(
    nodes: &Nodes,
    project: &str,
    field: &str,
) -> Result<u64, OnlineError> {
    let deleted = through_all(nodes, project, Step::Delete(field)).await?;
    let address = layouts_address(project);
    let mut names = Cmd::new();
    names.arg("HKEYS").arg(&address);
    let names = names_of(nodes, ask(nodes, Kind::Master, &address, names).await?)?;
    let is_own = |name: &Vec<u8>| split_layout_field(name).is_some_and(|(view, _)| view == field);
    let own: Vec<Vec<u8>> = names.into_iter().filter(is_own).collect();
    if !own.is_empty() {
        let mut command = Cmd::new();
        command.arg("HDEL").arg(&address).arg(&own);
        let key = address.as_slice();
        count(nodes, vec![Asked { key, command }]).await?;
    }
    Ok(deleted)
}

/// What is done with the entities of a step.
#[derive(Clone, Copy)]
enum Step<'a> {
    Unlink,
    /// Deletes a view's fields of each.
    Delete(&'a str),
}

impl Step<'_> {
    async fn take(self, nodes: &Nodes, keys: &[Vec<u8>]) -> Result<u64, OnlineError> {
        let field = match self {
            Self::Unlink => return unlink(nodes, keys).await,
            Self::Delete(field) => field,
        };
        if keys.is_empty() {
            return Ok(0);
        }
        let asked = keys.iter().map(|key| {
            let mut command = Cmd::new();
            command.arg("HKEYS").arg(key);
            Asked { key, command }
        });
        let (mut rows, mut asked_to_go) = (Vec::new(), Vec::new());
        let names = ask_all(nodes, Kind::Master, asked.collect()).await?;
        for (key, names) in keys.iter().zip(names) {
            let mut own = names_of(nodes, names)?;
            own.retain(|own| std::str::from_utf8(own).is_ok_and(|own| view_field(own) == field));
            if own.is_empty() {
                continue;
            }
            // A state's further fields are none of the rows that are counted, and one command takes
            // them all, so that no reader sees a part.
            rows.push(own.iter().any(|own| own == field.as_bytes()));
            let mut command = Cmd::new();
            command.arg("HDEL").arg(key).arg(&own);
            asked_to_go.push(Asked { key, command });
        }
        if asked_to_go.is_empty() {
            return Ok(0);
        }
        let mut deleted = 0;
        let answers = ask_all(nodes, Kind::Master, asked_to_go).await?;
        for (row, answer) in rows.into_iter().zip(answers) {
            match answer {
                // A scan may show a key twice.
                Value::Int(gone @ 0..) => deleted += u64::from(row && gone > 0),
                other => return Err(nodes.endpoint().unexpected(&other)),
            }
        }
        Ok(deleted)
    }
}

/// The names of a hash's fields.
fn names_of(nodes: &Nodes, answer: Value) -> Result<Vec<Vec<u8>>, OnlineError> {
    if matches!(answer, Value::ServerError(_)) {
        return Err(nodes.endpoint().unexpected(&answer));
    }
    redis::from_redis_value(answer).map_err(|error| nodes.endpoint().failure(&error.into()))
}

/// Does a step for all keys of the project's entities, and sums up what it did.
async fn through_all(nodes: &Nodes, project: &str, step: Step<'_>) -> Result<u64, OnlineError> {
    let prefix = project_prefix(project);
    let pattern = pattern(&prefix);
    let mut all = 0;
    loop {
        let mut found = 0;
        for master in nodes.masters().await? {
            let mut cursor = b"0".to_vec();
            loop {
                let (next, mut keys) = scan(nodes, &master, &cursor, &pattern).await?;
                keys.retain(|key| key.get(prefix.len()) != Some(&b':'));
                found += step.take(nodes, &keys).await?;
                if next == b"0" {
                    break;
                }
                cursor = next;
            }
        }
        all += found;
        // While slots move, a key can come to a node that has been looked through.
        if found == 0 || nodes.cluster().is_none() {
            return Ok(all);
        }
    }
}

async fn scan(
    nodes: &Nodes,
    master: &Link,
    cursor: &[u8],
    pattern: &[u8],
) -> Result<(Vec<u8>, Vec<Vec<u8>>), OnlineError> {
    let mut command = Cmd::new();
    command
        .arg("SCAN")
        .arg(cursor)
        .arg("MATCH")
        .arg(pattern)
        .arg("COUNT")
        .arg(KEYS);
    let request = Request::Command(&command);
    match master.ask(request, nodes.deadline()).await? {
        Value::ServerError(error) => Err(master.refusal(&error)),
        answer => {
            redis::from_redis_value(answer).map_err(|error| nodes.endpoint().failure(&error.into()))
        }
    }
}

/// Deletes keys and gives how many of them were there: a scan may show a key twice.
async fn unlink(nodes: &Nodes, keys: &[Vec<u8>]) -> Result<u64, OnlineError> {
    let each = if nodes.cluster().is_some() { 1 } else { KEYS };
    let asked = keys.chunks(each).map(|keys| {
        let mut command = Cmd::new();
        command.arg("UNLINK").arg(keys);
        Asked {
            key: &keys[0],
            command,
        }
    });
    count(nodes, asked.collect()).await
}

/// The sum of what commands answer.
async fn count(nodes: &Nodes, asked: Vec<Asked<'_>>) -> Result<u64, OnlineError> {
    if asked.is_empty() {
        return Ok(0);
    }
    let mut sum = 0;
    for answer in ask_all(nodes, Kind::Master, asked).await? {
        match answer {
            Value::Int(count @ 0..) => sum += count.unsigned_abs(),
            other => return Err(nodes.endpoint().unexpected(&other)),
        }
    }
    Ok(sum)
}

/// A pattern for the keys that start with `prefix`, none of whose characters is special in it.
fn pattern(prefix: &[u8]) -> Vec<u8> {
    let mut pattern = Vec::with_capacity(prefix.len() + 1);
    for byte in prefix {
        if matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\') {
            pattern.push(b'\\');
        }
        pattern.push(*byte);
    }
    pattern.push(b'*');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_projects_name_is_special_in_a_pattern() {
        assert_eq!(pattern(b"a*b?[c]\\:"), b"a\\*b\\?\\[c\\]\\\\:*");
    }

    #[test]
    fn a_cursor_reads_back() {
        assert_eq!(read_cursor(None), (0, b"0".to_vec()));
        let cursor = write_cursor(2, b"1234");
        assert_eq!(read_cursor(Some(&cursor)), (2, b"1234".to_vec()));
    }
}
