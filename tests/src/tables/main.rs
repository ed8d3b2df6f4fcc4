//! A user's own binary whose views read tables of a `DuckDB` file.

use std::process::ExitCode;

use featurestore::prelude::*;

/// What a user ordered.
#[feature_view(entity = "user_id", table = "orders")]
#[derive(Debug, Clone)]
pub struct Orders {
    /// Who.
    pub user_id: String,
    /// When.
    pub event_timestamp: Timestamp,
    /// In all.
    #[column(unit = "cents")]
    pub amount: i64,
}

/// Where a user looked around.
#[feature_view(entity = "user_id", table = "warehouse.visits", ttl = "1d")]
#[derive(Debug, Clone)]
pub struct Visits {
    /// Who.
    pub user_id: String,
    /// When.
    pub event_timestamp: Timestamp,
    /// The last page.
    pub page: Option<String>,
}

/// What the shop knows of a user.
#[feature_service]
#[derive(Debug, Clone)]
pub struct Shopper {
    /// In all.
    #[from(Orders, default = 0)]
    pub amount: i64,
    /// The last page.
    #[from(Visits)]
    pub page: Option<String>,
}

fn main() -> ExitCode {
    featurestore::cli::main(FeatureStore::builder("shop"))
}
