//! Changing states of window views: a call of a script for each, in which the server compares and sets.

use std::sync::LazyLock;

use redis::{Cmd, Value};

use super::super::{OnlineError, StateWrite};
use super::batch::{Asked, ask_all};
use super::nodes::{Kind, Nodes};
use super::script::Script;

/// From how many states or bytes on a pipeline is full.
const PIPELINE: (usize, usize) = (1000, 2 << 20);

static STATE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("state.lua").to_owned()));

/// Pipelines follow one another, and the calls of one key are answered in their order.
pub(super) async fn write(nodes: &Nodes, states: &[StateWrite]) -> Result<Vec<bool>, OnlineError> {
    let mut written = Vec::with_capacity(states.len());
    let mut states = states.iter().peekable();
    while states.peek().is_some() {
        let (mut asked, mut bytes) = (Vec::new(), 0);
        while asked.len() < PIPELINE.0
            && bytes < PIPELINE.1
            && let Some(state) = states.next()
        {
            bytes += size(state);
            asked.push(Asked {
                key: state.address.as_bytes(),
                command: call(state),
            });
        }
        for answer in ask_all(nodes, Kind::Script(&STATE), asked).await? {
            written.push(match answer {
                Value::Int(1) => true,
                Value::Int(0) => false,
                other => return Err(nodes.endpoint().unexpected(&other)),
            });
        }
    }
    Ok(written)
}

fn size(state: &StateWrite) -> usize {
    let parts = state.parts.iter();
    let parts = parts.map(|(part, bytes)| part.len() + bytes.as_ref().map_or(0, bytes::Bytes::len));
    state.summary.as_ref().map_or(0, bytes::Bytes::len) + parts.sum::<usize>()
}

fn call(state: &StateWrite) -> Cmd {
    let address = state.address.as_bytes();
    let bytes = address.len() + state.field.len() + size(state) + 16;
    let mut command = STATE.call(1, 6 + 2 * state.parts.len(), bytes);
    command.arg(address).arg(&*state.field);
    command.arg(behind_sign(state.expected.number()));
    command.arg(behind_sign(state.summary.as_deref()));
    command.arg(u8::from(state.replaces));
    let (set, removed): (Vec<_>, Vec<_>) =
        state.parts.iter().partition(|(_, bytes)| bytes.is_some());
    command.arg(removed.len());
    for (part, _) in removed {
        command.arg(part);
    }
    for (part, bytes) in set {
        command.arg(part).arg(bytes.as_deref());
    }
    command
}

/// What is there, behind a sign that tells it from nothing.
fn behind_sign(bytes: Option<&[u8]>) -> Vec<u8> {
    bytes.map_or_else(Vec::new, |bytes| [b"=", bytes].concat())
}
