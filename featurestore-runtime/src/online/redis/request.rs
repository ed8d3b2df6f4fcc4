//! What goes over a connection in one round trip.

use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline, RedisResult, Value};

use super::script::{KnownScripts, Script};
use super::verdict::{Verdict, verdict};

/// What is asked of a server in one round trip.
#[derive(Debug, Clone, Copy)]
pub(super) enum Request<'a> {
    Command(&'a Cmd),
    Pipeline(&'a Pipeline),
    /// Calls of a script that the server may not know yet.
    Scripts(&'static Script, &'a Pipeline),
}

/// Sends a request, behind its script where its server does not have it yet.
pub(super) async fn send(
    connection: &mut MultiplexedConnection,
    known: &KnownScripts,
    request: Request<'_>,
) -> RedisResult<Value> {
    match request {
        Request::Command(command) => connection.send_packed_command(command).await,
        Request::Scripts(script, pipeline) if !known.has(script) => {
            let mut with_script = Pipeline::with_capacity(pipeline.len() + 1);
            with_script.add_command(script.load());
            for command in pipeline.cmd_iter() {
                with_script.add_command(command.clone());
            }
            let mut answers = send_all(connection, &with_script).await?;
            match answers.remove(0) {
                // Who may not load the script can still call it, if someone else did.
                Value::ServerError(error) if verdict(&error) == Verdict::Answer => {
                    for answer in &mut answers {
                        if matches!(answer, Value::ServerError(own) if own.code() == "NOSCRIPT") {
                            *answer = Value::ServerError(error.clone());
                        }
                    }
                }
                Value::ServerError(_) => {}
                _ => known.add(script),
            }
            Ok(Value::Array(answers))
        }
        Request::Pipeline(pipeline) | Request::Scripts(_, pipeline) => {
            send_all(connection, pipeline).await.map(Value::Array)
        }
    }
}

async fn send_all(
    connection: &mut MultiplexedConnection,
    pipeline: &Pipeline,
) -> RedisResult<Vec<Value>> {
    connection
        .send_packed_commands(pipeline, 0, pipeline.len())
        .await
}
