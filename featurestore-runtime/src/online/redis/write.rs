//! Writing rows: the newer one wins, decided by one script in the server for many rows at once.

use std::sync::LazyLock;

use redis::{Cmd, Pipeline, Script, Value};

use super::super::{OnlineError, RowWrite, Written};
use super::link::{Link, Request};
use crate::codec::ordered_time;
use crate::time::Timestamp;

/// The most rows of one script call, which nothing else on the server runs beside.
const ROWS: usize = 500;
/// From how many bytes on a script call is full.
const BYTES: usize = 256 * 1024;
/// The most script calls of one pipeline.
const CALLS: usize = 8;

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

/// Pipelines follow one another, so that rows of one key count in their order also where a
/// connection is lost between two; callers that want more overlap call from several tasks.
pub(super) async fn write(link: &Link, rows: &[RowWrite]) -> Result<Vec<Written>, OnlineError> {
    let mut written = Vec::with_capacity(rows.len());
    let mut calls = Calls { rest: rows };
    loop {
        let calls: Vec<Cmd> = calls.by_ref().take(CALLS).collect();
        if calls.is_empty() {
            break;
        }
        for answer in run(link, calls).await? {
            push_answer(link, &answer, &mut written)?;
        }
    }
    if written.len() == rows.len() {
        Ok(written)
    } else {
        Err(link.unexpected(&Value::Int(i64::try_from(written.len()).unwrap_or(-1))))
    }
}

/// Runs script calls in one round trip; in two where the server does not know the script yet.
async fn run(link: &Link, calls: Vec<Cmd>) -> Result<Vec<Value>, OnlineError> {
    let mut pipeline = Pipeline::with_capacity(calls.len() + 1);
    for call in calls {
        pipeline.add_command(call);
    }
    let answers = ask(link, &pipeline).await?;
    if !answers.iter().any(is_unknown_script) {
        return Ok(answers);
    }
    let mut loading = Pipeline::with_capacity(pipeline.len() + 1);
    let mut load = Cmd::new();
    load.arg("SCRIPT").arg("LOAD").arg(&SCRIPT.0);
    loading.add_command(load);
    for call in pipeline.cmd_iter() {
        loading.add_command(call.clone());
    }
    let mut answers = ask(link, &loading).await?;
    match answers.remove(0) {
        Value::ServerError(error) => Err(link.refusal(&error)),
        _ => Ok(answers),
    }
}

async fn ask(link: &Link, pipeline: &Pipeline) -> Result<Vec<Value>, OnlineError> {
    match link.ask(Request::Pipeline(pipeline)).await? {
        Value::Array(answers) if answers.len() == pipeline.len() => Ok(answers),
        other => Err(link.unexpected(&other)),
    }
}

fn is_unknown_script(answer: &Value) -> bool {
    matches!(answer, Value::ServerError(error) if error.code() == "NOSCRIPT")
}

fn push_answer(link: &Link, answer: &Value, written: &mut Vec<Written>) -> Result<(), OnlineError> {
    let Value::BulkString(characters) = answer else {
        return Err(link.unexpected(answer));
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
}

impl Iterator for Calls<'_> {
    type Item = Cmd;

    fn next(&mut self) -> Option<Cmd> {
        if self.rest.is_empty() {
            return None;
        }
        let (mut rows, mut bytes) = (0, 0);
        let mut entities: Vec<&[RowWrite]> = Vec::with_capacity(ROWS.min(self.rest.len()));
        while !self.rest.is_empty() && rows < ROWS && bytes < BYTES {
            let (entity, rest) = self.rest.split_at(entity_length(self.rest, ROWS - rows));
            rows += entity.len();
            bytes += entity
                .iter()
                .map(|row| row.field.len() + row.row.len())
                .sum::<usize>();
            entities.push(entity);
            self.rest = rest;
        }
        Some(call(&entities, rows, bytes))
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
