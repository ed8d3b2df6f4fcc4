use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
    pub days: i32,
    pub total: i64,
}

pub mod views {
    pub use super::Activity as ACTIVITY;
}

#[feature_service]
pub struct Next {
    #[from(Activity::COUNT)]
    pub count: Option<i64>,
    #[from(crate::Activity::DAYS, default = 0)]
    pub active_days: i32,
    #[from(Activity.total)]
    pub total: Option<i64>,
    #[from(Activity, rename = "total")]
    pub all: Option<i64>,
    // A view whose name is all capitals is none of a view's columns.
    #[from(views::ACTIVITY, column = days)]
    pub some: Option<i32>,
}

pub async fn read(store: &FeatureStore, user: String) -> Result<i32, Error> {
    Ok(store.serve::<Next>(&user).await?.active_days)
}

fn main() {}
