use featurestore::prelude::*;

#[feature_view(entity = "user_id", source = "data/a.parquet")]
fn view() {}

#[feature_service]
const SERVICE: i64 = 0;

fn main() {}
