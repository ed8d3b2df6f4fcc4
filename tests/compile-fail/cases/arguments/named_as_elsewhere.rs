use featurestore::prelude::*;

#[derive(FeatureEnum, Clone, Copy)]
pub enum Genre {
    #[variant(name = "drama")]
    Plays,
}

#[feature_view(entities = ["user_id"], path = "data/a.parquet", timestamp_field = "seen")]
pub struct Activity {
    pub user_id: String,
    pub seen: Timestamp,
    #[column(name = "count")]
    pub watch_count: i64,
    #[column(column = "spent", range = 0.0..)]
    pub money: f64,
    pub genre: Option<Genre>,
}

fn main() {}
