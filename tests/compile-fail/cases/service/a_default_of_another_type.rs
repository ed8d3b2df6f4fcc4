use featurestore::prelude::*;

#[derive(FeatureEnum, Debug, Clone, Copy)]
pub enum Genre {
    Drama,
}

#[feature_view(entity = "user_id", source = "data/a.parquet")]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
    pub days: i32,
    pub genre: Genre,
    pub title: String,
    pub is_new: bool,
    pub score: f64,
}

#[feature_service]
pub struct Next {
    #[from(Activity, default = "none")]
    pub count: i64,
    #[from(Activity, default = 0.5)]
    pub days: i32,
    #[from(Activity, default = Some(Genre::Drama))]
    pub genre: Genre,
    #[from(Activity, default = 0)]
    pub title: String,
    #[from(Activity, default = i64::MAX)]
    pub is_new: bool,
    #[from(Activity, default = true)]
    pub score: f64,
}

fn main() {}
