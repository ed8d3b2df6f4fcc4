//! Writing rows: the newer one wins, decided by one script in the server for many rows at once.

use std::collections::HashSet;
use std::sync::LazyLock;

use redis::{Cmd, Script, Value};

use super::super::{OnlineError, RowWrite, Written};
use super::batch::{Asked, ask_all};
use super::nodes::{Kind, Nodes};
use crate::codec::{Header, ordered_time};
use crate::time::Timestamp;

/// From how many rows on a script call, which nothing else on the server runs beside, is full.
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
        let (mut rows, mut bytes) = (0, 0);
        let (mut asked, mut counts) = (Vec::new(), Vec::new());
        while rows < PIPELINE.0 && bytes < PIPELINE.1 {
            let Some(call) = calls.next() else {
                break;
            };
            rows += call.rows;
            counts.push(call.rows);
            bytes += call.bytes;
            asked.push(Asked {
                key: call.key,
                command: call.command,
            });
        }
        let answers = ask_all(nodes, Kind::Script, asked).await?;
        for (answer, rows) in answers.iter().zip(counts) {
            push_answer(nodes, answer, rows, &mut written)?;
        }
    }
    Ok(written)
}

/// Adds what became of a call's rows: stored, but for those at the places that it answers with.
fn push_answer(
    nodes: &Nodes,
    answer: &Value,
    rows: usize,
    written: &mut Vec<Written>,
) -> Result<(), OnlineError> {
    let unexpected = || nodes.place().unexpected(answer);
    let Value::Array(older) = answer else {
        return Err(unexpected());
    };
    let before = written.len();
    written.resize(before + rows, Written::Stored);
    for place in older {
        let place = match place {
            Value::Int(place) => usize::try_from(*place).ok(),
            _ => None,
        };
        let own = place.and_then(|place| written[before..].get_mut(place.checked_sub(1)?));
        *own.ok_or_else(unexpected)? = Written::Older;
    }
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
        let mut keys = HashSet::with_capacity(self.entities.min(self.rest.len()));
        let mut differ = true;
        while !self.rest.is_empty()
            && rows < ROWS
            && bytes < BYTES
            && entities.len() < self.entities
        {
            // Whole, though the call has a few rows more, so that no reader sees it in between.
            let (entity, rest) = self.rest.split_at(entity_length(self.rest));
            rows += entity.len();
            bytes += entity
                .iter()
                .map(|row| row.field.len() + row.row.len())
                .sum::<usize>();
            differ &= keys.insert(entity[0].address.as_bytes());
            entities.push(entity);
            self.rest = rest;
        }
        Some(Call {
            key,
            command: call(&entities, differ, rows, bytes),
            rows,
            bytes,
        })
    }
}

/// How many of the first rows, but no more than a call's, are of the first one's entity and of
/// different fields.
fn entity_length(rows: &[RowWrite]) -> usize {
    let first = &rows[0];
    let same = |(index, row): &(usize, &RowWrite)| {
        row.address == first.address && rows[..*index].iter().all(|other| other.field != row.field)
    };
    rows.iter()
        .enumerate()
        .take(ROWS)
        .take_while(same)
        .count()
        .max(1)
}

/// The first four bytes of the earliest event time of rows; 0, which is before all, where a row
/// can't be read.
fn earliest<'a>(rows: impl Iterator<Item = &'a RowWrite>) -> u32 {
    rows.map(|row| match row.row.get(4..8).map(<[u8; 4]>::try_from) {
        Some(Ok(time)) if Header::read(&mut &row.row[..]).is_ok() => u32::from_be_bytes(time),
        _ => 0,
    })
    .min()
    .unwrap_or(0)
}

fn call(entities: &[&[RowWrite]], differ: bool, rows: usize, bytes: usize) -> Cmd {
    let hash = SCRIPT.1.get_hash();
    let keys: usize = entities
        .iter()
        .filter_map(|rows| rows.first())
        .map(|row| row.address.as_bytes().len() + 2)
        .sum();
    let mut command = Cmd::with_capacity(5 + 2 * entities.len() + 2 * rows, 64 + keys + bytes);
    command.arg("EVALSHA").arg(hash).arg(entities.len());
    for row in entities.iter().filter_map(|rows| rows.first()) {
        command.arg(row.address.as_bytes());
    }
    command.arg(u8::from(differ));
    command.arg(earliest(entities.iter().copied().flatten()));
    let same_fields = |one: &&[RowWrite], other: &&[RowWrite]| {
        let (one, other) = (one.iter(), other.iter());
        one.map(|row| row.field).eq(other.map(|row| row.field))
    };
    for run in entities.chunk_by(same_fields) {
        command.arg(run.len()).arg(run[0].len());
        for row in run[0] {
            command.arg(row.field);
        }
        for row in run.iter().copied().flatten() {
            command.arg(&row.row[..]);
        }
    }
    command
}
