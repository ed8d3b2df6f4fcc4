//! Whether a file is as redb wrote it. Of each page redb keeps a checksum in the page above, which
//! it compares only where it puts a file in order. So it does that here, with all that it writes
//! kept in memory.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::{BackendError, Database, DatabaseError, StorageBackend};

use super::backend::Backend;
use super::builder::builder;

/// The most memory for pages of the file while it is looked through.
const CACHE: usize = 16 * 1024 * 1024;
const BLOCK: usize = 4096;
type Block = [u8; BLOCK];

/// Looks through all that the latest commit refers to.
///
/// # Errors
///
/// A page that is not as it was written. The one before the latest commit may be whole, but is
/// not what was stored, so it is not taken instead.
pub(super) fn check(file: &Backend) -> Result<(), DatabaseError> {
    let mut builder = builder();
    builder
        .set_cache_size(CACHE)
        .set_check_integrity_on_open(true)
        .set_repair_callback(|session| {
            // It begins at 0, and says 0.3 where it goes back to the commit before, else 0.6.
            if (0.1..0.5).contains(&session.progress()) {
                session.abort();
            }
        });
    builder
        .create_with_backend(Scratch::over(file)?)
        .and_then(Database::close)
}

/// The file, and over it what was written since.
#[derive(Debug)]
struct Scratch {
    file: Backend,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    length: u64,
    /// Up to where the file is still what it was.
    kept: u64,
    written: BTreeMap<u64, Box<Block>>,
}

impl Scratch {
    fn over(file: &Backend) -> io::Result<Self> {
        let length = file.len()?;
        Ok(Self {
            file: file.clone(),
            state: Mutex::new(State {
                length,
                kept: length,
                written: BTreeMap::new(),
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A block as it is now.
    fn block(&self, state: &State, number: u64) -> io::Result<Box<Block>> {
        if let Some(block) = state.written.get(&number) {
            return Ok(block.clone());
        }
        let mut block = Box::new([0; BLOCK]);
        let start = number * BLOCK as u64;
        let length = usize_of(state.kept.saturating_sub(start).min(BLOCK as u64))?;
        self.file.read(start, &mut block[..length])?;
        Ok(block)
    }
}

/// The parts of blocks that `length` bytes from `offset` on are: the block's number, where in it,
/// and how many.
fn parts(offset: u64, length: usize) -> impl Iterator<Item = (u64, usize, usize)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let start = usize::try_from(at % BLOCK as u64).ok()?;
        let part = (BLOCK - start).min(length - done);
        done += part;
        (part > 0).then_some((at / BLOCK as u64, start, part))
    })
}

fn usize_of(number: u64) -> io::Result<usize> {
    usize::try_from(number).map_err(io::Error::other)
}

impl StorageBackend for Scratch {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        let end = offset.checked_add(out.len() as u64);
        if end.is_none_or(|end| end > state.length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut done = 0;
        for (number, start, length) in parts(offset, out.len()) {
            let block = self.block(&state, number)?;
            out[done..done + length].copy_from_slice(&block[start..start + length]);
            done += length;
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        state.length = len;
        state.kept = state.kept.min(len);
        state
            .written
            .retain(|number, _| number * (BLOCK as u64) < len);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let mut done = 0;
        for (number, start, length) in parts(offset, data.len()) {
            let mut block = self.block(&state, number)?;
            block[start..start + length].copy_from_slice(&data[done..done + length]);
            state.written.insert(number, block);
            done += length;
        }
        Ok(())
    }

    // Nobody else has it.
    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn try_lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn query_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(false)
    }
}
