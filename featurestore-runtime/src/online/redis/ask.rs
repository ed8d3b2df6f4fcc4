//! A request for one key.

use redis::{Cmd, Value};

use super::super::OnlineError;
use super::batch::{Asked, ask_until};
use super::nodes::{Kind, Nodes};
use super::request::Request;
use super::verdict::{Verdict, verdict};

/// Asks for one key; an error of the command that asking again would not help is the answer.
pub(super) async fn ask(
    nodes: &Nodes,
    kind: Kind,
    key: &[u8],
    command: Cmd,
) -> Result<Value, OnlineError> {
    let (deadline, mut said) = (nodes.deadline(), None);
    if let Some(server) = nodes.only() {
        match server.ask(Request::Command(&command), deadline).await? {
            Value::ServerError(error) if verdict(&error) != Verdict::Answer => {
                said = Some(server.refusal(&error));
            }
            answer => return Ok(answer),
        }
    }
    let asked = vec![Asked { key, command }];
    let mut answers = ask_until(nodes, kind, asked, deadline, said).await?;
    let none = || nodes.endpoint().refused("it gave no answer".to_owned());
    answers.pop().ok_or_else(none)
}
