use featurestore::prelude::*;

#[derive(FeatureEnum, Debug, Clone, Copy)]
pub enum Genre {
    Drama,
    Comedy,
}

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    #[column(default = "none")]
    pub count: i64,
    #[column(default = 3_000_000_000)]
    pub days: i32,
    #[column(default = -1)]
    pub age: u8,
    #[column(default = 1.5)]
    pub total: i64,
    #[column(default = 0)]
    pub is_new: bool,
    #[column(default = "Drama")]
    pub genre: Genre,
    #[column(default = 0)]
    pub title: Option<String>,
    #[column(default = true)]
    pub spent: f64,
}

fn main() {}
