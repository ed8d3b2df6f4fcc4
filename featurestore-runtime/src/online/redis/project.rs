//! A project's own records, and its end.

use redis::{Cmd, Pipeline, Value};

use super::super::records::{kept_layout, layout_field, layouts_address, stored_layout};
use super::super::{OnlineError, StoredLayout, project_prefix};
use super::link::{Link, Request};

/// How many keys of the whole database one step looks at.
const STEP: usize = 1000;

pub(super) async fn layouts(link: &Link, project: &str) -> Result<Vec<StoredLayout>, OnlineError> {
    let mut command = Cmd::new();
    command.arg("HGETALL").arg(layouts_address(project));
    let answer = link.ask(Request::Command(&command)).await?;
    let fields = match answer.into_map_iter() {
        Ok(fields) => fields,
        Err(other) => return Err(link.unexpected(&other)),
    };
    fields
        .map(|(field, text)| match (field, text) {
            (Value::BulkString(field), Value::BulkString(text)) => {
                stored_layout(link.location(), &field, &text)
            }
            (other, _) => Err(link.unexpected(&other)),
        })
        .collect()
}

pub(super) async fn keep_layout(
    link: &Link,
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
    let mut pipeline = Pipeline::with_capacity(2);
    pipeline.add_command(set).add_command(get);
    match link.ask(Request::Pipeline(&pipeline)).await? {
        Value::Array(answers) => match answers.as_slice() {
            [Value::Int(_), Value::BulkString(stored)] => kept_layout(layout, stored),
            [Value::ServerError(error), _] => Err(link.refusal(error)),
            _ => Err(link.unexpected(&Value::Array(answers))),
        },
        other => Err(link.unexpected(&other)),
    }
}

/// The layouts go last: rows without them could not be read.
pub(super) async fn delete(link: &Link, project: &str) -> Result<u64, OnlineError> {
    let prefix = project_prefix(project);
    let pattern = pattern(&prefix);
    let mut records = Vec::new();
    let mut deleted = 0;
    let mut cursor = b"0".to_vec();
    loop {
        let (next, keys) = scan(link, &cursor, &pattern).await?;
        let (own, entities): (Vec<_>, Vec<_>) = keys
            .into_iter()
            .partition(|key| key.get(prefix.len()) == Some(&b':'));
        records.extend(own);
        deleted += unlink(link, &entities).await?;
        if next == b"0" {
            break;
        }
        cursor = next;
    }
    unlink(link, &records).await?;
    Ok(deleted)
}

async fn scan(
    link: &Link,
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
    let answer = link.ask(Request::Command(&command)).await?;
    redis::from_redis_value(answer).map_err(|error| link.failure(&error.into()))
}

/// Deletes keys and gives how many of them were there: a scan may show a key twice.
async fn unlink(link: &Link, keys: &[Vec<u8>]) -> Result<u64, OnlineError> {
    if keys.is_empty() {
        return Ok(0);
    }
    let mut command = Cmd::new();
    command.arg("UNLINK").arg(keys);
    match link.ask(Request::Command(&command)).await? {
        Value::Int(count) => Ok(u64::try_from(count).unwrap_or_default()),
        other => Err(link.unexpected(&other)),
    }
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
