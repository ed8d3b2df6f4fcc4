//! Reading rows: one HMGET per entity.

use bytes::Bytes;
use redis::{Cmd, Value};

use super::super::{EntityRead, FoundRows, OnlineError};
use super::ask::ask as ask_one;
use super::batch::{Asked, ask_all, ask_all_timed};
use super::cache::CacheAnswer;
use super::failure::Endpoint;
use super::nodes::{Kind, Nodes};
use crate::time::Timestamp;

/// The most entities of one pipeline.
const ENTITIES: usize = 1000;
/// The most fields of one pipeline, but for an entity that alone has more.
const FIELDS: usize = 10_000;

/// Reads what the cache lacks.
pub(super) async fn read(
    nodes: &Nodes,
    entities: &[EntityRead<'_>],
) -> Result<FoundRows, OnlineError> {
    read_cached(nodes, entities, None).await
}

/// The same, and the latest time of the servers that were asked.
pub(super) async fn read_timed(
    nodes: &Nodes,
    entities: &[EntityRead<'_>],
) -> Result<(FoundRows, Option<Timestamp>), OnlineError> {
    let mut time = None;
    let found = read_cached(nodes, entities, Some(&mut time)).await?;
    Ok((found, time))
}

async fn read_cached(
    nodes: &Nodes,
    entities: &[EntityRead<'_>],
    time: Option<&mut Option<Timestamp>>,
) -> Result<FoundRows, OnlineError> {
    let Some(cache) = nodes.endpoint().cache() else {
        return ask(nodes, Kind::Read, entities, time).await;
    };
    let mut found = Vec::with_capacity(entities.len());
    let (mut indices, mut tickets, mut lacking) = (Vec::new(), Vec::new(), Vec::new());
    for (index, entity) in entities.iter().enumerate() {
        found.push(match cache.find(entity) {
            CacheAnswer::Rows(rows) => rows,
            CacheAnswer::Ask(ticket) => {
                indices.push(index);
                tickets.push(ticket);
                lacking.push(*entity);
                Vec::new()
            }
        });
    }
    if !lacking.is_empty() {
        let answers = ask(nodes, Kind::Read, &lacking, time).await?;
        for (((index, ticket), entity), rows) in
            indices.into_iter().zip(tickets).zip(&lacking).zip(answers)
        {
            cache.keep(ticket, entity, &rows);
            found[index] = rows;
        }
    }
    Ok(found)
}

/// Reads what the masters have.
pub(super) async fn read_newest(
    nodes: &Nodes,
    entities: &[EntityRead<'_>],
) -> Result<Vec<Vec<Option<Bytes>>>, OnlineError> {
    ask(nodes, Kind::Master, entities, None).await
}

async fn ask(
    nodes: &Nodes,
    kind: Kind,
    entities: &[EntityRead<'_>],
    mut time: Option<&mut Option<Timestamp>>,
) -> Result<FoundRows, OnlineError> {
    if let ([entity], None) = (entities, &time) {
        let found = if entity.fields.is_empty() {
            Vec::new()
        } else {
            let address = entity.address.as_bytes();
            let answer = ask_one(nodes, kind, address, hmget(entity)).await?;
            rows(nodes.endpoint(), entity, answer)?
        };
        return Ok(vec![found]);
    }
    let mut found = Vec::with_capacity(entities.len());
    let mut rest = entities;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(chunk_length(rest));
        read_chunk(nodes, kind, chunk, &mut found, time.as_deref_mut()).await?;
        rest = after;
    }
    Ok(found)
}

async fn read_chunk(
    nodes: &Nodes,
    kind: Kind,
    entities: &[EntityRead<'_>],
    found: &mut FoundRows,
    time: Option<&mut Option<Timestamp>>,
) -> Result<(), OnlineError> {
    // HMGET takes at least one field, so who wants none isn't asked about.
    let asked: Vec<_> = entities
        .iter()
        .filter(|entity| !entity.fields.is_empty())
        .map(|entity| Asked {
            key: entity.address.as_bytes(),
            command: hmget(entity),
        })
        .collect();
    let answers = match time {
        _ if asked.is_empty() => Vec::new(),
        Some(time) => ask_all_timed(nodes, kind, asked, time).await?,
        None => ask_all(nodes, kind, asked).await?,
    };
    let mut answers = answers.into_iter();
    for entity in entities {
        found.push(if entity.fields.is_empty() {
            Vec::new()
        } else {
            rows(nodes.endpoint(), entity, answers.next().unwrap_or_default())?
        });
    }
    Ok(())
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
    endpoint: &Endpoint,
    entity: &EntityRead<'_>,
    answer: Value,
) -> Result<Vec<Option<Bytes>>, OnlineError> {
    let values = match answer {
        Value::Array(values) if values.len() == entity.fields.len() => values,
        other => return Err(endpoint.unexpected(&other)),
    };
    values
        .into_iter()
        .map(|value| match value {
            Value::Nil => Ok(None),
            Value::BulkString(row) => Ok(Some(Bytes::from(row))),
            other => Err(endpoint.unexpected(&other)),
        })
        .collect()
}
