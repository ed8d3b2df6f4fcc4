//! Reading rows: one HMGET per entity.

use bytes::Bytes;
use redis::{Cmd, Pipeline, Value};

use super::super::{EntityRead, OnlineError};
use super::link::{Link, Request};

/// The most entities of one pipeline.
const ENTITIES: usize = 1000;
/// The most fields of one pipeline, but for an entity that alone has more.
const FIELDS: usize = 10_000;

pub(super) async fn read(
    link: &Link,
    entities: &[EntityRead<'_>],
) -> Result<Vec<Vec<Option<Bytes>>>, OnlineError> {
    if let [entity] = entities {
        let found = if entity.fields.is_empty() {
            Vec::new()
        } else {
            let answer = link.ask(Request::Command(&hmget(entity))).await?;
            rows(link, entity, answer)?
        };
        return Ok(vec![found]);
    }
    let mut found = Vec::with_capacity(entities.len());
    let mut rest = entities;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(chunk_length(rest));
        read_chunk(link, chunk, &mut found).await?;
        rest = after;
    }
    Ok(found)
}

async fn read_chunk(
    link: &Link,
    entities: &[EntityRead<'_>],
    found: &mut Vec<Vec<Option<Bytes>>>,
) -> Result<(), OnlineError> {
    let mut pipeline = Pipeline::with_capacity(entities.len());
    for entity in asked(entities) {
        pipeline.add_command(hmget(entity));
    }
    let mut answers = if pipeline.is_empty() {
        Vec::new().into_iter()
    } else {
        match link.ask(Request::Pipeline(&pipeline)).await? {
            Value::Array(answers) => answers.into_iter(),
            other => return Err(link.unexpected(&other)),
        }
    };
    for entity in entities {
        found.push(if entity.fields.is_empty() {
            Vec::new()
        } else {
            rows(link, entity, answers.next().unwrap_or_default())?
        });
    }
    Ok(())
}

/// HMGET takes at least one field, so who wants none isn't asked about.
fn asked<'a>(entities: &'a [EntityRead<'a>]) -> impl Iterator<Item = &'a EntityRead<'a>> {
    entities.iter().filter(|entity| !entity.fields.is_empty())
}

fn chunk_length(entities: &[EntityRead<'_>]) -> usize {
    let mut fields = 0;
    let within = entities.iter().take(ENTITIES).take_while(|entity| {
        fields += entity.fields.len();
        fields <= FIELDS
    });
    within.count().max(1)
}

fn hmget(entity: &EntityRead<'_>) -> Cmd {
    let address = entity.address.as_bytes();
    let fields: usize = entity.fields.iter().map(|field| field.len()).sum();
    let mut command = Cmd::with_capacity(2 + entity.fields.len(), 5 + address.len() + fields);
    command.arg("HMGET").arg(address);
    for field in entity.fields {
        command.arg(*field);
    }
    command
}

fn rows(
    link: &Link,
    entity: &EntityRead<'_>,
    answer: Value,
) -> Result<Vec<Option<Bytes>>, OnlineError> {
    let values = match answer {
        Value::Array(values) if values.len() == entity.fields.len() => values,
        other => return Err(link.unexpected(&other)),
    };
    values
        .into_iter()
        .map(|value| match value {
            Value::Nil => Ok(None),
            Value::BulkString(row) => Ok(Some(Bytes::from(row))),
            other => Err(link.unexpected(&other)),
        })
        .collect()
}
