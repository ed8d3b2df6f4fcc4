//! Messages as lines, over any reader and writer. The protocol's library has such a transport as well,
//! which says nothing of a line that is too long or no JSON, so that its sender waits for ever.

use std::io;
use std::sync::Arc;

use rmcp::RoleServer;
use rmcp::model::{ClientJsonRpcMessage, ClientNotification, ServerJsonRpcMessage};
use rmcp::transport::Transport;
use serde::Serialize;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use super::message::{self, Refusal};

/// How many messages are read before those that came before are taken.
const QUEUE: usize = 16;

/// The messages of one who speaks in lines, and the answers to it.
#[derive(Debug)]
pub(super) struct Lines<W> {
    messages: mpsc::Receiver<ClientJsonRpcMessage>,
    output: Output<W>,
    reading: JoinHandle<()>,
}

/// Where answers go, until it is closed.
type Output<W> = Arc<Mutex<Option<W>>>;

impl<W: AsyncWrite + Send + Unpin + 'static> Lines<W> {
    /// Reads until the input ends. What is longer than `limit` bytes or no message is answered here.
    pub(super) fn new(
        input: impl AsyncRead + Send + Unpin + 'static,
        output: W,
        limit: usize,
    ) -> Self {
        let output = Arc::new(Mutex::new(Some(output)));
        let (sender, messages) = mpsc::channel(QUEUE);
        let reading = read(BufReader::new(input), sender, Arc::clone(&output), limit);
        Self {
            messages,
            output,
            reading: tokio::spawn(reading),
        }
    }
}

impl<W> Drop for Lines<W> {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl<W: AsyncWrite + Send + Unpin + 'static> Transport<RoleServer> for Lines<W> {
    type Error = io::Error;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let output = Arc::clone(&self.output);
        async move { write(&output, &message).await }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        self.messages.recv().await
    }

    async fn close(&mut self) -> io::Result<()> {
        drop(self.output.lock().await.take());
        Ok(())
    }
}

/// Reads lines until there are no more, or nobody takes them.
async fn read<W: AsyncWrite + Unpin>(
    mut input: impl AsyncBufRead + Unpin,
    messages: mpsc::Sender<ClientJsonRpcMessage>,
    output: Output<W>,
    limit: usize,
) {
    let mut line = Vec::new();
    loop {
        let message = match next(&mut input, &mut line, limit).await {
            Ok(Read::Line) if line.trim_ascii().is_empty() => continue,
            Ok(Read::Line) => message::parse(line.trim_ascii()),
            Ok(Read::TooLong) => Err(Refusal::too_large(limit)),
            Ok(Read::End) => return,
            Err(error) => {
                tracing::error!(%error, "the input can't be read");
                return;
            }
        };
        let is_over = match message {
            // Those of other protocols, as editors send them, are nobody's here.
            Ok(ClientJsonRpcMessage::Notification(notification))
                if matches!(
                    notification.notification,
                    ClientNotification::CustomNotification(_)
                ) =>
            {
                false
            }
            Ok(message) => messages.send(message).await.is_err(),
            Err(refusal) => write(&output, &refusal.to_json()).await.is_err(),
        };
        if is_over {
            return;
        }
    }
}

/// What was read.
enum Read {
    Line,
    TooLong,
    End,
}

/// Reads a line, or what is left where the input ends, and keeps no more of it than `limit` bytes.
async fn next(
    input: &mut (impl AsyncBufRead + Unpin),
    line: &mut Vec<u8>,
    limit: usize,
) -> io::Result<Read> {
    line.clear();
    let mut length = 0;
    loop {
        let part = input.fill_buf().await?;
        let end = part.iter().position(|byte| *byte == b'\n');
        let is_end = part.is_empty();
        let taken = end.unwrap_or(part.len());
        length += taken;
        if length <= limit {
            line.extend_from_slice(&part[..taken]);
        }
        input.consume(taken + usize::from(end.is_some()));
        if end.is_some() || is_end {
            return Ok(match length {
                0 if is_end => Read::End,
                length if length > limit => Read::TooLong,
                _ => Read::Line,
            });
        }
    }
}

async fn write<W: AsyncWrite + Unpin>(
    output: &Output<W>,
    message: &impl Serialize,
) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    match &mut *output.lock().await {
        Some(output) => {
            output.write_all(&line).await?;
            output.flush().await
        }
        None => Err(io::ErrorKind::NotConnected.into()),
    }
}
