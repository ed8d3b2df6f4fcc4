// Types are judged by trait, never by their text.
use featurestore::prelude::*;

pub type Count = i64;

#[derive(FeatureType, Debug, Clone)]
pub struct Days(i16);

pub type MaybeGenre = Option<Count>;

#[feature_view(entity = "user_id", source = "data/watch.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: Count,
    pub days: Days,
    pub genre: MaybeGenre,
}

fn main() {}
