use featurestore::prelude::*;

pub struct Plain;

#[feature_service]
pub struct Empty {}

#[feature_service]
pub struct Next {
    pub count: Option<i64>,
}

#[feature_service]
pub struct Other {
    #[from(Plain)]
    pub count: Option<i64>,
}

fn main() {}
