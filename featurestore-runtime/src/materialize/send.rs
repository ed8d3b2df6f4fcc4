//! Sending what was read to the online store, a few chunks at once.

use futures_util::stream::{self, StreamExt as _};
use tokio::sync::mpsc;

use super::MaterializeError;
use crate::online::RowWrite;

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

/// Writes the chunks that come, and says of each what became of it.
pub(super) async fn send<T, W, F>(
    chunks: mpsc::Receiver<T>,
    write: impl Fn(T) -> F,
    mut sent: impl FnMut(W),
) -> Result<(), MaterializeError>
where
    F: Future<Output = Result<W, MaterializeError>>,
{
    let next = |mut chunks: mpsc::Receiver<T>| async {
        let chunk = chunks.recv().await?;
        Some((chunk, chunks))
    };
    let writes = stream::unfold(chunks, next)
        .map(write)
        .buffer_unordered(UNDER_WAY);
    let mut writes = std::pin::pin!(writes);
    // An error ends it, and the reader notices that nobody takes what it read.
    while let Some(written) = writes.next().await {
        sent(written?);
    }
    Ok(())
}
