// Several mistakes are reported in one run.
use featurestore::prelude::*;

#[feature_view(source = "data/a.parquet", ttl = "2 days", cadense = "1h", default = 3)]
pub struct Activity {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    #[column(range = 10..=1, ttl = "1d")]
    pub count: i64,
}

fn main() {
    // A broken view does not make its uses errors too.
    let _ = Activity::COUNT;
}
