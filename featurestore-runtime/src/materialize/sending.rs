//! Encoded rows, put together into chunks.

use bytes::Bytes;

use super::MaterializeError;
use super::batch::Batch;
use super::send::Chunk;
use crate::online::{Address, Merge, RowWrite};
use crate::types::ValueRef;

/// From how many rows or bytes on a chunk is full. A chunk is one transaction of an embedded
/// store and one pipeline of a Redis server.
const CHUNK: (usize, usize) = (4_000, 2 << 20);

/// A chunk that is being filled.
pub(super) struct Sending<'a> {
    project: &'a str,
    chunk: Chunk,
    /// The bytes of its rows, one behind the other, as one allocation is cheaper than many.
    bytes: Vec<u8>,
    /// Where each row ends among the bytes, and the index of its view in the group.
    rows: Vec<(usize, usize)>,
}

impl<'a> Sending<'a> {
    pub(super) fn new(project: &'a str) -> Self {
        Self {
            project,
            chunk: Chunk::default(),
            bytes: Vec::new(),
            rows: Vec::new(),
        }
    }

    pub(super) const fn project(&self) -> &'a str {
        self.project
    }

    /// Adds a row of a view, which has its index among those that are read and in the group.
    pub(super) fn push(
        &mut self,
        batch: &Batch<'_>,
        (view, index): (usize, usize),
        row: usize,
        values: &[Option<ValueRef<'_>>],
        address: &Address,
    ) -> Result<(), MaterializeError> {
        batch.encode(view, row, values, &mut self.bytes)?;
        self.rows.push((self.bytes.len(), index));
        let (address, field) = (address.clone(), batch.field(view));
        let write = RowWrite::new(address, field, Bytes::new(), Merge::NewerWins);
        self.chunk.rows.push(write);
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= CHUNK.0 || self.bytes.len() >= CHUNK.1
    }

    /// The chunk, if it has rows.
    pub(super) fn take(&mut self) -> Option<Chunk> {
        if self.rows.is_empty() {
            return None;
        }
        let mut chunk = std::mem::take(&mut self.chunk);
        let bytes = Bytes::from(std::mem::take(&mut self.bytes));
        let mut start = 0;
        for (write, (end, view)) in chunk.rows.iter_mut().zip(self.rows.drain(..)) {
            write.row = bytes.slice(start..end);
            chunk.views.push(view);
            start = end;
        }
        Some(chunk)
    }
}
