use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_service]
pub struct Next {
    #[from(Activity, default = 0)]
    pub count: i64,
    /// How many are wanted.
    #[request]
    pub wanted: i64,
    #[compute(wanted - count)]
    pub missing: i64,
}

pub async fn read(store: &FeatureStore, user: String) -> Result<i64, Error> {
    let many = store.serve_many::<Next>(&[user.clone()]).await?;
    let one = store.serve_with::<Next>(&user, NextRequest { wanted: 3 }).await?;
    Ok(store.serve::<Next>(&user).await?.missing + one.missing + many.len() as i64)
}

fn main() {}
