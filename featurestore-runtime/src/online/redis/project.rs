//! The layouts of a project's rows.

use redis::{Cmd, Value};

use super::super::layouts::{kept_layout, layout_field, layouts_address, stored_layout};
use super::super::{OnlineError, StoredLayout};
use super::ask::ask;
use super::batch::{Asked, ask_all};
use super::nodes::{Kind, Nodes};

pub(super) async fn layouts(
    nodes: &Nodes,
    project: &str,
) -> Result<Vec<StoredLayout>, OnlineError> {
    let address = layouts_address(project);
    let mut command = Cmd::new();
    command.arg("HGETALL").arg(&address);
    // A replica that is behind would lack the layout of a row that another one already has.
    let answer = ask(nodes, Kind::Master, &address, command).await?;
    let fields = match answer.into_map_iter() {
        Ok(fields) => fields,
        Err(other) => return Err(nodes.endpoint().unexpected(&other)),
    };
    fields
        .map(|(field, text)| match (field, text) {
            (Value::BulkString(field), Value::BulkString(text)) => {
                stored_layout(nodes.endpoint().location(), &field, &text)
            }
            (other, _) => Err(nodes.endpoint().unexpected(&other)),
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
        [error @ Value::ServerError(_), _] => Err(nodes.endpoint().unexpected(error)),
        _ => Err(nodes.endpoint().unexpected(&Value::Array(answers))),
    }
}
