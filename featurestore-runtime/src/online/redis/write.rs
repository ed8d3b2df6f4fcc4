//! Writing rows: the newer one wins, decided by one script in the server for many rows at once.

use std::sync::LazyLock;

use redis::{Cmd, Script, Value};

use super::super::{OnlineError, RowWrite, Written};
use super::batch::{Asked, ask_all};
use super::nodes::{Kind, Nodes};
use crate::codec::ordered_time;
use crate::time::Timestamp;

/// The most rows of one script call, which nothing else on the server runs beside.
const ROWS: usize = 500;
/// From how many bytes on a script call is full.
const BYTES: usize = 256 * 1024;
/// From how many rows or bytes on a pipeline of script calls is full.
const PIPELINE: (usize, usize) = (8 * ROWS, 8 * BYTES);

static SCRIPT: LazyLock<(String, Script)> = LazyLock::new(|| {
    let halves = |time: Timestamp| {
        let ordered = u64::from_be_bytes(ordered_time(time));
        format!("{}, {}", ordered >> 32, ordered & u64::from(u32::MAX))
    };
    let code = format!(
        "local first_high, first_low, last_high, last_low = {}, {}\n{}",
        halves(Timestamp::MIN_UTC),
        halves(Timestamp::MAX_UTC),
        include_str!("newer_wins.lua")
    );
    let script = Script::new(&code);
    (code, script)
});

/// Tells a server the script.
pub(super) fn load() -> Cmd {
    let mut load = Cmd::new();
    load.arg("SCRIPT").arg("LOAD").arg(&SCRIPT.0);
    load
}

/// Pipelines follow one another, so that rows of one key count in their order also where a
/// connection is lost between two; callers that want more overlap call from several tasks.
pub(super) async fn write(nodes: &Nodes, rows: &[RowWrite]) -> Result<Vec<Written>, OnlineError> {
    let mut written = Vec::with_capacity(rows.len());
    let mut calls = Calls {
        rest: rows,
        // A script has only the keys of one slot, and while slots move, only one key for sure.
        entities: if nodes.cluster().is_some() { 1 } else { ROWS },
    };
    while !calls.rest.is_empty() {
        let (mut rows, mut bytes, mut asked) = (0, 0, Vec::new());
        while rows < PIPELINE.0 && bytes < PIPELINE.1 {
            let Some(call) = calls.next() else {
                break;
            };
            rows += call.rows;
            bytes += call.bytes;
            asked.push(Asked {
                key: call.key,
                command: call.command,
            });
        }
        for answer in ask_all(nodes, Kind::Script, asked).await? {
            push_answer(nodes, &answer, &mut written)?;
        }
    }
    if written.len() == rows.len() {
        Ok(written)
    } else {
        let count = i64::try_from(written.len()).unwrap_or(-1);
        Err(nodes.place().unexpected(&Value::Int(count)))
    }
}

fn push_answer(
    nodes: &Nodes,
    answer: &Value,
    written: &mut Vec<Written>,
) -> Result<(), OnlineError> {
    let Value::BulkString(characters) = answer else {
        return Err(nodes.place().unexpected(answer));
    };
    written.extend(characters.iter().map(|character| match character {
        b'0' => Written::Older,
        _ => Written::Stored,
    }));
    Ok(())
}

/// Cuts rows into script calls. Neighbours of one entity share its key, as long as their fields
/// differ.
struct Calls<'a> {
    rest: &'a [RowWrite],
    /// The most entities of a call.
    entities: usize,
}

/// A script call.
struct Call<'a> {
    /// Its first entity, which in a cluster is its only one.
    key: &'a [u8],
    command: Cmd,
    rows: usize,
    bytes: usize,
}

impl<'a> Iterator for Calls<'a> {
    type Item = Call<'a>;

    fn next(&mut self) -> Option<Call<'a>> {
        let key = self.rest.first()?.address.as_bytes();
        let (mut rows, mut bytes) = (0, 0);
        let mut entities: Vec<&[RowWrite]> = Vec::with_capacity(self.entities.min(self.rest.len()));
        while !self.rest.is_empty()
            && rows < ROWS
            && bytes < BYTES
            && entities.len() < self.entities
        {
            let (entity, rest) = self.rest.split_at(entity_length(self.rest, ROWS - rows));
            rows += entity.len();
            bytes += entity
                .iter()
                .map(|row| row.field.len() + row.row.len())
                .sum::<usize>();
            entities.push(entity);
            self.rest = rest;
        }
        Some(Call {
            key,
            command: call(&entities, rows, bytes),
            rows,
            bytes,
        })
    }
}

/// How many of the first rows are of the first one's entity and of different fields.
fn entity_length(rows: &[RowWrite], most: usize) -> usize {
    let first = &rows[0];
    let same = |(index, row): &(usize, &RowWrite)| {
        row.address == first.address && rows[..*index].iter().all(|other| other.field != row.field)
    };
    rows.iter()
        .enumerate()
        .take(most)
        .take_while(same)
        .count()
        .max(1)
}

fn call(entities: &[&[RowWrite]], rows: usize, bytes: usize) -> Cmd {
    let hash = SCRIPT.1.get_hash();
    let keys: usize = entities
        .iter()
        .filter_map(|rows| rows.first())
        .map(|row| row.address.as_bytes().len() + 2)
        .sum();
    let mut command = Cmd::with_capacity(3 + 2 * entities.len() + 2 * rows, 64 + keys + bytes);
    command.arg("EVALSHA").arg(hash).arg(entities.len());
    for row in entities.iter().filter_map(|rows| rows.first()) {
        command.arg(row.address.as_bytes());
    }
    for rows in entities {
        command.arg(rows.len());
        for row in *rows {
            command.arg(row.field);
        }
        for row in *rows {
            command.arg(&row.row[..]);
        }
    }
    command
}
