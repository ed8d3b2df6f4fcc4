//! How fresh views are, in words.

use std::time::Duration;

use futures_util::future::join_all;

use super::text::Moment;
use crate::store::FeatureStore;
use crate::upkeep::Freshness;
use crate::view::ViewDefinition;

/// How long a page waits for the online store.
const BOUND: Duration = Duration::from_secs(2);

/// How fresh a view is, and what its last run rejected, if it did.
#[derive(Debug, Clone)]
pub(super) enum Fresh {
    /// As of a time, and not due since.
    Current(Moment, Option<String>),
    /// As of a time, and due since another.
    Overdue(Moment, Moment, Option<String>),
    /// Nothing was materialized yet.
    Never(Option<String>),
    /// The online store did not say.
    Unknown,
}

impl Fresh {
    fn new(store: &FeatureStore, freshness: &Freshness) -> Self {
        let moment = |time| Moment::new(time, store.clock().now());
        let rejected = freshness
            .last_run()
            .filter(|(_, rejected)| *rejected > 0)
            .map(|(read, rejected)| format!("{rejected} of {read} rows rejected"));
        match (freshness.as_of(), freshness.due()) {
            (None, _) => Self::Never(rejected),
            (Some(time), Some(due)) if freshness.is_overdue() => {
                Self::Overdue(moment(time), moment(due), rejected)
            }
            (Some(time), _) => Self::Current(moment(time), rejected),
        }
    }
}

/// How fresh a view is; or what keeps the online store from saying.
pub(super) async fn of_view(
    store: &FeatureStore,
    view: &'static ViewDefinition,
) -> (Fresh, Option<String>) {
    let problem = match tokio::time::timeout(BOUND, store.freshness(view)).await {
        Ok(Ok(freshness)) => return (Fresh::new(store, &freshness), None),
        Ok(Err(error)) => error.to_string(),
        Err(_) => {
            let (location, seconds) = (store.online().location(), BOUND.as_secs());
            format!("the online store at {location} does not answer within {seconds} s")
        }
    };
    (Fresh::Unknown, Some(problem))
}

/// How fresh views are, in their order; or the first thing that keeps the online store from saying.
pub(super) async fn of_views(
    store: &FeatureStore,
    views: &[&'static ViewDefinition],
) -> (Vec<Fresh>, Option<String>) {
    let asked = join_all(views.iter().map(|view| of_view(store, view))).await;
    let (fresh, problems): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
    (fresh, problems.into_iter().flatten().next())
}
