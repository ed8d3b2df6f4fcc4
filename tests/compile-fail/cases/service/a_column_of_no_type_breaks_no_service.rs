// The mistake is the column's, once; what reads it is left alone.
use featurestore::prelude::*;

pub struct Money(f64);

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub spent: Money,
    pub count: i64,
}

#[feature_service]
pub struct Next {
    #[from(Activity)]
    pub spent: Option<Money>,
    #[from(Activity)]
    pub count: Option<i64>,
}

#[feature_service]
pub struct Defaulted {
    #[from(Activity, default = Money(0.0))]
    pub spent: Money,
    #[from(Activity, column = spent)]
    pub seen: Lookup<Money>,
}

async fn reads(store: FeatureStore, key: String) {
    let _ = store.serve::<Next>(&key).await;
    let _ = store.serve::<Defaulted>(&key).await;
    let _ = store.select(&key, (Activity::COUNT,)).await;
    let _ = Activity::SPENT.name();
}

fn main() {}
