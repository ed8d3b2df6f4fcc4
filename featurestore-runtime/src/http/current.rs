//! The request that is being answered, for what happens deep inside of its handler: failures are
//! counted and logged with the request's name there, without a span that every request would pay.

use std::cell::Cell;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use axum::http::Method;

use super::failure_form::FailureForm;
use super::metrics::RouteMetrics;
use super::request_id::RequestId;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

tokio::task_local! {
    pub(super) static CURRENT: Current;
}

/// What is known of a request beside its content.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) id: RequestId,
    pub(super) method: Method,
    pub(super) route: Arc<RouteMetrics>,
    /// What is known so far of how its failure is told.
    pub(super) failures: Cell<FailureForm>,
}

/// Says how a failure of the request that is being answered is told.
pub(super) fn told_by(form: FailureForm) {
    // Where none is being answered, nobody is told of a failure.
    let _ = CURRENT.try_with(|request| request.failures.set(form));
}

/// How a failure of the request that is being answered is told.
pub(super) fn failure_form() -> FailureForm {
    let known = CURRENT.try_with(|request| request.failures.get());
    known.unwrap_or(FailureForm::Own)
}

/// Counts a failure by its code, and logs it where it is a fault. Neither has a key or a value.
pub(super) fn failed(code: &'static str, fault: Option<String>) {
    let known = CURRENT.try_with(|request| {
        request.route.failed(code);
        if let Some(reason) = &fault
            && request.route.flood.admits(START.elapsed().as_secs())
        {
            let (route, method) = (request.route.name(), &request.method);
            tracing::error!(request_id = %request.id, %method, route, code, reason, "a request failed");
        }
    });
    if let (Err(_), Some(reason)) = (known, fault) {
        tracing::error!(code, reason, "a request failed");
    }
}
