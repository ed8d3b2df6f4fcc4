//! A store in front of another one, for tests of what goes wrong.

use std::fmt;

use bytes::Bytes;

use crate::online::{
    EntityRead, FoundRows, OnlineFuture, OnlineStore, RowWrite, ScanCursor, ScanPage, StateWrite,
    StoredLayout, Written,
};
use crate::time::Timestamp;

/// What an online store is asked for.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
#[allow(missing_docs)] // as the methods of `OnlineStore` have them
pub enum Call<'a> {
    Ping,
    Check,
    Read(&'a [EntityRead<'a>]),
    Write(&'a [RowWrite]),
    WriteStates(&'a [StateWrite]),
    Layouts,
    KeepLayout(&'a StoredLayout),
    Record {
        name: &'a str,
    },
    SwapRecord {
        name: &'a str,
        old: Option<&'a str>,
        new: Option<&'a str>,
    },
    Scan,
    DeleteView {
        field: &'a str,
    },
    DeleteProject,
}

/// A store in front of another one: what that is asked can be counted, fail, or never be answered.
/// Whatever implements this is an [`OnlineStore`].
///
/// ```
/// use featurestore::online::{OnlineError, OnlineFuture, OnlineStore};
/// use featurestore::testing::{Call, Intercept, MemoryStore};
///
/// /// A store that takes no rows.
/// #[derive(Debug, Default)]
/// struct Full(MemoryStore);
///
/// impl Intercept for Full {
///     fn store(&self) -> &dyn OnlineStore {
///         &self.0
///     }
///
///     fn before(&self, call: &Call<'_>) -> OnlineFuture<'static, ()> {
///         let full = OnlineError::refused(self.0.location(), "it is full");
///         let refused = matches!(call, Call::Write(_));
///         Box::pin(async move { if refused { Err(full) } else { Ok(()) } })
///     }
/// }
///
/// # fn main() -> std::io::Result<()> {
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let full = Full::default();
/// assert!(full.ping().await.is_ok());
/// assert!(full.write(&[]).await.is_err());
/// # });
/// # Ok(())
/// # }
/// ```
pub trait Intercept: fmt::Debug + Send + Sync {
    /// The store that answers.
    fn store(&self) -> &dyn OnlineStore;

    /// What is done before a call goes on to that one; an error is the call's answer.
    fn before(&self, call: &Call<'_>) -> OnlineFuture<'static, ()>;

    /// Why the store may lose rows by itself, where that one keeps what it is given.
    fn evicting(&self) -> Option<String> {
        None
    }

    /// What time it is by the store's own clock, where that one has none.
    fn tells(&self) -> Option<Timestamp> {
        None
    }

    /// Whether reads may miss what was written.
    fn lags(&self) -> bool {
        self.store().may_lag()
    }

    /// What is made of the rows that a read found, before the caller gets them; not of one that is to miss
    /// nothing.
    fn found(&self, rows: Vec<Vec<Option<Bytes>>>) -> Vec<Vec<Option<Bytes>>> {
        rows
    }

    /// What is made of what became of rows, before the caller gets it.
    fn wrote(&self, written: Vec<Written>) -> Vec<Written> {
        written
    }
}

/// Passes a call on once `before` lets it.
fn pass<'a, T: Send + 'a>(
    before: OnlineFuture<'static, ()>,
    answer: impl FnOnce() -> OnlineFuture<'a, T> + Send + 'a,
) -> OnlineFuture<'a, T> {
    Box::pin(async move {
        before.await?;
        answer().await
    })
}

impl<I: Intercept> OnlineStore for I {
    fn location(&self) -> String {
        self.store().location()
    }

    fn ping(&self) -> OnlineFuture<'_, ()> {
        pass(self.before(&Call::Ping), || self.store().ping())
    }

    fn check(&self) -> OnlineFuture<'_, ()> {
        pass(self.before(&Call::Check), || self.store().check())
    }

    fn may_lag(&self) -> bool {
        self.lags()
    }

    fn evicts(&self) -> OnlineFuture<'_, Option<String>> {
        match self.evicting() {
            Some(reason) => Box::pin(async { Ok(Some(reason)) }),
            None => self.store().evicts(),
        }
    }

    fn read<'a>(
        &'a self,
        entities: &'a [EntityRead<'a>],
    ) -> OnlineFuture<'a, Vec<Vec<Option<Bytes>>>> {
        let before = self.before(&Call::Read(entities));
        Box::pin(async move {
            before.await?;
            Ok(self.found(self.store().read(entities).await?))
        })
    }

    fn read_timed<'a>(
        &'a self,
        entities: &'a [EntityRead<'a>],
    ) -> OnlineFuture<'a, (FoundRows, Option<Timestamp>)> {
        let before = self.before(&Call::Read(entities));
        Box::pin(async move {
            before.await?;
            let (rows, time) = self.store().read_timed(entities).await?;
            Ok((self.found(rows), time.or_else(|| self.tells())))
        })
    }

    fn time(&self) -> OnlineFuture<'_, Option<Timestamp>> {
        Box::pin(async { Ok(self.store().time().await?.or_else(|| self.tells())) })
    }

    fn read_newest<'a>(
        &'a self,
        entities: &'a [EntityRead<'a>],
    ) -> OnlineFuture<'a, Vec<Vec<Option<Bytes>>>> {
        pass(self.before(&Call::Read(entities)), move || {
            self.store().read_newest(entities)
        })
    }

    fn write<'a>(&'a self, rows: &'a [RowWrite]) -> OnlineFuture<'a, Vec<Written>> {
        let before = self.before(&Call::Write(rows));
        Box::pin(async move {
            before.await?;
            Ok(self.wrote(self.store().write(rows).await?))
        })
    }

    fn write_states<'a>(&'a self, states: &'a [StateWrite]) -> OnlineFuture<'a, Vec<bool>> {
        let before = self.before(&Call::WriteStates(states));
        Box::pin(async move {
            before.await?;
            self.store().write_states(states).await
        })
    }

    fn layouts<'a>(&'a self, project: &'a str) -> OnlineFuture<'a, Vec<StoredLayout>> {
        pass(self.before(&Call::Layouts), move || {
            self.store().layouts(project)
        })
    }

    fn keep_layout<'a>(
        &'a self,
        project: &'a str,
        layout: &'a StoredLayout,
    ) -> OnlineFuture<'a, ()> {
        let call = Call::KeepLayout(layout);
        pass(self.before(&call), move || {
            self.store().keep_layout(project, layout)
        })
    }

    fn record<'a>(&'a self, project: &'a str, name: &'a str) -> OnlineFuture<'a, Option<String>> {
        let call = Call::Record { name };
        pass(self.before(&call), move || {
            self.store().record(project, name)
        })
    }

    fn swap_record<'a>(
        &'a self,
        project: &'a str,
        name: &'a str,
        old: Option<&'a str>,
        new: Option<&'a str>,
    ) -> OnlineFuture<'a, bool> {
        let call = Call::SwapRecord { name, old, new };
        pass(self.before(&call), move || {
            self.store().swap_record(project, name, old, new)
        })
    }

    fn scan<'a>(
        &'a self,
        project: &'a str,
        cursor: Option<&'a ScanCursor>,
    ) -> OnlineFuture<'a, ScanPage> {
        pass(self.before(&Call::Scan), move || {
            self.store().scan(project, cursor)
        })
    }

    fn delete_view<'a>(&'a self, project: &'a str, field: &'a str) -> OnlineFuture<'a, u64> {
        let call = Call::DeleteView { field };
        pass(self.before(&call), move || {
            self.store().delete_view(project, field)
        })
    }

    fn delete_project<'a>(&'a self, project: &'a str) -> OnlineFuture<'a, u64> {
        pass(self.before(&Call::DeleteProject), move || {
            self.store().delete_project(project)
        })
    }
}
