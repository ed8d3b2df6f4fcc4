use featurestore::prelude::*;

#[derive(FeatureEnum, Debug, Clone)]
pub enum Segment {
    Casual,
    Watched { titles: i64 },
}

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub genre: Option<Segment>,
}

#[feature_service]
pub struct Next {
    #[from(Activity)]
    pub genre: Option<Segment>,
}

fn main() {}
