use featurestore::prelude::*;

#[derive(FeatureEnum, Debug, Clone, Copy)]
pub enum Segment {
    New,
    Power,
    Casual,
}

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Segments {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub segment: Option<Segment>,
}

fn main() {}
