//! How a case gets the store under test.

use std::sync::Arc;

use crate::online::OnlineStore;

/// Opens the store under test: a handle on the same rows each time, with connections of its own
/// where the store has such.
pub type Open<'a> = &'a (dyn Fn() -> Arc<dyn OnlineStore> + Sync);
