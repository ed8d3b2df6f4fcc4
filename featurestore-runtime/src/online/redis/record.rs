//! What a project keeps by name.

use redis::{Cmd, Value};

use super::super::OnlineError;
use super::super::records::{record_text, records_address};
use super::ask::ask;
use super::nodes::{Kind, Nodes};

/// KEYS: the hash. ARGV: the name, `=` and the old text or nothing, `=` and the new one or
/// nothing. A request that is repeated after its answer was lost finds its own text.
const SWAP: &str = "\
local now = redis.call('HGET', KEYS[1], ARGV[1])
now = now and '=' .. now or ''
if now == ARGV[3] then return 1 end
if now ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1])
else redis.call('HSET', KEYS[1], ARGV[1], string.sub(ARGV[3], 2)) end
return 1";

pub(super) async fn record(
    nodes: &Nodes,
    project: &str,
    name: &str,
) -> Result<Option<String>, OnlineError> {
    let address = records_address(project);
    let mut get = Cmd::new();
    get.arg("HGET").arg(&address).arg(name);
    match ask(nodes, Kind::Master, &address, get).await? {
        Value::Nil => Ok(None),
        Value::BulkString(text) => record_text(nodes.endpoint().location(), name, &text).map(Some),
        other => Err(nodes.endpoint().unexpected(&other)),
    }
}

pub(super) async fn swap(
    nodes: &Nodes,
    project: &str,
    name: &str,
    (old, new): (Option<&str>, Option<&str>),
) -> Result<bool, OnlineError> {
    let address = records_address(project);
    let argument = |text: Option<&str>| text.map_or_else(String::new, |text| format!("={text}"));
    let mut swap = Cmd::new();
    swap.arg("EVAL").arg(SWAP).arg(1).arg(&address);
    swap.arg(name).arg(argument(old)).arg(argument(new));
    match ask(nodes, Kind::Master, &address, swap).await? {
        Value::Int(swapped) => Ok(swapped == 1),
        other => Err(nodes.endpoint().unexpected(&other)),
    }
}
