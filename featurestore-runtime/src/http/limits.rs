//! What bounds requests and connections, where the settings say nothing else.

use std::time::Duration;

use super::rejection::Rejection;
use crate::serving::{MAX_ANSWER, MAX_BODY};
use crate::store::MAX_KEY;

/// The most entities that one request may ask about, where the settings say nothing else.
pub const MAX_ENTITIES: usize = 1_000;

/// What bounds a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_body: usize,
    pub(crate) max_entities: usize,
    pub(crate) max_key: usize,
    pub(crate) max_answer: usize,
    pub(crate) request_time: Duration,
    pub(crate) max_requests: usize,
}

impl Limits {
    /// How long an agent's call may take: so much less than its request that it is answered by the
    /// protocol, with what a model makes sense of, and not by what is around the request.
    #[cfg(feature = "mcp")]
    pub(super) fn call_time(&self) -> Duration {
        self.request_time * 9 / 10
    }

    /// Refuses a request beyond as many as may be answered at once.
    pub(super) fn check_requests(&self, number: usize) -> Result<(), Rejection> {
        if number > self.max_requests {
            return Err(Rejection::TooBusy {
                limit: self.max_requests,
            });
        }
        Ok(())
    }

    /// Refuses an answer that has become larger than one may be.
    pub(super) fn check_answer(&self, bytes: usize) -> Result<(), Rejection> {
        if bytes > self.max_answer {
            return Err(Rejection::AnswerTooLarge {
                limit: self.max_answer,
            });
        }
        Ok(())
    }

    /// The most bytes of a form that is sent by who has no token yet.
    #[cfg(feature = "pages")]
    pub(super) fn max_form(&self) -> usize {
        self.max_body.min(4 << 10)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body: MAX_BODY,
            max_entities: MAX_ENTITIES,
            max_key: MAX_KEY,
            max_answer: MAX_ANSWER,
            request_time: Duration::from_secs(5),
            max_requests: 1_024,
        }
    }
}

/// What bounds connections.
#[derive(Debug, Clone, Copy)]
pub(super) struct Connections {
    pub(super) max: usize,
    pub(super) head_time: Duration,
    pub(super) max_head: usize,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            max: 10_000,
            head_time: Duration::from_secs(10),
            max_head: 32 << 10,
        }
    }
}
