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

/// How fresh views are, in their order; or what keeps the online store from saying.
pub(super) async fn of_views(
    store: &FeatureStore,
    views: &[&'static ViewDefinition],
) -> (Vec<Fresh>, Option<String>) {
    let asked = join_all(views.iter().map(|view| store.freshness(view)));
    let Ok(answers) = tokio::time::timeout(BOUND, asked).await else {
        let location = store.online().location();
        let seconds = BOUND.as_secs();
        let problem = format!("the online store at {location} does not answer within {seconds} s");
        return (vec![Fresh::Unknown; views.len()], Some(problem));
    };
    let mut problem = None;
    let mut fresh = Vec::with_capacity(views.len());
    for answer in answers {
        fresh.push(match answer {
            Ok(freshness) => Fresh::new(store, &freshness),
            Err(error) => {
                problem.get_or_insert_with(|| error.to_string());
                Fresh::Unknown
            }
        });
    }
    (fresh, problem)
}
