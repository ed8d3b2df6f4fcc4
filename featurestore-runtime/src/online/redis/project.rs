//! A project's own records, and its end.

use redis::{Cmd, Value};

use super::super::records::{kept_layout, layout_field, layouts_address, stored_layout};
use super::super::{OnlineError, StoredLayout, project_prefix};
use super::batch::{Asked, ask_all};
use super::link::{Link, Request};
use super::nodes::{Kind, Nodes};

/// How many keys of the whole database one step looks at.
const STEP: usize = 1000;

pub(super) async fn layouts(
    nodes: &Nodes,
    project: &str,
) -> Result<Vec<StoredLayout>, OnlineError> {
    let address = layouts_address(project);
    let mut command = Cmd::new();
    command.arg("HGETALL").arg(&address);
    // A replica that is behind would lack the layout of a row that another one already has.
    let answer = nodes.ask(Kind::Master, &address, command).await?;
    let fields = match answer.into_map_iter() {
        Ok(fields) => fields,
        Err(other) => return Err(nodes.place().unexpected(&other)),
    };
    fields
        .map(|(field, text)| match (field, text) {
            (Value::BulkString(field), Value::BulkString(text)) => {
                stored_layout(nodes.place().location(), &field, &text)
            }
            (other, _) => Err(nodes.place().unexpected(&other)),
        })
        .collect()
}

pub(super) async fn keep_layout(
    nodes: &Nodes,
    project: &str,
    layout: &StoredLayout,
) -> Result<(), OnlineError> {
    let address = layouts_address(project);
    let field = layout_field(layout);
    let mut set = Cmd::new();
    set.arg("HSETNX")
        .arg(&address)
        .arg(&field)
        .arg(&layout.text);
    let mut get = Cmd::new();
    get.arg("HGET").arg(&address).arg(&field);
    let asked = [set, get].map(|command| Asked {
        key: &address,
        command,
    });
    let answers = ask_all(nodes, Kind::Master, Vec::from(asked)).await?;
    match answers.as_slice() {
        [Value::Int(_), Value::BulkString(stored)] => kept_layout(layout, stored),
        [error @ Value::ServerError(_), _] => Err(nodes.place().unexpected(error)),
        _ => Err(nodes.place().unexpected(&Value::Array(answers))),
    }
}

/// The layouts go last: rows without them could not be read.
pub(super) async fn delete(nodes: &Nodes, project: &str) -> Result<u64, OnlineError> {
    let prefix = project_prefix(project);
    let pattern = pattern(&prefix);
    let mut records = Vec::new();
    let mut deleted = 0;
    loop {
        let mut found = 0;
        for master in nodes.masters().await? {
            let mut cursor = b"0".to_vec();
            loop {
                let (next, keys) = scan(nodes, &master, &cursor, &pattern).await?;
                let (own, entities): (Vec<_>, Vec<_>) = keys
                    .into_iter()
                    .partition(|key| key.get(prefix.len()) == Some(&b':'));
                records.extend(own);
                found += unlink(nodes, &entities).await?;
                if next == b"0" {
                    break;
                }
                cursor = next;
            }
        }
        deleted += found;
        // While slots move, a key can come to a node that has been looked through.
        if found == 0 || nodes.cluster().is_none() {
            break;
        }
    }
    unlink(nodes, &records).await?;
    Ok(deleted)
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
        .arg(STEP);
    let request = Request::Command(&command);
    match master.ask(request, nodes.deadline()).await? {
        Value::ServerError(error) => Err(master.refusal(&error)),
        answer => {
            redis::from_redis_value(answer).map_err(|error| nodes.place().failure(&error.into()))
        }
    }
}

/// Deletes keys and gives how many of them were there: a scan may show a key twice.
async fn unlink(nodes: &Nodes, keys: &[Vec<u8>]) -> Result<u64, OnlineError> {
    let each = if nodes.cluster().is_some() { 1 } else { STEP };
    let asked = keys.chunks(each).map(|keys| {
        let mut command = Cmd::new();
        command.arg("UNLINK").arg(keys);
        Asked {
            key: &keys[0],
            command,
        }
    });
    let mut deleted = 0;
    for answer in ask_all(nodes, Kind::Master, asked.collect()).await? {
        match answer {
            Value::Int(count) => deleted += u64::try_from(count).unwrap_or_default(),
            other => return Err(nodes.place().unexpected(&other)),
        }
    }
    Ok(deleted)
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
}
