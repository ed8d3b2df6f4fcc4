//! Visits of users, and windows over them.

use featurestore::prelude::*;

/// A visit.
#[event_source(source = "data/visits.parquet", id = "visit_id", cadence = "1h")]
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    pub(crate) visit_id: i64,
    pub(crate) user_id: String,
    pub(crate) event_timestamp: Timestamp,
}

/// How often a user came.
#[feature_view(entity = "user_id", events = Visit)]
#[derive(Debug, Clone)]
pub(crate) struct Visits {
    pub(crate) user_id: String,
    #[column(agg = count(), window = "30d")]
    pub(crate) visits_30d: i64,
    #[column(agg = count(), window = "2d")]
    pub(crate) visits_2d: i64,
}

/// All that is counted.
#[feature_service]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AllVisits {
    #[from(Visits)]
    pub(crate) visits_30d: i64,
    #[from(Visits)]
    pub(crate) visits_2d: i64,
}

/// What is counted lately.
#[feature_service]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LateVisits {
    #[from(Visits)]
    pub(crate) visits_2d: i64,
}
