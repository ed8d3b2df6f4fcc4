//! Writing rows: how each meets the stored one is decided in the server, by a script per rule, for
//! many rows at once.

use std::collections::HashSet;
use std::sync::LazyLock;

use redis::{Cmd, Value};

use super::super::{Merge, OnlineError, RowWrite, Written};
use super::batch::{Asked, ask_all};
use super::nodes::{Kind, Nodes};
use super::script::Script;
use crate::codec::{Header, ordered_time};
use crate::time::Timestamp;

/// From how many rows on a script call, which nothing else on the server runs beside, is full.
const ROWS: usize = 500;
/// From how many bytes on a script call is full.
const BYTES: usize = 256 * 1024;
/// From how many rows or bytes on a pipeline of script calls is full.
const PIPELINE: (usize, usize) = (8 * ROWS, 8 * BYTES);

static NEWER_WINS: LazyLock<Script> = LazyLock::new(|| {
    let halves = |time: Timestamp| {
        let ordered = u64::from_be_bytes(ordered_time(time));
        format!("{}, {}", ordered >> 32, ordered & u64::from(u32::MAX))
    };
    Script::new(format!(
        "local first_high, first_low, last_high, last_low = {}, {}\n{}",
        halves(Timestamp::MIN_UTC),
        halves(Timestamp::MAX_UTC),
        include_str!("newer_wins.lua")
    ))
});

/// The script that writes rows by a rule.
fn script(merge: Merge) -> &'static Script {
    match merge {
        Merge::NewerWins => &NEWER_WINS,
    }
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
    while let Some(first) = calls.rest.first() {
        let merge = first.merge;
        let (mut rows, mut bytes) = (0, 0);
        let (mut asked, mut counts) = (Vec::new(), Vec::new());
        while rows < PIPELINE.0 && bytes < PIPELINE.1 {
            let Some(call) = calls.next_by(merge) else {
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
        let answers = ask_all(nodes, Kind::Script(script(merge)), asked).await?;
        for (answer, rows) in answers.iter().zip(counts) {
            push_answer(nodes, answer, rows, &mut written)?;
        }
    }
    Ok(written)
}

/// Adds what became of a call's rows: stored, but for those whose numbers it answers with.
fn push_answer(
    nodes: &Nodes,
    answer: &Value,
    rows: usize,
    written: &mut Vec<Written>,
) -> Result<(), OnlineError> {
    let unexpected = || nodes.endpoint().unexpected(answer);
    let Value::Array(older) = answer else {
        return Err(unexpected());
    };
    let before = written.len();
    written.resize(before + rows, Written::Stored);
    for number in older {
        let number = match number {
            Value::Int(number) => usize::try_from(*number).ok(),
            _ => None,
        };
        let own = number.and_then(|number| written[before..].get_mut(number.checked_sub(1)?));
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

impl<'a> Calls<'a> {
    /// The next call, if its rows are written by this rule.
    fn next_by(&mut self, merge: Merge) -> Option<Call<'a>> {
        let is_next = |rest: &[RowWrite]| rest.first().is_some_and(|row| row.merge == merge);
        if !is_next(self.rest) {
            return None;
        }
        let key = self.rest[0].address.as_bytes();
        let (mut rows, mut bytes) = (0, 0);
        let mut entities: Vec<&[RowWrite]> = Vec::with_capacity(self.entities.min(self.rest.len()));
        let mut keys = HashSet::with_capacity(self.entities.min(self.rest.len()));
        let mut differ = true;
        while is_next(self.rest) && rows < ROWS && bytes < BYTES && entities.len() < self.entities {
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
            command: call(script(merge), &entities, differ, rows, bytes),
            rows,
            bytes,
        })
    }
}

/// How many of the first rows, but no more than a call's, are of the first one's entity and rule
/// and of different fields.
fn entity_length(rows: &[RowWrite]) -> usize {
    let first = &rows[0];
    let same = |(index, row): &(usize, &RowWrite)| {
        row.address == first.address
            && row.merge == first.merge
            && rows[..*index].iter().all(|other| other.field != row.field)
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

fn call(script: &Script, entities: &[&[RowWrite]], differ: bool, rows: usize, bytes: usize) -> Cmd {
    let keys: usize = entities
        .iter()
        .filter_map(|rows| rows.first())
        .map(|row| row.address.as_bytes().len() + 2)
        .sum();
    let arguments = 2 + 2 * entities.len() + 2 * rows;
    let mut command = script.call(entities.len(), arguments, keys + bytes);
    for row in entities.iter().filter_map(|rows| rows.first()) {
        command.arg(row.address.as_bytes());
    }
    command.arg(u8::from(differ));
    command.arg(earliest(entities.iter().copied().flatten()));
    let same_fields = |one: &&[RowWrite], other: &&[RowWrite]| {
        let (one, other) = (one.iter(), other.iter());
        one.map(|row| &row.field).eq(other.map(|row| &row.field))
    };
    for run in entities.chunk_by(same_fields) {
        command.arg(run.len()).arg(run[0].len());
        for row in run[0] {
            command.arg(&*row.field);
        }
        for row in run.iter().copied().flatten() {
            command.arg(&row.row[..]);
        }
    }
    command
}
