use featurestore::prelude::*;

#[derive(EntityKey, Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserId(String);

#[feature_view(entity = UserId, source = "data/a.parquet")]
pub struct Activity {
    pub user_id: UserId,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_view(entity = [user_id, "genre"], source = "data/a.parquet")]
pub struct Genre {
    pub user_id: UserId,
    pub genre: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_view(entity = Account, source = "data/a.parquet")]
pub struct Unknown {
    pub user_id: UserId,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

pub async fn read(store: &FeatureStore, user: UserId) -> Result<(), Error> {
    store.get::<Activity>(&user).await?;
    store.get::<Genre>(&(user, "drama".to_owned())).await?;
    Ok(())
}

fn main() {}
