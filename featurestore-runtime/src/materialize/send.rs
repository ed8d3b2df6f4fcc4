//! Sending rows to the online store, a few chunks at once.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};
use tokio::sync::mpsc;

use super::MaterializeError;
use crate::online::{OnlineError, OnlineStore, RowWrite, Written, write as write_rows};

/// How many chunks wait to be sent.
pub(super) const WAITING: usize = 2;
/// How many chunks are under way at once. No two rows of a run have one address and field, so their
/// order does not matter.
const UNDER_WAY: usize = 2;

/// Rows that are sent at once.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) rows: Vec<RowWrite>,
    /// Of each row its view's index in the group.
    pub(super) views: Vec<usize>,
}

/// Writes the chunks that come, and says of each what became of its rows.
pub(super) async fn send(
    online: &Arc<dyn OnlineStore>,
    chunks: mpsc::Receiver<Chunk>,
    mut sent: impl FnMut(&Chunk, &[Written]),
) -> Result<(), MaterializeError> {
    let next = |mut chunks: mpsc::Receiver<Chunk>| async {
        let chunk = chunks.recv().await?;
        Some((chunk, chunks))
    };
    let write = |chunk: Chunk| async move {
        let written = write_rows(&**online, &chunk.rows).await?;
        Ok::<_, OnlineError>((chunk, written))
    };
    let writes = stream::unfold(chunks, next)
        .map(write)
        .buffer_unordered(UNDER_WAY);
    let mut writes = std::pin::pin!(writes);
    // An error ends it, and the reader notices that nobody takes its rows.
    while let Some(written) = writes.next().await {
        let (chunk, written) = written?;
        sent(&chunk, &written);
    }
    Ok(())
}
