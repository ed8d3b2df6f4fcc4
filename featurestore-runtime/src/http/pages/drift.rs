//! How a view's source no longer fits its declaration.

use crate::http::serving::Serving;
use crate::view::ViewDefinition;

/// A sentence per column. A program that can't read sources doesn't look at them.
pub(super) async fn of(serving: &Serving, view: &ViewDefinition) -> Vec<String> {
    #[cfg(feature = "duckdb")]
    return serving.metrics.drift.of(&serving.store, view).await;
    #[cfg(not(feature = "duckdb"))]
    {
        let _ = (serving, view);
        Vec::new()
    }
}
