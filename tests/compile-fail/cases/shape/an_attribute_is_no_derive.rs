use featurestore::prelude::*;

#[derive(FeatureView, Debug, Clone)]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    #[column(unit = "titles")]
    pub count: i64,
}

#[derive(FeatureView)]
#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Both {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    #[column(unit = "titles")]
    pub total: i64,
}

#[feature_view(entity = "user_id", source = "data/a.parquet")]
#[derive(FeatureView)]
pub struct After {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub days: i32,
}

#[derive(FeatureService)]
pub struct Next {
    #[from(Activity)]
    pub count: Option<i64>,
}

#[feature_service]
pub struct Other {
    #[from(Both)]
    pub total: Option<i64>,
    #[from(After)]
    pub days: Option<i32>,
}

pub async fn read(store: &FeatureStore, user: String) -> Result<(), Error> {
    store.get::<Both>(&user).await?;
    store.serve::<Other>(&user).await?;
    Ok(())
}

fn main() {}
