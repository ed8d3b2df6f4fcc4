//! An online store that stands still at an event, so that what writes to it can be killed there
//! however fast the machine is.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use featurestore::online::{OnlineError, OnlineFuture, OnlineStore, Written};
use featurestore::testing::{Call, Intercept};
use tokio::sync::oneshot;

/// Where `held-features` reads the address of the store in which it is held.
pub const ONLINE: &str = "FEATURESTORE_TESTS_HELD_ONLINE";
/// Where it reads the [`Hold`].
pub const HOLD: &str = "FEATURESTORE_TESTS_HOLD";
/// The line that it prints when it is held.
pub const HELD: &str = "held";
/// The start of the line that it prints where it came to its end: how often its store was called.
pub const CALLS: &str = "calls: ";

/// The event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Nothing more is written once so many rows are.
    AfterRows(u64),
    /// The call of this number, from 1 on, and those after it are never answered.
    BeforeCall(u64),
    /// The call of this number waits until the standard input ends, and is then made.
    UntilTold(u64),
}

impl fmt::Display for Hold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AfterRows(rows) => write!(formatter, "after {rows}"),
            Self::BeforeCall(call) => write!(formatter, "before {call}"),
            Self::UntilTold(call) => write!(formatter, "until told {call}"),
        }
    }
}

impl FromStr for Hold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |digits: &str| digits.parse().ok();
        let after = text.strip_prefix("after ").and_then(number);
        let before = text.strip_prefix("before ").and_then(number);
        let until_told = text.strip_prefix("until told ").and_then(number);
        let hold = after.map(Self::AfterRows).or(before.map(Self::BeforeCall));
        hold.or(until_told.map(Self::UntilTold)).ok_or_else(|| {
            format!("`{text}` is none of `after ROWS`, `before CALL` and `until told CALL`")
        })
    }
}

/// A store in front of another one.
#[derive(Debug)]
pub struct Held {
    store: Arc<dyn OnlineStore>,
    hold: Hold,
    calls: AtomicU64,
    rows: AtomicU64,
}

impl Held {
    /// In front of `store`, until `hold`.
    #[must_use]
    pub fn new(store: Arc<dyn OnlineStore>, hold: Hold) -> Self {
        Self {
            store,
            hold,
            calls: AtomicU64::new(0),
            rows: AtomicU64::new(0),
        }
    }

    /// How often it was called.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Intercept for Held {
    fn store(&self) -> &dyn OnlineStore {
        &*self.store
    }

    fn before(&self, call: &Call<'_>) -> OnlineFuture<'static, ()> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let held = match self.hold {
            Hold::BeforeCall(first) => number >= first,
            Hold::UntilTold(only) => number == only,
            Hold::AfterRows(rows) => {
                matches!(call, Call::Write(_)) && self.rows.load(Ordering::SeqCst) >= rows
            }
        };
        if !held {
            return Box::pin(async { Ok(()) });
        }
        println!("{HELD}");
        if matches!(self.hold, Hold::UntilTold(_)) {
            return Box::pin(told());
        }
        Box::pin(std::future::pending())
    }

    fn wrote(&self, written: Vec<Written>) -> Vec<Written> {
        let rows = u64::try_from(written.len()).unwrap_or(u64::MAX);
        self.rows.fetch_add(rows, Ordering::SeqCst);
        written
    }
}

/// Waits, on a thread of its own, until the standard input ends.
async fn told() -> Result<(), OnlineError> {
    let (sender, told) = oneshot::channel();
    std::thread::spawn(move || {
        let ended = std::io::read_to_string(std::io::stdin());
        // Nobody waits any more where the process is at its end.
        let _ = sender.send(ended.is_ok());
    });
    assert_eq!(told.await, Ok(true), "the standard input can't be read");
    Ok(())
}
